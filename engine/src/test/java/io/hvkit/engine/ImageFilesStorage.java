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
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.endpoint.InMemoryStorageHost;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Pools whose volumes are images of a host in memory; what is there outlives every process. */
final class ImageFilesStorage implements StorageDriver {

    static final StoragePoolType TYPE = StoragePoolType.named("image-files", "Image files of tests")
            .having(PoolTrait.SHARED, PoolTrait.FILES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    /** The same, but that nothing in it is encrypted. */
    static final StoragePoolType BARE = StoragePoolType.named("bare-image-files", "Image files of tests in clear")
            .having(PoolTrait.SHARED, PoolTrait.FILES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.none());

    private final InMemoryStorageHost files;
    private final Map<PoolId, Map<String, Volume>> pools = new ConcurrentHashMap<>();
    private final Map<VolumeId, Set<VolumeUse>> uses = new ConcurrentHashMap<>();
    private final Set<PoolId> down = ConcurrentHashMap.newKeySet();
    private final Set<PoolId> silent = ConcurrentHashMap.newKeySet();

    ImageFilesStorage(InMemoryStorageHost files) {
        this.files = files;
    }

    InMemoryStorageHost files() {
        return files;
    }

    /** Makes a pool remove nothing from now on. */
    void keepAll(PoolId pool) {
        down.add(pool);
    }

    /** Makes a pool remove again what it is told to. */
    void removeAgain(PoolId pool) {
        down.remove(pool);
    }

    /** Makes a pool answer nothing about its volumes from now on. */
    void silence(PoolId pool) {
        silent.add(pool);
    }

    /** Makes a pool answer again. */
    void answerAgain(PoolId pool) {
        silent.remove(pool);
    }

    /** Loses an image, and tells nobody. */
    void lose(PoolId pool, String name) {
        volumes(pool).remove(name);
        files.remove(place(name));
    }

    /** Makes a pool know nothing of an image any more, which it gives out to be put back. */
    Volume misplace(PoolId pool, String name) {
        return Optional.ofNullable(volumes(pool).remove(name)).orElseThrow();
    }

    /** Makes a pool know again of an image that it had misplaced. */
    void putBack(PoolId pool, String name, Volume image) {
        volumes(pool).put(name, image);
    }

    /** Has something else be where an image was, and tells nobody. */
    void spoil(String name, ByteSize size) throws InterruptedException {
        files.remove(place(name));
        try (EndPoint host = files.open()) {
            ImageReport unused = host.images().create(DiskImage.at(place(name), ImageFormat.RAW), size);
        }
    }

    /** Returns what a pool has. */
    Set<String> namesIn(PoolId pool) {
        return Set.copyOf(volumes(pool).keySet());
    }

    Set<VolumeUse> usesOf(String name) {
        return uses.getOrDefault(new VolumeId(name), Set.of());
    }

    Attachment.ImageFile place(String name) {
        return files.file(name);
    }

    private Map<String, Volume> volumes(PoolId pool) {
        return pools.computeIfAbsent(pool, id -> new ConcurrentHashMap<>());
    }

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(TYPE, BARE);
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
        return new Pool(id, type);
    }

    private final class Pool implements StoragePool {
        private final PoolId id;
        private final StoragePoolType type;

        Pool(PoolId id, StoragePoolType type) {
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
            return Features.none(PoolFeature.class).with(PoolFeature.GROWTH, Support.NATIVE);
        }

        @Override
        public Set<ImageFormat> formats() {
            return Set.of(ImageFormat.RAW, ImageFormat.LUKS, ImageFormat.QCOW2);
        }

        @Override
        public EncryptionSupport encryption() {
            return type.encryption();
        }

        @Override
        public PoolStatistics statistics() {
            return new PoolStatistics(ByteSize.gibibytes(1), ByteSize.ZERO, ByteSize.ZERO);
        }

        @Override
        public Volume create(CreateVolume request) throws InterruptedException {
            try (EndPoint host = files.open()) {
                DiskImage bare = DiskImage.at(place(request.name()), request.format());
                ImageReport made =
                        host.images().create(request.key().map(bare::unlockedBy).orElse(bare), request.size());
                VolumeId volume = new VolumeId(request.name());
                Volume plain = Volume.of(volume, request.name(), made.size(), made.format());
                Volume whole = made.attestation()
                        .map(proof -> plain.attestedBy(proof.toString()))
                        .orElse(plain);
                volumes(id).put(request.name(), whole);
                return whole;
            }
        }

        @Override
        public Optional<Growth> growth() {
            return Optional.of(new Growth() {
                @Override
                public Volume growTo(VolumeId volume, ByteSize size) throws InterruptedException {
                    return grown(volume, size, Optional.empty());
                }

                @Override
                public Volume growTo(VolumeId volume, ByteSize size, Secret key) throws InterruptedException {
                    return grown(volume, size, Optional.of(key));
                }
            });
        }

        private Volume grown(VolumeId volume, ByteSize size, Optional<Secret> key) throws InterruptedException {
            Volume known = find(volume).orElseThrow();
            try (EndPoint host = files.open()) {
                DiskImage bare = DiskImage.at(place(known.name()), known.format());
                ByteSize now = host.images()
                        .growTo(key.map(bare::unlockedBy).orElse(bare), size)
                        .size();
                Volume plain = Volume.of(volume, known.name(), now, known.format());
                Volume grown = known.attestation().map(plain::attestedBy).orElse(plain);
                volumes(id).put(known.name(), grown);
                return grown;
            }
        }

        @Override
        public Optional<Volume> find(VolumeId volume) {
            return Optional.ofNullable(volumes(id).get(volume.value()));
        }

        @Override
        public List<Volume> list() {
            if (silent.contains(id)) {
                throw DriverException.because(Failure.UNREACHABLE)
                        .effect(Effect.NOT_APPLIED)
                        .message("pool %s does not answer", id);
            }
            return List.copyOf(volumes(id).values());
        }

        @Override
        public void delete(VolumeId volume) {
            if (down.contains(id)) {
                throw DriverException.because(Failure.UNREACHABLE)
                        .effect(Effect.NOT_APPLIED)
                        .message("pool %s removes nothing now", id);
            }
            if (!uses(volume).isEmpty()) {
                throw DriverException.because(Failure.IN_USE).message("%s is used: %s", volume, uses(volume));
            }
            if (volumes(id).remove(volume.value()) != null) {
                files.remove(place(volume.value()));
            }
        }

        @Override
        public Attachment attach(VolumeId volume, VolumeUse use) {
            if (find(volume).isEmpty()) {
                throw DriverException.because(Failure.NOT_FOUND).message("there is no volume %s", volume);
            }
            uses.merge(volume, Set.of(use), (known, added) -> {
                Set<VolumeUse> all = new HashSet<>(known);
                all.removeIf(use::isSameAs);
                all.addAll(added);
                return all;
            });
            return place(volume.value());
        }

        @Override
        public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) {
            VolumeUse ending = VolumeUse.by(host).because(reason);
            uses.computeIfPresent(
                    volume,
                    (name, known) ->
                            known.stream().filter(use -> !ending.isSameAs(use)).collect(Collectors.toSet()));
        }

        @Override
        public Set<VolumeUse> uses(VolumeId volume) {
            return usesOf(volume.value());
        }

        @Override
        public void close() {}
    }

    /** Returns all that all pools have, by pool. */
    Map<PoolId, Set<String>> all() {
        Map<PoolId, Set<String>> all = new LinkedHashMap<>();
        pools.keySet().forEach(pool -> all.put(pool, namesIn(pool)));
        return all;
    }
}
