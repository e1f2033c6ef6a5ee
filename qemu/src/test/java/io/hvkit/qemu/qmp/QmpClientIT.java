package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.Await;
import io.hvkit.qemu.Listener;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The monitor of a virtual machine's qemu. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QmpClientIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    @Test
    void a_machine_is_asked_is_told_and_tells_of_its_end() throws Exception {
        Path socket = directory.resolve("monitor");
        Process qemu = new ProcessBuilder(
                        "qemu-system-x86_64",
                        "-machine",
                        "none",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-S",
                        "-qmp",
                        "unix:" + socket + ",server=on,wait=off")
                .start();
        try {
            Await.until("it listens", () -> Listener.isAt(socket));
            try (QmpClient client = QmpClient.connect(socket, LIMIT);
                    QmpEvents events = client.events("RESUME", "SHUTDOWN")) {
                assertThat(client.version().isAtLeast(6, 0)).isTrue();
                assertThat(client.execute(QmpCommand.of("query-status"))
                                .at("running")
                                .isOn())
                        .isFalse();
                assertThat(client.execute(QmpCommand.of("query-qmp-schema")).items())
                        .as("a very long line")
                        .hasSizeGreaterThan(500);
                client.execute(QmpCommand.of("cont"));
                assertThat(events.await(event -> event.name().equals("RESUME"), LIMIT)
                                .time())
                        .isAfter(Instant.EPOCH);
                client.execute(QmpCommand.of("quit"));
                assertThat(events.await(event -> true, LIMIT).name()).isEqualTo("SHUTDOWN");
                DriverException e =
                        catchThrowableOfType(DriverException.class, () -> events.await(event -> true, LIMIT));
                assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE);
                assertThat(client.isLost()).isTrue();
            }
        } finally {
            qemu.destroyForcibly().waitFor();
        }
    }
}
