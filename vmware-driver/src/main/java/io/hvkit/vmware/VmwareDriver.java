package io.hvkit.vmware;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.vmware.internal.machine.ClonePolicy;
import io.hvkit.vmware.internal.machine.HeavyWork;
import io.hvkit.vmware.internal.machine.Opening;
import io.hvkit.vmware.internal.machine.Site;
import io.hvkit.vmware.internal.machine.VmwareHypervisor;
import io.hvkit.vmware.internal.soap.VimClient;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Hosts of a VMware vCenter 6.5 or later, by its SOAP interface.
 *
 * <p>A machine's id is its name, which is unique in the {@link #FOLDER} of the vCenter. Disks are {@code vmdk} files on datastores,
 * named as hosts have them: {@code /vmfs/volumes/DATASTORE/FOLDER/NAME.vmdk}. What a machine was asked for is noted in its {@code
 * extraConfig}, under names that begin with {@code hvkit.}. Options hold no password, so one that is found by its name alone opens
 * nothing: {@link #with} makes one that does.
 */
public final class VmwareDriver implements HypervisorDriver {

    /** Where the vCenter is, such as {@code https://vcenter.example.com}; never without TLS. */
    public static final Option<URI> VCENTER = Option.uri("vcenter");
    /** The datacenter's name, or its path if it lies in a folder. */
    public static final Option<String> DATACENTER = Option.text("datacenter");
    /** The host's name in the inventory of the vCenter. */
    public static final Option<String> HOST = Option.text("host");
    /** The folder for machines, below that of the datacenter; which itself is meant if nothing is said. */
    public static final Option<String> FOLDER = Option.text("folder").withDefault("");
    /** The datastore for the machines' own files; their disks may be on any. */
    public static final Option<String> DATASTORE = Option.text("datastore");
    /** A PEM file with the authorities that are believed instead of those that Java knows. */
    public static final Option<Path> CA = Option.path("ca");
    /** The SHA-256 fingerprint of the one certificate that is believed; not together with {@link #CA}. */
    public static final Option<String> PIN = Option.text("pin");
    /** How long a call to the vCenter may take at most, repeats and all. */
    public static final Option<Duration> TIMEOUT = Option.duration("timeout").withDefault(Duration.ofSeconds(30));
    /** How long a task of the vCenter may take before it is cancelled. */
    public static final Option<Duration> TASK_LIMIT =
            Option.duration("task-limit").withDefault(Duration.ofMinutes(30));

    /**
     * Whether clones are full, {@code true} or {@code false}, if neither their request nor {@link #FULL_CLONE_DATASTORES} says. Where
     * they are, a host copies for one machine at a time, unless {@link #PARALLEL} allows more.
     */
    public static final Option<String> FULL_CLONE =
            Option.text("vmware.create.full.clone").withDefault("false");
    /** The same for single datastores, such as {@code fast=true,slow=false}. */
    public static final Option<String> FULL_CLONE_DATASTORES =
            Option.text("vmware.create.full.clone.datastores").withDefault("");
    /** Whether a host may copy disks for several machines at once, {@code true} or {@code false}. */
    public static final Option<String> PARALLEL =
            Option.text("vmware.allow.parallel.command.execution").withDefault("false");

    private final @Nullable CredentialSource source;
    private final Map<URI, HeavyWork> heavy = new ConcurrentHashMap<>();

    /** Makes a driver that knows no password: it says so when it is to open a host. */
    public VmwareDriver() {
        this(null);
    }

    private VmwareDriver(@Nullable CredentialSource source) {
        this.source = source;
    }

    /** Returns a driver that asks there for the password whenever it logs in. */
    public static VmwareDriver with(CredentialSource source) {
        return new VmwareDriver(source);
    }

    @Override
    public Set<HypervisorType> types() {
        return Set.of(HypervisorType.VMWARE);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(
                VCENTER,
                DATACENTER,
                HOST,
                FOLDER,
                DATASTORE,
                CA,
                PIN,
                TIMEOUT,
                TASK_LIMIT,
                FULL_CLONE,
                FULL_CLONE_DATASTORES,
                PARALLEL);
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException {
        return opened(host, options, site -> new VmwareHypervisor(site, HypervisorType.VMWARE.features()));
    }

    /** Connects to a host to import machines from OVF packages and to export them. Fails as {@link #open} does. */
    public OvfTransfers ovf(HostId host, Options options) throws InterruptedException {
        return opened(host, options, OvfTransfers::new);
    }

    private <T> T opened(HostId host, Options options, Function<Site, T> use) throws InterruptedException {
        Opening.Wanted wanted = new Opening.Wanted(
                host, options.get(DATACENTER), options.get(HOST), options.get(FOLDER), options.get(DATASTORE));
        ClonePolicy policy =
                ClonePolicy.of(options.get(FULL_CLONE), options.get(FULL_CLONE_DATASTORES), options.get(PARALLEL));
        Duration patience = Connecting.patience(options);
        VimClient client = Connecting.to(options, source, VmwareDriver.class);
        HeavyWork shared = heavy.computeIfAbsent(client.vcenter(), absent -> new HeavyWork());
        try {
            return use.apply(new Opening(client, wanted, new Opening.Manner(patience, policy, shared)).open());
        } catch (RuntimeException | InterruptedException e) {
            client.close();
            throw e;
        }
    }
}
