package io.hvkit.kvm;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.internal.machine.KvmHypervisor;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * KVM through libvirt 9.0 or newer, on this machine or another one. Keys are given to libvirt as ephemeral, private secrets:
 * libvirt neither writes them down nor gives them back, and they are defined again after its daemon restarted, from the
 * {@link Hypervisor#keysFrom key source} of the connection. Needs libvirt's client library on this machine (libvirt0).
 *
 * <p>Java 24 and newer warn of native code unless started with {@code --enable-native-access=ALL-UNNAMED}.
 */
public final class KvmDriver implements HypervisorDriver {

    /** Which libvirt; {@code qemu:///system} unless said otherwise. */
    public static final Option<URI> URI = Option.uri("uri").withDefault(java.net.URI.create("qemu:///system"));

    /**
     * Who runs the guests' instructions: {@code kvm}, {@code tcg} (QEMU's translator, slow), or {@code auto}: KVM if it works.
     */
    public static final Option<String> ACCELERATION =
            Option.text("acceleration").withDefault("auto");

    /** How long one call of libvirt may take; five minutes unless said otherwise. Not how long a copy may. */
    public static final Option<Duration> CALL_LIMIT =
            Option.duration("call-limit").withDefault(Duration.ofMinutes(5));

    /**
     * The name or address at which other hosts send machines to this one. Without it libvirt takes what the host is configured to
     * say, or else its own name, which the others must be able to resolve.
     */
    public static final Option<String> MIGRATION_ADDRESS = Option.text("migration-address");

    /**
     * Where the seeds of cloud-init are kept, of machines of a host that is this machine: a folder that its owner alone lists and
     * writes to, made if need be with mode 0711, since QEMU is another user. {@code /var/lib/hvkit/seeds} unless said otherwise.
     */
    public static final Option<Path> SEED_DIRECTORY =
            Option.path("seed-directory").withDefault(Path.of("/var/lib/hvkit/seeds"));

    /** Does nothing, as the SPI asks. */
    public KvmDriver() {}

    @Override
    public Set<HypervisorType> types() {
        return Set.of(HypervisorType.KVM);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(URI, ACCELERATION, CALL_LIMIT, MIGRATION_ADDRESS, SEED_DIRECTORY);
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException {
        return KvmHypervisor.open(
                host,
                new KvmHypervisor.KvmSettings(
                        options.get(URI),
                        options.get(ACCELERATION),
                        options.get(CALL_LIMIT),
                        options.find(MIGRATION_ADDRESS),
                        options.get(SEED_DIRECTORY)));
    }
}
