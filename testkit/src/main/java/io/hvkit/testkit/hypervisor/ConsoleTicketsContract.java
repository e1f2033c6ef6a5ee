package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.ConsoleTicket;
import io.hvkit.hypervisor.spi.ConsoleTickets;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that gives tickets to the screens of machines. */
public abstract non-sealed class ConsoleTicketsContract extends HypervisorCases {

    private ConsoleTickets tickets;

    /** Made by JUnit. */
    protected ConsoleTicketsContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        tickets = hypervisor.consoleTickets().orElseThrow();
    }

    @Test
    final void a_ticket_is_text_and_can_still_be_used() throws InterruptedException {
        MachineId id = start(spec).id();
        Instant before = Instant.now();

        try (ConsoleTicket ticket = tickets.issue(id)) {
            assertThat(ticket.goodUntil()).isAfter(before);
            assertThat(ticket.secret().isText()).isTrue();
        }
    }

    @Test
    final void a_ticket_shows_its_secret_nowhere() throws InterruptedException {
        MachineId id = start(spec).id();

        try (ConsoleTicket ticket = tickets.issue(id)) {
            String secret = ticket.secret()
                    .withArray(bytes -> new String(bytes, StandardCharsets.UTF_8)); // a ticket of a test alone
            assertThat(ticket.toString().contains(secret)).isFalse();
        }
    }

    @Test
    final void each_ticket_is_new_and_closed_on_its_own() throws InterruptedException {
        MachineId id = start(spec).id();

        ConsoleTicket first = tickets.issue(id);
        try (ConsoleTicket second = tickets.issue(id)) {
            assertThat(second.secret().matches(first.secret())).isFalse();
            first.close();
            first.close();
            assertThat(second.secret().matches(second.secret())).isTrue();
        }
    }

    @Test
    final void a_ticket_outlives_the_connection_that_it_came_from() throws InterruptedException {
        MachineId id = start(spec).id();
        Hypervisor second = connection();

        try (ConsoleTicket ticket = second.consoleTickets().orElseThrow().issue(id)) {
            second.close();
            assertThat(ticket.secret().matches(ticket.secret())).isTrue();
        }
    }

    @Test
    final void the_machine_stays_as_it_is() throws InterruptedException {
        MachineId id = start(spec).id();

        tickets.issue(id).close();

        assertThat(state(id)).contains(MachineState.RUNNING);
        assertThat(disks(id)).containsExactly(place(disk));
        assertThat(hypervisor.start(spec).id()).isEqualTo(id);
    }

    @Test
    final void what_never_was_is_not_found() {
        refuses(Failure.NOT_FOUND, () -> tickets.issue(new MachineId(unique())));
    }

    @Test
    final void what_has_ended_is_not_found_and_stays_so() throws InterruptedException {
        MachineSpec kept = offers(HypervisorFeature.PERSISTENT_MACHINES) ? spec.keptAs(Persistence.PERSISTENT) : spec;
        MachineId ended = start(kept).id();
        hypervisor.stop(ended, StopMode.POWER_OFF);

        refuses(Failure.NOT_FOUND, () -> tickets.issue(ended));
        assertThat(state(ended)).isIn(Optional.empty(), Optional.of(MachineState.STOPPED));
    }
}
