package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.storage.spi.chain.RetentionPlan;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Takes a snapshot that is due. That its moment is tried is noted in the first step, with the schedules that it is for; so it is tried once,
 * whatever becomes of it. While its machine is busy with another disk, it waits for that.
 */
public final class ScheduledTakeProcedure implements Procedure<ScheduledTake, Optional<RecordId<SnapshotRecord>>> {

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmm'Z'").withZone(ZoneOffset.UTC);

    private final Ground ground;
    private final TakeProcedure take;

    /** Makes it. */
    public ScheduledTakeProcedure(Ground ground) {
        this.ground = ground;
        this.take = new TakeProcedure(ground, RunningBackup.Turn.AFTER_OTHERS);
    }

    @Override
    public String kind() {
        return "snapshot.scheduled";
    }

    @Override
    public Facts facts(ScheduledTake request) {
        return Facts.of("volume", request.volume()).with("moment", request.moment());
    }

    @Override
    public ScheduledTake request(Facts facts) {
        return new ScheduledTake(new RecordId<>(facts.text("volume")), Instant.parse(facts.text("moment")));
    }

    @Override
    public SortedSet<String> objects(ScheduledTake request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(ScheduledTake request, Run run) throws InterruptedException {
        SnapshotId id = new SnapshotId(run.operation().value());
        Facts due = run.step(Step.recorded("due", transaction -> note(transaction, request, id)));
        if (due.find("store").isEmpty()) {
            return Facts.NONE; // somebody else was faster, or changed the policy
        }
        SnapshotRequest wanted = SnapshotRequest.named(due.text("name"), new RecordId<>(due.text("store")));
        return take.run(new TakeRequest(request.volume(), wanted), run);
    }

    /** The moment has come for who begun this, whatever the clock of whoever goes on with it says. */
    private Facts note(Transaction transaction, ScheduledTake request, SnapshotId id) {
        Instant now = ground.clock().instant();
        Instant then = now.isBefore(request.moment()) ? request.moment() : now;
        Optional<RetentionPlan.Due> due = KnownPolicies.plan(transaction, request.volume(), then)
                .flatMap(RetentionPlan::take)
                .filter(some -> some.moment().equals(request.moment()));
        if (due.isEmpty()) {
            return Facts.NONE;
        }
        SnapshotPolicyRecord policy =
                KnownPolicies.record(transaction, request.volume()).orElseThrow();
        KnownPolicies.note(transaction, policy, id, due.get());
        return Facts.of("store", policy.store())
                .with("name", "scheduled-" + MOMENT.format(request.moment()) + "-" + id.value());
    }

    @Override
    public Optional<RecordId<SnapshotRecord>> result(ScheduledTake request, Facts result) {
        return result.find("snapshot").map(RecordId::new);
    }
}
