package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that moves running machines to other hosts. One that does not offer it extends only the others. */
public abstract non-sealed class LiveMigrationContract extends HypervisorCases {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration MOMENT = Duration.ofMillis(20);
    private static final ByteSize SLOW = ByteSize.mebibytes(1);

    private final Secret key = Secret.random();
    private final Secret otherKey = Secret.random();
    private Hypervisor another;
    private LiveMigration migration;
    private MachineId machine;
    private Disk target;

    /** Made by JUnit. */
    protected LiveMigrationContract() {}

    /** Returns a plain disk that exists, is smaller than those of {@link #disk}, and that nothing else uses. */
    protected abstract Disk smallDisk(VolumeId volume) throws InterruptedException;

    /** Returns a plain disk that exists, is larger than those of {@link #disk}, and that nothing else uses. */
    protected abstract Disk largerDisk(VolumeId volume) throws InterruptedException;

    /**
     * Returns a disk that exists, has the size of those of {@link #disk}, that only this key opens, and that nothing else uses;
     * with the key. Not asked for unless encrypted disks are offered.
     */
    protected abstract Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException;

    /** Returns how many keys of disks a host has now: of {@code contract} the first, of any other name the other one. */
    protected abstract int keysHeld(HostId host) throws InterruptedException;

    /** Made by JUnit: opens the other host and makes a target. */
    @BeforeEach
    final void openAnother() throws InterruptedException {
        another = connectionToAnother();
        migration = hypervisor.liveMigration().orElseThrow();
        machine = new MachineId(spec.name());
        undoLaterOnAnother(spec);
        target = anotherDisk();
    }

    /** Made by JUnit. */
    @AfterEach
    final void wipe() {
        key.close();
        otherKey.close();
    }

    @Test
    final void a_machine_moves_with_its_disk_and_runs_on_one_host_at_most() throws InterruptedException {
        start(spec);
        MachineMove move = withDisk().limitedTo(ByteSize.mebibytes(8));

        MachineMoveJob job = migration.start(machine, move);

        assertThat(watched(job)).isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(job.progress().percent()).isEqualTo(100);
        assertRunsThere(target);
        job.cancel();
        assertThat(succeeds(job)).isTrue();
        assertThat(succeeds(migration.start(machine, move))).as("a repetition").isTrue();
        assertThat(succeeds(migration.find(machine, another).orElseThrow())).isTrue();
        assertRunsThere(target);
        start(MachineSpec.named(unique()).with(disk));
    }

    /** Returns the verdict of a job, having looked at the job and both hosts until it was there. */
    private JobVerdict watched(MachineMoveJob job) throws InterruptedException {
        long done = 0;
        Optional<JobVerdict> verdict = Optional.empty();
        while (verdict.isEmpty()) {
            long now = job.progress().done().bytes();
            assertThat(now).as("progress").isGreaterThanOrEqualTo(done);
            done = now;
            boolean here = runs(hypervisor);
            boolean there = runs(another);
            if (here && there) { // seen one after the other: it may have moved in between
                assertThat(runs(hypervisor)).as("it runs on both hosts").isFalse();
            }
            verdict = job.await(MOMENT);
        }
        return verdict.get();
    }

    private boolean runs(Hypervisor host) throws InterruptedException {
        return host.find(machine)
                .filter(it -> it.state() == MachineState.RUNNING)
                .isPresent();
    }

    @Test
    final void a_machine_moves_to_a_host_that_sees_its_disk_and_back_and_is_remembered_where_it_is()
            throws InterruptedException {
        boolean remembers = offers(HypervisorFeature.PERSISTENT_MACHINES);
        start(remembers ? spec.keptAs(Persistence.PERSISTENT) : spec);

        assertThat(succeeds(migration.start(machine, shared(another)))).isTrue();
        assertRunsThere(disk);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> migration.start(machine, withDisk()));
        assertThat(succeeds(another.liveMigration().orElseThrow().start(machine, shared(hypervisor))))
                .isTrue();
        assertThat(another.find(machine)).isEmpty();
        assertRunsHere(disk);
        hypervisor.stop(machine, StopMode.POWER_OFF);
        assertThat(hypervisor.find(machine).isPresent()).isEqualTo(remembers);
    }

    @Test
    final void what_is_not_there_or_does_not_fit_is_refused_and_the_machine_runs_on() throws InterruptedException {
        refuses(Failure.NOT_FOUND, () -> migration.start(machine, withDisk()));
        assertThat(migration.find(machine, another)).isEmpty();
        start(spec);
        VolumeId nothing = new VolumeId(unique());
        Disk small = smallDisk(new VolumeId(unique()));
        Disk taken = anotherDisk();
        MachineSpec user = MachineSpec.named(unique()).with(taken);
        undoLaterOnAnother(user);
        another.start(user);

        refuses(Failure.NOT_FOUND, () -> migration.start(machine, to(another).moving(nothing, target)));
        refuses(Failure.NOT_FOUND, () -> migration.start(machine, to(another).moving(disk.volume(), absent())));
        refuses(
                Failure.INVALID_REQUEST,
                () -> migration.start(machine, to(another).moving(disk.volume(), small)));
        refuses(Failure.IN_USE, () -> migration.start(machine, to(another).moving(disk.volume(), taken)));
        refuses(Failure.INVALID_REQUEST, () -> migration.start(machine, to(connection())));
        refuses(Failure.UNSUPPORTED, () -> migration.start(machine, MachineMove.to(new ForeignHost())));
        refuses(Failure.UNSUPPORTED, () -> migration.find(machine, new ForeignHost()));
        assertThat(migration.find(machine, another)).isEmpty();
        assertRunsHere(disk);
        another.start(MachineSpec.named(spec.name()).with(anotherDisk()));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> migration.start(machine, withDisk()));
        assertThat(disks(machine)).containsExactly(place(disk));
    }

    @Test
    final void a_larger_target_takes_the_disk_or_is_refused_at_once() throws InterruptedException {
        start(spec);
        Disk larger = largerDisk(new VolumeId(unique()));
        MachineMoveJob job;
        try {
            job = migration.start(machine, to(another).moving(disk.volume(), larger));
        } catch (DriverException e) {
            assertThat(e.failure()).as(e.toString()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertRunsHere(disk);
            return;
        }
        assertThat(succeeds(job)).isTrue();
        assertRunsThere(larger);
    }

    private Disk absent() {
        return underTest().absentDisk();
    }

    @Test
    final void a_cancelled_move_leaves_everything_as_it_was_and_can_begin_anew() throws InterruptedException {
        start(spec);
        MachineMove slow = withDisk().limitedTo(SLOW);
        Disk elsewhere = anotherDisk();

        MachineMoveJob job = migration.start(machine, slow);
        MachineMoveJob same = migration.start(machine, slow);
        refuses(
                Failure.OPERATION_PENDING,
                () -> migration.start(machine, to(another).moving(disk.volume(), elsewhere)));
        assertThat(job.await(Duration.ZERO)).isEmpty();
        same.cancel();
        same.cancel();

        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertThat(same.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertRunsHere(disk);
        assertThat(migration.find(machine, another)).isEmpty();
        assertThat(succeeds(migration.start(machine, withDisk()))).isTrue();
        assertRunsThere(target);
    }

    @Test
    final void another_connection_finds_a_move_and_an_equal_request_adopts_it() throws InterruptedException {
        start(spec);
        MachineMove slow = withDisk().limitedTo(SLOW);
        Disk elsewhere = anotherDisk();
        MachineMoveJob job = migration.start(machine, slow);

        LiveMigration second = connection().liveMigration().orElseThrow();
        Hypervisor alsoThere = connectionToAnother();
        MachineMoveJob found = second.find(machine, alsoThere).orElseThrow();
        MachineMoveJob adopted = second.start(
                machine, MachineMove.to(alsoThere).moving(disk.volume(), target).limitedTo(SLOW));
        refuses(
                Failure.OPERATION_PENDING,
                () -> second.start(machine, MachineMove.to(alsoThere).moving(disk.volume(), elsewhere)));
        assertThat(found.await(Duration.ZERO)).isEmpty();
        found.cancel();

        assertThat(job.await(PATIENCE)).get().isNotInstanceOf(JobVerdict.Succeeded.class);
        assertThat(found.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertThat(adopted.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertRunsHere(disk);
        assertThat(second.find(machine, alsoThere)).isEmpty();
    }

    @Test
    final void a_connection_that_closes_takes_its_moves_back() throws InterruptedException {
        start(spec);
        Hypervisor leader = connection();
        MachineMoveJob job =
                leader.liveMigration().orElseThrow().start(machine, withDisk().limitedTo(SLOW));

        leader.close();

        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertRunsHere(disk);
        start(MachineSpec.named(unique()).with(target));
    }

    @Test
    final void a_machine_whose_disk_is_on_its_way_elsewhere_stays() throws InterruptedException {
        start(spec);
        Optional<LiveDiskMigration> moves = hypervisor.liveDiskMigration();
        assertThat(moves.isPresent()).isEqualTo(offers(HypervisorFeature.LIVE_DISK_MIGRATION));
        if (moves.isEmpty()) {
            return;
        }
        BlockJob job =
                moves.get().start(machine, disk.volume(), DiskMove.to(target).pivoting(Pivot.WHEN_ASKED));

        refuses(Failure.OPERATION_PENDING, () -> migration.start(machine, shared(another)));
        job.cancel();
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertRunsHere(disk);
    }

    @Test
    final void keys_are_where_the_machine_is_and_nowhere_else() throws InterruptedException {
        if (!offers(HypervisorFeature.ENCRYPTED_DISKS)) {
            return;
        }
        int here = keysHeld(HOST);
        int there = keysHeld(ANOTHER);
        Disk locked = encryptedDisk(new VolumeId(unique()), key);
        Disk lockedThere = encryptedDisk(new VolumeId(unique()), otherKey);
        start(MachineSpec.named(spec.name()).with(locked));

        refuses(
                Failure.INVALID_REQUEST,
                () -> migration.start(machine, to(another).moving(locked.volume(), target)));
        refuses(
                Failure.INVALID_REQUEST,
                () -> migration.start(machine, to(another).moving(locked.volume(), keyless())));
        refuses(Failure.INVALID_REQUEST, () -> migration.start(machine, shared(another)));
        assertThat(keysHeld(ANOTHER)).as("after refusals").isEqualTo(there);
        assertWrongKeyMovesNothing(to(another).moving(locked.volume(), lockedThere.unlockedBy(key)));
        assertThat(keysHeld(ANOTHER)).as("after a wrong key").isEqualTo(there);

        assertThat(succeeds(migration.start(machine, to(another).moving(locked.volume(), lockedThere))))
                .isTrue();
        assertRunsThere(lockedThere);
        assertThat(keysHeld(HOST)).as("where it left").isEqualTo(here);
        assertThat(keysHeld(ANOTHER)).as("where it is").isEqualTo(there + 1);
        MachineMove back = shared(hypervisor).unlocking(lockedThere.volume(), otherKey);
        assertThat(succeeds(another.liveMigration().orElseThrow().start(machine, back)))
                .isTrue();
        assertRunsHere(lockedThere);
        assertThat(keysHeld(ANOTHER)).as("where it was").isEqualTo(there);
    }

    /** An encrypted disk whose key was left out, which no host may be given. */
    private Disk keyless() throws InterruptedException {
        Disk locked = encryptedDisk(new VolumeId(unique()), otherKey);
        return Disk.of(locked.volume(), locked.attachment(), ImageFormat.LUKS);
    }

    /** Whether it is refused or fails is the driver's choice: some hosts see it only when they open the disk. */
    private void assertWrongKeyMovesNothing(MachineMove wrong) throws InterruptedException {
        try {
            assertThat(migration.start(machine, wrong).await(PATIENCE))
                    .get()
                    .isInstanceOfSatisfying(
                            JobVerdict.Failed.class,
                            failed -> assertThat(failed.failure()).isEqualTo(Failure.BAD_CREDENTIALS));
        } catch (DriverException e) {
            assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        }
        assertThat(another.find(machine)).isEmpty();
        assertThat(state(machine)).contains(MachineState.RUNNING);
    }

    private static boolean succeeds(MachineMoveJob job) throws InterruptedException {
        JobVerdict verdict = job.await(PATIENCE).orElseThrow(() -> new AssertionError("no verdict in time"));
        verdict.orThrow();
        return verdict instanceof JobVerdict.Succeeded;
    }

    private void assertRunsHere(Disk expected) throws InterruptedException {
        assertThat(disks(machine)).containsExactly(place(expected));
        assertThat(state(machine)).contains(MachineState.RUNNING);
        assertThat(another.find(machine)).as("on the other host").isEmpty();
    }

    private void assertRunsThere(Disk expected) throws InterruptedException {
        Machine moved = another.find(machine).orElseThrow();
        assertThat(moved.disks()).containsExactly(place(expected));
        assertThat(moved.state()).isEqualTo(MachineState.RUNNING);
        assertThat(hypervisor.find(machine)).as("on the host that it left").isEmpty();
    }

    private MachineMove withDisk() {
        return to(another).moving(disk.volume(), target);
    }

    private static MachineMove to(Hypervisor host) {
        return MachineMove.to(host);
    }

    private static MachineMove shared(Hypervisor host) {
        return to(host).with(MachineMove.SharedDisks.VOUCHED_FOR);
    }
}
