package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.engine.snapshot.ScheduleRun;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotPolicy;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.Reason;
import io.hvkit.storage.spi.chain.RetentionPlan;
import io.hvkit.storage.spi.chain.Rhythm;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that are taken and deleted by themselves. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SchedulesTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final Rhythm AT_TWO = Rhythm.daily(LocalTime.of(2, 0));
    private static final int APART = 17;

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;

    @BeforeEach
    void make() throws InterruptedException {
        build(SnapshotWorld.inMemory());
    }

    /** An encrypted volume at rest, at midnight of the first of January 2026. */
    private void build(SnapshotWorld.Catalogs catalogs) throws InterruptedException {
        world = new SnapshotWorld(folder, catalogs);
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
    }

    private SnapshotPolicy policy() {
        return SnapshotPolicy.of(root.id(), world.store.id());
    }

    private void set(SnapshotPolicy policy) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.schedules().set(policy);
        }
    }

    private ScheduleRun runAt(String moment) throws InterruptedException {
        world.sleepUntil(Instant.parse(moment));
        return run();
    }

    private ScheduleRun run() throws InterruptedException {
        List<ScheduleRun> runs = runs();
        assertThat(runs).hasSize(1);
        return runs.get(0);
    }

    private List<ScheduleRun> runs() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.schedules().runDue();
        } finally {
            for (Snapshot each : world.list(root)) {
                if (!world.expected.containsKey(each.name())) {
                    world.expect(root, each.name());
                }
            }
        }
    }

    private List<String> names() throws InterruptedException {
        return world.list(root).stream()
                .filter(each -> each.state() == State.BACKED_UP)
                .map(Snapshot::name)
                .toList();
    }

    /** Returns the moments of what was taken by itself and is there. */
    private List<String> moments() throws InterruptedException {
        return names().stream()
                .filter(name -> name.startsWith("scheduled-"))
                .map(name -> name.substring(10, 24))
                .toList();
    }

    private static void refused(Failure failure, Call call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        DriverException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }

    private interface Call {
        void run() throws InterruptedException;
    }

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
    void while_one_is_taken_another_run_takes_none_and_says_why() throws Exception {
        set(policy().keeping(3, "hourly", Rhythm.hourly(0)));
        world.sleepUntil(Instant.parse("2026-01-01T01:00:00Z"));
        List<ScheduleRun> others = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copy") && others.isEmpty()) {
                world.sleepUntil(Instant.parse("2026-01-01T02:00:00Z"));
                try (HvKit hvkit = world.process()) {
                    others.addAll(hvkit.schedules().runDue());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        Optional<RecordId<SnapshotRecord>> taken = run().taken();

        assertThat(taken).isPresent();
        assertThat(others.get(0).taken()).isEmpty();
        assertThat(others.get(0).skipped().orElseThrow()).contains(taken.get().value());
        run();
        assertThat(moments()).containsExactly("20260101T0100Z", "20260101T0200Z");
    }

    @Test
    void while_the_volume_is_worked_on_none_is_begun_and_its_moment_is_caught_up_with() throws Exception {
        set(policy().keeping(3, "hourly", Rhythm.hourly(0)));
        world.sleepUntil(Instant.parse("2026-01-01T01:00:00Z"));
        List<ScheduleRun> others = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copy") && others.isEmpty()) {
                try (HvKit hvkit = world.process()) {
                    others.addAll(hvkit.schedules().runDue());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try (HvKit hvkit = world.process()) {
            PoolRecord other = MoveWorld.pool(hvkit, world.pool.reach().zone(), "p2", ImageFilesStorage.TYPE);
            hvkit.volumes().move(MoveRequest.of(root.id(), other.id())).await();
            root = hvkit.volumes().find(root.id()).orElseThrow();
        }
        assertThat(others.get(0).taken()).isEmpty();
        assertThat(others.get(0).skipped()).isPresent();

        assertThat(run().taken()).isPresent();
        assertThat(moments()).containsExactly("20260101T0100Z");
    }

    /** Starts the machine with the volume and a second one; both are due each hour. */
    private VolumeRecord startWithTwo() throws InterruptedException {
        VolumeRecord data = world.create(VolumeRequest.blank("data", SnapshotWorld.SIZE, world.pool.id())
                .as(ImageFormat.QCOW2)
                .encrypted()
                .ownedBy(Counted.OWNER));
        world.write(data, 3, (byte) 'd');
        world.start(root, data);
        for (VolumeRecord volume : List.of(root, data)) {
            set(SnapshotPolicy.of(volume.id(), world.store.id()).keeping(3, "hourly", Rhythm.hourly(0)));
        }
        return data;
    }

    @Test
    void two_disks_of_one_machine_that_are_due_at_once_are_taken_one_after_the_other() throws Exception {
        VolumeRecord data = startWithTwo();
        world.sleepUntil(Instant.parse("2026-01-01T01:00:00Z"));
        List<Long> open = new CopyOnWriteArrayList<>();
        world.hosts.atEachGlance(() -> open.add(scheduled()));

        List<ScheduleRun> runs = runs();

        assertThat(runs).hasSize(2).allMatch(run -> run.taken().isPresent());
        assertThat(runs)
                .allMatch(run -> run.failures().isEmpty() && run.skipped().isEmpty());
        assertThat(open).as("those that were begun at once").containsOnly(1L);
        assertThat(world.list(data)).extracting(Snapshot::state).containsExactly(State.BACKED_UP);
        assertThat(runs())
                .as("each moment is tried once")
                .allMatch(run -> run.taken().isEmpty());
    }

    @Test
    void a_disk_that_is_due_while_another_one_of_its_machine_is_backed_up_is_taken_after_that() throws Exception {
        VolumeRecord data = startWithTwo();
        try (HvKit hvkit = world.process()) {
            hvkit.schedules().remove(root.id());
        }
        world.sleepUntil(Instant.parse("2026-01-01T01:00:00Z"));
        ExecutorService other = Executors.newSingleThreadExecutor();
        List<Future<List<ScheduleRun>>> runs = new ArrayList<>();
        world.hosts.atEachGlance(() -> {
            if (runs.isEmpty()) {
                runs.add(other.submit(() -> {
                    try (HvKit hvkit = world.process()) {
                        return hvkit.schedules().runDue();
                    }
                }));
                awaitRefusal();
            }
        });
        try {
            world.take(root, "mine");
            ScheduleRun run = runs.get(0).get().get(0);

            assertThat(run.failures()).isEmpty();
            assertThat(run.taken()).isPresent();
        } finally {
            other.shutdown();
        }
        assertThat(world.list(data)).extracting(Snapshot::state).containsExactly(State.BACKED_UP);
        assertThat(names()).containsExactly("mine");
    }

    private void awaitRefusal() {
        try {
            Await.until("a refusal", Duration.ofMinutes(1), () -> world.hosts.refused() > 0);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private long scheduled() {
        try (Catalog catalog = world.catalog()) {
            return catalog.inTransaction(transaction -> transaction.journal().open()).stream()
                    .filter(operation -> operation.kind().equals("snapshot.scheduled"))
                    .count();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void two_who_run_at_the_same_time_take_one() throws Exception {
        set(policy().keeping(3, "daily", AT_TWO));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int day = 2; day < 6; day++) {
                world.sleepUntil(Instant.parse("2026-01-0" + day + "T02:00:00Z"));
                List<Future<List<ScheduleRun>>> all = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    all.add(threads.submit(() -> {
                        try (HvKit hvkit = world.process()) {
                            return hvkit.schedules().runDue();
                        }
                    }));
                }
                for (Future<List<ScheduleRun>> one : all) {
                    assertThat(one.get().get(0).failures()).isEmpty();
                }
            }
        } finally {
            threads.shutdown();
        }
        run();
        assertThat(moments()).containsExactly("20260103T0200Z", "20260104T0200Z", "20260105T0200Z");
    }

    @Test
    void what_fails_is_told_and_tried_once_and_the_next_moment_is_tried() throws Exception {
        world.start(root);
        set(policy().keeping(2, "daily", AT_TWO));
        world.hosts.take(BackedUpHosts.Course.FAILING);
        ScheduleRun failed = runAt("2026-01-02T02:00:00Z");
        assertThat(failed.taken()).isEmpty();
        assertThat(failed.failures()).hasSize(1);
        ScheduleRun again = run();
        assertThat(again.taken()).isEmpty();
        assertThat(again.failures()).isEmpty();
        world.hosts.take(BackedUpHosts.Course.STEADY);
        for (int day = 3; day < 7; day++) {
            assertThat(runAt("2026-01-0" + day + "T02:00:00Z").failures()).isEmpty();
            world.hosts.write(day, (byte) 'x');
        }
        assertThat(moments()).containsExactly("20260105T0200Z", "20260106T0200Z");
        world.checkThatAllAgree(root, "after a failure");
        world.checkThatAllCounts("after a failure");
    }

    @Test
    void what_cannot_be_deleted_is_told_and_deleted_later_and_holds_up_nothing() throws Exception {
        set(policy().keeping(1, "daily", AT_TWO));
        runAt("2026-01-02T02:00:00Z");
        Snapshot first = world.list(root).get(0);
        PoolRecord vault;
        try (HvKit hvkit = world.process()) {
            vault = MoveWorld.pool(hvkit, world.pool.reach().zone(), "vault", ImageFilesStorage.TYPE);
        }
        List<ScheduleRun> others = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copy") && others.isEmpty()) {
                world.atEachCall(none -> {});
                try {
                    others.add(runAt("2026-01-03T02:00:00Z"));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().copy(first.id(), vault.id()).await();
        }
        assertThat(others.get(0).taken()).isPresent();
        assertThat(others.get(0).failures().get(0)).contains(first.id().value());
        assertThat(moments()).hasSize(2);

        assertThat(run().deleted()).containsExactly(first.id());
        assertThat(moments()).containsExactly("20260103T0200Z");
        assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
    }

    @Test
    void a_slow_volume_holds_up_no_other_one() throws Exception {
        int count = 17; // more than are worked on at once, and twice that
        for (int i = 0; i < count; i++) {
            VolumeRecord volume = world.create(VolumeRequest.blank("disk-" + i, SnapshotWorld.SIZE, world.pool.id())
                    .as(ImageFormat.QCOW2)
                    .ownedBy(Counted.OWNER));
            set(SnapshotPolicy.of(volume.id(), world.store.id()).keeping(2, "daily", AT_TWO));
        }
        world.sleepUntil(Instant.parse("2026-01-02T02:00:00Z"));
        CountDownLatch others = new CountDownLatch(count - 1);
        AtomicBoolean isFirst = new AtomicBoolean(true);
        AtomicBoolean wereFaster = new AtomicBoolean();
        world.atEachCall(call -> {
            if (call.equals("copy") && isFirst.getAndSet(false)) {
                try {
                    wereFaster.set(others.await(1, TimeUnit.MINUTES));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            } else if (call.equals("areEqual")) {
                others.countDown();
            }
        });

        List<ScheduleRun> runs = runs();

        assertThat(wereFaster).as("all others were taken while one was slow").isTrue();
        assertThat(runs).hasSize(count).allMatch(run -> run.taken().isPresent());
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

    @Test
    void whenever_the_process_dies_each_moment_has_one_snapshot_and_what_is_superseded_goes() throws Exception {
        Fuse whole = Fuse.counting();
        twoDays(SnapshotWorld.inMemory());
        world.live(hvkit -> hvkit.schedules().runDue(), whole);
        assertThat(whole.moments()).isGreaterThan(40);
        for (int moment : Moments.each(Moments.apart(APART), whole.moments())) {
            twoDays(SnapshotWorld.inMemory());
            dies(moment);
        }
    }

    @Test
    void so_it_is_on_sqlite() throws Exception {
        twoDays(clock -> JdbcCatalog.file(folder.resolve("catalog")));
        dies(7 + Moments.draw(0, 40));
    }

    private void twoDays(SnapshotWorld.Catalogs catalogs) throws InterruptedException {
        build(catalogs);
        set(policy().keeping(1, "daily", AT_TWO));
        runAt("2026-01-02T02:00:00Z");
        world.sleepUntil(Instant.parse("2026-01-03T02:00:00Z"));
    }

    private void dies(int moment) throws InterruptedException {
        String when = "died at moment " + moment + ", " + Moments.seed();
        world.live(hvkit -> hvkit.schedules().runDue(), Fuse.burningAt(moment));
        Await.until(
                "what the dead left is recovered",
                Duration.ofMinutes(1),
                () -> world.recover().with(Verdict.LEFT_ALONE).isEmpty());

        ScheduleRun run = run();

        assertThat(run.failures()).as(when).isEmpty();
        assertThat(moments()).as(when).containsExactly("20260103T0200Z");
        world.checkThatAllAgree(root, when);
        world.checkThatAllCounts(when);
    }
}
