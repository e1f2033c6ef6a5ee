package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.CopyMode;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Pivot;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that moves disks under running machines. One that does not offer it extends only the other one. */
public abstract non-sealed class LiveDiskMigrationContract extends HypervisorCases {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private LiveDiskMigration migration;
    private MachineId machine;
    private Disk target;

    /** Made by JUnit. */
    protected LiveDiskMigrationContract() {}

    /** Returns a plain disk that exists, is smaller than those of {@link #disk}, and that nothing else uses. */
    protected abstract Disk smallDisk(VolumeId volume) throws InterruptedException;

    /** Returns a plain disk that exists, is larger than those of {@link #disk}, and that nothing else uses. */
    protected abstract Disk largerDisk(VolumeId volume) throws InterruptedException;

    /** Made by JUnit: starts a machine and makes a target. */
    @BeforeEach
    final void startMachine() throws InterruptedException {
        migration = hypervisor.liveDiskMigration().orElseThrow();
        machine = start(spec).id();
        target = anotherDisk();
    }

    @Test
    final void a_disk_moves_under_a_running_machine() throws InterruptedException {
        BlockJob job = migration.start(machine, disk.volume(), DiskMove.to(target));

        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(job.phase()).isEqualTo(BlockJobPhase.ENDED);
        assertThat(job.progress().percent()).isEqualTo(100);
        assertUses(target);
        assertThat(migration.find(machine, disk.volume())).isEmpty();
        job.cancel();
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        refuses(Failure.NOT_FOUND, () -> migration.start(machine, disk.volume(), DiskMove.to(disk)));
    }

    @Test
    final void a_request_that_has_succeeded_is_confirmed_and_done_once() throws InterruptedException {
        DiskMove move = DiskMove.to(target);
        assertThat(migration.start(machine, disk.volume(), move).await(PATIENCE))
                .get()
                .isInstanceOf(JobVerdict.Succeeded.class);
        LiveDiskMigration later = connection().liveDiskMigration().orElseThrow();

        for (LiveDiskMigration either : List.of(migration, later)) {
            BlockJob again = either.start(machine, disk.volume(), move);
            assertThat(again.await(Duration.ZERO)).get().isInstanceOf(JobVerdict.Succeeded.class);
            assertThat(again.phase()).isEqualTo(BlockJobPhase.ENDED);
            assertThat(again.progress().percent()).isEqualTo(100);
            again.cancel();
            assertUses(target);
        }
        VolumeId nothing = new VolumeId(unique());
        refuses(Failure.NOT_FOUND, () -> migration.start(machine, nothing, move));
        Disk elsewhere = anotherDisk();
        refuses(Failure.NOT_FOUND, () -> migration.start(machine, disk.volume(), DiskMove.to(elsewhere)));
        BlockJob back = migration.start(machine, target.volume(), DiskMove.to(disk));
        assertThat(back.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertUses(disk);
    }

    @Test
    final void a_move_that_waits_switches_when_it_is_asked_and_not_before() throws InterruptedException {
        BlockJob job = migration.start(machine, disk.volume(), waiting(target));

        assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);
        assertThat(job.await(Duration.ZERO)).isEmpty();
        assertUses(disk);
        job.pivot();
        job.pivot();
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertUses(target);
    }

    @Test
    final void a_cancelled_move_leaves_the_machine_on_its_disk_and_the_target_to_the_caller()
            throws InterruptedException {
        BlockJob job = migration.start(machine, disk.volume(), waiting(target));
        assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);

        job.cancel();
        job.cancel();

        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertUses(disk);
        assertThat(migration.find(machine, disk.volume())).isEmpty();
        BlockJob again = migration.start(machine, disk.volume(), DiskMove.to(target));
        assertThat(again.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
    }

    @Test
    final void an_equal_request_and_another_connection_find_the_job_and_a_different_one_is_refused()
            throws InterruptedException {
        BlockJob job = migration.start(machine, disk.volume(), waiting(target));
        Disk elsewhere = anotherDisk();
        LiveDiskMigration second = connection().liveDiskMigration().orElseThrow();

        assertThat(second.find(machine, disk.volume())).isPresent();
        BlockJob same = second.start(machine, disk.volume(), waiting(target));
        refuses(Failure.OPERATION_PENDING, () -> migration.start(machine, disk.volume(), waiting(elsewhere)));
        assertThat(same.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);
        same.pivot();
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertUses(target);
    }

    @Test
    final void what_cannot_be_moved_is_refused_before_anything_is_written() throws InterruptedException {
        MachineId nobody = new MachineId(unique());
        VolumeId nothing = new VolumeId(unique());
        Disk small = smallDisk(new VolumeId(unique()));

        refuses(Failure.NOT_FOUND, () -> migration.start(nobody, disk.volume(), DiskMove.to(target)));
        refuses(Failure.NOT_FOUND, () -> migration.start(machine, nothing, DiskMove.to(target)));
        refuses(
                Failure.NOT_FOUND,
                () -> migration.start(
                        machine, disk.volume(), DiskMove.to(underTest().absentDisk())));
        refuses(Failure.INVALID_REQUEST, () -> migration.start(machine, disk.volume(), DiskMove.to(small)));
        refuses(Failure.IN_USE, () -> migration.start(machine, disk.volume(), DiskMove.to(disk)));
        assertThat(migration.find(machine, disk.volume())).isEmpty();
        assertUses(disk);
    }

    @Test
    final void a_larger_target_takes_the_disk_or_is_refused_at_once() throws InterruptedException {
        Disk larger = largerDisk(new VolumeId(unique()));
        BlockJob job;
        try {
            job = migration.start(machine, disk.volume(), DiskMove.to(larger));
        } catch (DriverException e) {
            assertThat(e.failure()).as(e.toString()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(migration.find(machine, disk.volume())).isEmpty();
            assertUses(disk);
            return;
        }
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertUses(larger);
    }

    @Test
    final void a_copy_that_holds_up_what_the_guest_writes_succeeds_or_is_not_offered_and_refused()
            throws InterruptedException {
        DiskMove move = DiskMove.to(target).copying(CopyMode.WRITE_BLOCKING);
        if (!offers(HypervisorFeature.WRITE_BLOCKING_COPY)) {
            refuses(Failure.UNSUPPORTED, () -> migration.start(machine, disk.volume(), move));
            assertThat(migration.find(machine, disk.volume())).isEmpty();
            assertUses(disk);
            return;
        }
        assertThat(migration.start(machine, disk.volume(), move).await(PATIENCE))
                .get()
                .isInstanceOf(JobVerdict.Succeeded.class);
        assertUses(target);
    }

    @Test
    final void disks_of_one_machine_share_a_limit_and_all_arrive_or_that_is_not_offered_and_refused()
            throws InterruptedException {
        Disk second = anotherDisk();
        MachineId both = start(MachineSpec.named(unique()).with(anotherDisk()).with(second))
                .id();
        VolumeId first = disks(both).get(0).volume();
        Disk elsewhere = anotherDisk();
        DiskMove move = waiting(target).sharing(ByteSize.gibibytes(1));
        if (!offers(HypervisorFeature.SHARED_COPY_BANDWIDTH)) {
            refuses(Failure.UNSUPPORTED, () -> migration.start(both, first, move));
            assertThat(migration.find(both, first)).isEmpty();
            return;
        }
        BlockJob one = migration.start(both, first, move);
        BlockJob other =
                migration.start(both, second.volume(), waiting(elsewhere).sharing(ByteSize.gibibytes(1)));
        BlockJob again = migration.start(both, first, waiting(target).sharing(ByteSize.gibibytes(2)));
        refuses(Failure.OPERATION_PENDING, () -> migration.start(both, first, waiting(target)));
        refuses(
                Failure.OPERATION_PENDING,
                () -> migration.start(both, first, waiting(target).limitedTo(ByteSize.gibibytes(1))));

        for (BlockJob job : List.of(again, other)) {
            assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);
            job.pivot();
            assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        }
        assertThat(one.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(disks(both)).containsExactly(place(target), place(elsewhere));
    }

    @Test
    final void a_disk_of_another_machine_is_no_target() throws InterruptedException {
        start(MachineSpec.named(unique()).with(target));

        refuses(Failure.IN_USE, () -> migration.start(machine, disk.volume(), DiskMove.to(target)));
        assertUses(disk);
    }

    private void assertUses(Disk expected) throws InterruptedException {
        assertThat(disks(machine)).containsExactly(place(expected));
        assertThat(state(machine)).contains(MachineState.RUNNING);
    }

    private static DiskMove waiting(Disk target) {
        return DiskMove.to(target).pivoting(Pivot.WHEN_ASKED);
    }
}
