package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.hypervisor.spi.HostFacts;
import io.hvkit.kvm.internal.xml.DomainXml;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.QemuImgAbility;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds out what the host has. Only a host that is this machine can be looked at from here. */
final class HostProbe {

    private static final Path KVM_DEVICE = Path.of("/dev/kvm");
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    private static final Pattern VIRTUALISATION = Pattern.compile("(?m)^flags\\b.*\\s(vmx|svm)(\\s|$)");

    private final boolean local;

    HostProbe(URI uri) {
        this.local = uri.getHost() == null && uri.getScheme().startsWith("qemu");
    }

    /** Returns this machine's tools if it is the host. {@code HOST_NOT_READY} if it is and lacks them. */
    Optional<QemuImg> localTools() throws InterruptedException {
        return local ? Optional.of(QemuImg.probe(CommandRunner.local())) : Optional.empty();
    }

    /**
     * Decides who runs the guests' instructions. A device that opens proves nothing: under some hypervisors it does, and no
     * guest ever boots. The processor must have the extension too.
     *
     * @param wanted {@code auto}, {@code kvm} or {@code tcg}
     */
    DomainXml.Acceleration acceleration(String wanted) {
        return switch (wanted) {
            case "kvm" -> DomainXml.Acceleration.KVM;
            case "tcg" -> DomainXml.Acceleration.TCG;
            case "auto" -> !local || hasKvm() ? DomainXml.Acceleration.KVM : DomainXml.Acceleration.TCG;
            default ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("acceleration is auto, kvm or tcg, not '%s'", wanted);
        };
    }

    HostFacts facts() throws InterruptedException {
        HostFacts facts = HostFacts.at(Instant.now());
        if (!local) {
            String reason = "the host is another machine; its tools cannot be seen over libvirt";
            return facts.lacking(HostFeature.QEMU_IMG, reason).lacking(HostFeature.VOLUME_ENCRYPTION, reason);
        }
        facts = withTools(facts);
        return facts;
    }

    private static HostFacts withTools(HostFacts facts) throws InterruptedException {
        QemuImg qemuImg;
        try {
            qemuImg = QemuImg.probe(CommandRunner.local());
        } catch (DriverException e) {
            String reason = String.valueOf(e.getMessage());
            return facts.lacking(HostFeature.QEMU_IMG, reason).lacking(HostFeature.VOLUME_ENCRYPTION, reason);
        }
        HostFacts known = facts.having(HostFeature.QEMU_IMG, "qemu-img answers");
        if (!qemuImg.abilities().contains(QemuImgAbility.LUKS)) {
            return known.lacking(HostFeature.VOLUME_ENCRYPTION, "this qemu-img was built without luks");
        }
        try {
            CryptSetup.probe(CommandRunner.local());
            return known.having(HostFeature.VOLUME_ENCRYPTION, "qemu-img knows luks, cryptsetup answers");
        } catch (DriverException e) {
            return known.lacking(HostFeature.VOLUME_ENCRYPTION, String.valueOf(e.getMessage()));
        }
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
