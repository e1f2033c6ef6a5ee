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
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.CloneVolume.Source;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.Renaming;
import io.hvkit.storage.spi.SnapshotGroups;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A pool in memory. */
record InMemoryPool(PoolId id, StoragePoolType type, InMemoryArray array, Optional<InMemoryShelves.Shelf> shelf)
        implements StoragePool {

    /** Features of a shelf: the rest is for pools that are none. */
    private static final Set<PoolFeature> OF_SHELVES = Set.of(PoolFeature.GROWTH, PoolFeature.ADOPTION);

    private boolean isShelf() {
        return shelf.isPresent();
    }

    /** Returns under what the array has the volumes of this pool. */
    PoolId place() {
        return shelf.map(InMemoryShelves.Shelf::key).orElse(id);
    }

    @Override
    public Optional<String> identity() {
        return shelf.map(InMemoryShelves.Shelf::identity);
    }

    /** Returns a volume, with where it lies if that is not here. */
    Volume described(InMemoryVolume volume) {
        Volume plain = volume.describe();
        return volume.lies
                .filter(lies -> !lies.equals(volume.pool))
                .flatMap(array.shelves()::identityOf)
                .map(plain::lyingIn)
                .orElse(plain);
    }

    private boolean isBare() {
        return type.equals(InMemoryStorageDriver.BARE);
    }

    private boolean isBlocks() {
        return type.equals(InMemoryStorageDriver.BLOCKS);
    }

    @Override
    public Features<PoolFeature> features() {
        Features<PoolFeature> features = Features.none(PoolFeature.class);
        EnumSet<PoolFeature> offered = isBare() ? EnumSet.noneOf(PoolFeature.class) : EnumSet.allOf(PoolFeature.class);
        offered.remove(PoolFeature.CLUSTER);
        if (isShelf()) {
            offered.retainAll(OF_SHELVES);
        } else {
            offered.remove(PoolFeature.ADOPTION);
        }
        if (isBlocks()) {
            offered.remove(PoolFeature.TEMPLATES);
        }
        for (PoolFeature feature : offered) {
            features = features.with(feature, Support.NATIVE);
        }
        return features;
    }

    @Override
    public Set<ImageFormat> formats() {
        if (isShelf()) {
            return Set.of(ImageFormat.VMDK);
        }
        return type.equals(InMemoryStorageDriver.TYPE) || isBlocks()
                ? Set.of(ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.LUKS)
                : Set.of(ImageFormat.RAW);
    }

    @Override
    public EncryptionSupport encryption() {
        return type.encryption();
    }

    @Override
    public PoolStatistics statistics() {
        return array.locked(() -> {
            shelf.ifPresent(array.shelves()::requireAccessible);
            ByteSize provisioned = array.provisioned(place());
            return new PoolStatistics(InMemoryStorageDriver.CAPACITY, provisioned, provisioned);
        });
    }

    @Override
    public VolumePlan plan(CreateVolume request) {
        array.requireName(request.name());
        return VolumePlan.exactly(InMemoryArray.rounded(request.size()));
    }

    @Override
    public Volume create(CreateVolume request) {
        array.requireName(request.name());
        ByteSize size = InMemoryArray.rounded(request.size());
        return array.locked(() -> {
            Optional<InMemoryVolume> present = array.named(place(), request.name());
            if (present.isPresent()) {
                return confirmed(request, size, present.get());
            }
            array.requireRoom(place(), size);
            InMemoryVolume made = new InMemoryVolume(
                    new InMemoryVolume.Make(
                            new VolumeId(array.nextId("vol")),
                            request.name(),
                            request.format(),
                            request.encryption(),
                            lock(request),
                            Optional.empty()),
                    place(),
                    size);
            array.put(made);
            return described(made);
        });
    }

    private Optional<String> lock(CreateVolume request) {
        return isBlocks() ? Optional.empty() : Hashes.of(request.key());
    }

    private Volume confirmed(CreateVolume request, ByteSize size, InMemoryVolume present) {
        InMemoryVolume.Make make = present.make;
        if (present.size.equals(size)
                && make.format() == request.format()
                && make.encryption() == request.encryption()
                && make.lock().equals(lock(request))
                && make.origin().isEmpty()) {
            return described(present);
        }
        throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message(
                        "volume %s exists and is another: %s, or it has another key; take another name",
                        request.name(), present.describe());
    }

    @Override
    public Optional<Volume> find(VolumeId volume) {
        return array.locked(() -> array.find(place(), volume).map(this::described));
    }

    @Override
    public List<Volume> list() {
        return array.locked(
                () -> array.in(place()).stream().map(this::described).toList());
    }

    @Override
    public void delete(VolumeId volume) {
        array.locked(() -> {
            array.find(place(), volume).ifPresent(this::deleteUnused);
            return id;
        });
    }

    private void deleteUnused(InMemoryVolume volume) {
        VolumeId doomed = volume.make.id();
        if (!volume.uses.isEmpty()) {
            throw inUse(doomed, "it is used: " + volume.uses + "; detach it");
        }
        if (!volume.snapshots.isEmpty()) {
            throw inUse(doomed, "it has snapshots: " + volume.snapshots.keySet() + "; delete them");
        }
        if (array.isReadByClones(new Source.OfVolume(doomed))) {
            throw inUse(doomed, "linked clones read it; delete them");
        }
        if (volume.move.filter(InMemoryMove::isUnderWay).isPresent()) {
            throw inUse(doomed, "it is on its way to another pool; wait, or roll the move back");
        }
        array.remove(doomed);
    }

    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) {
        return array.locked(() -> {
            InMemoryVolume used = array.require(place(), volume);
            Set<VolumeUse> uses = used.uses;
            uses.stream().filter(use::conflictsWith).findAny().ifPresent(other -> {
                throw inUse(volume, "host " + other.host() + " uses it for " + other.reason() + ", " + other.sharing());
            });
            uses.removeIf(use::isSameAs);
            uses.add(use);
            return isShelf() ? file(used) : new Attachment.BlockDevice(Path.of("/dev/in-memory", volume.value()));
        });
    }

    /** Where the bytes are now, whichever pool has the volume. */
    private Attachment file(InMemoryVolume used) {
        String shelf = used.lies.orElse(used.pool).value();
        return new Attachment.ImageFile(Path.of("/in-memory", shelf, used.make.name() + ".vmdk"));
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) {
        array.locked(() -> array.find(place(), volume)
                .map(found -> found.uses.removeIf(VolumeUse.by(host).because(reason)::isSameAs)));
    }

    @Override
    public Set<VolumeUse> uses(VolumeId volume) {
        return array.locked(() ->
                array.find(place(), volume).map(found -> Set.copyOf(found.uses)).orElse(Set.of()));
    }

    @Override
    public Optional<Snapshots> snapshots() {
        return isBare() || isShelf() ? Optional.empty() : Optional.of(new InMemorySnapshots(id, array));
    }

    @Override
    public Optional<SnapshotGroups> snapshotGroups() {
        return isBare() || isShelf()
                ? Optional.empty()
                : Optional.of(new InMemorySnapshotGroups(array, new InMemorySnapshots(id, array)));
    }

    @Override
    public Optional<Renaming> renaming() {
        return isBare() || isShelf() ? Optional.empty() : Optional.of(new InMemoryRenaming(id, array));
    }

    @Override
    public Optional<Growth> growth() {
        return isBare() ? Optional.empty() : Optional.of(this::growTo);
    }

    private Volume growTo(VolumeId volume, ByteSize size) {
        return array.locked(() -> {
            InMemoryVolume grown = array.require(place(), volume);
            ByteSize wanted = InMemoryArray.rounded(size);
            if (wanted.compareTo(grown.size) > 0) {
                array.requireRoom(place(), wanted.minus(grown.size));
                grown.size = wanted;
            }
            return described(grown);
        });
    }

    @Override
    public Optional<Clones> clones() {
        return isBare() || isShelf() ? Optional.empty() : Optional.of(new InMemoryClones(id, array));
    }

    @Override
    public Optional<Templates> templates() {
        return isBare() || isBlocks() || isShelf() ? Optional.empty() : Optional.of(new InMemoryTemplates(id, array));
    }

    @Override
    public Optional<Limits> limits() {
        return isBare() || isShelf() ? Optional.empty() : Optional.of(new InMemoryLimits(id, array));
    }

    @Override
    public Optional<PoolMigration> migration() {
        return isBare() || isShelf() ? Optional.empty() : Optional.of(new InMemoryMigration(id, array));
    }

    @Override
    public Optional<Adoption> adoption() {
        return isShelf() ? Optional.of(new InMemoryAdoption(place(), this)) : Optional.empty();
    }

    @Override
    public void close() {}

    private static DriverException inUse(VolumeId volume, String why) {
        return DriverException.because(Failure.IN_USE).message("volume %s is in use: %s", volume, why);
    }
}
