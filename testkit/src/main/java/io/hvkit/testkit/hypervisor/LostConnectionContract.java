package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of calls when a host does not answer: they say so, and whether they did anything. Machines run on. */
public abstract non-sealed class LostConnectionContract extends HypervisorCases {

    /** Made by JUnit. */
    protected LostConnectionContract() {}

    /** Makes the host answer nobody, connections that are open included; its machines run on. */
    protected abstract void cutOff(HostId host) throws InterruptedException;

    /** Makes the host answer again and returns when it does; does nothing if it answers. */
    protected abstract void reachAgain(HostId host) throws InterruptedException;

    /** Made by JUnit: what the case left can be undone only then. */
    @AfterEach
    final void reach() throws InterruptedException {
        reachAgain(HOST);
    }

    @Test
    final void a_question_is_unreachable_and_did_nothing() throws InterruptedException {
        MachineId id = start(spec).id();
        cutOff(HOST);

        refuses(Failure.UNREACHABLE, () -> hypervisor.find(id));
        refuses(Failure.UNREACHABLE, hypervisor::list);
        refuses(Failure.UNREACHABLE, hypervisor::probe);
    }

    @Test
    final void a_host_that_does_not_answer_cannot_be_connected_to() throws InterruptedException {
        cutOff(HOST);

        refuses(Failure.UNREACHABLE, this::connection);
    }

    @Test
    final void a_start_says_the_truth_and_its_repetition_makes_one_machine() throws InterruptedException {
        cutOff(HOST);
        Effect effect = effectOf(() -> start(spec));
        reachAgain(HOST);
        Hypervisor again = connection();

        if (effect == Effect.NOT_APPLIED) {
            assertThat(again.list()).extracting(Machine::name).doesNotContain(spec.name());
        }
        assertThat(again.start(spec).name()).isEqualTo(spec.name());
        assertThat(again.list()).extracting(Machine::name).containsOnlyOnce(spec.name());
    }

    @Test
    final void a_stop_says_the_truth_and_its_repetition_stops_the_machine() throws InterruptedException {
        MachineId id = start(spec).id();
        cutOff(HOST);
        Effect effect = effectOf(() -> hypervisor.stop(id, StopMode.POWER_OFF));
        reachAgain(HOST);
        Hypervisor again = connection();

        if (effect == Effect.NOT_APPLIED) {
            assertThat(again.find(id).map(Machine::state)).contains(MachineState.RUNNING);
        }
        again.stop(id, StopMode.POWER_OFF);
        assertThat(again.list().stream().filter(machine -> machine.state() == MachineState.RUNNING))
                .extracting(Machine::name)
                .doesNotContain(spec.name());
    }

    @Test
    final void a_machine_outlives_the_loss_and_is_found_again() throws InterruptedException {
        MachineId id = start(spec).id();
        cutOff(HOST);
        reachAgain(HOST);
        Hypervisor again = connection();

        assertThat(again.find(id).map(Machine::state)).contains(MachineState.RUNNING);
        assertThat(again.find(id).orElseThrow().disks()).containsExactly(place(disk));
        assertThat(again.start(spec).id()).isEqualTo(id);
    }

    @Test
    final void what_was_lost_can_be_closed() throws InterruptedException {
        Hypervisor lost = connection();
        cutOff(HOST);

        lost.close();
        lost.close();
        reachAgain(HOST);
        assertThat(connection().list()).isNotNull();
    }

    /** Requires that a call is told that the host does not answer, and returns what it says it did. */
    private static Effect effectOf(Call call) {
        DriverException lost = catchThrowableOfType(DriverException.class, call::make);
        assertThat(lost).as("a call to a host that does not answer").isNotNull();
        assertThat(lost.failure()).isEqualTo(Failure.UNREACHABLE);
        assertThat(lost.effect()).isIn(Effect.NOT_APPLIED, Effect.UNKNOWN);
        return lost.effect();
    }
}
