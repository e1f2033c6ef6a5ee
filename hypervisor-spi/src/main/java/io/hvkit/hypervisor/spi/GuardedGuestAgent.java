package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.internal.PluginBoundary;
import java.time.Duration;

/** Talking to guests by a plug-in. */
record GuardedGuestAgent(GuestAgent agent, PluginBoundary boundary) implements GuestAgent {

    private static final Duration SHORTEST_FREEZE = Duration.ofSeconds(1);

    @Override
    public AgentState state(MachineId machine) throws InterruptedException {
        return boundary.call("guestAgent.state", () -> agent.state(machine));
    }

    @Override
    public GuestFacts facts(MachineId machine) throws InterruptedException {
        return boundary.call("guestAgent.facts", () -> agent.facts(machine));
    }

    @Override
    public FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException {
        if (longest.compareTo(SHORTEST_FREEZE) < 0 || longest.compareTo(LONGEST_FREEZE) > 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a guest is held frozen for one second to %d minutes, not %s",
                            LONGEST_FREEZE.toMinutes(), longest);
        }
        return boundary.call("guestAgent.freeze", () -> agent.freeze(machine, longest));
    }

    @Override
    public int thaw(MachineId machine) throws InterruptedException {
        return boundary.call("guestAgent.thaw", () -> agent.thaw(machine));
    }
}
