package io.hvkit.storage.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A pool as small as the SPI lets it be, which notes what reached it. */
class SmallPool implements StoragePool {

    private final PoolId id;
    private final StoragePoolType type;
    int calls;
    int closes;

    SmallPool(PoolId id, StoragePoolType type) {
        this.id = id;
        this.type = type;
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
        return Features.none(PoolFeature.class);
    }

    @Override
    public Set<ImageFormat> formats() {
        return Set.of(ImageFormat.RAW);
    }

    @Override
    public PoolStatistics statistics() throws InterruptedException {
        return new PoolStatistics(ByteSize.gibibytes(1), ByteSize.ZERO, ByteSize.ZERO);
    }

    @Override
    public Volume create(CreateVolume request) throws InterruptedException {
        calls++;
        return Volume.of(new VolumeId(request.name()), request.name(), request.size(), request.format());
    }

    @Override
    public Optional<Volume> find(VolumeId volume) throws InterruptedException {
        return Optional.empty();
    }

    @Override
    public List<Volume> list() throws InterruptedException {
        return List.of(Volume.of(new VolumeId("1"), "one", ByteSize.mebibytes(1), ImageFormat.RAW));
    }

    @Override
    public void delete(VolumeId volume) throws InterruptedException {
        calls++;
    }

    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) throws InterruptedException {
        calls++;
        return new Attachment.ImageFile(Path.of("/" + use.host() + "/" + use.reason()));
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) throws InterruptedException {
        calls++;
    }

    @Override
    public Set<VolumeUse> uses(VolumeId volume) throws InterruptedException {
        return Set.of();
    }

    @Override
    public void close() {
        closes++;
    }
}
