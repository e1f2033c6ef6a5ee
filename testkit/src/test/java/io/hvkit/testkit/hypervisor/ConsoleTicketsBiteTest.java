package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.ConsoleTicket;
import io.hvkit.hypervisor.spi.ConsoleTickets;
import io.hvkit.hypervisor.spi.Hypervisor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Drivers with one fault in the tickets that they give: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConsoleTicketsBiteTest {

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("a_ticket_is_text_and_can_still_be_used", real -> new Tickets(real) {
                    @Override
                    public ConsoleTicket issue(MachineId machine) throws InterruptedException {
                        return until(super.issue(machine), Instant.EPOCH);
                    }
                }),
                fault("a_ticket_is_text_and_can_still_be_used", real -> new Tickets(real) {
                    @Override
                    public ConsoleTicket issue(MachineId machine) throws InterruptedException {
                        ConsoleTicket given = super.issue(machine);
                        Secret binary = given.secret().withArray(bytes -> {
                            bytes[0] = 0;
                            return Secret.copyOf(bytes);
                        });
                        return with(given, binary);
                    }
                }),
                fault("a_ticket_shows_its_secret_nowhere", real -> new Tickets(real) {
                    @Override
                    public ConsoleTicket issue(MachineId machine) throws InterruptedException {
                        ConsoleTicket given = super.issue(machine);
                        String secret = given.secret().withArray(bytes -> new String(bytes, StandardCharsets.UTF_8));
                        return at(given, "host/ticket/" + secret);
                    }
                }),
                fault("each_ticket_is_new_and_closed_on_its_own", Unchanging::new),
                fault("each_ticket_is_new_and_closed_on_its_own", real -> new Unchanging(real) {
                    @Override
                    Secret copied(Secret kept) {
                        return kept;
                    }
                }),
                fault("a_ticket_outlives_the_connection_that_it_came_from", real -> new Tickets(real) {
                    private final List<ConsoleTicket> given = new ArrayList<>();

                    @Override
                    public ConsoleTicket issue(MachineId machine) throws InterruptedException {
                        ConsoleTicket ticket = super.issue(machine);
                        given.add(ticket);
                        return ticket;
                    }

                    @Override
                    public void close() {
                        given.forEach(ConsoleTicket::close);
                        super.close();
                    }
                }),
                fault("the_machine_stays_as_it_is", real -> new Tickets(real) {
                    @Override
                    public ConsoleTicket issue(MachineId machine) throws InterruptedException {
                        ConsoleTicket ticket = super.issue(machine);
                        control().orElseThrow().pause(machine);
                        return ticket;
                    }
                }),
                fault("what_never_was_is_not_found", real -> new Tickets(real) {
                    @Override
                    public ConsoleTicket issue(MachineId machine) throws InterruptedException {
                        return find(machine).isEmpty() ? unasked() : super.issue(machine);
                    }
                }),
                fault("what_has_ended_is_not_found_and_stays_so", real -> new Tickets(real) {
                    @Override
                    public ConsoleTicket issue(MachineId machine) throws InterruptedException {
                        try {
                            return super.issue(machine);
                        } catch (DriverException e) {
                            if (find(machine).isEmpty()) {
                                throw e;
                            }
                            return unasked();
                        }
                    }
                }));
    }

    private static Arguments fault(String name, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(name, fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(Judgement.TicketGiver.class, fault))
                .containsExactly(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        assertThat(new Judgement(directory).of(Judgement.TicketGiver.class, Relay::new))
                .isEmpty();
    }

    private static class Tickets extends Relay implements ConsoleTickets {

        private final ConsoleTickets tickets;

        Tickets(Hypervisor real) {
            super(real);
            this.tickets = real.consoleTickets().orElseThrow();
        }

        @Override
        public Optional<ConsoleTickets> consoleTickets() {
            return Optional.of(this);
        }

        @Override
        public ConsoleTicket issue(MachineId machine) throws InterruptedException {
            return tickets.issue(machine);
        }

        static ConsoleTicket unasked() {
            return new ConsoleTicket(
                    ConsoleTicket.Kind.VNC,
                    "localhost",
                    1,
                    Optional.empty(),
                    Instant.now().plusSeconds(1),
                    Secret.random());
        }

        static ConsoleTicket until(ConsoleTicket given, Instant end) {
            return new ConsoleTicket(given.kind(), given.host(), given.port(), given.thumbprint(), end, given.secret());
        }

        static ConsoleTicket at(ConsoleTicket given, String host) {
            return new ConsoleTicket(
                    given.kind(), host, given.port(), given.thumbprint(), given.goodUntil(), given.secret());
        }

        static ConsoleTicket with(ConsoleTicket given, Secret secret) {
            given.close();
            return new ConsoleTicket(
                    given.kind(), given.host(), given.port(), given.thumbprint(), given.goodUntil(), secret);
        }
    }

    /** Has one password for ever. */
    private static class Unchanging extends Tickets {

        private final Secret kept = Secret.random();

        Unchanging(Hypervisor real) {
            super(real);
        }

        Secret copied(Secret secret) {
            return secret.copy();
        }

        @Override
        public ConsoleTicket issue(MachineId machine) throws InterruptedException {
            return with(super.issue(machine), copied(kept));
        }
    }
}
