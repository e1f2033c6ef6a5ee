package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.ConsoleTicket;
import io.hvkit.hypervisor.spi.ConsoleTickets;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tickets for screens as a vCenter gives them: what it leaves out, what it spoils, and that nobody prints one. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConsoleTicketsIT extends HostCases {

    private ConsoleTickets tickets;
    private MachineId id;

    @BeforeEach
    void begin() throws InterruptedException {
        tickets = host.consoleTickets().orElseThrow();
        id = host.start(spec).id();
    }

    private DriverException failing() {
        return catchThrowableOfType(DriverException.class, () -> tickets.issue(id));
    }

    @Test
    void a_ticket_is_the_one_that_the_vcenter_gave_and_says_where_it_gave_it_for() throws Exception {
        Instant before = Instant.now();
        try (ConsoleTicket ticket = tickets.issue(id);
                Secret given = Secret.copyOf(vmware.vcenter().lastTicket().getBytes(StandardCharsets.UTF_8))) {
            assertThat(ticket.secret().matches(given)).isTrue();
            assertThat(ticket.kind()).isEqualTo(ConsoleTicket.Kind.WEBMKS);
            assertThat(ticket.host()).isEqualTo("esx.example.com");
            assertThat(ticket.port()).isEqualTo(443);
            assertThat(ticket.thumbprint()).contains("AA:BB:CC");
            assertThat(ticket.goodUntil()).isBetween(before, Instant.now().plus(Duration.ofMinutes(1)));
        }
    }

    @Test
    void what_the_vcenter_leaves_out_is_as_at_the_vcenter() throws Exception {
        vmware.vcenter().ticketsSay("nothing");

        try (ConsoleTicket ticket = tickets.issue(id)) {
            assertThat(ticket.host()).isEqualTo("127.0.0.1");
            assertThat(ticket.port()).isEqualTo(443);
            assertThat(ticket.thumbprint()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "-1", "x", "4294967739"})
    void a_port_that_is_none_is_the_hosts_fault_and_the_ticket_is_not_told(String port) {
        vmware.vcenter().ticketsSay("<port>" + port + "</port>");

        DriverException e = failing();
        assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
        requireSecret(e);
    }

    @Test
    void a_machine_that_stops_in_between_is_not_found() {
        vmware.vcenter().next(1, "AcquireTicket", "soap", "InvalidState");

        assertThat(failing().failure()).isEqualTo(Failure.NOT_FOUND);
    }

    @Test
    void an_account_that_may_not_see_screens_is_told_so() {
        vmware.vcenter().next(1, "AcquireTicket", "soap", "NoPermission");

        DriverException e = failing();
        assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
        assertThat(e.vendorCode()).contains("NoPermission");
    }

    @Test
    void a_ticket_whose_answer_is_lost_is_asked_for_again_and_the_session_too() throws Exception {
        vmware.vcenter().next(1, "AcquireTicket", "dropafter", "");
        tickets.issue(id).close();
        assertThat(vmware.vcenter().calls("AcquireTicket")).isEqualTo(2);

        vmware.vcenter().killSessions();
        tickets.issue(id).close();
    }

    private static void requireSecret(Throwable thrown) {
        StringWriter all = new StringWriter();
        thrown.printStackTrace(new PrintWriter(all));
        assertThat(vmware.vcenter().lastTicket()).startsWith("cst-");
        assertThat(all.toString()).doesNotContain(vmware.vcenter().lastTicket());
    }
}
