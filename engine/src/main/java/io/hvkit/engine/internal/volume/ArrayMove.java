package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.inventory.Additions;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import io.hvkit.storage.spi.StoragePool;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The move of a volume to another pool of its storage system, by the system itself: whoever uses the volume goes on meanwhile, and it keeps its
 * id, its name, its key and its snapshots. The system goes on with it whatever becomes of this process, so that after any doubt the two pools
 * say where it is.
 *
 * @param ground what this stands on
 * @param volume the volume
 * @param id what its pools call it
 * @param from where it is
 * @param to where it is to be
 */
record ArrayMove(
        Ground ground, RecordId<VolumeRecord> volume, VolumeId id, RecordId<PoolRecord> from, RecordId<PoolRecord> to) {

    private static final String BY = "by";
    private static final String ARRAY = "array";
    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** Returns the move that evidence tells of, if it is one by the system. */
    static Optional<ArrayMove> of(Ground ground, RecordId<VolumeRecord> volume, Facts plan) {
        return plan.find(BY)
                .filter(ARRAY::equals)
                .map(array -> new ArrayMove(
                        ground,
                        volume,
                        new VolumeId(plan.text("id")),
                        new RecordId<>(plan.text("from")),
                        new RecordId<>(plan.text("to"))));
    }

    Facts facts() {
        return Facts.of(BY, ARRAY).with("id", id).with("from", from).with("to", to);
    }

    Facts run(Run run) throws InterruptedException {
        run.step(Step.recorded("mark", this::mark).forgetting((transaction, evidence) -> unmark(transaction)));
        Facts arrived = run.step(Step.of("migrate", () -> migrate(run.progress()))
                .lookedForBy(this::ended)
                .undoneBy(evidence -> bringBack()));
        run.step(Step.recorded("switch", transaction -> switchOver(transaction, arrived))
                .committing());
        return Facts.of("volume", volume);
    }

    /**
     * Finds the pool in which a volume is whose move was given up half-way, and makes a move end that is under way.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if no pool of its system has it, or as a pool fails that may have it
     */
    static Facts settle(Ground ground, VolumeRecord astray) throws InterruptedException {
        RecordId<PoolRecord> from = astray.place().pool();
        ArrayMove half = new ArrayMove(ground, astray.id(), Ground.external(astray), from, from);
        half.end(from);
        half.end(half.found()); // it may have been on its way back from there
        RecordId<PoolRecord> there = half.found();
        return Facts.of("pool", there)
                .with("type", ground.pool(from).type().id())
                .with("id", half.id);
    }

    /** Returns the pool of the system that has the volume now. */
    private RecordId<PoolRecord> found() throws InterruptedException {
        PoolMigration system = migration(from);
        List<PoolRecord> pools = ground.catalog().inTransaction(transaction -> Additions.all(transaction.pools()));
        String type = ground.pool(from).type().id();
        for (PoolRecord pool : pools) {
            if (pool.type().equals(type)
                    && system.reaches(ground.pool(pool.id()))
                    && ground.pool(pool.id()).find(id).isPresent()) {
                return pool.id();
            }
        }
        throw lost("no pool of its system has it");
    }

    private Facts mark(Transaction transaction) {
        VolumeRecord known = Ground.requireReady(transaction, volume);
        return Facts.of(
                "volume",
                transaction
                        .volumes()
                        .update(known.in(VolumeRecord.State.MOVING))
                        .id());
    }

    private void unmark(Transaction transaction) {
        transaction
                .volumes()
                .find(volume)
                .ifPresent(known -> transaction.volumes().update(known.in(VolumeRecord.State.READY)));
    }

    /** Starts it, or joins the one that is under way, and waits for its end. */
    private Facts migrate(ProgressListener listener) throws InterruptedException {
        Optional<Facts> arrived = arrived();
        if (arrived.isPresent()) {
            return arrived.get();
        }
        PoolMigrationJob job = migration(from).start(id, ground.pool(to));
        Optional<PoolMigrationVerdict> verdict = job.await(GLANCE);
        while (verdict.isEmpty()) {
            listener.progressed(job.progress());
            verdict = job.await(GLANCE);
        }
        return requireArrived(verdict.get());
    }

    private Facts requireArrived(PoolMigrationVerdict verdict) throws InterruptedException {
        if (verdict instanceof PoolMigrationVerdict.RolledBack) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("somebody else had the storage bring volume %s back to pool %s", id, from);
        }
        verdict.orThrow();
        return arrived().orElseThrow(() -> lost("its move ended well, and pool " + to + " does not have it"));
    }

    /** Makes a move end that is under way, and returns evidence if the volume has arrived all the same. */
    private Optional<Facts> ended() throws InterruptedException {
        Optional<Facts> before = arrived();
        if (before.isPresent()) {
            return before;
        }
        end(from);
        Optional<Facts> arrived = arrived();
        if (arrived.isEmpty() && ground.pool(from).find(id).isEmpty()) {
            throw lost("neither pool has it");
        }
        return arrived;
    }

    private void end(RecordId<PoolRecord> source) throws InterruptedException {
        Optional<PoolMigrationJob> job = migration(source).find(id);
        if (job.isPresent()) {
            job.get().rollBack();
            await(job.get());
        }
    }

    private PoolMigrationVerdict await(PoolMigrationJob job) throws InterruptedException {
        return job.await(PATIENCE)
                .orElseThrow(() -> DriverException.because(Failure.TIMED_OUT)
                        .effect(Effect.UNKNOWN)
                        .message(
                                "the storage has been bringing volume %s back for %s, and goes on; recover once it is there",
                                id, PATIENCE));
    }

    /** Sees to it that the volume is where it was. */
    private void bringBack() throws InterruptedException {
        if (ended().isEmpty()) {
            return;
        }
        await(migration(to).start(id, ground.pool(from))).orThrow();
        if (ground.pool(from).find(id).isEmpty()) {
            throw lost("it was brought back, and pool " + from + " does not have it");
        }
    }

    private Optional<Facts> arrived() throws InterruptedException {
        StoragePool target = ground.pool(to);
        return target.find(id)
                .map(found ->
                        Facts.of("id", found.id()).with("type", target.type().id()));
    }

    private PoolMigration migration(RecordId<PoolRecord> pool) throws InterruptedException {
        return ground.pool(pool)
                .migration()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message("pool %s does not move volumes any more, and was about to move %s", pool, id));
    }

    private DriverException lost(String what) {
        return DriverException.because(Failure.CORRUPT_DATA)
                .effect(Effect.UNKNOWN)
                .message("volume %s was moving from pool %s to pool %s: %s; look at the storage", id, from, to, what);
    }

    /** From here on the record says so. */
    private Facts switchOver(Transaction transaction, Facts arrived) {
        settled(ground, transaction, volume, arrived.with("pool", to));
        return Facts.of("volume", volume);
    }

    /** Writes in which pool a volume is now, as evidence tells. Its size, format, key and name are what they were. */
    static void settled(Ground ground, Transaction transaction, RecordId<VolumeRecord> volume, Facts evidence) {
        VolumeRecord known = transaction.volumes().require(volume);
        VolumeRecord.Place place = known.place().broughtTo(new RecordId<>(evidence.text("pool")));
        ExternalId external = new ExternalId(
                evidence.text("type"),
                "volume",
                evidence.text("id"),
                ground.clock().instant());
        transaction
                .volumes()
                .update(known.at(place.seen(place.format(), external, place.encryption()))
                        .in(VolumeRecord.State.READY));
    }
}
