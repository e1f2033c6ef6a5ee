package io.hvkit.scaleio.internal.pool;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.hvkit.scaleio.internal.gateway.GatewayClient;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.Renaming;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.SnapshotGroups;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A storage pool of the array. */
public final class ScaleIoPool implements StoragePool, Growth {

    static final String THIN = "ThinProvisioned";
    static final String THICK = "ThickProvisioned";

    /**
     * What was found when it was opened.
     *
     * @param type as new volumes are to be: {@code ThinProvisioned} or {@code ThickProvisioned}
     */
    public record Opened(PoolId id, String system, String pool, String type) {}

    private final Opened opened;
    private final GatewayClient client;
    private final ArrayCalls calls;
    private final Notes notes;
    private final Uses uses;
    private final ArrayVolumes volumes;
    private final ArrayLimits limits;
    private final ArraySnapshots snapshots;
    private final ArrayClones clones;
    private final ArrayMigration migration;
    private final GroupRevert reverting;

    /** Makes a pool of what was found. */
    public ScaleIoPool(Opened opened, GatewayClient client, Hosts hosts) {
        this.opened = opened;
        this.client = client;
        this.calls = new ArrayCalls(client);
        this.notes = new Notes(calls, opened.pool);
        this.volumes = new ArrayVolumes(calls, opened.pool);
        this.limits = new ArrayLimits(calls, volumes, notes);
        this.uses = new Uses(
                calls,
                new Clients(client, hosts.guids()),
                notes,
                limits,
                (host, volume) -> hosts.device(host, opened.system, volume));
        this.snapshots = new ArraySnapshots(calls, volumes, uses);
        this.reverting = new GroupRevert(calls);
        this.clones = new ArrayClones(calls, volumes, snapshots);
        this.migration = new ArrayMigration(calls, new TreeCalls(client), volumes, opened);
    }

    Opened opened() {
        return opened;
    }

    @Override
    public PoolId id() {
        return opened.id;
    }

    @Override
    public StoragePoolType type() {
        return StoragePoolType.POWERFLEX;
    }

    @Override
    public Features<PoolFeature> features() {
        return Features.none(PoolFeature.class)
                .with(PoolFeature.SNAPSHOTS, Support.NATIVE)
                .with(PoolFeature.REVERT, Support.NATIVE)
                .with(PoolFeature.SNAPSHOT_GROUPS, Support.NATIVE)
                .with(PoolFeature.RENAMING, Support.NATIVE)
                .with(PoolFeature.CLONES, Support.NATIVE)
                .with(PoolFeature.CLONES_WHILE_ATTACHED, Support.NATIVE)
                .with(PoolFeature.LIMITS, Support.NATIVE)
                .with(PoolFeature.MIGRATION, Support.NATIVE)
                .with(PoolFeature.GROWTH, Support.NATIVE)
                .with(PoolFeature.GROWTH_WHILE_ATTACHED, Support.NATIVE);
    }

    @Override
    public Set<ImageFormat> formats() {
        return Set.of(ImageFormat.RAW, ImageFormat.LUKS, ImageFormat.QCOW2);
    }

    /** The array knows blocks alone. */
    @Override
    public EncryptionSupport encryption() {
        return EncryptionSupport.hypervisorLuks().withHeaderBy(HeaderWriter.END_POINT);
    }

    /** The array tells raw room, of which it keeps a part spare and writes the rest twice. */
    @Override
    public PoolStatistics statistics() throws InterruptedException {
        JsonNode told = calls.poolStatistics(opened.pool);
        long usable = Math.max(
                0,
                (told.path("maxCapacityInKb").asLong()
                                - told.path("spareCapacityInKb").asLong())
                        / 2);
        long used = Math.max(0, told.path("netCapacityInUseInKb").asLong());
        ByteSize provisioned = ByteSize.ZERO;
        for (Volume volume : list()) {
            provisioned = provisioned.plus(volume.size());
        }
        return new PoolStatistics(ByteSize.kibibytes(usable), ByteSize.kibibytes(Math.min(used, usable)), provisioned);
    }

    @Override
    public VolumePlan plan(CreateVolume request) {
        Names.check(request.name());
        ByteSize taken = Sizes.onArray(request.size(), request.format());
        return new VolumePlan(Sizes.ofMachine(taken, request.format()), taken);
    }

    @Override
    public Volume create(CreateVolume request) throws InterruptedException {
        ByteSize size = plan(request).taken();
        volumes.requireNoTwin(request.name(), request.format());
        String name = Names.spelled(request.name(), request.format());
        Optional<ArrayVolume> present = calls.named(name);
        ArrayVolume volume = present.isPresent() ? present.get() : calls.create(opened.pool, name, size, opened.type);
        if (!volumes.isVolume(volume)
                || volume.origin().isSnapshot()
                || !volume.size().equals(size)) {
            throw ArrayVolumes.taken(volume);
        }
        return volume.asVolume();
    }

    @Override
    public Optional<Volume> find(VolumeId id) throws InterruptedException {
        return volumes.look(id).map(ArrayVolume::asVolume);
    }

    @Override
    public Optional<Volume> findNamed(String name) throws InterruptedException {
        for (Layout layout : Layout.values()) {
            Optional<Volume> found = calls.named(layout.spelled(name))
                    .filter(volumes::isVolume)
                    .map(ArrayVolume::asVolume)
                    .filter(volume -> volume.name().equals(name));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    @Override
    public List<Volume> list() throws InterruptedException {
        return calls.ofPool(opened.pool, volumes::isVolume).stream()
                .map(ArrayVolume::asVolume)
                .toList();
    }

    @Override
    public void delete(VolumeId id) throws InterruptedException {
        if (!Names.isId(id.value())) {
            return;
        }
        Optional<ArrayVolume> volume = calls.volume(id.value());
        if (volume.isPresent()) {
            if (!volumes.isVolume(volume.get())) {
                return; // another pool's, whose notes are none of ours
            }
            requireNothingHangsOn(volume.get(), id);
            reverting.forget(volume.get());
        }
        calls.remove(id.value()); // also if it was on its way: then this waits for its end
        notes.forget(id.value());
    }

    private void requireNothingHangsOn(ArrayVolume volume, VolumeId id) throws InterruptedException {
        uses.requireNone(volume, id);
        if (migration.isMoving(volume)) {
            throw DriverException.because(Failure.IN_USE)
                    .message("volume %s is on its way to another pool; wait for it, or roll it back", id);
        }
        List<Snapshot> taken = snapshots.of(volume);
        if (!taken.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("volume %s has %d snapshots; delete them first", id, taken.size());
        }
    }

    @Override
    public Attachment attach(VolumeId id, VolumeUse use) throws InterruptedException {
        return uses.attach(volumes.require(id), use);
    }

    @Override
    public void detach(VolumeId id, HostId host, VolumeUse.Reason reason) throws InterruptedException {
        Optional<ArrayVolume> volume = volumes.look(id);
        if (volume.isPresent()) {
            uses.detach(volume.get(), host, reason);
        }
    }

    @Override
    public Set<VolumeUse> uses(VolumeId id) throws InterruptedException {
        Optional<ArrayVolume> volume = volumes.look(id);
        return volume.isPresent() ? uses.of(volume.get()) : Set.of();
    }

    @Override
    public Optional<Growth> growth() {
        return Optional.of(this);
    }

    @Override
    public Optional<Snapshots> snapshots() {
        return Optional.of(snapshots);
    }

    @Override
    public Optional<SnapshotGroups> snapshotGroups() {
        return Optional.of(new ArrayGroups(calls, volumes, snapshots, reverting));
    }

    @Override
    public Optional<Renaming> renaming() {
        return Optional.of(new ArrayRenaming(calls, volumes));
    }

    @Override
    public Optional<Clones> clones() {
        return Optional.of(clones);
    }

    @Override
    public Optional<Limits> limits() {
        return Optional.of(limits);
    }

    @Override
    public Optional<PoolMigration> migration() {
        return Optional.of(migration);
    }

    @Override
    public Volume growTo(VolumeId id, ByteSize size) throws InterruptedException {
        ArrayVolume volume = volumes.require(id);
        ByteSize wanted = Sizes.onArray(size, volume.format());
        if (volume.size().compareTo(wanted) >= 0) {
            return volume.asVolume();
        }
        calls.grow(volume.id(), wanted.bytes() / ByteSize.gibibytes(1).bytes());
        return volumes.require(id).asVolume();
    }

    @Override
    public void close() {
        client.close();
    }
}
