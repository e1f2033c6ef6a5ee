package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that remembers machines before they are started. */
public abstract non-sealed class DefinedMachinesContract extends HypervisorCases {

    private static final int REPEATS = 3;

    private MachineSpec kept;

    /** Made by JUnit. */
    protected DefinedMachinesContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void keep() {
        kept = spec.keptAs(Persistence.PERSISTENT);
    }

    private MachineId define(MachineSpec wanted) throws InterruptedException {
        undoLater(wanted);
        Machine machine = hypervisor.define(wanted);
        assertThat(machine.state()).isEqualTo(MachineState.STOPPED);
        return machine.id();
    }

    @Test
    final void a_defined_machine_is_stopped_for_everybody_until_it_is_started() throws InterruptedException {
        MachineId id = define(kept);

        assertThat(connection().find(id).map(Machine::state)).contains(MachineState.STOPPED);
        assertThat(disks(id)).containsExactly(place(disk));
        assertThat(connection().start(id).id()).isEqualTo(id);
        assertThat(state(id)).contains(MachineState.RUNNING);
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    final void an_equal_request_confirms_and_another_is_refused() throws InterruptedException {
        MachineId id = define(kept);

        for (int i = 0; i < REPEATS; i++) {
            assertThat(connection().define(kept).id()).isEqualTo(id);
        }
        refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.define(kept.cpus(2)));
        assertThat(names()).containsOnlyOnce(kept.name());
        assertThat(hypervisor.start(id).state()).isIn(MachineState.STARTING, MachineState.RUNNING);
        assertThat(hypervisor.start(kept).id()).as("it was defined as asked").isEqualTo(id);
    }

    @Test
    final void a_machine_of_equal_make_that_runs_stays_running() throws InterruptedException {
        MachineId id = start(kept).id();

        for (int i = 0; i < REPEATS; i++) {
            assertThat(hypervisor.define(kept).state()).isEqualTo(MachineState.RUNNING);
            assertThat(hypervisor.start(id).id()).isEqualTo(id);
            assertThat(hypervisor.start(id, KeySource.NONE).id()).isEqualTo(id);
        }
        refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.define(kept.cpus(2)));
        assertThat(state(id)).contains(MachineState.RUNNING);
    }

    @Test
    final void a_transient_machine_is_started_and_not_defined() throws InterruptedException {
        refuses(Failure.INVALID_REQUEST, () -> hypervisor.define(spec));
        assertThat(names()).doesNotContain(spec.name());

        MachineId id = start(spec).id();
        refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.define(kept));
        hypervisor.stop(id, StopMode.POWER_OFF);
        assertThat(hypervisor.find(id)).isEmpty();
        refuses(Failure.NOT_FOUND, () -> hypervisor.start(id));
    }

    @Test
    final void what_was_forgotten_or_never_was_cannot_be_started() throws InterruptedException {
        MachineId id = define(kept);
        hypervisor.forget(id);

        assertThat(hypervisor.find(id)).isEmpty();
        refuses(Failure.NOT_FOUND, () -> hypervisor.start(id));
        refuses(Failure.NOT_FOUND, () -> hypervisor.start(new MachineId(unique())));
        assertThat(define(kept.cpus(2))).isEqualTo(id);
    }

    @Test
    final void a_machine_starts_and_stops_as_often_as_it_is_asked_to() throws InterruptedException {
        MachineId id = define(kept);

        for (int i = 0; i < REPEATS; i++) {
            assertThat(hypervisor.start(id).state()).isIn(MachineState.STARTING, MachineState.RUNNING);
            refuses(Failure.IN_USE, () -> hypervisor.forget(id));
            hypervisor.stop(id, StopMode.POWER_OFF);
            assertThat(state(id)).contains(MachineState.STOPPED);
        }
        assertThat(hypervisor.define(kept).state()).isEqualTo(MachineState.STOPPED);
    }

    @Test
    final void a_machine_whose_disk_another_uses_is_refused_and_remembered_as_it_was() throws InterruptedException {
        MachineId id = define(kept);
        MachineId user = start(MachineSpec.named(unique()).with(disk)).id();

        refuses(Failure.IN_USE, () -> hypervisor.start(id));
        assertThat(state(id)).contains(MachineState.STOPPED);
        assertThat(state(user)).contains(MachineState.RUNNING);
        hypervisor.stop(user, StopMode.POWER_OFF);
        assertThat(hypervisor.start(id).disks()).containsExactly(place(disk));
    }
}
