package io.hvkit.kvm.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.SshDestination;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostUriTest {

    @ParameterizedTest
    @ValueSource(strings = {"qemu:///system", "qemu+unix:///system", "qemu:///session"})
    void this_machine_is_reached_by_its_usual_socket(String uri) {
        assertThat(read(uri).way()).isEqualTo(new HostUri.Local(Optional.empty()));
    }

    @Test
    void a_socket_may_be_named() {
        assertThat(read("qemu+unix:///system?socket=/run/a%20b/sock").way())
                .isEqualTo(new HostUri.Local(Optional.of(Path.of("/run/a b/sock"))));
    }

    @Test
    void ssh_is_told_all_that_the_uri_says_and_no_more() {
        SshDestination there = SshDestination.of("host.example").port(2222).user("me");
        SshDestination sure = there.identity(Path.of("/keys/id")).knownHosts(Path.of("/keys/hosts"));

        assertThat(read("qemu+ssh://me@host.example:2222/system?no_tty=1").way())
                .isEqualTo(new HostUri.Ssh(there, Optional.empty()));
        assertThat(read("qemu+ssh://me@host.example:2222/system?keyfile=/keys/id&known_hosts=/keys/hosts&no_verify=0")
                        .way())
                .isEqualTo(new HostUri.Ssh(sure, Optional.empty()));
        assertThat(HostUri.of(
                                URI.create("qemu+ssh://host.example/session?socket=/s"),
                                HostUri.Verification.REQUIRED,
                                Optional.of(Path.of("/etc/jump")))
                        .way())
                .isEqualTo(new HostUri.Ssh(
                        SshDestination.of("host.example").configuredBy(Path.of("/etc/jump")),
                        Optional.of(Path.of("/s"))));
    }

    @Test
    void tls_is_the_way_to_a_host_of_which_nothing_else_is_said() {
        HostUri.Way usual = new HostUri.Tls("host.example", 16_514, HostUri.Verification.REQUIRED);

        assertThat(read("qemu://host.example/system").way()).isEqualTo(usual);
        assertThat(read("qemu+tls://host.example/system?pkipath=/pki").way()).isEqualTo(usual);
        assertThat(read("qemu+tls://[::1]:99/system").way())
                .isEqualTo(new HostUri.Tls("[::1]", 99, HostUri.Verification.REQUIRED));
    }

    @Test
    void a_check_is_left_out_only_if_that_is_allowed_apart_from_the_uri() {
        URI uri = URI.create("qemu+tls://h/system?no_verify=1");

        assertThat(HostUri.of(uri, HostUri.Verification.WAIVED, Optional.empty())
                        .way())
                .isEqualTo(new HostUri.Tls("h", 16_514, HostUri.Verification.WAIVED));
        assertThat(HostUri.of(URI.create("qemu+tls://h/system"), HostUri.Verification.WAIVED, Optional.empty())
                        .way())
                .as("what the URI does not leave out is checked")
                .isEqualTo(new HostUri.Tls("h", 16_514, HostUri.Verification.REQUIRED));
        refused("qemu+tls://h/system?no_verify=1", "unverified-host");
        refused("qemu+ssh://h/system?no_verify=1", "known_hosts=");
    }

    @ParameterizedTest
    @CsvSource({
        "qemu+ssh://h/system?command=/bin/sh, names a program",
        "qemu+ssh://h/system?netcat=/bin/sh, names a program",
        "qemu+ssh://h/system?c%6Fmmand=/bin/sh, names a program",
        "qemu+ext:///system?command=/bin/sh, program of its own",
        "qemu+libssh2://h/system, say qemu+ssh",
        "qemu+ssh:///system, names no host",
        "qemu+ssh://h/system?sshauth=password, ask for a password",
        "qemu+ssh://h/system?no_tty=0, leave no_tty out",
        "qemu+ssh://h/system?no_verify=yes, is 0 or 1",
        "qemu+ssh://h/system?socket=/a&socket=/b, twice",
        "qemu+ssh://h/system?keyfile=id, absolute path",
        "qemu+ssh://h/system?keyfile=/a%0Ab, ordinary characters",
        "qemu+ssh://h/system?socket, has no value",
        "qemu+ssh://h/system?mode=legacy, may not say mode=",
        "qemu+tls://h/system?tls_priority=NONE, switch checks off",
        "qemu+tls://me@h/system, certificates",
        "qemu+tls://h/system?keyfile=/k, may not say keyfile=",
        "qemu+unix://h/system, qemu+ssh",
        "qemu:///system?command=/bin/sh, names a program",
        "qemu:///embed?root=/tmp, /system or /session",
        "qemu:///system#x, not of the form",
        "qemu:system, not of the form",
        "qemu+tcp://h/system?no_verify=1, may not say no_verify=",
        "test:///default, /system or /session",
        "xen:///system, no scheme of a QEMU host",
    })
    void what_is_not_vouched_for_is_refused_with_the_way_out(String uri, String words) {
        refused(uri, words);
    }

    @Test
    void a_password_in_a_uri_is_refused_and_not_repeated() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> read("qemu+ssh://me:hunter2@h/system"))
                .withMessageContaining("a password must not be in it")
                .withMessageNotContaining("hunter2");
    }

    private static HostUri read(String uri) {
        return HostUri.of(URI.create(uri), HostUri.Verification.REQUIRED, Optional.empty());
    }

    private static void refused(String uri, String words) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> read(uri))
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }
}
