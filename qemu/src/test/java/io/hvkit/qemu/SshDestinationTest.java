package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SshDestinationTest {

    private static final SshDestination HOST = SshDestination.of("host");

    @Test
    void names_and_addresses_are_hosts() {
        for (String host : new String[] {"host", "a.b-c.example", "10.0.0.1", "fe80::1%eth0", "::1", "node_1"}) {
            assertThat(SshDestination.of(host).host()).isEqualTo(host);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-oProxyCommand=id", "a b", "a\nb", "user@host", "$(id)", "host;id", "ssh://host", "h'"})
    void what_ssh_would_take_for_something_else_is_no_host(String host) {
        assertRefused(() -> SshDestination.of(host));
    }

    @Test
    void other_words_are_checked_too() {
        assertRefused(() -> HOST.user("-l"));
        assertRefused(() -> HOST.user(""));
        assertRefused(() -> HOST.user("a b"));
        assertRefused(() -> HOST.port(0));
        assertRefused(() -> HOST.port(65_536));
        assertRefused(() -> HOST.identity(Path.of("/keys/a\"b")));
        assertRefused(() -> HOST.knownHosts(Path.of("/keys/${HOME}")));
        assertRefused(() -> HOST.configuredBy(Path.of("/keys/a\nb")));
    }

    @Test
    void nothing_but_what_is_said_decides() {
        assertThat(HOST.options()).containsExactly("-F", "none", "-p", "22");
        assertThat(HOST.user("me")
                        .port(2222)
                        .identity(Path.of("/k/100% mine"))
                        .knownHosts(Path.of("/k/known"))
                        .options())
                .containsExactly(
                        "-F",
                        "none",
                        "-p",
                        "2222",
                        "-l",
                        "me",
                        "-o",
                        "IdentityFile=\"/k/100%% mine\"",
                        "-o",
                        "IdentitiesOnly=yes",
                        "-o",
                        "UserKnownHostsFile=\"/k/known\"",
                        "-o",
                        "GlobalKnownHostsFile=/dev/null");
        assertThat(HOST.configuredBy(Path.of("/etc/mine")).options()).startsWith("-F", "/etc/mine");
    }

    @Test
    void equal_words_are_equal_destinations() {
        assertThat(HOST.user("me").port(23)).isEqualTo(HOST.port(23).user("me")).hasToString("me@host:23");
        assertThat(HOST)
                .isNotEqualTo(HOST.port(23))
                .hasToString("host:22")
                .hasSameHashCodeAs(SshDestination.of("host"));
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }
}
