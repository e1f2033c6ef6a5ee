package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.RestartMode;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that pauses, resumes and restarts machines. */
public abstract non-sealed class MachineControlContract extends HypervisorCases {

    private static final int REPEATS = 3;

    private MachineControl control;

    /** Made by JUnit. */
    protected MachineControlContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        control = hypervisor.control().orElseThrow();
    }

    @Test
    final void a_paused_machine_is_paused_for_everybody_until_it_is_resumed() throws InterruptedException {
        MachineId id = start(spec).id();

        for (int i = 0; i < REPEATS; i++) {
            control.pause(id);
            assertThat(state(id)).contains(MachineState.PAUSED);
        }
        MachineControl second = connection().control().orElseThrow();
        for (int i = 0; i < REPEATS; i++) {
            second.resume(id);
            assertThat(state(id)).contains(MachineState.RUNNING);
        }
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    final void an_equal_request_finds_a_paused_machine_as_it_is() throws InterruptedException {
        MachineId id = start(spec).id();
        control.pause(id);

        assertThat(hypervisor.start(spec).state()).isEqualTo(MachineState.PAUSED);
        assertThat(state(id)).contains(MachineState.PAUSED);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.start(spec.cpus(2)));
    }

    @Test
    final void a_paused_machine_keeps_its_name_and_disk_and_can_be_stopped() throws InterruptedException {
        MachineId id = start(spec).id();
        control.pause(id);

        refuses(Failure.IN_USE, () -> hypervisor.forget(id));
        refuses(Failure.IN_USE, () -> start(MachineSpec.named(unique()).with(disk)));
        hypervisor.stop(id, StopMode.POWER_OFF);
        assertThat(state(id)).isIn(Optional.empty(), Optional.of(MachineState.STOPPED));
    }

    @Test
    final void a_machine_that_is_reset_runs_on_with_its_disk() throws InterruptedException {
        MachineId id = start(spec).id();

        for (int i = 0; i < REPEATS; i++) {
            control.restart(id, RestartMode.RESET);
            assertThat(state(id)).contains(MachineState.RUNNING);
        }
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    final void a_guest_that_is_asked_to_restart_stays_in_its_machine() throws InterruptedException {
        MachineId id = start(spec).id();

        control.restart(id, RestartMode.GRACEFUL);

        assertThat(state(id)).contains(MachineState.RUNNING);
        assertThat(hypervisor.start(spec).id()).isEqualTo(id);
    }

    @Test
    final void what_never_was_or_has_ended_is_not_found() throws InterruptedException {
        refusesAll(new MachineId(unique()));
        MachineSpec kept = offers(HypervisorFeature.PERSISTENT_MACHINES) ? spec.keptAs(Persistence.PERSISTENT) : spec;
        MachineId ended = start(kept).id();
        hypervisor.stop(ended, StopMode.POWER_OFF);
        refusesAll(ended);
        assertThat(state(ended)).isIn(Optional.empty(), Optional.of(MachineState.STOPPED));
    }

    private void refusesAll(MachineId id) {
        refuses(Failure.NOT_FOUND, () -> control.pause(id));
        refuses(Failure.NOT_FOUND, () -> control.resume(id));
        for (RestartMode mode : RestartMode.values()) {
            refuses(Failure.NOT_FOUND, () -> control.restart(id, mode));
        }
    }
}
