package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolMigrationVerdict;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Moves inside the array, by a clock that goes on only when it is told to. */
abstract class MoveCases {

    private static final HostId HOST = new HostId(Simulated.HOSTS.get(0));
    private static final Duration NOW = Duration.ZERO;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final PoolId THERE = new PoolId("flex");

    private final GatewayVersion version;
    private final SimulatorClock clock = SimulatorClock.stopped();
    private Simulated array;
    private StoragePool pool;
    private StoragePool target;
    private Volume disk;
    private PoolMigration migration;

    MoveCases(GatewayVersion version) {
        this.version = version;
    }

    @BeforeEach
    void play() throws InterruptedException {
        Timing times = Timing.usual().with(Timing.Span.REMOVAL, Duration.ZERO);
        array = Simulated.start(version, clock, times);
        pool = array.open();
        target = array.open(Map.of("pool", "pool2"));
        migration = pool.migration().orElseThrow();
        disk = pool.create(CreateVolume.blank("disk", ByteSize.gibibytes(8)));
    }

    @AfterEach
    void stop() {
        target.close();
        pool.close();
        array.close();
    }

    private void pass(Duration time) {
        clock.advance(time);
    }

    private long asked() {
        return array.system().calls().of("migrateVTree");
    }

    private long pauses() {
        return array.system().calls().of("pauseVTreeMigration");
    }

    private static void is(PoolMigrationVerdict expected, PoolMigrationJob job) throws InterruptedException {
        assertThat(job.await(PATIENCE)).contains(expected);
    }

    @Test
    void a_move_takes_its_time_and_keeps_snapshots_limits_and_uses() throws InterruptedException {
        VolumeLimits some = VolumeLimits.none().iops(5000);
        pool.limits().orElseThrow().set(disk.id(), some);
        pool.attach(disk.id(), VolumeUse.by(HOST).shared());
        pool.snapshots().orElseThrow().take(disk.id(), "monday");

        PoolMigrationJob job = migration.start(disk.id(), target);
        assertThat(job.await(NOW)).isEmpty();
        assertThat(job.progress().phase()).isEqualTo("waiting for its turn");
        pass(Duration.ofMillis(600));
        assertThat(job.progress().phase()).isEqualTo("moving");
        assertThat(job.progress().percent())
                .as("what nobody tells is not guessed")
                .isZero();
        assertThat(pool.find(disk.id())).contains(disk);
        assertThat(migration.start(disk.id(), target).await(NOW))
                .as("the same move")
                .isEmpty();
        pass(Duration.ofMillis(500));

        is(new PoolMigrationVerdict.Moved(THERE), job);
        assertThat(job.progress().percent()).isEqualTo(100);
        assertThat(target.snapshots().orElseThrow().list(disk.id())).hasSize(1);
        assertThat(target.limits().orElseThrow().of(disk.id())).isEqualTo(some);
        assertThat(target.uses(disk.id())).containsExactly(VolumeUse.by(HOST).shared());
        assertThat(pool.find(disk.id())).isEmpty();
        is(new PoolMigrationVerdict.Moved(THERE), migration.start(disk.id(), target));
        assertThat(asked()).isEqualTo(1);
    }

    @Test
    void what_cannot_move_is_said_before_anything_moves() throws InterruptedException {
        StoragePool bare = array.open(Map.of("pool", "unpadded", "unpadded", "accept"));
        Refused.as(Failure.UNSUPPORTED).saying("zero padding", () -> migration.start(disk.id(), bare));
        Volume naked = bare.create(CreateVolume.blank("naked", ByteSize.gibibytes(8)));
        StoragePool fine = array.open(Map.of("pool", "fine"));
        Refused.as(Failure.UNSUPPORTED)
                .saying("zero padding", () -> bare.migration().orElseThrow().start(naked.id(), fine));
        bare.close();

        pool.snapshots().orElseThrow().take(disk.id(), "monday");
        Refused.as(Failure.UNSUPPORTED).saying("has snapshots", () -> migration.start(disk.id(), fine));
        fine.close();

        Volume twin = pool.clones().orElseThrow().create(CloneVolume.of(disk.id(), "twin"));
        Refused.as(Failure.UNSUPPORTED).saying("[twin]", () -> migration.start(disk.id(), target));
        Refused.as(Failure.UNSUPPORTED).saying("[disk]", () -> migration.start(twin.id(), target));

        Volume mirrored = pool.create(CreateVolume.blank("mirrored", ByteSize.gibibytes(8)));
        array.system().replicate(mirrored.id().value());
        Refused.as(Failure.UNSUPPORTED).saying("replicated", () -> migration.start(mirrored.id(), target));

        Volume large = pool.create(CreateVolume.blank("large", ByteSize.gibibytes(8)));
        array.system().fill("pool2");
        assertThat(asked()).isZero();
        Refused.as(Failure.EXHAUSTED).saying("825", () -> migration.start(large.id(), target));
        assertThat(migration.find(large.id())).isEmpty();
    }

    @Test
    void a_rebuild_holds_it_up_and_is_reported() throws InterruptedException {
        PoolMigrationJob job = migration.start(disk.id(), target);
        pass(Duration.ofMillis(200));
        array.system().beginRebuild("pool2");
        pass(Duration.ofHours(9));

        assertThat(job.await(NOW)).isEmpty();
        assertThat(job.progress().phase()).isEqualTo("held up by the array (Rebuild)");
        job.resume();
        assertThat(job.await(NOW))
                .as("the array goes on by itself, and not before")
                .isEmpty();

        array.system().endRebuild("pool2");
        pass(Duration.ofSeconds(1));
        is(new PoolMigrationVerdict.Moved(THERE), job);
    }

    @Test
    void one_that_takes_too_long_rests_gently_and_goes_back() throws Exception {
        PoolMigrationJob job = migration.start(disk.id(), target);
        pass(Duration.ofMillis(600));
        array.system().faults().add(Fault.at("pauseVTreeMigration").afterWork().losingTheAnswer());
        array.system().faults().add(Fault.at("migrateVTree").afterWork().losingTheAnswer());
        CompletableFuture<Void> back = CompletableFuture.runAsync(() -> rollBack(job));
        Await.until("the pause is asked for, and again", PATIENCE, () -> pauses() == 2);
        pass(Duration.ofMillis(500));
        back.get();

        assertThat(array.system().calls().of("pauseVTreeMigration"))
                .as("and its repeat")
                .isEqualTo(2);
        assertThat(job.progress().phase()).startsWith("back to where it was");
        assertThat(job.await(NOW)).isEmpty();
        Refused.as(Failure.OPERATION_PENDING).saying("on its way", () -> migration.start(disk.id(), target));
        pass(Duration.ofMinutes(1));
        is(new PoolMigrationVerdict.RolledBack(), job);
        assertThat(pool.find(disk.id())).contains(disk);
        job.rollBack();
        job.resume();
        job.pause();
        assertThat(array.system().faults().waiting()).isEmpty();
    }

    private static void rollBack(PoolMigrationJob job) {
        try {
            job.rollBack();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_pause_that_never_comes_is_no_roll_back() throws InterruptedException {
        StoragePool hasty = array.open(Map.of("timeout", "PT3S"));
        PoolMigrationJob job = hasty.migration().orElseThrow().start(disk.id(), target);
        pass(Duration.ofMillis(600));

        Refused.as(Failure.TIMED_OUT).unknown().saying("about to rest", () -> {
            job.rollBack(); // the clock stands still
            return job;
        });

        assertThat(job.await(NOW)).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(job.progress().phase()).startsWith("resting");
        job.resume();
        pass(Duration.ofSeconds(1));
        is(new PoolMigrationVerdict.Moved(THERE), job);
        job.rollBack();
        assertThat(target.find(disk.id())).as("too late").contains(disk);
        hasty.close();
    }

    @Test
    void a_move_whose_beginning_gets_no_answer_begins_once() throws InterruptedException {
        array.system().faults().add(Fault.at("migrateVTree").losingTheAnswer());
        array.system()
                .faults()
                .add(Fault.at("migrateVTree").afterWork().answering(503).times(9));
        PoolMigrationJob job = migration.start(disk.id(), target);
        array.system().faults().clear();
        assertThat(job.await(NOW)).isEmpty();

        VolumeId other =
                pool.create(CreateVolume.blank("other", ByteSize.gibibytes(8))).id();
        array.system().faults().add(Fault.at("migrateVTree").answering(503).times(99));
        Refused.as(Failure.UNREACHABLE).unknown().saying("503", () -> migration.start(other, target));
        array.system().faults().clear();
        assertThat(migration.find(other)).isEmpty();
        pass(Duration.ofSeconds(2));
        is(new PoolMigrationVerdict.Moved(THERE), job);
    }

    @Test
    void one_move_at_a_time_and_none_under_a_removal() throws InterruptedException {
        PoolMigrationJob job = migration.start(disk.id(), target);
        try (StoragePool third = array.open(Map.of("domain", "domain2"))) {
            Refused.as(Failure.OPERATION_PENDING).saying("on its way", () -> migration.start(disk.id(), third));
            Refused.as(Failure.OPERATION_PENDING).saying("on its way", () -> migration.start(disk.id(), pool));
            Refused.as(Failure.NOT_FOUND)
                    .saying(
                            "no volume",
                            () -> third.migration()
                                    .orElseThrow()
                                    .start(disk.id(), target)
                                    .progress());
        }
        Refused.as(Failure.IN_USE).saying("roll it back", () -> {
            pool.delete(disk.id());
            return disk;
        });
        pass(Duration.ofSeconds(2));
        is(new PoolMigrationVerdict.Moved(THERE), job);
        is(
                new PoolMigrationVerdict.Moved(THERE),
                target.migration().orElseThrow().start(disk.id(), target));
    }

    @Test
    void what_the_array_or_its_operators_make_of_it_is_seen() throws InterruptedException {
        PoolMigrationJob failing = migration.start(disk.id(), target);
        pass(Duration.ofMillis(200));
        assertThat(failing.await(NOW)).isEmpty();
        array.system().failMigration(disk.id().value(), "MediaError");
        assertThat(failing.await(PATIENCE))
                .hasValueSatisfying(verdict -> assertThat(verdict).isInstanceOf(PoolMigrationVerdict.Failed.class))
                .hasValueSatisfying(verdict -> assertThat(verdict.toString()).contains("MediaError"));
        assertThat(pool.find(disk.id())).contains(disk);

        PoolMigrationJob turned = migration.start(disk.id(), target);
        PoolMigrationJob theirs = connected().find(disk.id()).orElseThrow();
        pass(Duration.ofMillis(200));
        theirs.pause();
        pass(Duration.ofSeconds(1));
        theirs.rollBack();
        assertThat(turned.await(NOW)).isEmpty();
        PoolMigrationJob found = connected().find(disk.id()).orElseThrow();
        found.rollBack();
        pass(Duration.ofSeconds(1));
        for (PoolMigrationJob each : List.of(turned, theirs, found)) {
            is(new PoolMigrationVerdict.RolledBack(), each);
        }
        PoolMigrationJob lost = migration.start(disk.id(), target);
        pass(Duration.ofSeconds(2));
        target.delete(disk.id());
        assertThat(lost.await(PATIENCE).orElseThrow()).isInstanceOf(PoolMigrationVerdict.Vanished.class);
    }

    private PoolMigration connected() {
        return pool.migration().orElseThrow();
    }

    @Test
    void another_system_is_told_by_its_id() throws InterruptedException {
        Map<String, String> changes = new HashMap<>();
        changes.put("gateway", array.simulator().system("powerflex2").uri().toString());
        try (StoragePool foreign = array.open(changes)) {
            assertThat(migration.reaches(foreign)).isFalse();
            assertThat(foreign.migration().orElseThrow().reaches(target)).isFalse();
            Refused.as(Failure.UNSUPPORTED).saying("system", () -> migration.start(disk.id(), foreign));
        }
        assertThat(migration.reaches(target)).isTrue();
        assertThat(asked()).isZero();
    }
}
