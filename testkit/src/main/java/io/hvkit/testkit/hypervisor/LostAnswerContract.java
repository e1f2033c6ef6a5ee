package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * What becomes of a change that the host carried out, if its answer was lost on the way: the call does not claim that nothing was
 * done, the same call once more finishes or confirms it, and it was done once.
 */
public abstract non-sealed class LostAnswerContract extends HypervisorCases {

    /** What is changed. */
    public enum Change {
        START,
        /** Of a machine that the host remembers. */
        START_REMEMBERED,
        STOP,
        ATTACH,
        DETACH,
        MOVE_DISK
    }

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Made by JUnit. */
    protected LostAnswerContract() {}

    /** Makes the host carry out the next change of that kind, lose its answer, and be as usual afterwards. */
    protected abstract void loseNextAnswer(HostId host, Change change) throws InterruptedException;

    /** Returns how many answers the host has lost so far. */
    protected abstract int answersLost(HostId host) throws InterruptedException;

    @Test
    final void a_start_is_confirmed_and_made_one_machine() throws InterruptedException {
        startsOnce(Change.START, spec);
    }

    @Test
    final void a_start_of_a_machine_that_is_remembered_is_confirmed_and_made_one_machine() throws InterruptedException {
        if (offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            startsOnce(Change.START_REMEMBERED, spec.keptAs(Persistence.PERSISTENT));
        } else {
            refuses(Failure.UNSUPPORTED, () -> start(spec.keptAs(Persistence.PERSISTENT)));
        }
    }

    private void startsOnce(Change change, MachineSpec wanted) throws InterruptedException {
        undoLater(wanted);
        lose(change, () -> hypervisor.start(wanted));

        Machine machine = hypervisor.start(wanted);

        assertThat(names()).containsOnlyOnce(wanted.name());
        assertThat(machine.state()).isIn(MachineState.STARTING, MachineState.RUNNING);
        assertThat(disks(machine.id())).containsExactly(place(disk));
        assertThat(connection().start(wanted).id()).isEqualTo(machine.id());
    }

    @Test
    final void a_stop_is_confirmed_and_its_disk_is_free() throws InterruptedException {
        MachineId id = start(spec).id();
        lose(Change.STOP, () -> hypervisor.stop(id, StopMode.POWER_OFF));

        hypervisor.stop(id, StopMode.POWER_OFF);

        assertThat(state(id)).isNotEqualTo(Optional.of(MachineState.RUNNING));
        start(MachineSpec.named(unique()).with(disk));
    }

    @Test
    final void a_disk_that_was_attached_is_there_once() throws InterruptedException {
        Optional<HotPlug> plug = hypervisor.hotPlug();
        assertThat(plug.isPresent()).isEqualTo(offers(HypervisorFeature.HOT_PLUG));
        if (plug.isEmpty()) {
            return;
        }
        MachineId id = start(spec).id();
        Disk data = anotherDisk();
        lose(Change.ATTACH, () -> plug.get().attach(id, data));

        plug.get().attach(id, data);

        assertThat(disks(id)).containsExactly(place(disk), place(data));
    }

    @Test
    final void a_disk_that_was_detached_is_gone_and_free() throws InterruptedException {
        Optional<HotPlug> plug = hypervisor.hotPlug();
        if (plug.isEmpty()) {
            return;
        }
        Disk data = anotherDisk();
        MachineSpec listening = underTest().listening(spec.with(data));
        MachineId id = start(listening).id();
        underTest().awaitGuest(listening);
        lose(Change.DETACH, () -> plug.get().detach(id, data.volume(), PATIENCE));

        plug.get().detach(id, data.volume(), PATIENCE);

        assertThat(disks(id)).containsExactly(place(disk));
        start(MachineSpec.named(unique()).with(data));
    }

    @Test
    final void a_move_that_began_is_found_and_ends_on_the_target() throws InterruptedException {
        Optional<LiveDiskMigration> moves = hypervisor.liveDiskMigration();
        assertThat(moves.isPresent()).isEqualTo(offers(HypervisorFeature.LIVE_DISK_MIGRATION));
        if (moves.isEmpty()) {
            return;
        }
        MachineId id = start(spec).id();
        Disk target = anotherDisk();
        DiskMove move = DiskMove.to(target).pivoting(Pivot.WHEN_ASKED);
        lose(Change.MOVE_DISK, () -> moves.get().start(id, disk.volume(), move));
        assertThat(disks(id)).containsExactly(place(disk));

        BlockJob job = moves.get().start(id, disk.volume(), move);

        assertThat(job.awaitReady(PATIENCE)).isEqualTo(BlockJobPhase.READY);
        job.pivot();
        assertThat(job.await(PATIENCE)).isPresent();
        assertThat(disks(id)).isEqualTo(List.of(place(target)));
    }

    /** Requires that an answer is lost, and that the call does not say that nothing was done, if it says anything. */
    private void lose(Change change, Call call) throws InterruptedException {
        int before = answersLost(HOST);
        loseNextAnswer(HOST, change);
        DriverException lost = catchThrowableOfType(DriverException.class, call::make);
        assertThat(answersLost(HOST)).as("answers that were lost").isEqualTo(before + 1);
        if (lost != null) {
            assertThat(lost.failure()).as(lost.toString()).isEqualTo(Failure.UNREACHABLE);
            assertThat(lost.effect()).as(lost.toString()).isNotEqualTo(Effect.NOT_APPLIED);
        }
    }
}
