package io.hvkit.kvm;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.internal.host.HostAccess;
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
 * <p>Guests are frozen by commands of their agent's own, since only so each has a limit; libvirt notes that on the domain as {@code
 * custom-ga-command}. A question for a guest's facts limits, from then on, whatever libvirt asks that agent to five seconds.
 * Changes of disks are noted in qcow2 alone, encrypted or not.
 *
 * <p>Java 24 and newer warn of native code unless started with {@code --enable-native-access=ALL-UNNAMED}.
 */
public final class KvmDriver implements HypervisorDriver {

    /**
     * Which libvirt; {@code qemu:///system} unless said otherwise. Everything that is not listed here is refused.
     *
     * <table>
     * <caption>What a URI may say</caption>
     * <tr><th>URI</th><th>the daemon</th><th>parameters</th></tr>
     * <tr><td>{@code qemu:///system}, {@code qemu+unix:///session}</td><td>of this machine</td><td>{@code socket}</td></tr>
     * <tr><td>{@code qemu+ssh://user@host:port/system}</td><td>of another one, over ssh; its programs are used too</td>
     * <td>{@code keyfile}, {@code known_hosts}, {@code socket}</td></tr>
     * <tr><td>{@code qemu+tls://host:port/system}</td><td>of another one, by certificates on both sides</td>
     * <td>{@code pkipath}; {@code no_verify=1} if {@link #UNVERIFIED_HOST} allows it</td></tr>
     * <tr><td>{@code qemu+tcp://host:port/system}</td><td>of another one, in clear: encrypted disks are not offered</td><td></td></tr>
     * </table>
     *
     * <p>Files are absolute paths of this machine, except {@code socket}, which is the host's. Nobody is ever asked for a password.
     */
    public static final Option<URI> URI = Option.uri("uri").withDefault(java.net.URI.create("qemu:///system"));

    /**
     * Who runs the guests' instructions: {@code kvm}, {@code tcg} (QEMU's translator, slow), or {@code auto}: KVM if it works.
     */
    public static final Option<String> ACCELERATION =
            Option.text("acceleration").withDefault("auto");

    /**
     * How long one call of libvirt may take, and how long it may take to connect; five minutes unless said otherwise. Not how long a
     * copy may.
     */
    public static final Option<Duration> CALL_LIMIT =
            Option.duration("call-limit").withDefault(Duration.ofMinutes(5));

    /**
     * What becomes of a TLS host that does not show who it is: {@code refuse}, unless said otherwise, or {@code accept-at-own-risk},
     * which allows {@code no_verify=1} in the URI. Such a host is given no keys, so encrypted disks are not offered.
     */
    public static final Option<String> UNVERIFIED_HOST =
            Option.text("unverified-host").withDefault("refuse");

    /**
     * A configuration file of ssh, for what a {@code qemu+ssh} URI has no words for, such as a jump host. What the URI says stands
     * above it; without this option no configuration file of ssh is read.
     */
    public static final Option<Path> SSH_CONFIGURATION = Option.path("ssh-configuration");

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

    /**
     * Where images that are fetched for block devices are gathered first; {@code /var/tmp} unless said otherwise. This process fetches
     * them, so that only a host that is this machine offers direct downloads: libvirt cannot be told to fetch one.
     */
    public static final Option<Path> STAGING_DIRECTORY =
            Option.path("staging-directory").withDefault(Path.of("/var/tmp"));

    /**
     * How long a secret that this driver has made, in whichever process, is left alone if no machine that runs needs it and nobody sets its value;
     * then it is removed. 15 minutes unless said otherwise: longer than any process that manages the host takes to start a machine once it has
     * brought its keys.
     */
    public static final Option<Duration> SECRET_GRACE =
            Option.duration("secret-grace").withDefault(Duration.ofMinutes(15));

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
        return Set.of(
                URI,
                ACCELERATION,
                CALL_LIMIT,
                UNVERIFIED_HOST,
                SSH_CONFIGURATION,
                MIGRATION_ADDRESS,
                SEED_DIRECTORY,
                STAGING_DIRECTORY,
                SECRET_GRACE);
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException {
        return KvmHypervisor.open(
                host,
                HostAccess.to(
                        options.get(URI),
                        options.get(UNVERIFIED_HOST),
                        options.find(SSH_CONFIGURATION),
                        options.get(CALL_LIMIT)),
                new KvmHypervisor.KvmSettings(
                        options.get(URI),
                        options.get(ACCELERATION),
                        options.get(CALL_LIMIT),
                        options.find(MIGRATION_ADDRESS),
                        options.get(SEED_DIRECTORY),
                        options.get(STAGING_DIRECTORY),
                        options.get(SECRET_GRACE)));
    }
}
