package io.hvkit.kvm.internal.machine;

import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.AgentState;
import io.hvkit.hypervisor.spi.FrozenGuest;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.GuestFacts;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import java.time.Duration;

/** Talks to the agents in guests by way of libvirt, which knows their protocol and bounds what they answer. */
final class LibvirtGuestAgent implements GuestAgent, AutoCloseable {

    private final LibvirtSession session;
    private final Thaws thaws = new Thaws();

    LibvirtGuestAgent(LibvirtSession session) {
        this.session = session;
    }

    @Override
    public AgentState state(MachineId machine) throws InterruptedException {
        return session.ask("look at the agent of machine " + machine, connection -> {
            try (AgentDomain agent = AgentDomain.running(connection, machine)) {
                return agent.state();
            }
        });
    }

    @Override
    public GuestFacts facts(MachineId machine) throws InterruptedException {
        return session.ask("ask the guest of machine " + machine, connection -> {
            try (AgentDomain agent = AgentDomain.withChannel(connection, machine)) {
                return agent.facts();
            }
        });
    }

    @Override
    public FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException {
        GuestHold hold = GuestHold.begun(session, thaws, machine, longest);
        try {
            session.change("freeze the guest of machine " + machine, hold::freeze);
            return hold;
        } catch (InterruptedException e) {
            hold.abandon();
            throw e;
        } catch (RuntimeException e) {
            hold.abandon();
            throw hold.told(e);
        }
    }

    @Override
    public int thaw(MachineId machine) throws InterruptedException {
        return session.change("thaw the guest of machine " + machine, connection -> {
            try (AgentDomain agent = AgentDomain.withChannel(connection, machine)) {
                return agent.thawed();
            }
        });
    }

    /** Thaws what is held, as far as guests answer in time. */
    @Override
    public void close() {
        thaws.close();
    }
}
