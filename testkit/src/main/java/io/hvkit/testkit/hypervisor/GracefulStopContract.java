package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that asks guests to shut down. */
public abstract non-sealed class GracefulStopContract extends HypervisorCases {

    private static final Duration SHORT = Duration.ofMillis(300);

    /** Made by JUnit. */
    protected GracefulStopContract() {}

    @Test
    final void a_guest_that_listens_has_ended_when_the_call_returns_and_it_may_be_repeated()
            throws InterruptedException {
        MachineSpec listening = underTest().listening(spec);
        MachineId id = start(listening).id();
        underTest().awaitGuest(listening);

        hypervisor.stop(id, StopMode.GRACEFUL);
        assertThat(state(id)).isIn(Optional.empty(), Optional.of(MachineState.STOPPED));
        hypervisor.stop(id, StopMode.GRACEFUL);
        hypervisor.stop(id, StopMode.GRACEFUL.orPowerOff());
        assertThat(start(MachineSpec.named(unique()).with(disk)).name()).isNotEqualTo(spec.name());
    }

    @Test
    final void a_remembered_machine_is_stopped_and_not_forgotten() throws InterruptedException {
        if (!offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            refuses(Failure.UNSUPPORTED, () -> start(spec.keptAs(Persistence.PERSISTENT)));
            return;
        }
        MachineSpec listening = underTest().listening(spec).keptAs(Persistence.PERSISTENT);
        MachineId id = start(listening).id();
        underTest().awaitGuest(listening);

        hypervisor.stop(id, StopMode.GRACEFUL);
        assertThat(state(id)).contains(MachineState.STOPPED);
    }

    @Test
    final void a_guest_that_does_not_listen_runs_on_and_the_call_says_so() throws InterruptedException {
        MachineId id = start(underTest().deaf(spec)).id();

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> hypervisor.stop(id, StopMode.GRACEFUL.within(SHORT)))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
        assertThat(state(id)).contains(MachineState.RUNNING);
    }

    @Test
    final void a_guest_that_does_not_listen_loses_its_power_if_that_is_wanted() throws InterruptedException {
        MachineId id = start(underTest().deaf(spec)).id();

        hypervisor.stop(id, StopMode.GRACEFUL.within(SHORT).orPowerOff());

        assertThat(state(id)).isIn(Optional.empty(), Optional.of(MachineState.STOPPED));
    }

    @Test
    final void asking_nobody_succeeds_at_once() throws InterruptedException {
        MachineId nobody = new MachineId(unique());

        hypervisor.stop(nobody, StopMode.GRACEFUL);
        hypervisor.stop(nobody, StopMode.GRACEFUL.orPowerOff());
        assertThat(state(nobody)).isEmpty();
    }
}
