package io.hvkit.engine;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeFromTemplate;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Pools over a {@link ChaosArray}. */
record ChaosStorage(ChaosArray array) implements StorageDriver {

    /** Pools that write headers themselves, and have templates. */
    static final StoragePoolType FILES = StoragePoolType.named("chaos-files", "Files in chaos")
            .having(PoolTrait.SHARED, PoolTrait.FILES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    /** Pools that know blocks alone, and bring volumes to each other. */
    static final StoragePoolType BLOCKS = StoragePoolType.named("chaos-blocks", "Blocks in chaos")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks().withHeaderBy(HeaderWriter.END_POINT));

    /** Pools that encrypt with keys of their own. No chaos is there. */
    static final StoragePoolType SEALED = StoragePoolType.named("chaos-sealed", "Sealed")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.storageNative());

    /** Pools that encrypt nothing. No chaos is there. */
    static final StoragePoolType BARE = StoragePoolType.named("chaos-bare", "Bare")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS);

    private static final ByteSize CAPACITY = ByteSize.gibibytes(64);

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(FILES, BLOCKS, SEALED, BARE);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of();
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) {
        return new Pool(id, type, array);
    }

    private record Pool(PoolId id, StoragePoolType type, ChaosArray array) implements StoragePool {

        private boolean isBlocks() {
            return !type.equals(FILES);
        }

        @Override
        public Features<PoolFeature> features() {
            Features<PoolFeature> features = Features.none(PoolFeature.class)
                    .with(PoolFeature.GROWTH, Support.NATIVE)
                    .with(PoolFeature.GROWTH_WHILE_ATTACHED, Support.NATIVE);
            return isBlocks()
                    ? features.with(PoolFeature.MIGRATION, type.equals(BLOCKS) ? Support.NATIVE : Support.NONE)
                    : features.with(PoolFeature.TEMPLATES, Support.NATIVE);
        }

        @Override
        public Set<ImageFormat> formats() {
            return Set.of(ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.LUKS);
        }

        @Override
        public EncryptionSupport encryption() {
            return type.encryption();
        }

        @Override
        public PoolStatistics statistics() {
            ByteSize used = array.in(id).stream().map(thing -> thing.size).reduce(ByteSize.ZERO, ByteSize::plus);
            return new PoolStatistics(CAPACITY, used, used);
        }

        @Override
        public VolumePlan plan(CreateVolume request) {
            return VolumePlan.exactly(ChaosArray.rounded(request.size()));
        }

        @Override
        public Volume create(CreateVolume request) {
            return array.create(id, request, isBlocks() ? Optional.empty() : request.key());
        }

        @Override
        public Optional<Volume> find(VolumeId volume) {
            return array.find(id, volume).map(ChaosArray.Thing::describe);
        }

        @Override
        public List<Volume> list() {
            return array.in(id).stream().map(ChaosArray.Thing::describe).toList();
        }

        @Override
        public void delete(VolumeId volume) {
            array.delete(id, volume);
        }

        @Override
        public Attachment attach(VolumeId volume, VolumeUse use) {
            return new Attachment.ImageFile(array.attach(id, volume, use));
        }

        @Override
        public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) {
            array.detach(id, volume, host, reason);
        }

        @Override
        public Set<VolumeUse> uses(VolumeId volume) {
            return array.locked(() ->
                    array.find(id, volume).map(thing -> Set.copyOf(thing.uses)).orElse(Set.of()));
        }

        @Override
        public Optional<Growth> growth() {
            return Optional.of(new Growing(id, array));
        }

        @Override
        public Optional<PoolMigration> migration() {
            return type.equals(BLOCKS) ? Optional.of(new ChaosMigration(array, id, Fuse.counting())) : Optional.empty();
        }

        @Override
        public Optional<Templates> templates() {
            return isBlocks() ? Optional.empty() : Optional.of(new Kept(this));
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    private record Growing(PoolId pool, ChaosArray array) implements Growth {

        @Override
        public Volume growTo(VolumeId volume, ByteSize size) {
            return array.grow(pool, volume, size);
        }

        @Override
        public Volume growTo(VolumeId volume, ByteSize size, Secret key) {
            return array.grow(pool, volume, size);
        }
    }

    /** Templates of a pool: the number of their image. */
    private record Kept(Pool pool) implements Templates {

        @Override
        public Volume add(AddTemplate request) {
            return pool.array.locked(() -> {
                long content = ChaosArray.read(request.image());
                Volume made = pool.create(
                        CreateVolume.blank(request.name(), sizeOf(request)).as(request.format()));
                ChaosArray.write(pool.array.require(pool.id, made.id()), content);
                return made;
            });
        }

        private static ByteSize sizeOf(AddTemplate request) {
            try {
                return ByteSize.bytes(Files.size(request.image()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Volume create(VolumeFromTemplate request) {
            return pool.array.locked(() -> {
                ChaosArray.Thing template = pool.array.require(pool.id, request.template());
                if (!template.locks.isEmpty() || !template.uses.isEmpty()) {
                    throw DriverException.because(Failure.IN_USE)
                            .effect(Effect.NOT_APPLIED)
                            .message("template %s is locked or used: %s", template.name, template.uses);
                }
                Volume made = pool.create(request.volume());
                ChaosArray.write(pool.array.require(pool.id, made.id()), ChaosArray.read(template.file));
                return made;
            });
        }
    }
}
