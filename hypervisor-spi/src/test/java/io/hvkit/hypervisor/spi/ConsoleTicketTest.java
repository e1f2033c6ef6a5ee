package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConsoleTicketTest {

    private static ConsoleTicket ticket(String host, int port) {
        return new ConsoleTicket(
                ConsoleTicket.Kind.WEBMKS,
                host,
                port,
                Optional.empty(),
                Instant.EPOCH,
                Secret.copyOf("cst-very-secret".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void a_ticket_says_where_it_leads_and_not_what_it_is() {
        try (ConsoleTicket ticket = ticket("esx.example.com", 443)) {
            assertThat(ticket.toString())
                    .contains("esx.example.com", "443", "redacted")
                    .doesNotContain("cst");
        }
    }

    @Test
    void closing_wipes_it() {
        ConsoleTicket ticket = ticket("esx.example.com", 65535);
        ticket.close();
        ticket.close();

        assertThatIllegalStateException().isThrownBy(() -> ticket.secret().isText());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65536})
    void what_is_no_port_is_refused_by_its_number(int port) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ticket("esx.example.com", port))
                .withMessageContaining("and " + port + " is none");
    }

    @Test
    void a_blank_host_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> ticket(" ", 1)).withMessageContaining("blank");
    }
}
