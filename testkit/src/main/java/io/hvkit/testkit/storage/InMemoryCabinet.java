package io.hvkit.testkit.storage;

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
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A cabinet in memory: a parent of shelves, which has no volumes of its own. */
record InMemoryCabinet(PoolId id, String name, InMemoryArray array, InMemoryShelves shelves) implements StoragePool {

    @Override
    public StoragePoolType type() {
        return InMemoryStorageDriver.CABINET;
    }

    @Override
    public Features<PoolFeature> features() {
        return Features.none(PoolFeature.class).with(PoolFeature.CLUSTER, Support.NATIVE);
    }

    @Override
    public Set<ImageFormat> formats() {
        return Set.of(ImageFormat.VMDK);
    }

    @Override
    public PoolStatistics statistics() {
        return array.locked(() -> {
            ByteSize capacity = ByteSize.ZERO;
            ByteSize provisioned = ByteSize.ZERO;
            for (InMemoryShelves.Shelf shelf : shelves.of(name)) {
                capacity = capacity.plus(InMemoryStorageDriver.CAPACITY);
                provisioned = provisioned.plus(array.provisioned(shelf.key()));
            }
            return new PoolStatistics(capacity, provisioned, provisioned);
        });
    }

    @Override
    public Optional<PoolCluster> cluster() {
        return Optional.of(() -> array.locked(() -> shelves.look(name)));
    }

    private DriverException parent() {
        return DriverException.because(Failure.UNSUPPORTED)
                .message("cabinet %s has no volumes of its own; name one of its shelves", name);
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
    public void delete(VolumeId volume) {}

    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) {
        throw DriverException.because(Failure.NOT_FOUND).message("cabinet %s has no volume %s", name, volume);
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) {}

    @Override
    public Set<VolumeUse> uses(VolumeId volume) {
        return Set.of();
    }

    @Override
    public void close() {}
}
