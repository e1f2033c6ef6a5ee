package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.testkit.guest.GuestConsole;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Running machines move between two hosts that see the same folders and know nothing of each other. */
@Tag("drawn")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TwoHostsIT extends TwoHostsTest {

    @Test
    void a_machine_moves_with_its_guest_to_a_host_that_sees_its_disk_and_a_repetition_does_nothing()
            throws InterruptedException {
        Disk disk = host.disk(host.pool("shared"), ImageFormat.RAW, SIZE, List.of());
        MachineSpec spec = host.spec(disk, WRITING);
        GuestConsole console = startToMove(spec);
        MachineMove move = vouched();

        MachineMoveJob job = host.machineMigration().start(id(spec), move);

        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertThat(job.progress().percent()).isEqualTo(100);
        assertRunsThere(spec, disk, console);
        assertThat(other.virsh("list", "--persistent", "--all", "--name")).isBlank();
        MachineMoveJob again = host.machineMigration().start(id(spec), move);
        assertThat(again.await(Duration.ZERO)).contains(SUCCEEDED);
        again.cancel();
        assertHolds(other.stopAndCheck(spec, TestHost.image(disk)));
    }

    @Test
    void an_encrypted_disk_moves_along_to_a_volume_with_another_key_and_the_machine_is_remembered_there_alone()
            throws InterruptedException {
        Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineSpec spec = host.spec(disk, WRITING).keptAs(Persistence.PERSISTENT);
        GuestConsole console = startToMove(spec);

        MachineMoveJob job = host.machineMigration().start(id(spec), to(other).moving(disk.volume(), target));

        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertRunsThere(spec, target, console);
        assertThat(host.secrets()).as("the source's secrets").isEmpty();
        assertThat(other.secrets()).as("the target's secrets").hasSize(1);
        assertThat(TestHost.file(disk)).exists();
        assertThat(other.virsh("dumpxml", "--inactive", spec.name()))
                .contains(TestHost.file(target).toString(), target.volume().value())
                .doesNotContain(TestHost.file(disk).toString());
        assertHolds(other.stopAndCheck(spec, TestHost.image(target)));
        assertThat(other.hypervisor().find(id(spec)).orElseThrow().state()).isEqualTo(MachineState.STOPPED);
        assertThat(other.secrets()).as("secrets after the machine has stopped").isEmpty();
    }

    @Test
    void an_encrypted_disk_that_stays_is_opened_with_a_key_that_is_given_or_known_to_the_target()
            throws InterruptedException {
        Disk disk = host.disk(host.pool("shared"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        MachineSpec spec = host.spec(disk, WRITING);
        GuestConsole console = startToMove(spec);
        refuses(Failure.INVALID_REQUEST, () -> host.machineMigration().start(id(spec), vouched()))
                .hasMessageContaining("unlocking()");
        assertThat(other.secrets()).isEmpty();

        MachineMoveJob job = host.machineMigration().start(id(spec), vouched().unlocking(disk.volume(), oldKey));
        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertRunsThere(spec, disk, console);
        assertThat(host.secrets()).isEmpty();

        host.hypervisor().keysFrom(volume -> Optional.of(oldKey.copy()));
        MachineMove back = to(host).with(MachineMove.SharedDisks.VOUCHED_FOR);
        assertThat(other.machineMigration().start(id(spec), back).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        assertThat(other.hypervisor().find(id(spec))).isEmpty();
        assertThat(other.secrets()).isEmpty();
        assertHolds(host.stopAndCheck(spec, TestHost.image(disk)));
    }

    @Test
    void a_move_that_is_cancelled_or_whose_connection_closes_leaves_the_machine_here() throws InterruptedException {
        Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineSpec spec = host.spec(disk, WRITING);
        GuestConsole console = startToMove(spec);
        MachineMove slow = to(other).moving(disk.volume(), target).limitedTo(ByteSize.mebibytes(1));

        MachineMoveJob job = host.machineMigration().start(id(spec), slow);
        assertThat(host.machineMigration().start(id(spec), slow)).isSameAs(job);
        refuses(Failure.OPERATION_PENDING, () -> host.machineMigration().start(id(spec), to(other)));
        awaitMoving(job);
        job.cancel();
        assertThat(job.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());
        assertRunsOnHere(spec, disk, console);

        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> host.machineMigration().start(id(spec), slow));
        assertRunsOnHere(spec, disk, console);

        Hypervisor second = host.connect();
        MachineMoveJob orphan = second.liveMigration().orElseThrow().start(id(spec), slow);
        awaitMoving(orphan);
        second.close();
        assertThat(orphan.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());
        assertRunsOnHere(spec, disk, console);
        assertHolds(host.stopAndCheck(spec, TestHost.image(disk)));
    }

    @Test
    void a_target_that_is_lost_in_mid_move_is_unreachable_and_leaves_the_machine_here() throws InterruptedException {
        Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineSpec spec = host.spec(disk, WRITING);
        GuestConsole console = startToMove(spec);
        MachineMove slow = to(other).moving(disk.volume(), target).limitedTo(ByteSize.mebibytes(8));

        MachineMoveJob job = host.machineMigration().start(id(spec), slow);
        awaitMoving(job);
        OTHER.host().killDaemon();
        OTHER.host().startDaemon();
        assertTargetWasLost(job);
        assertRunsOnHere(spec, disk, console);

        job = host.machineMigration().start(id(spec), slow);
        awaitMoving(job);
        OTHER.host().killDaemon();
        kill(OTHER.host(), spec); // as of a host without power
        OTHER.host().startDaemon();
        assertTargetWasLost(job);
        assertRunsOnHere(spec, disk, console);
        assertHolds(host.stopAndCheck(spec, TestHost.image(disk)));
    }

    private static void assertTargetWasLost(MachineMoveJob job) throws InterruptedException {
        JobVerdict verdict = job.await(TestHost.PATIENCE).orElseThrow();
        assertThat(verdict).isInstanceOf(JobVerdict.Failed.class);
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(verdict::orThrow)
                .satisfies(e -> assertThat(e.failure()).as(e.toString()).isEqualTo(Failure.UNREACHABLE))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED)); // seen on both hosts
    }

    private MachineMove vouched() {
        return to(other).with(MachineMove.SharedDisks.VOUCHED_FOR);
    }
}
