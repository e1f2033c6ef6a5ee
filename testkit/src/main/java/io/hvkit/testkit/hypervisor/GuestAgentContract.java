package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.AgentState;
import io.hvkit.hypervisor.spi.FrozenGuest;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that talks to the agents in guests. */
public abstract non-sealed class GuestAgentContract extends HypervisorCases {

    private static final int REPEATS = 2;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private GuestAgent agent;

    /** Made by JUnit. */
    protected GuestAgentContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        agent = hypervisor.guestAgent().orElseThrow();
    }

    @Test
    final void a_machine_without_a_channel_says_so_and_one_that_does_not_run_is_not_found()
            throws InterruptedException {
        MachineId id = start(spec).id();

        assertThat(agent.state(id)).isEqualTo(AgentState.NO_CHANNEL);
        refuses(Failure.UNSUPPORTED, () -> agent.facts(id));
        refuses(Failure.UNSUPPORTED, () -> agent.freeze(id, LONG));
        refuses(Failure.UNSUPPORTED, () -> agent.thaw(id));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.start(spec.agentChannel(AgentChannel.PRESENT)));
        hypervisor.stop(id, StopMode.POWER_OFF);
        for (MachineId absent : new MachineId[] {id, new MachineId(unique())}) {
            refuses(Failure.NOT_FOUND, () -> agent.state(absent));
            refuses(Failure.NOT_FOUND, () -> agent.facts(absent));
            refuses(Failure.NOT_FOUND, () -> agent.freeze(absent, LONG));
            refuses(Failure.NOT_FOUND, () -> agent.thaw(absent));
        }
    }

    @Test
    final void a_guest_that_does_not_answer_is_not_frozen_and_the_call_says_so() throws InterruptedException {
        MachineId id =
                start(underTest().deaf(spec.agentChannel(AgentChannel.PRESENT))).id();

        assertThat(agent.state(id)).isEqualTo(AgentState.SILENT);
        refuses(Failure.UNREACHABLE, () -> agent.facts(id));
        refuses(Failure.UNREACHABLE, () -> agent.freeze(id, LONG));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> agent.thaw(id))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE));
        refuses(Failure.INVALID_REQUEST, () -> agent.freeze(id, Duration.ZERO));
        refuses(Failure.INVALID_REQUEST, () -> agent.freeze(id, GuestAgent.LONGEST_FREEZE.plusSeconds(1)));
    }

    @Test
    final void a_guest_is_frozen_for_everybody_until_it_is_closed() throws InterruptedException {
        MachineId id = startAnswering();
        GuestAgent second = connection().guestAgent().orElseThrow();
        assertThat(agent.thaw(id)).isZero();

        for (int i = 0; i < REPEATS; i++) {
            Instant before = Instant.now();
            FrozenGuest frozen = agent.freeze(id, LONG);
            assertThat(frozen.machine()).isEqualTo(id);
            assertThat(frozen.fileSystems()).isPositive();
            assertThat(frozen.thawedBy()).isBetween(before, Instant.now().plus(LONG));
            assertThat(second.state(id)).isEqualTo(AgentState.FROZEN);
            refuses(Failure.IN_USE, () -> second.freeze(id, LONG));
            refuses(Failure.IN_USE, () -> agent.freeze(id, LONG));
            refuses(Failure.IN_USE, () -> agent.facts(id));
            assertThat(second.state(id)).isEqualTo(AgentState.FROZEN);
            frozen.close();
            frozen.close();
            assertThat(second.state(id)).isEqualTo(AgentState.READY);
        }
        assertThat(agent.facts(id)).isNotNull();
        assertThat(second.thaw(id)).isZero();
    }

    @Test
    final void a_guest_whose_time_is_over_or_that_others_thaw_is_thawed_and_the_holder_is_told()
            throws InterruptedException {
        MachineId id = startAnswering();

        FrozenGuest late = agent.freeze(id, SHORT);
        awaitReady(id);
        broken(Failure.TIMED_OUT, late);
        late.close();

        FrozenGuest disturbed = agent.freeze(id, LONG);
        GuestAgent second = connection().guestAgent().orElseThrow();
        assertThat(second.thaw(id)).isEqualTo(disturbed.fileSystems());
        assertThat(second.thaw(id)).isZero();
        broken(Failure.IN_USE, disturbed);
        assertThat(agent.state(id)).isEqualTo(AgentState.READY);
    }

    @Test
    final void a_guest_is_thawed_when_its_holder_or_its_connection_goes() throws InterruptedException {
        MachineId id = startAnswering();
        Hypervisor other = connection();
        FrozenGuest left = other.guestAgent().orElseThrow().freeze(id, LONG);
        other.close();
        assertThat(agent.state(id)).isEqualTo(AgentState.READY);
        broken(Failure.TIMED_OUT, left);

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> agent.freeze(id, LONG)).isInstanceOf(InterruptedException.class);
        awaitReady(id);

        FrozenGuest outlived = agent.freeze(id, LONG);
        hypervisor.stop(id, StopMode.POWER_OFF);
        outlived.close();
        refuses(Failure.NOT_FOUND, () -> agent.thaw(id));
    }

    private MachineId startAnswering() throws InterruptedException {
        MachineSpec wanted = underTest().listening(spec.agentChannel(AgentChannel.PRESENT));
        MachineId id = start(wanted).id();
        underTest().awaitGuest(wanted);
        awaitReady(id);
        return id;
    }

    private void awaitReady(MachineId id) throws InterruptedException {
        Await.until("an agent whose guest is not frozen", PATIENCE, () -> agent.state(id) == AgentState.READY);
    }

    private static void broken(Failure failure, FrozenGuest frozen) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(frozen::close)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.APPLIED));
    }
}
