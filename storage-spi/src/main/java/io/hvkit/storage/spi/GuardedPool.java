package io.hvkit.storage.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** A pool that refuses, before its driver sees it, what it does not offer, and hands on no volume that is not as asked for. */
final class GuardedPool implements StoragePool {

    private final StoragePool pool;
    private final PluginBoundary boundary;
    private final PoolId id;
    private final StoragePoolType type;
    private final Features<PoolFeature> features;
    private final Set<ImageFormat> formats;
    private final EncryptionSupport encryption;
    private final AtomicBoolean closed = new AtomicBoolean();

    private GuardedPool(StoragePool pool, PluginBoundary boundary, PoolId id, StoragePoolType type) {
        this.pool = pool;
        this.boundary = boundary;
        this.id = id;
        this.type = type;
        this.features = boundary.ask("features", pool::features);
        this.formats = boundary.ask("formats", () -> copyOf(pool.formats()));
        this.encryption = boundary.ask("encryption", pool::encryption);
    }

    private static Set<ImageFormat> copyOf(Set<ImageFormat> given) {
        EnumSet<ImageFormat> copy = EnumSet.noneOf(ImageFormat.class);
        copy.addAll(given);
        return Set.copyOf(copy);
    }

    /** Returns a guard of an open pool, unless it contradicts itself: then it is of no use to anybody. */
    static GuardedPool of(StoragePool pool, PluginBoundary boundary, PoolId id, StoragePoolType type) {
        GuardedPool guarded = new GuardedPool(pool, boundary, id, type);
        PoolId own = boundary.ask("id", pool::id);
        StoragePoolType said = boundary.ask("type", pool::type);
        if (!own.equals(id) || !said.equals(type)) {
            throw guarded.broken(
                    "it was asked for pool " + id + " of type " + type + " and opened " + own + " of type " + said);
        }
        if (guarded.formats.isEmpty()) {
            throw guarded.broken("pool " + id + " has no format for its volumes");
        }
        if (guarded.features.offers(PoolFeature.CLUSTER) && !type.has(PoolTrait.PARENT)) {
            throw guarded.broken(
                    "pool " + id + " has children, and type " + type + " is not said to be one of parents");
        }
        if (!guarded.formats.containsAll(guarded.encryption.formatsWithKey())) {
            throw guarded.broken("pool " + id + " encrypts " + guarded.encryption.words()
                    + " and keeps volumes only as " + guarded.formats);
        }
        return guarded;
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
    public Optional<String> identity() throws InterruptedException {
        return boundary.call("identity", pool::identity);
    }

    @Override
    public Features<PoolFeature> features() {
        return features;
    }

    @Override
    public Set<ImageFormat> formats() {
        return formats;
    }

    @Override
    public EncryptionSupport encryption() {
        return encryption;
    }

    @Override
    public Optional<String> encryptionAdvice() {
        return boundary.ask("encryptionAdvice", pool::encryptionAdvice);
    }

    @Override
    public PoolStatistics statistics() throws InterruptedException {
        return boundary.call("statistics", pool::statistics);
    }

    @Override
    public VolumePlan plan(CreateVolume request) throws InterruptedException {
        requirePossible(request);
        VolumePlan plan = boundary.call("plan", () -> pool.plan(request));
        if (plan.size().compareTo(request.size()) < 0) {
            throw broken("it plans " + plan.size() + " for volume " + request.name() + " of " + request.size());
        }
        return plan;
    }

    @Override
    public Volume create(CreateVolume request) throws InterruptedException {
        requirePossible(request);
        return asAskedFor(request, boundary.call("create", () -> pool.create(request)));
    }

    @Override
    public Optional<Volume> find(VolumeId volume) throws InterruptedException {
        return boundary.call("find", () -> pool.find(volume));
    }

    @Override
    public Optional<Volume> findNamed(String name) throws InterruptedException {
        return boundary.call("findNamed", () -> pool.findNamed(name));
    }

    @Override
    public List<Volume> list() throws InterruptedException {
        return boundary.call("list", pool::list);
    }

    @Override
    public void delete(VolumeId volume) throws InterruptedException {
        boundary.act("delete", () -> pool.delete(volume));
    }

    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) throws InterruptedException {
        return boundary.call("attach", () -> pool.attach(volume, use));
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) throws InterruptedException {
        boundary.act("detach", () -> pool.detach(volume, host, reason));
    }

    @Override
    public Set<VolumeUse> uses(VolumeId volume) throws InterruptedException {
        return boundary.call("uses", () -> pool.uses(volume));
    }

    @Override
    public Optional<Snapshots> snapshots() {
        return facet(PoolFeature.SNAPSHOTS, "snapshots", StoragePool::snapshots)
                .map(snapshots -> new GuardedSnapshots(snapshots, boundary, this::require));
    }

    @Override
    public Optional<SnapshotGroups> snapshotGroups() {
        return facet(PoolFeature.SNAPSHOT_GROUPS, "snapshotGroups", StoragePool::snapshotGroups)
                .map(groups -> new GuardedSnapshotGroups(groups, boundary, this::require));
    }

    @Override
    public Optional<Renaming> renaming() {
        return facet(PoolFeature.RENAMING, "renaming", StoragePool::renaming)
                .map(renaming -> new GuardedRenaming(renaming, boundary));
    }

    @Override
    public Optional<Growth> growth() {
        return facet(PoolFeature.GROWTH, "growth", StoragePool::growth)
                .map(growth -> new GuardedGrowth(growth, boundary));
    }

    @Override
    public Optional<Clones> clones() {
        return facet(PoolFeature.CLONES, "clones", StoragePool::clones)
                .map(clones -> new GuardedClones(clones, boundary, this::require));
    }

    @Override
    public Optional<Templates> templates() {
        return facet(PoolFeature.TEMPLATES, "templates", StoragePool::templates)
                .map(templates -> new GuardedTemplates(templates, boundary, this::require, this));
    }

    @Override
    public Optional<Limits> limits() {
        return facet(PoolFeature.LIMITS, "limits", StoragePool::limits)
                .map(limits -> new GuardedLimits(limits, boundary));
    }

    @Override
    public Optional<PoolMigration> migration() {
        return facet(PoolFeature.MIGRATION, "migration", StoragePool::migration)
                .map(migration -> new GuardedMigration(migration, boundary, id, this::unguarded));
    }

    @Override
    public Optional<Adoption> adoption() {
        return facet(PoolFeature.ADOPTION, "adoption", StoragePool::adoption)
                .map(adoption -> new GuardedAdoption(adoption, boundary, id, this::unguarded));
    }

    @Override
    public Optional<PoolCluster> cluster() {
        return facet(PoolFeature.CLUSTER, "cluster", StoragePool::cluster)
                .map(cluster -> () -> boundary.call("cluster.look", cluster::look));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            boundary.ask("close", () -> {
                pool.close();
                return pool;
            });
        }
    }

    /** Asks a pool for a facet. */
    @FunctionalInterface
    private interface Facet<T> {
        Optional<T> of(StoragePool pool);
    }

    private <T> Optional<T> facet(PoolFeature feature, String name, Facet<T> facet) {
        if (!features.offers(feature)) {
            return Optional.empty();
        }
        Optional<T> present = boundary.ask(name, () -> facet.of(pool));
        if (present.isEmpty()) {
            throw broken("it offers " + feature + " and has no " + name);
        }
        return present;
    }

    /** The driver is to meet its own pool without its guard; a pool of another driver is none of its system. */
    private Optional<StoragePool> unguarded(StoragePool target) {
        return target instanceof GuardedPool other
                        && other.boundary.provider().equals(boundary.provider())
                        && other.pool.getClass().equals(pool.getClass())
                ? Optional.of(other.pool)
                : Optional.empty();
    }

    void requirePossible(CreateVolume request) {
        if (encryption.equals(EncryptionSupport.none())) {
            requireEncryption(request, request.encryption() == VolumeEncryption.NONE);
        }
        if (!formats.contains(request.format())) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "pool %s keeps volumes as %s, and volume %s is to be %s",
                            id, formats, request.name(), request.format());
        }
        switch (request.encryption()) {
            case NONE -> {
                requireNoLuks(request);
                requireNoImage(request);
            }
            case WITH_KEY -> {
                requireEncryption(request, encryption.formatsWithKey().contains(request.format()));
                Keys.requireNotWiped(request);
            }
            case BY_STORAGE -> requireEncryption(request, encryption.equals(EncryptionSupport.storageNative()));
        }
    }

    private static void requireNoLuks(CreateVolume request) {
        if (request.format() == ImageFormat.LUKS) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a LUKS volume needs a key, and %s has none; give it with encryptedBy(...)",
                            request.name());
        }
    }

    /** Nobody makes an image on a volume of blocks but who encrypts it. */
    private void requireNoImage(CreateVolume request) {
        if (request.format() == ImageFormat.QCOW2 && encryption.needsHeader()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "pool %s keeps blocks, and has QCOW2 volumes with a key alone; make volume %s RAW, or encrypt it",
                            id, request.name());
        }
    }

    private void requireEncryption(CreateVolume request, boolean offered) {
        if (!offered) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s is to be encrypted %s as %s, and pool %s encrypts volumes so: %s%s",
                            request.name(),
                            request.encryption(),
                            request.format(),
                            id,
                            encryption.words(),
                            encryptionAdvice().map(advice -> "; " + advice).orElse(""));
        }
    }

    /**
     * Fails closed. What is wrong is left where it is: whether it was made by this call or held data before is known to the
     * driver alone, which is not to be trusted any more.
     */
    Volume asAskedFor(CreateVolume request, Volume volume) {
        String asked = "volume " + request.name() + " of " + request.size() + " as " + request.format();
        if (!volume.name().equals(request.name())
                || volume.format() != request.format()
                || volume.size().compareTo(request.size()) < 0) {
            throw broken("it was asked for " + asked + " and answered with " + volume + ", which was left as it is");
        }
        boolean isToBeProved = request.encryption() != VolumeEncryption.NONE
                && !(request.encryption() == VolumeEncryption.WITH_KEY && encryption.needsHeader());
        if (isToBeProved && volume.attestation().isEmpty()) {
            throw broken(
                    "it was asked to encrypt " + asked + " and has no proof that it did; the volume was left as it is,"
                            + " perhaps in clear: look at it and delete it");
        }
        return volume;
    }

    private void require(PoolFeature feature, String what) {
        if (!features.offers(feature)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "%s needs %s, which pool %s does not offer; it offers %s",
                            what, feature, id, features.offered());
        }
    }

    DriverException broken(String how) {
        return DriverException.because(Failure.DEFECT).message("%s broke its contract: %s", boundary.provider(), how);
    }

    @Override
    public String toString() {
        return "pool " + id + " by " + boundary.provider();
    }
}
