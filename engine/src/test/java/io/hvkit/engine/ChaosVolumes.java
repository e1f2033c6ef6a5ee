package io.hvkit.engine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.engine.ChaosMemory.Fate;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.placement.PlacedVolumeRequest;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.volume.ExtractRequest;
import io.hvkit.engine.volume.Extraction;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.PlaintextAuthorisation;
import io.hvkit.engine.volume.VolumeMoves;
import io.hvkit.engine.volume.VolumeRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a caller in chaos asks for with volumes. */
final class ChaosVolumes {

    private static final int MANY = 20;
    private static final ByteSize LARGEST = ByteSize.kibibytes(256);

    private final ChaosWorld world;
    private final ChaosCaller caller;

    ChaosVolumes(ChaosWorld world, ChaosCaller caller) {
        this.world = world;
        this.caller = caller;
    }

    void enlist() {
        caller.often(6, this::create);
        caller.often(4, () -> caller.onVolume(this::delete));
        caller.often(4, () -> caller.onVolume(this::grow));
        caller.often(5, () -> caller.onVolume(this::move));
        caller.often(4, () -> caller.onVolume(this::encrypt));
        caller.often(4, () -> caller.onVolume(this::rekey));
        caller.often(2, () -> caller.onVolume(this::changeOffering));
        caller.often(2, () -> caller.onVolume(this::lend));
        caller.often(3, () -> caller.onVolume(this::take));
        caller.often(2, () -> caller.onVolume(this::tidy));
        caller.often(2, () -> caller.onVolume(this::extract));
        caller.often(1, () -> caller.onVolume(this::moveTogether));
    }

    private void create() throws InterruptedException {
        if (caller.volumes().size() > MANY) {
            caller.onVolume(this::delete);
            return;
        }
        String called = world.newName("v");
        VolumeRequest request = caller.request(called);
        boolean isPlaced = caller.by(0.3);
        Optional<VolumeRecord> made = caller.askUnderKey(
                "create " + called,
                engine -> isPlaced
                        ? engine.volumes().under("make-" + called).create(placed(request))
                        : engine.volumes().under("make-" + called).create(request));
        made.ifPresent(record -> {
            if (!record.name().equals(called)) {
                world.log.violation("%s was asked for, and %s was made", called, record);
            }
            world.memory.volume(called).acknowledge();
        });
    }

    /** Wherever there is room, but for the stores. */
    private PlacedVolumeRequest placed(VolumeRequest request) {
        VolumeQuery query =
                VolumeQuery.of(request.size(), world.pools.get(0).reach()).as(request.format());
        for (PoolRecord store : world.stores) {
            query = query.excluding(store.id());
        }
        boolean isEncrypted = request.protection() == VolumeRequest.Protection.ENCRYPTED;
        return new PlacedVolumeRequest(
                request.name(), isEncrypted ? query.encrypted() : query, request.owner(), request.offering());
    }

    private void delete(VolumeRecord record) throws InterruptedException {
        world.memory.volume(record.name()).doom();
        Optional<RecordId<VolumeRecord>> gone =
                caller.ask("delete " + record.name(), engine -> engine.volumes().delete(record.id()));
        gone.ifPresent(id -> world.memory.volume(record.name()).end());
    }

    private void grow(VolumeRecord record) throws InterruptedException {
        ByteSize size = record.size().plus(ChaosArray.STEP);
        if (size.compareTo(LARGEST) < 0) {
            caller.ask("grow " + record.name(), engine -> engine.volumes().grow(record.id(), size))
                    .filter(grown -> grown.size().compareTo(size) < 0)
                    .ifPresent(grown -> world.log.violation("%s was to grow to %s", grown, size));
        }
    }

    private void move(VolumeRecord record) throws InterruptedException {
        PoolRecord pool = caller.one(world.pools);
        MoveRequest plain = MoveRequest.of(record.id(), pool.id());
        MoveRequest request = caller.by(0.3) ? plain.encrypted() : plain;
        String key = world.newName("move");
        Optional<VolumeRecord> moved = caller.askUnderKey(
                "move " + record.name() + " to " + pool.name(),
                engine -> engine.volumes().under(key).move(request));
        moved.filter(there -> !there.place().pool().equals(pool.id()))
                .ifPresent(there -> world.log.violation("%s was to move to %s", there, pool));
    }

    private void encrypt(VolumeRecord record) throws InterruptedException {
        requireOtherKey(
                record,
                caller.ask(
                        "encrypt " + record.name(), engine -> engine.volumes().encrypt(record.id())));
    }

    private void rekey(VolumeRecord record) throws InterruptedException {
        requireOtherKey(
                record,
                caller.ask("rekey " + record.name(), engine -> engine.volumes().rekey(record.id())));
    }

    private void requireOtherKey(VolumeRecord before, Optional<VolumeRecord> after) {
        after.filter(locked -> locked.key().isEmpty() || locked.key().equals(before.key()))
                .ifPresent(locked -> world.log.violation("%s was to have another key than %s", locked, before));
    }

    private void changeOffering(VolumeRecord record) throws InterruptedException {
        RecordId<OfferingRecord> offering = caller.one(world.offerings).id();
        caller.ask(
                "offer " + record.name() + " other terms",
                engine -> engine.volumes().changeOffering(record.id(), offering));
    }

    /** To machines that nobody starts. */
    private void lend(VolumeRecord record) throws InterruptedException {
        RecordId<HostRecord> host = caller.one(world.hosts).id();
        caller.ask("lend " + record.name(), engine -> engine.volumes().attach(record.id(), host, foreign(record)));
    }

    private void take(VolumeRecord record) throws InterruptedException {
        RecordId<HostRecord> host = caller.one(world.hosts).id();
        caller.ask("take " + record.name(), engine -> engine.volumes().detach(record.id(), host, foreign(record)));
    }

    private static MachineId foreign(VolumeRecord record) {
        return new MachineId("foreign-" + record.name());
    }

    private void tidy(VolumeRecord record) throws InterruptedException {
        caller.ask("tidy " + record.name(), engine -> engine.volumes().tidy(record.id()));
    }

    /** To a file that nobody has yet; what was encrypted is so there, or somebody has decided otherwise. */
    private void extract(VolumeRecord record) throws InterruptedException {
        Path file = world.staging.resolveSibling(world.newName("export"));
        ExtractRequest bare =
                ExtractRequest.of(record.id(), caller.one(world.hosts).id(), file);
        Fate fate = world.memory.volume(record.name());
        try (Secret key = Secret.random()) {
            int way = caller.below(3);
            ExtractRequest request = switch (way) {
                case 0 -> bare.encryptedBy(key);
                case 1 -> bare.inClear(new PlaintextAuthorisation("chaos", "by lot"));
                default -> bare;
            };
            caller.ask("extract " + record.name(), engine -> engine.volumes().extract(request))
                    .ifPresent(made -> judge(made, fate, way == 0 ? Optional.of(key) : Optional.empty()));
        }
    }

    private void judge(Extraction made, Fate fate, Optional<Secret> key) {
        Optional<ChaosArray.Thing> there = world.array.exported(made.file());
        boolean isAsSaid = there.filter(thing -> thing.locks.isEmpty() == key.isEmpty() && thing.isOpenedBy(key))
                .isPresent();
        if (!isAsSaid) {
            world.log.violation("%s is not what was asked for, of what %s", made, fate);
        }
    }

    private void moveTogether(VolumeRecord record) throws InterruptedException {
        RecordId<PoolRecord> pool = caller.one(world.pools).id();
        List<MoveRequest> requests = Stream.of(record, caller.one(caller.volumes()))
                .map(VolumeRecord::id)
                .distinct()
                .map(id -> MoveRequest.of(id, pool))
                .toList();
        VolumeMoves moves = caller.hvkit().volumes().moveAll(requests);
        for (Job<VolumeRecord> job : moves.jobs().values()) {
            caller.ask("move " + record.name() + " and another", engine -> job)
                    .filter(there -> !there.place().pool().equals(pool))
                    .ifPresent(there -> world.log.violation("%s was to move to %s", there, pool));
        }
    }
}
