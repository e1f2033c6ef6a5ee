package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.snapshot.SnapshotPolicy;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.RetentionPlan;
import io.hvkit.storage.spi.chain.Rhythm;
import io.hvkit.storage.spi.chain.ScheduledSnapshot;
import io.hvkit.storage.spi.chain.SnapshotSchedule;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Policies, and what was taken for them, as the catalog keeps both. */
public final class KnownPolicies {

    private static final String ZONE = "zone";
    private static final String SCHEDULE = "schedule:";

    private KnownPolicies() {}

    /** Returns the policy of a volume, if it has one. */
    public static Optional<SnapshotPolicy> find(Transaction transaction, RecordId<VolumeRecord> volume) {
        return record(transaction, volume)
                .map(record -> new SnapshotPolicy(
                        volume,
                        record.store(),
                        zone(record),
                        schedules(record).stream()
                                .map(one -> new SnapshotPolicy.Rule(one.name(), one.rhythm(), one.keep()))
                                .toList()));
    }

    static Optional<SnapshotPolicyRecord> record(Transaction transaction, RecordId<VolumeRecord> volume) {
        return transaction.snapshotPolicies().find(SnapshotPolicyRecord.idOf(volume));
    }

    /** Keeps a policy in place of the one that the volume had; a schedule with other moments begins now. */
    public static void set(Transaction transaction, SnapshotPolicy policy, Instant now) {
        VolumeRecord volume = transaction.volumes().require(policy.volume());
        StoreRules.requireOther(
                transaction,
                transaction.pools().require(policy.store()),
                volume.name(),
                volume.place().pool());
        if (policy.rules().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "a policy of volume %s has at least one schedule; remove it if none is wanted",
                            volume.name());
        }
        Optional<SnapshotPolicyRecord> known = record(transaction, policy.volume());
        Map<String, SnapshotSchedule> before = new HashMap<>();
        known.ifPresent(record -> schedules(record).forEach(one -> before.put(one.name(), one)));
        Facts terms = Facts.of(ZONE, policy.zone().getId());
        for (SnapshotPolicy.Rule rule : policy.rules()) {
            Instant since = Optional.ofNullable(before.get(rule.name()))
                    .filter(one ->
                            one.rhythm().equals(rule.rhythm()) && one.zone().equals(policy.zone()))
                    .map(SnapshotSchedule::since)
                    .orElse(now);
            terms = terms.with(SCHEDULE + rule.name(), text(rule, since));
        }
        if (known.isPresent()) {
            transaction.snapshotPolicies().update(known.get().saying(policy.store(), terms));
        } else {
            transaction
                    .snapshotPolicies()
                    .insert(new SnapshotPolicyRecord(
                            SnapshotPolicyRecord.idOf(policy.volume()), 0, policy.store(), terms));
        }
    }

    /** Forgets the policy of a volume; its snapshots stay. Does nothing if there is none. */
    public static void remove(Transaction transaction, RecordId<VolumeRecord> volume) {
        record(transaction, volume).ifPresent(record -> {
            taken(transaction, record).forEach(transaction.scheduledSnapshots()::delete);
            transaction.snapshotPolicies().delete(record);
        });
    }

    /** Returns what the policy of a volume asks for at a moment, if it has one. */
    public static Optional<RetentionPlan> plan(Transaction transaction, RecordId<VolumeRecord> volume, Instant now) {
        return record(transaction, volume).map(record -> {
            ChainLedger ledger = ChainLedger.of(transaction, ChainRecord.idOf(volume));
            List<ScheduledSnapshot> taken = taken(transaction, record).stream()
                    .map(row -> new ScheduledSnapshot(new SnapshotId(row.id().value()), row.dueAt(), names(row)))
                    .toList();
            return RetentionPlan.of(ledger.graph(), ledger.volumeId(), schedules(record), taken, now);
        });
    }

    /**
     * Lets schedules that were made by a clock that ran ahead begin now: else nothing would be taken until that moment has come. Does nothing
     * if there are none.
     */
    static void settle(Transaction transaction, RecordId<VolumeRecord> volume, Instant now) {
        record(transaction, volume).ifPresent(record -> {
            List<SnapshotSchedule> schedules = schedules(record);
            if (schedules.stream().anyMatch(one -> one.since().isAfter(now))) {
                Facts terms = Facts.of(ZONE, zone(record).getId());
                for (SnapshotSchedule one : schedules) {
                    SnapshotPolicy.Rule rule = new SnapshotPolicy.Rule(one.name(), one.rhythm(), one.keep());
                    Instant since = one.since().isAfter(now) ? now : one.since();
                    terms = terms.with(SCHEDULE + one.name(), text(rule, since));
                }
                transaction.snapshotPolicies().update(record.saying(record.store(), terms));
            }
        });
    }

    /**
     * Forgets what was tried and has gone, but for the last of each schedule until now, by which it is known what was tried; and what is of
     * moments that have not come.
     */
    static void forgetGone(Transaction transaction, RecordId<VolumeRecord> volume, Instant now) {
        Optional<SnapshotPolicyRecord> policy = record(transaction, volume);
        if (policy.isEmpty()) {
            return;
        }
        ChainGraph graph = ChainLedger.of(transaction, ChainRecord.idOf(volume)).graph();
        List<ScheduledSnapshotRecord> rows = taken(transaction, policy.get());
        Map<String, Instant> last = new HashMap<>();
        rows.stream()
                .filter(row -> !row.dueAt().isAfter(now))
                .forEach(row -> names(row)
                        .forEach(name ->
                                last.merge(name, row.dueAt(), (one, other) -> one.isAfter(other) ? one : other)));
        rows.stream()
                .filter(row -> !row.dueAt().isAfter(now))
                .filter(row -> graph.snapshot(new SnapshotId(row.id().value())).isEmpty())
                .filter(row -> names(row).stream().noneMatch(name -> row.dueAt().equals(last.get(name))))
                .forEach(transaction.scheduledSnapshots()::delete);
    }

    /** Notes that a snapshot is tried. */
    static void note(Transaction transaction, SnapshotPolicyRecord policy, SnapshotId snapshot, RetentionPlan.Due due) {
        transaction
                .scheduledSnapshots()
                .insert(new ScheduledSnapshotRecord(
                        new RecordId<>(snapshot.value()),
                        0,
                        policy.id(),
                        due.moment(),
                        String.join(" ", due.schedules().stream().sorted().toList())));
    }

    private static List<ScheduledSnapshotRecord> taken(Transaction transaction, SnapshotPolicyRecord policy) {
        return transaction.scheduledSnapshots().where(ScheduledSnapshotRecord.POLICY, policy.id());
    }

    private static Set<String> names(ScheduledSnapshotRecord row) {
        return Set.of(row.schedules().split(" ", -1));
    }

    private static ZoneId zone(SnapshotPolicyRecord record) {
        return ZoneId.of(record.terms().text(ZONE));
    }

    private static List<SnapshotSchedule> schedules(SnapshotPolicyRecord record) {
        List<SnapshotSchedule> schedules = new ArrayList<>();
        record.terms().texts().forEach((name, text) -> {
            if (name.startsWith(SCHEDULE)) {
                schedules.add(schedule(name.substring(SCHEDULE.length()), text, zone(record)));
            }
        });
        return schedules;
    }

    private static String text(SnapshotPolicy.Rule rule, Instant since) {
        Rhythm rhythm = rule.rhythm();
        return String.join(
                " ",
                Integer.toString(rule.keep()),
                rhythm.unit().name(),
                rhythm.time().toString(),
                rhythm.weekday().name(),
                Integer.toString(rhythm.day()),
                since.toString());
    }

    private static SnapshotSchedule schedule(String name, String text, ZoneId zone) {
        String[] parts = text.split(" ", -1);
        Rhythm rhythm = new Rhythm(
                Rhythm.Unit.valueOf(parts[1]),
                LocalTime.parse(parts[2]),
                DayOfWeek.valueOf(parts[3]),
                Integer.parseInt(parts[4]));
        return new SnapshotSchedule(name, rhythm, zone, Integer.parseInt(parts[0]), Instant.parse(parts[5]));
    }
}
