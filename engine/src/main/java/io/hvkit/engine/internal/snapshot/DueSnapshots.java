package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Operations;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.snapshot.ScheduleRun;
import io.hvkit.storage.spi.chain.Reason;
import io.hvkit.storage.spi.chain.RetentionPlan;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what is due, of a few volumes at once, and deletes what is superseded then. What one volume lacks holds up no other one. */
public final class DueSnapshots {

    private static final Logger LOG = LoggerFactory.getLogger(DueSnapshots.class);
    private static final int AT_ONCE = 8;

    private final Catalog catalog;
    private final LostLayers lost;
    private final SnapshotProcedures procedures;
    private final Operations operations;
    private final InstantSource clock;

    /** Makes it. */
    public DueSnapshots(Ground ground, SnapshotProcedures procedures, Operations operations) {
        this.catalog = ground.catalog();
        this.lost = new LostLayers(ground);
        this.procedures = procedures;
        this.operations = operations;
        this.clock = ground.clock();
    }

    /** A volume whose turn it is. */
    private static final class Turn {
        private final RecordId<VolumeRecord> volume;
        private final List<String> failures = new ArrayList<>();
        private final List<RecordId<SnapshotRecord>> deleted = new ArrayList<>();
        private Optional<RecordId<SnapshotRecord>> taken = Optional.empty();
        private Optional<Job<Optional<RecordId<SnapshotRecord>>>> job = Optional.empty();
        private Optional<String> skipped = Optional.empty();

        Turn(RecordId<VolumeRecord> volume) {
            this.volume = volume;
        }
    }

    /** Does it, and waits for all that it began. An interruption ends the wait alone. */
    public List<ScheduleRun> run() throws InterruptedException {
        ExecutorService hands = Executors.newFixedThreadPool(AT_ONCE, DueSnapshots::hand);
        try {
            List<Future<List<ScheduleRun>>> turns = new ArrayList<>();
            for (List<RecordId<VolumeRecord>> together : byMachine()) {
                turns.add(hands.submit(() -> oneAfterTheOther(together)));
            }
            List<ScheduleRun> runs = new ArrayList<>();
            for (Future<List<ScheduleRun>> turn : turns) {
                runs.addAll(result(turn));
            }
            return runs;
        } finally {
            end(hands);
        }
    }

    /** Returns the volumes that have policies, those of one machine together: a machine backs up one disk at a time. */
    private Collection<List<RecordId<VolumeRecord>>> byMachine() throws InterruptedException {
        Map<Object, List<RecordId<VolumeRecord>>> groups = new LinkedHashMap<>();
        Optional<RecordId<SnapshotPolicyRecord>> after = Optional.empty();
        List<SnapshotPolicyRecord> page;
        do {
            Optional<RecordId<SnapshotPolicyRecord>> last = after;
            page = catalog.inTransaction(
                    transaction -> transaction.snapshotPolicies().page(last, Table.LONGEST_PAGE));
            for (SnapshotPolicyRecord policy : page) {
                groups.computeIfAbsent(owner(policy.volume()), none -> new ArrayList<>())
                        .add(policy.volume());
                after = Optional.of(policy.id());
            }
        } while (!page.isEmpty());
        return groups.values();
    }

    /** Returns the machine that has a volume, or the volume if none has, or several have. */
    private Object owner(RecordId<VolumeRecord> volume) throws InterruptedException {
        List<AttachmentRecord> uses = catalog.inTransaction(transaction -> Ground.uses(transaction, volume));
        return uses.size() == 1 ? List.of(uses.get(0).host(), uses.get(0).machine()) : volume;
    }

    private List<ScheduleRun> oneAfterTheOther(List<RecordId<VolumeRecord>> volumes) throws InterruptedException {
        List<ScheduleRun> runs = new ArrayList<>();
        for (RecordId<VolumeRecord> volume : volumes) {
            runs.add(finished(begun(volume)));
        }
        return runs;
    }

    private static Thread hand(Runnable work) {
        Thread hand = new Thread(work, "hvkit-schedules");
        hand.setDaemon(true);
        return hand;
    }

    private static List<ScheduleRun> result(Future<List<ScheduleRun>> turn) throws InterruptedException {
        try {
            return turn.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Ends waits that nobody needs the end of, and goes on once they are over: nothing is begun any more then. */
    private static void end(ExecutorService hands) {
        hands.shutdownNow();
        boolean isInterrupted = false;
        boolean isOver = false;
        while (!isOver) {
            try {
                isOver = hands.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What cannot be read of one volume holds up no other one. */
    private Turn begun(RecordId<VolumeRecord> volume) throws InterruptedException {
        Turn turn = new Turn(volume);
        try {
            begin(turn);
        } catch (RuntimeException e) {
            LOG.warn("the schedules of volume {} cannot be followed", volume, e);
            turn.failures.add("its schedules cannot be followed: " + e.getMessage());
        }
        return turn;
    }

    private void begin(Turn turn) throws InterruptedException {
        RecordId<VolumeRecord> volume = turn.volume;
        boolean isThere = catalog.inTransaction(transaction -> {
            KnownPolicies.settle(transaction, volume, clock.instant());
            return isThere(transaction, volume);
        });
        if (!isThere) {
            turn.skipped =
                    Optional.of("volume " + volume + " is gone; its schedules are forgotten, its snapshots stay");
            return;
        }
        Optional<RetentionPlan> plan = plan(volume);
        turn.skipped = plan.flatMap(RetentionPlan::waits).map(Reason::toString);
        Optional<RetentionPlan.Due> due = plan.flatMap(RetentionPlan::take);
        if (due.isPresent()) {
            ScheduledTake take = new ScheduledTake(volume, due.get().moment());
            try {
                turn.job = Optional.of(operations.begin(procedures.scheduled(), take, take.key()));
            } catch (DriverException e) {
                LOG.warn("snapshot of volume {} that is due since {} is not begun", volume, take.moment(), e);
                turn.skipped = Optional.of("it cannot be begun now: " + e.getMessage());
            }
        }
    }

    /** Who has no volume any more needs no schedules. */
    private static boolean isThere(Transaction transaction, RecordId<VolumeRecord> volume) {
        boolean isThere = transaction.volumes().find(volume).isPresent();
        if (!isThere) {
            KnownPolicies.remove(transaction, volume);
        }
        return isThere;
    }

    private Optional<RetentionPlan> plan(RecordId<VolumeRecord> volume) throws InterruptedException {
        return catalog.inTransaction(transaction -> KnownPolicies.plan(transaction, volume, clock.instant()));
    }

    private ScheduleRun finished(Turn turn) throws InterruptedException {
        Optional<Instant> next = Optional.empty();
        try {
            next = finish(turn);
        } catch (RuntimeException e) {
            LOG.warn("the schedules of volume {} cannot be followed to the end", turn.volume, e);
            turn.failures.add("its schedules cannot be followed to the end: " + e.getMessage());
        }
        return new ScheduleRun(turn.volume, turn.taken, turn.skipped, turn.deleted, turn.failures, next);
    }

    private Optional<Instant> finish(Turn turn) throws InterruptedException {
        if (turn.job.isPresent()) {
            turn.taken = await("the snapshot that is due", turn.job.get(), turn).flatMap(one -> one);
        }
        lookAtKept(turn.volume);
        Set<SnapshotId> tried = new HashSet<>();
        Optional<SnapshotId> superseded = superseded(turn, tried);
        while (superseded.isPresent()) {
            tried.add(superseded.get());
            delete(superseded.get(), turn).ifPresent(turn.deleted::add);
            superseded = superseded(turn, tried);
        }
        catalog.inTransaction(transaction -> {
            KnownPolicies.forgetGone(transaction, turn.volume, clock.instant());
            return turn;
        });
        return plan(turn.volume).flatMap(RetentionPlan::next);
    }

    /** Nothing is deleted for the sake of what is only believed to be there. */
    private void lookAtKept(RecordId<VolumeRecord> volume) throws InterruptedException {
        Set<SnapshotId> seen = new HashSet<>();
        List<SnapshotId> unseen = kept(volume);
        while (!unseen.isEmpty()) {
            for (SnapshotId id : unseen) {
                lost.lookAt(ChainKey.of(volume), id);
            }
            seen.addAll(unseen);
            unseen = kept(volume).stream().filter(id -> !seen.contains(id)).toList();
        }
    }

    /** Returns the snapshots for whose sake others are to be deleted, if any are. */
    private List<SnapshotId> kept(RecordId<VolumeRecord> volume) throws InterruptedException {
        return plan(volume).filter(plan -> !plan.delete().isEmpty()).stream()
                .flatMap(plan -> plan.keep().entrySet().stream())
                .filter(entry -> entry.getValue().why() == Reason.Why.KEPT)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Asks before each deletion, since somebody may have changed the policy during the one before. */
    private Optional<SnapshotId> superseded(Turn turn, Set<SnapshotId> tried) throws InterruptedException {
        return superseded(turn.volume).stream()
                .filter(id -> !tried.contains(id))
                .findFirst();
    }

    private List<SnapshotId> superseded(RecordId<VolumeRecord> volume) throws InterruptedException {
        return plan(volume).map(plan -> List.copyOf(plan.delete().keySet())).orElse(List.of());
    }

    private Optional<RecordId<SnapshotRecord>> delete(SnapshotId id, Turn turn) throws InterruptedException {
        try {
            return await("the deletion of snapshot " + id, deletion(new RecordId<>(id.value())), turn);
        } catch (DriverException e) {
            if (superseded(turn.volume).contains(id)) { // else somebody else was faster
                turn.failures.add("snapshot " + id + " is not deleted: " + e.getMessage());
            }
            return Optional.empty();
        }
    }

    /** Begins a deletion, or finds the job of whoever deletes it already. */
    private Job<RecordId<SnapshotRecord>> deletion(RecordId<SnapshotRecord> id) throws InterruptedException {
        DeleteSnapshotProcedure delete = procedures.delete();
        try {
            return operations.begin(delete, id, UUID.randomUUID().toString());
        } catch (DriverException e) {
            Optional<OperationRecord> other = operations.open().stream()
                    .filter(known -> known.kind().equals(delete.kind())
                            && known.request().equals(delete.facts(id)))
                    .findAny();
            if (e.failure() != Failure.OPERATION_PENDING || other.isEmpty()) {
                throw e;
            }
            return operations.begin(delete, id, other.get().idempotencyKey());
        }
    }

    private static <R> Optional<R> await(String what, Job<R> job, Turn turn) throws InterruptedException {
        try {
            return Optional.of(job.await());
        } catch (DriverException | CancellationException e) {
            LOG.warn("{} of volume {} failed", what, turn.volume, e);
            turn.failures.add(what + " failed: " + e.getMessage());
            return Optional.empty();
        }
    }
}
