package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.snapshot.ScheduleRun;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotPolicy;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.Rhythm;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What becomes of what is due while others are at work on the volume or its machine, or something fails. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BusySchedulesTest extends ScheduleCases {

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
        PoolRecord vault = world.anotherStore();
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
}
