package io.hvkit.vmware;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.vmware.internal.datastore.ClusterPool;
import io.hvkit.vmware.internal.datastore.ClusterReader;
import io.hvkit.vmware.internal.datastore.DatastoreOpening;
import io.hvkit.vmware.internal.datastore.DatastorePool;
import io.hvkit.vmware.internal.soap.VimClient;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Pools that are datastores of a VMware vCenter 6.5 or later, by its SOAP interface. A volume is a virtual disk in a folder of its
 * own, {@code hvkit/NAME/NAME.vmdk}; what is noted of it stands beside it, as names of empty folders. A disk that was moved, by Storage
 * DRS or by people, is found by the UUID that it carries; where a volume is, is looked up whenever it is attached. Disks are thin.
 * Options hold no password, so one that is found by its type alone opens nothing: {@link #with} makes one that does.
 */
public final class VmwareDatastoreDriver implements StorageDriver {

    /** A datastore with VMware's own file system on a shared or local device. */
    public static final StoragePoolType VMFS =
            StoragePoolType.named("vmware-vmfs", "VMFS datastore").having(PoolTrait.FILES, PoolTrait.OVERPROVISIONS);

    /** A datastore that the hosts mount by NFS 3 or 4.1; machines that mount the server themselves are of another type. */
    public static final StoragePoolType NFS = StoragePoolType.named("vmware-nfs", "NFS datastore")
            .having(PoolTrait.SHARED, PoolTrait.FILES, PoolTrait.OVERPROVISIONS);

    /** A cluster of datastores: a parent, which is as large as its datastores and has no volumes of its own. */
    public static final StoragePoolType CLUSTER = StoragePoolType.named(
                    "vmware-datastore-cluster", "VMware datastore cluster")
            .having(PoolTrait.FILES, PoolTrait.OVERPROVISIONS, PoolTrait.PARENT);

    /** The datastore's name, or that of the cluster. */
    public static final Option<String> DATASTORE = Option.text("datastore");

    /** What the API calls the file systems. */
    private static final Map<String, StoragePoolType> KINDS = Map.of("VMFS", VMFS, "NFS", NFS, "NFS41", NFS);

    private final @Nullable CredentialSource source;

    /** Makes a driver that knows no password: it says so when it is to open a pool. */
    public VmwareDatastoreDriver() {
        this(null);
    }

    private VmwareDatastoreDriver(@Nullable CredentialSource source) {
        this.source = source;
    }

    /** Returns a driver that asks there for the password whenever it logs in. */
    public static VmwareDatastoreDriver with(CredentialSource source) {
        return new VmwareDatastoreDriver(source);
    }

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(VMFS, NFS, CLUSTER);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(
                VmwareDriver.VCENTER,
                VmwareDriver.DATACENTER,
                DATASTORE,
                VmwareDriver.CA,
                VmwareDriver.PIN,
                VmwareDriver.TIMEOUT,
                VmwareDriver.TASK_LIMIT);
    }

    /**
     * Connects to the clusters of datastores of a datacenter; the options are those of a pool, and no datastore is named. Fails as
     * {@link #open} does.
     */
    public DatastoreClusters clusters(Options options) throws InterruptedException {
        String datacenter = options.get(VmwareDriver.DATACENTER);
        return opened(
                options,
                (client, patience) -> new DatastoreClusters(client, ClusterReader.open(client, datacenter, KINDS)));
    }

    /**
     * Opens a datastore that the account can see. One in maintenance is opened, and makes no new volumes; one that no host reaches is
     * {@code HOST_NOT_READY}, then and at each call.
     */
    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        return type.equals(CLUSTER)
                ? opened(
                        options,
                        (client, patience) -> ClusterPool.open(client, wanted(id, Set.of(), options), type, KINDS))
                : pool(id, type, options);
    }

    /** Connects to a datastore to bring and fetch the content of its volumes. Fails as {@link #open} does. */
    public VolumeTransfers transfers(StoragePoolType type, Options options) throws InterruptedException {
        return new VolumeTransfers(pool(new PoolId("transfers"), type, options));
    }

    private DatastorePool pool(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        Set<String> kinds = KINDS.entrySet().stream()
                .filter(kind -> kind.getValue().equals(type))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        DatastoreOpening.Wanted wanted = wanted(id, kinds, options);
        return opened(options, (client, patience) -> DatastoreOpening.open(client, wanted, type, patience));
    }

    private static DatastoreOpening.Wanted wanted(PoolId id, Set<String> kinds, Options options) {
        return new DatastoreOpening.Wanted(id, options.get(VmwareDriver.DATACENTER), options.get(DATASTORE), kinds);
    }

    /** Opens something by a client, which is closed if that fails. */
    @FunctionalInterface
    private interface Opening<T> {
        T open(VimClient client, Duration patience) throws InterruptedException;
    }

    private <T> T opened(Options options, Opening<T> opening) throws InterruptedException {
        Duration patience = Connecting.patience(options);
        VimClient client = Connecting.to(options, source, VmwareDatastoreDriver.class);
        try {
            return opening.open(client, patience);
        } catch (RuntimeException | InterruptedException e) {
            client.close();
            throw e;
        }
    }
}
