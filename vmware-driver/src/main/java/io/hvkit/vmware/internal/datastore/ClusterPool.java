package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.vmware.internal.soap.VimClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A cluster of datastores, as the parent of the pools that its datastores are. It has no volumes of its own, and makes none; what it can
 * hold is what they can.
 */
public final class ClusterPool implements StoragePool {

    private final PoolId id;
    private final StoragePoolType type;
    private final String name;
    private final VimClient client;
    private final ClusterReader reader;

    private ClusterPool(PoolId id, StoragePoolType type, String name, VimClient client, ClusterReader reader) {
        this.id = id;
        this.type = type;
        this.name = name;
        this.client = client;
        this.reader = reader;
    }

    /** Finds it by its name; closing the pool closes the client. */
    public static ClusterPool open(
            VimClient client, DatastoreOpening.Wanted wanted, StoragePoolType type, Map<String, StoragePoolType> kinds)
            throws InterruptedException {
        ClusterReader reader = ClusterReader.open(client, wanted.datacenter(), kinds);
        ClusterReader.Cluster unused = reader.require(wanted.datastore());
        return new ClusterPool(wanted.id(), type, wanted.datastore(), client, reader);
    }

    @Override
    public Optional<PoolCluster> cluster() {
        return Optional.of(() -> reader.look(name));
    }

    private DriverException parent() {
        return DriverException.because(Failure.UNSUPPORTED)
                .message(
                        "%s is a cluster of datastores, which has no volumes of its own; name one of its datastores, or let the"
                                + " engine choose",
                        name);
    }

    @Override
    public PoolId id() {
        return id;
    }

    @Override
    public StoragePoolType type() {
        return type;
    }

    @Override
    public Features<PoolFeature> features() {
        return Features.none(PoolFeature.class).with(PoolFeature.CLUSTER, Support.NATIVE);
    }

    @Override
    public Set<ImageFormat> formats() {
        return Set.of(ImageFormat.VMDK);
    }

    /** Nothing is provisioned here: what its datastores have, they say themselves. */
    @Override
    public PoolStatistics statistics() throws InterruptedException {
        ClusterReader.Cluster now = reader.require(name);
        return new PoolStatistics(now.capacity(), now.capacity().minus(now.free()), ByteSize.ZERO);
    }

    @Override
    public VolumePlan plan(CreateVolume request) {
        throw parent();
    }

    @Override
    public Volume create(CreateVolume request) {
        throw parent();
    }

    @Override
    public Optional<Volume> find(VolumeId volume) {
        return Optional.empty();
    }

    @Override
    public List<Volume> list() {
        return List.of();
    }

    @Override
    public void delete(VolumeId volume) {
        // there is none
    }

    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) {
        throw DriverException.because(Failure.NOT_FOUND)
                .message("there is no volume %s in cluster %s, but perhaps in one of its datastores", volume, name);
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) {
        // there is none
    }

    @Override
    public Set<VolumeUse> uses(VolumeId volume) {
        return Set.of();
    }

    @Override
    public void close() {
        client.close();
    }
}
