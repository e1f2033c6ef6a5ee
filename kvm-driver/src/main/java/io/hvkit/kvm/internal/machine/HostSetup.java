package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.kvm.internal.host.EncryptionProbe;
import io.hvkit.kvm.internal.host.HostAccess;
import io.hvkit.kvm.internal.host.HostTools;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.CapabilitiesXml;
import io.hvkit.kvm.internal.xml.DomainXml;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is decided once when a host is connected to: by its own programs where they can be run from here, else by what libvirt says. */
final class HostSetup {

    private static final Logger LOG = LoggerFactory.getLogger(HostSetup.class);
    private static final Set<String> ACCELERATIONS = Set.of("auto", "kvm", "tcg");
    private static final Path KVM_DEVICE = Path.of("/dev/kvm");
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    private static final Pattern VIRTUALISATION = Pattern.compile("(?m)^flags\\b.*\\s(vmx|svm)(\\s|$)");

    private final HostAccess access;
    private final String wanted;

    /**
     * Looks at nothing yet.
     *
     * @param wanted who is to run the guests' instructions: {@code auto}, {@code kvm} or {@code tcg}
     */
    HostSetup(HostAccess access, String wanted) {
        this.access = access;
        this.wanted = wanted;
        if (!ACCELERATIONS.contains(wanted)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("acceleration is auto, kvm or tcg, not '%s'", wanted);
        }
    }

    /**
     * Returns the host's tools for images, if they can be run from here. {@code HOST_NOT_READY} if the host is this machine and
     * lacks them; another one may be without.
     */
    Optional<QemuImg> imageTools() throws InterruptedException {
        Optional<CommandRunner> runner = access.tools().runner();
        if (runner.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(QemuImg.probe(runner.get()));
        } catch (DriverException e) {
            if (access.isLocal() || e.failure() != Failure.HOST_NOT_READY) {
                throw e;
            }
            LOG.info("{}: targets of copies are not looked at beforehand: {}", access, e.getMessage());
            return Optional.empty();
        }
    }

    /** Returns whether the host's programs can be run from here, now. */
    HostTools programs() {
        return access.tools();
    }

    /** Returns the files of the host that {@link #imageTools} run on. */
    HostFiles files() {
        return access.tools().runner().map(CommandRunner::files).orElseGet(HostFiles::local);
    }

    /**
     * Decides who runs the guests' instructions. A device that opens proves nothing: under some hypervisors it does, and no
     * guest ever boots. The processor must have the extension too. Of another host libvirt says whether it can.
     */
    DomainXml.Acceleration acceleration(LibvirtSession session) throws InterruptedException {
        boolean kvm = wanted.equals("kvm");
        if (wanted.equals("auto")) {
            kvm = access.isLocal()
                    ? hasKvm()
                    : CapabilitiesXml.read(session.ask("look at " + access, LibvirtConnection::capabilities))
                            .hasKvm();
        }
        return kvm ? DomainXml.Acceleration.KVM : DomainXml.Acceleration.TCG;
    }

    /** Returns what looks at the host, now and later. */
    HostProbe probe() {
        return new HostProbe(access::tools, access.whyNoKeys(), EncryptionProbe.USUAL_LIMIT);
    }

    private static boolean hasKvm() {
        try {
            return Files.isWritable(KVM_DEVICE)
                    && VIRTUALISATION.matcher(Files.readString(CPUS)).find();
        } catch (IOException e) {
            return false; // no /proc, so no Linux, so no KVM
        }
    }
}
