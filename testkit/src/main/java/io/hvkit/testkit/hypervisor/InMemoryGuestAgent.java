package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.AgentState;
import io.hvkit.hypervisor.spi.FrozenGuest;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.GuestFacts;
import io.hvkit.hypervisor.spi.GuestSystem;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Talks to guests in memory, which have one file system each. Made for each connection, whose end thaws what it holds. */
final class InMemoryGuestAgent implements GuestAgent {

    private final InMemoryHost host;
    private final List<InMemoryFreeze> own = new CopyOnWriteArrayList<>();

    InMemoryGuestAgent(InMemoryHost host) {
        this.host = host;
    }

    @Override
    public AgentState state(MachineId machine) {
        synchronized (host) {
            InMemoryMachine found = host.require(machine);
            if (found.spec().agentChannel() == AgentChannel.NONE) {
                return AgentState.NO_CHANNEL;
            }
            if (!found.listens()) {
                return AgentState.SILENT;
            }
            return found.freeze().isPresent() ? AgentState.FROZEN : AgentState.READY;
        }
    }

    @Override
    public GuestFacts facts(MachineId machine) {
        synchronized (host) {
            requireThawed(machine);
            GuestSystem system = new GuestSystem(
                    Optional.of("in-memory"), Optional.of("In memory"), Optional.empty(), Optional.empty());
            return new GuestFacts(Optional.of(machine.value()), system, List.of());
        }
    }

    @Override
    public FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before machine " + machine + " was frozen");
        }
        synchronized (host) {
            InMemoryMachine found = requireThawed(machine);
            InMemoryFreeze freeze = new InMemoryFreeze(machine, longest);
            found.freeze(freeze);
            own.add(freeze);
            return freeze;
        }
    }

    @Override
    public int thaw(MachineId machine) {
        synchronized (host) {
            Optional<InMemoryFreeze> freeze = requireAnswering(machine).freeze();
            freeze.ifPresent(held -> held.ended(InMemoryFreeze.End.THAWED_BY_ANOTHER));
            return freeze.map(InMemoryFreeze::fileSystems).orElse(0);
        }
    }

    /** Thaws what this connection froze. */
    void thawOwn() {
        own.forEach(freeze -> freeze.ended(InMemoryFreeze.End.LATE));
        own.clear();
    }

    private InMemoryMachine requireThawed(MachineId machine) {
        InMemoryMachine found = requireAnswering(machine);
        if (found.freeze().isPresent()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("the guest of machine %s is frozen; thaw it first, or wait", machine);
        }
        return found;
    }

    private InMemoryMachine requireAnswering(MachineId machine) {
        InMemoryMachine found = host.require(machine);
        if (found.spec().agentChannel() == AgentChannel.NONE) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("machine %s has no channel to an agent; start it with agentChannel(PRESENT)", machine);
        }
        if (!found.listens()) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .message("the agent in machine %s does not answer", machine);
        }
        return found;
    }
}
