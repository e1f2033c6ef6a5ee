package io.hvkit.testkit.hypervisor;

import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.ConsoleTicket;
import io.hvkit.hypervisor.spi.ConsoleTickets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Tickets to screens of machines in memory, which show nothing. */
record InMemoryConsoleTickets(InMemoryHost host) implements ConsoleTickets {

    private static final int PORT = 5900;
    private static final Duration GOOD_FOR = Duration.ofMinutes(1);

    @Override
    public ConsoleTicket issue(MachineId machine) {
        synchronized (host) {
            InMemoryMachine unused = host.require(machine);
        }
        return new ConsoleTicket(
                ConsoleTicket.Kind.VNC,
                "localhost",
                PORT,
                Optional.empty(),
                Instant.now().plus(GOOD_FOR),
                Secret.random());
    }
}
