package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.hypervisor.spi.HostFacts;
import io.hvkit.hypervisor.spi.HostFacts.Presence;
import io.hvkit.kvm.internal.xml.DomainXml;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.QemuImg;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what the host has, and remembers it. Only a host whose programs can be run from here can be looked at. */
final class HostProbe {

    private static final Logger LOG = LoggerFactory.getLogger(HostProbe.class);

    private static final Path KVM_DEVICE = Path.of("/dev/kvm");
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    private static final Pattern VIRTUALISATION = Pattern.compile("(?m)^flags\\b.*\\s(vmx|svm)(\\s|$)");

    private final boolean local;
    private final Optional<CommandRunner> tools;
    private final Duration limit;
    private final AtomicReference<@Nullable HostFacts> last = new AtomicReference<>();

    /**
     * Looks at a host.
     *
     * @param uri libvirt's
     * @param tools what runs the host's programs; nothing if they cannot be run from here
     * @param limit how long one look may take
     */
    HostProbe(URI uri, Optional<CommandRunner> tools, Duration limit) {
        this.local = isLocal(uri);
        this.tools = tools;
        this.limit = limit;
    }

    /** Returns a probe of the host that libvirt's URI leads to, with its tools if it is this machine. */
    static HostProbe of(URI uri) {
        return new HostProbe(
                uri, isLocal(uri) ? Optional.of(CommandRunner.local()) : Optional.empty(), EncryptionProbe.USUAL_LIMIT);
    }

    private static boolean isLocal(URI uri) {
        return uri.getHost() == null && uri.getScheme().startsWith("qemu");
    }

    /** Returns this machine's tools if it is the host. {@code HOST_NOT_READY} if it is and lacks them. */
    Optional<QemuImg> localTools() throws InterruptedException {
        return tools.isPresent() && local ? Optional.of(QemuImg.probe(tools.get())) : Optional.empty();
    }

    /** Returns whether the host is this machine. */
    boolean isLocal() {
        return local;
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

    /** Looks at the host, and remembers what was found. */
    HostFacts facts() throws InterruptedException {
        HostFacts now = look();
        HostFacts told = Optional.ofNullable(last.get())
                .map(earlier -> telling(earlier, now))
                .orElse(now);
        last.set(told);
        return told;
    }

    /** Returns what was found last, unless that is older; then it looks again. */
    HostFacts facts(Duration noOlderThan) throws InterruptedException {
        HostFacts known = last.get();
        return known != null && known.isFresh(noOlderThan, Instant.now()) ? known : facts();
    }

    private HostFacts look() throws InterruptedException {
        HostFacts facts = HostFacts.at(Instant.now());
        if (tools.isEmpty()) {
            String reason = "the host is another machine; its tools cannot be seen over libvirt";
            return facts.lacking(HostFeature.QEMU_IMG, reason).lacking(HostFeature.VOLUME_ENCRYPTION, reason);
        }
        return new EncryptionProbe(tools.get(), limit).addTo(facts);
    }

    /** A look that fails may be the look's fault: who relied on what was proven before is to see that it was. */
    private static HostFacts telling(HostFacts earlier, HostFacts now) {
        HostFacts told = now;
        for (HostFeature feature : HostFeature.values()) {
            HostFacts.Finding finding = now.finding(feature);
            if (earlier.finding(feature).presence() == Presence.PRESENT && finding.presence() == Presence.ABSENT) {
                Duration ago = Duration.between(earlier.probedAt(), now.probedAt());
                LOG.warn("the host had {} {} s ago and has it no more: {}", feature, ago.toSeconds(), finding.reason());
                told = told.lacking(
                        feature,
                        finding.reason() + "; it was there " + ago.toSeconds() + " s before, at " + earlier.probedAt(),
                        finding.details());
            }
        }
        return told;
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
