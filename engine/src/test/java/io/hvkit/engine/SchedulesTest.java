package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.snapshot.ScheduleRun;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotPolicy;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Reason;
import io.hvkit.storage.spi.chain.RetentionPlan;
import io.hvkit.storage.spi.chain.Rhythm;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Snapshots that are taken and deleted by themselves. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SchedulesTest extends ScheduleCases {

    @Test
    void what_is_due_at_once_is_one_snapshot_which_stays_as_long_as_one_schedule_wants_it() throws Exception {
        RecordId<VolumeRecord> web = root.id();
        RecordId<PoolRecord> nfs = world.store.id();
        try (HvKit hvkit = world.process()) {
            // tag::set[]
            hvkit.schedules()
                    .set(SnapshotPolicy.of(web, nfs)
                            .in(ZoneId.of("Europe/Berlin"))
                            .keeping(2, "daily", Rhythm.daily(LocalTime.of(2, 0)))
                            .keeping(4, "weekly", Rhythm.weekly(DayOfWeek.SUNDAY, LocalTime.of(2, 0))));
            // end::set[]
            world.sleepUntil(Instant.parse("2026-01-04T01:00:00Z"));
            RetentionPlan plan = hvkit.schedules().plan(web);
            assertThat(plan.take().orElseThrow().schedules()).containsExactlyInAnyOrder("daily", "weekly");
            assertThat(world.list(root)).as("a plan takes nothing").isEmpty();
            // tag::run[]
            List<ScheduleRun> runs = hvkit.schedules().runDue(); // once a minute, by whoever embeds this
            // end::run[]
            assertThat(runs).hasSize(1);
            assertThat(runs.get(0).taken())
                    .contains(hvkit.snapshots().list(web).get(0).id());
        }
        Snapshot sunday = world.list(root).get(0);
        world.expect(root, sunday.name());
        assertThat(sunday.takenAt()).isEqualTo(world.now());
        assertThat(run().taken()).as("it is tried once").isEmpty();
        for (int day = 5; day < 9; day++) {
            runAt("2026-01-0" + day + "T01:00:00Z");
        }
        assertThat(moments()).containsExactly("20260104T0100Z", "20260107T0100Z", "20260108T0100Z");
        world.checkThatAllAgree(root, "a week later");
        world.checkThatAllCounts("a week later");
    }

    @Test
    void a_policy_that_cannot_be_read_is_told_of_and_holds_up_no_other_volume() throws Exception {
        VolumeRecord other = world.create(VolumeRequest.blank("other", SnapshotWorld.SIZE, world.pool.id())
                .as(ImageFormat.QCOW2)
                .ownedBy(Counted.OWNER));
        for (VolumeRecord volume : List.of(root, other)) {
            set(SnapshotPolicy.of(volume.id(), world.store.id()).keeping(2, "daily", AT_TWO));
        }
        RecordId<SnapshotPolicyRecord> first;
        try (Catalog catalog = world.catalog()) {
            first = catalog.inTransaction(transaction -> {
                SnapshotPolicyRecord record =
                        transaction.snapshotPolicies().page(Optional.empty(), 1).get(0);
                Facts elsewhere = Facts.of("zone", "Europe/Atlantis")
                        .with("schedule:daily", record.terms().text("schedule:daily"));
                transaction.snapshotPolicies().update(record.saying(record.store(), elsewhere));
                return record.id();
            });
        }
        world.sleepUntil(Instant.parse("2026-01-02T02:00:00Z"));

        List<ScheduleRun> runs = runs();

        assertThat(runs).hasSize(2);
        for (ScheduleRun run : runs) {
            if (run.volume().value().equals(first.value())) {
                assertThat(run.failures()).first().asString().contains("Europe/Atlantis");
                assertThat(run.taken()).isEmpty();
            } else {
                assertThat(run.failures()).isEmpty();
                assertThat(run.taken()).isPresent();
            }
        }
    }

    @Test
    void through_weeks_there_is_what_each_schedule_keeps_and_what_users_took() throws Exception {
        world.sleepUntil(Instant.parse("2026-01-25T12:00:00Z"));
        set(policy().in(BERLIN)
                .keeping(3, "daily", AT_TWO)
                .keeping(1, "monthly", Rhythm.monthly(31, LocalTime.of(2, 0)))
                .keeping(2, "weekly", Rhythm.weekly(DayOfWeek.SUNDAY, LocalTime.of(2, 0))));
        world.take(root, "mine");
        LocalDate first = LocalDate.of(2026, 1, 26);
        for (LocalDate day = first; day.isBefore(LocalDate.of(2026, 3, 4)); day = day.plusDays(1)) {
            world.sleepUntil(day.atTime(2, 5).atZone(BERLIN).toInstant());
            ScheduleRun run = run();
            assertThat(run.failures()).isEmpty();
            assertThat(run.taken()).isPresent();

            Set<String> kept = new TreeSet<>();
            LocalDate today = day;
            newest(today, first, 3, date -> true).forEach(kept::add);
            newest(today, first, 2, date -> date.getDayOfWeek() == DayOfWeek.SUNDAY)
                    .forEach(kept::add);
            newest(today, first, 1, date -> date.plusDays(1).getDayOfMonth() == 1)
                    .forEach(kept::add);
            assertThat(moments()).as("on %s", day).containsExactlyElementsOf(kept);
            assertThat(names()).contains("mine");
        }
        world.checkThatAllAgree(root, "weeks later");
        world.checkThatAllCounts("weeks later");
        try (Catalog catalog = world.catalog()) {
            List<ScheduledSnapshotRecord> kept = catalog.inTransaction(transaction -> transaction
                    .scheduledSnapshots()
                    .where(ScheduledSnapshotRecord.POLICY, SnapshotPolicyRecord.idOf(root.id())));
            assertThat(kept).as("what has gone is forgotten").hasSizeLessThanOrEqualTo(6);
        }
    }

    private interface Days {
        boolean hold(LocalDate date);
    }

    private static List<String> newest(LocalDate today, LocalDate first, int count, Days days) {
        List<String> found = new ArrayList<>();
        for (LocalDate day = today; !day.isBefore(first) && found.size() < count; day = day.minusDays(1)) {
            if (days.hold(day)) {
                found.add(day.toString().replace("-", "").concat("T0100Z"));
            }
        }
        return found;
    }

    @Test
    void a_newer_one_that_its_store_has_lost_costs_no_older_one() throws Exception {
        set(policy().keeping(2, "daily", AT_TWO));
        runAt("2026-01-02T02:00:00Z");
        world.write(root, 2, (byte) 'n');
        runAt("2026-01-03T02:00:00Z");
        Snapshot third = world.list(root).get(1);
        LayerId layer =
                third.chained().replicaIn(world.store.poolId()).orElseThrow().layer();
        world.storage.lose(world.store.poolId(), SnapshotWorld.imageOf(layer));

        assertThat(runAt("2026-01-04T02:00:00Z").deleted()).isEmpty();
        assertThat(moments()).containsExactly("20260102T0200Z", "20260103T0200Z", "20260104T0200Z");
        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.schedules().plan(root.id()).keep().values())
                    .extracting(Reason::why)
                    .containsOnlyOnce(Reason.Why.COPY_UNUSABLE);
        }
        assertThat(runAt("2026-01-05T02:00:00Z").deleted()).hasSize(2);
        assertThat(moments()).containsExactly("20260104T0200Z", "20260105T0200Z");
        world.checkThatAllAgree(root, "there are enough newer ones");
    }

    @Test
    void while_nobody_can_tell_whether_newer_ones_are_there_no_older_one_goes() throws Exception {
        set(policy().keeping(2, "daily", AT_TWO));
        runAt("2026-01-02T02:00:00Z");
        runAt("2026-01-03T02:00:00Z");
        set(policy().keeping(1, "daily", AT_TWO));
        world.storage.silence(world.store.poolId());
        ScheduleRun run = run();
        assertThat(run.deleted()).isEmpty();
        assertThat(run.failures()).hasSize(1);
        world.storage.answerAgain(world.store.poolId());
        assertThat(moments()).hasSize(2);
        assertThat(run().deleted()).hasSize(1);
        world.checkThatAllAgree(root, "it answers again");
    }

    @Test
    void of_what_was_missed_one_is_caught_up_with_and_nothing_of_before_the_schedule() throws Exception {
        world.sleepUntil(Instant.parse("2026-01-01T05:00:00Z"));
        set(policy().keeping(5, "hourly", Rhythm.hourly(0)).keeping(5, "nightly", AT_TWO));
        assertThat(run().next()).contains(Instant.parse("2026-01-01T06:00:00Z"));
        assertThat(moments()).containsExactly("20260101T0500Z");

        runAt("2026-01-09T07:30:00Z");
        run();
        assertThat(moments()).containsExactly("20260101T0500Z", "20260109T0700Z");
        runAt("2026-01-09T08:00:00Z");
        assertThat(moments()).hasSize(3);
    }

    @Test
    void a_time_that_a_change_of_clocks_leaves_out_comes_later_and_one_that_comes_twice_counts_once() throws Exception {
        world.sleepUntil(Instant.parse("2026-03-28T12:00:00Z"));
        set(policy().in(BERLIN).keeping(9, "daily", Rhythm.daily(LocalTime.of(2, 30))));
        pass("2026-03-30T12:00:00Z");
        pass("2026-10-24T12:00:00Z", Duration.ofDays(300));
        pass("2026-10-26T12:00:00Z");

        assertThat(moments())
                .containsExactly(
                        "20260329T0130Z", "20260330T0030Z", "20261024T0030Z", "20261025T0030Z", "20261026T0130Z");
    }

    private void pass(String until) throws InterruptedException {
        pass(until, Duration.ofHours(1));
    }

    private void pass(String until, Duration step) throws InterruptedException {
        Instant end = Instant.parse(until);
        while (world.now().isBefore(end)) {
            Instant next = world.now().plus(step);
            world.sleepUntil(next.isAfter(end) ? end : next);
            run();
        }
    }

    @Test
    void a_moment_that_has_come_for_one_engine_is_not_lost_to_one_whose_clock_is_behind() throws Exception {
        set(policy().keeping(3, "daily", AT_TWO));
        world.sleepUntil(Instant.parse("2026-01-02T02:00:00Z"));
        Fuse late = Fuse.atEach(() -> {
            if (scheduled() > 0) {
                world.sleepUntil(Instant.parse("2026-01-02T01:59:50Z"));
            }
        });
        try (HvKit hvkit = world.process(late)) {
            assertThat(hvkit.schedules().runDue().get(0).taken()).isPresent();
        }
        assertThat(world.now()).isBefore(Instant.parse("2026-01-02T02:00:00Z"));
        assertThat(runAt("2026-01-02T02:00:00Z").taken()).as("it is tried once").isEmpty();
        assertThat(moments()).containsExactly("20260102T0200Z");
    }

    @Test
    void a_clock_that_ran_ahead_silences_no_schedule_once_it_is_right_again() throws Exception {
        set(policy().keeping(9, "daily", AT_TWO));
        assertThat(runAt("2026-06-01T02:00:00Z").taken()).isPresent();
        world.sleepUntil(Instant.parse("2026-05-01T00:00:00Z"));
        set(policy().keeping(9, "daily", AT_TWO).keeping(9, "nightly", Rhythm.daily(LocalTime.of(3, 0))));
        world.sleepUntil(Instant.parse("2026-01-01T01:00:00Z"));
        assertThat(run().taken()).isEmpty();

        for (int day = 2; day < 4; day++) {
            runAt("2026-01-0" + day + "T02:00:00Z");
            assertThat(runAt("2026-01-0" + day + "T03:00:00Z").taken()).isPresent();
            assertThat(run().taken()).as("each moment is tried once").isEmpty();
        }
        assertThat(moments())
                .containsExactlyInAnyOrder(
                        "20260601T0200Z", "20260102T0200Z", "20260102T0300Z", "20260103T0200Z", "20260103T0300Z");
        world.delete(world.list(root).get(4));
        run();
        assertThat(run().taken()).as("it was tried, though it is gone").isEmpty();
        world.sleepUntil(Instant.parse("2026-06-01T02:59:00Z"));
        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.schedules().plan(root.id()).take().orElseThrow().schedules())
                    .as("what was tried ahead of its time is tried once")
                    .containsExactly("nightly");
        }
    }

    @Test
    void a_policy_comes_back_and_a_schedule_with_other_moments_begins_anew() throws Exception {
        SnapshotPolicy wanted = policy().in(BERLIN).keeping(3, "daily", AT_TWO).keeping(2, "hourly", Rhythm.hourly(7));
        set(wanted);
        runAt("2026-01-02T02:00:00Z");
        assertThat(moments()).hasSize(1);
        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.schedules().find(root.id())).contains(wanted);
            world.sleepUntil(Instant.parse("2026-01-02T10:00:00Z"));
            hvkit.schedules().set(policy().in(BERLIN).keeping(1, "daily", Rhythm.daily(LocalTime.of(9, 0))));
            assertThat(hvkit.schedules().plan(root.id()).take())
                    .as("nine has passed before it was asked for")
                    .isEmpty();
            hvkit.schedules().set(policy().in(BERLIN).keeping(2, "daily", Rhythm.daily(LocalTime.of(9, 0))));
        }
        assertThat(runAt("2026-01-03T09:00:00Z").taken()).isPresent();
        assertThat(runAt("2026-01-04T09:00:00Z").deleted())
                .as("what was taken under its name counts")
                .hasSize(1);
    }

    @Test
    void without_a_policy_or_a_volume_all_snapshots_stay() throws Exception {
        set(policy().keeping(1, "daily", AT_TWO));
        runAt("2026-01-02T02:00:00Z");
        try (HvKit hvkit = world.process()) {
            hvkit.schedules().remove(root.id());
            hvkit.schedules().remove(root.id());
            assertThat(hvkit.schedules().find(root.id())).isEmpty();
            refused(Failure.NOT_FOUND, () -> hvkit.schedules().plan(root.id()));
        }
        world.sleepUntil(Instant.parse("2026-01-03T02:00:00Z"));
        assertThat(runs()).isEmpty();
        set(policy().keeping(1, "daily", AT_TWO));
        runAt("2026-01-04T02:00:00Z");
        assertThat(moments()).as("nobody asks for the first one's deletion").hasSize(2);
        try (HvKit hvkit = world.process()) {
            hvkit.volumes().delete(root.id()).await();
            world.sleepUntil(Instant.parse("2026-01-05T02:00:00Z"));
            assertThat(hvkit.schedules().runDue().get(0).skipped().orElseThrow())
                    .contains("gone");
            assertThat(hvkit.schedules().runDue()).isEmpty();
            assertThat(hvkit.snapshots().list(root.id())).hasSize(2);
        }
    }

    @Test
    void what_cannot_be_is_refused_and_nothing_is_kept() throws Exception {
        RecordId<PoolRecord> none = new RecordId<>("none");
        SnapshotPolicy fine = policy().keeping(1, "daily", AT_TWO);
        refused(Failure.INVALID_REQUEST, () -> set(policy()));
        refused(
                Failure.INVALID_REQUEST,
                () -> set(SnapshotPolicy.of(root.id(), world.pool.id()).keeping(1, "daily", AT_TWO)));
        refused(Failure.NOT_FOUND, () -> set(SnapshotPolicy.of(root.id(), none).keeping(1, "daily", AT_TWO)));
        refused(
                Failure.NOT_FOUND,
                () -> set(SnapshotPolicy.of(new RecordId<>("none"), world.store.id())
                        .keeping(1, "daily", AT_TWO)));
        for (String name : List.of("", "Daily", "at night", "-", "d".repeat(33))) {
            assertThatThrownBy(() -> policy().keeping(1, name, AT_TWO))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + name + "'");
        }
        for (int count : List.of(-1, 0, 10_001)) {
            assertThatThrownBy(() -> policy().keeping(count, "daily", AT_TWO))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Integer.toString(count));
        }
        assertThatThrownBy(() -> fine.keeping(2, "daily", Rhythm.hourly(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("daily");
        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.schedules().find(root.id())).isEmpty();
        }
    }
}
