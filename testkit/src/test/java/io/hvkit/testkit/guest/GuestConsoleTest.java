package io.hvkit.testkit.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuestConsoleTest {

    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String READY = "@@ READY uptime=1.9 blocks=64 bs=4096 stride=97 batch=16\r\n";

    @TempDir
    Path folder;

    @Test
    void a_log_that_is_not_there_yet_is_an_empty_one() {
        GuestConsole console = GuestConsole.at(folder.resolve("serial.log"));

        assertThat(console.acknowledged()).isZero();
        assertThat(console.tail(10)).isEmpty();
    }

    @Test
    void a_time_out_names_what_was_awaited_and_tells_the_tail() throws Exception {
        Path log = write("@@ BOOT uptime=1.1\r\nsomething odd\r\n");
        GuestConsole console = GuestConsole.at(log);

        assertThatThrownBy(() -> console.awaitReady(SHORT))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT))
                .hasMessageContaining("READY")
                .hasMessageContaining("something odd")
                .hasMessageContaining(log.toString());
    }

    @Test
    void only_whole_lines_count_and_what_is_appended_is_read() throws Exception {
        write(READY + "@@ ACK 16\r\n@@ ACK 3");
        GuestConsole console = GuestConsole.at(folder.resolve("serial.log"));
        console.awaitReady(LONG);
        assertThat(console.acknowledged()).isEqualTo(16);

        append("2\r\n");

        assertThat(console.acknowledged()).isEqualTo(32);
        assertThat(console.tail(2)).isEqualTo("@@ ACK 16\n@@ ACK 32");
    }

    @Test
    void an_acknowledgement_that_comes_later_is_awaited() throws Exception {
        write(READY);
        GuestConsole console = GuestConsole.at(folder.resolve("serial.log"));
        Thread guest = new Thread(() -> {
            for (int i = 1; i <= 50; i++) {
                append("@@ ACK " + i * 16 + "\r\n");
            }
            append("@@ DONE seq=800 uptime=9\r\n");
        });
        guest.start();
        try {
            console.awaitAcknowledged(700, LONG);
            console.awaitDone(LONG);
            assertThat(console.acknowledged()).isEqualTo(800);
        } finally {
            guest.join();
        }
    }

    @Test
    void a_guest_that_gives_up_is_not_waited_for() throws Exception {
        write("@@ FATAL no /dev/vda\r\n");
        GuestConsole console = GuestConsole.at(folder.resolve("serial.log"));

        assertThatThrownBy(() -> console.awaitAcknowledged(1, Duration.ofHours(1)))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT))
                .hasMessageContaining("no /dev/vda");
    }

    @Test
    void a_log_that_begins_anew_is_read_anew() throws Exception {
        write(READY + "@@ ACK 3200\r\n");
        GuestConsole console = GuestConsole.at(folder.resolve("serial.log"));
        assertThat(console.acknowledged()).isEqualTo(3200);

        write(READY + "@@ ACK 16\r\n");

        assertThat(console.acknowledged()).isEqualTo(16);
    }

    private Path write(String text) throws Exception {
        return Files.writeString(folder.resolve("serial.log"), text);
    }

    private void append(String text) {
        try {
            Files.writeString(folder.resolve("serial.log"), text, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
