package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.hypervisor.spi.GuestAddress;
import io.hvkit.hypervisor.spi.GuestFacts;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.kvm.internal.libvirt.TypedValues;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AgentWordsTest {

    private static final Map<String, Long> ONE =
            Map.of("if.count", 1L, "if.0.addr.count", 1L, "if.0.addr.0.prefix", 24L);

    @Test
    void what_a_guest_says_is_read() throws Exception {
        GuestFacts facts = AgentWords.facts(TypedValues.of(
                ONE,
                Map.of(
                        "hostname", "web-01",
                        "os.id", "debian",
                        "os.pretty-name", "Debian GNU/Linux 12",
                        "os.version-id", "12",
                        "os.kernel-release", "6.1.0",
                        "if.0.name", "eth0",
                        "if.0.hwaddr", "52:54:00:00:00:01",
                        "if.0.addr.0.addr", "192.0.2.7")));

        assertThat(facts.hostName()).contains("web-01");
        assertThat(facts.system().id()).contains("debian");
        assertThat(facts.system().name()).contains("Debian GNU/Linux 12");
        assertThat(facts.system().version()).contains("12");
        assertThat(facts.system().kernel()).contains("6.1.0");
        assertThat(facts.addresses())
                .containsExactly(new GuestAddress(
                        Optional.of(new MacAddress("52:54:00:00:00:01")),
                        "eth0",
                        InetAddress.getByName("192.0.2.7"),
                        24));
    }

    @Test
    void a_guest_that_says_nothing_has_no_facts() {
        GuestFacts facts = AgentWords.facts(TypedValues.of(Map.of(), Map.of("hostname", " ")));

        assertThat(facts.hostName()).isEmpty();
        assertThat(facts.system().name()).isEmpty();
        assertThat(facts.addresses()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example.com",
                "999.1.1.1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.4.",
                "0x7f.1",
                "fe80::1%eth0",
                ":",
                "",
                "[::1]",
                "1.2.3.4\n"
            })
    void what_is_no_address_is_left_out_and_never_looked_up(String text) {
        assertThat(AgentWords.facts(TypedValues.of(ONE, Map.of("if.0.addr.0.addr", text)))
                        .addresses())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.255", "0.0.0.0", "fe80::1", "::", "::ffff:192.0.2.1"})
    void what_is_an_address_is_one(String text) {
        assertThat(AgentWords.facts(TypedValues.of(ONE, Map.of("if.0.addr.0.addr", text)))
                        .addresses())
                .hasSize(1);
    }

    @Test
    void a_guest_that_says_too_much_is_cut_short() {
        Map<String, Long> counts = new HashMap<>();
        Map<String, String> texts = new HashMap<>();
        counts.put("if.count", Long.MAX_VALUE);
        for (int i = 0; i < 200; i++) {
            counts.put("if." + i + ".addr.count", Long.MAX_VALUE);
            for (int j = 0; j < 100; j++) {
                texts.put("if." + i + ".addr." + j + ".addr", "192.0.2.1");
                counts.put("if." + i + ".addr." + j + ".prefix", 8L);
            }
        }
        texts.put("hostname", "x\u001b[2J".repeat(100_000));

        GuestFacts facts = AgentWords.facts(TypedValues.of(counts, texts));

        assertThat(facts.addresses()).hasSize(64 * 64);
        assertThat(facts.hostName().orElseThrow()).hasSize(256).doesNotContain("\u001b");
    }

    @Test
    void a_prefix_that_can_not_be_spoils_its_address() {
        Map<String, Long> wrong = Map.of("if.count", 1L, "if.0.addr.count", 1L, "if.0.addr.0.prefix", 33L);

        assertThat(AgentWords.facts(TypedValues.of(wrong, Map.of("if.0.addr.0.addr", "192.0.2.7")))
                        .addresses())
                .isEmpty();
    }
}
