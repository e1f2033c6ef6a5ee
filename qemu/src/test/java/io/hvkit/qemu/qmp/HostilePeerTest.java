package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the other side says, the caller hears the truth about his command, and soon. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostilePeerTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(60);

    @TempDir
    private Path directory;

    /** {@code ID} stands for the command's id. */
    static Stream<Arguments> insults() {
        return Stream.of(
                Arguments.of("no JSON", "HTTP/1.1 200 OK", "not valid JSON"),
                Arguments.of("an object cut short", "{\"return\": {}", "not valid JSON"),
                Arguments.of("a list", "[1, 2]", "no object"),
                Arguments.of("two values", "{\"return\": 1, \"id\": ID} {}", "two values"),
                Arguments.of("deep nesting", "{\"return\":" + "[".repeat(100_000), "nesting depth"),
                Arguments.of("an endless number", "{\"return\":" + "9".repeat(1000) + "}", "maximum allowed"),
                Arguments.of("a member twice", "{\"return\": 1, \"id\": ID, \"id\": ID}", "Duplicate field"),
                Arguments.of("NaN", "{\"return\": NaN, \"id\": ID}", "not valid JSON"),
                Arguments.of("a comment", "/* */ {\"return\": 1, \"id\": ID}", "not valid JSON"),
                Arguments.of("a control character", "{\"return\": \"a\tb\", \"id\": ID}", "not valid JSON"),
                Arguments.of("an id that was never given", "{\"return\": 1, \"id\": \"other\"}", "not asked"),
                Arguments.of("an id that is no text", "{\"return\": 1, \"id\": 7}", "not a text"),
                Arguments.of("an answer without id", "{\"return\": 1}", "not asked"),
                Arguments.of("an answer and an error", "{\"return\": 1, \"error\": {}, \"id\": ID}", "neither"),
                Arguments.of("neither", "{\"id\": ID}", "neither"),
                Arguments.of("a second greeting", ScriptedPeer.GREETING, "neither"),
                Arguments.of("an event without a time", "{\"event\": \"X\"}", "no timestamp"),
                Arguments.of("an event that is no name", "{\"event\": 5}", "not a text"),
                Arguments.of(
                        "an error for nobody",
                        "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}",
                        "an error that belongs to no command: JSON parse error"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("insults")
    void what_no_monitor_says_ends_the_connection(String what, String line, String words) throws Exception {
        refuses(talk -> talk.say(line.replace("ID", talk.hear().at("id").toJson())), words);
    }

    @Test
    void bytes_that_are_no_utf8_end_the_connection() throws Exception {
        refuses(
                talk -> {
                    talk.hear();
                    talk.send(new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}', '\n'});
                },
                "not UTF-8");
    }

    @Test
    void a_line_without_end_ends_the_connection() throws Exception {
        refuses(
                talk -> {
                    talk.hear();
                    byte[] piece = " ".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
                    for (int sent = 0; sent <= QmpLines.LONGEST; sent += piece.length) {
                        talk.send(piece);
                    }
                },
                "a line of more than 16777216 bytes");
    }

    @Test
    void an_answer_given_twice_ends_the_connection_after_it_was_taken() throws Exception {
        try (ScriptedPeer peer = ScriptedPeer.playing(directory, talk -> {
                    talk.hello();
                    QmpValue command = talk.hear();
                    talk.answer(command, "1");
                    talk.hear();
                    talk.answer(command, "1");
                    talk.hearTheEnd();
                });
                QmpClient client = QmpClient.connect(peer.socket(), LONG)) {
            assertThat(client.execute(QmpCommand.of("first")).number()).isEqualTo(1);
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> client.execute(QmpCommand.of("second")));
            assertThat(e.failure()).isEqualTo(Failure.DEFECT);
            assertThat(e).hasMessageContaining("was answered already");
        }
    }

    @Test
    void a_large_answer_and_one_as_deep_as_long_chains_are_read() throws Exception {
        int depth = QmpJson.DEEPEST - 2;
        try (ScriptedPeer peer = ScriptedPeer.playing(directory, talk -> {
                    talk.hello();
                    talk.answer(talk.hear(), "\"" + "x".repeat(5_000_000) + "\"");
                    talk.answer(talk.hear(), "[".repeat(depth) + "]".repeat(depth));
                    talk.hearTheEnd();
                });
                QmpClient client = QmpClient.connect(peer.socket(), LONG)) {
            assertThat(client.execute(QmpCommand.of("large")).text()).hasSize(5_000_000);
            assertThat(client.execute(QmpCommand.of("deep")).isList()).isTrue();
        }
    }

    @Test
    void who_does_not_greet_is_not_spoken_to() throws Exception {
        for (String first : List.of("{\"return\": {}, \"id\": 1}", "SSH-2.0-OpenSSH_9.2", "{\"QMP\": {}}")) {
            Path own = Files.createTempDirectory(directory, "peer");
            try (ScriptedPeer peer = ScriptedPeer.playing(own, talk -> {
                talk.say(first);
                talk.hearTheEnd();
            })) {
                DriverException e =
                        catchThrowableOfType(DriverException.class, () -> QmpClient.connect(peer.socket(), LONG));
                assertThat(e.failure()).isEqualTo(Failure.DEFECT);
                peer.await();
            }
        }
    }

    @Test
    void a_monitor_that_serves_somebody_else_is_told_from_one_that_is_not_there() throws Exception {
        Path socket = directory.resolve("monitor");
        assertThat(failureToConnect(socket).failure()).isEqualTo(Failure.NOT_FOUND);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket), 1);
            DriverException silent = failureToConnect(socket);
            assertThat(silent.failure()).isEqualTo(Failure.TIMED_OUT);
            assertThat(silent.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(silent).hasMessageContaining("one client at a time");
            try (Crowd crowd = new Crowd(socket)) {
                assertThat(crowd.channels).isNotEmpty();
                DriverException full = failureToConnect(socket);
                assertThat(full.failure()).isEqualTo(Failure.TIMED_OUT);
                assertThat(full.effect()).isEqualTo(Effect.NOT_APPLIED);
            }
        }
        DriverException deserted = failureToConnect(socket);
        assertThat(deserted.failure()).isEqualTo(Failure.UNREACHABLE);
        assertThat(deserted.effect()).isEqualTo(Effect.NOT_APPLIED);
        DriverException tooLong = failureToConnect(directory.resolve("x".repeat(200)));
        assertThat(tooLong.failure()).isEqualTo(Failure.INVALID_REQUEST);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '|',
            value = {
                "CommandNotFound, The command ask has not been found, UNSUPPORTED",
                "DeviceNotActive, Block job 'm2' not found, NOT_FOUND",
                "DeviceNotFound, Device 'x' not found, NOT_FOUND",
                "GenericError, Failed to find node with node-name='zz', NOT_FOUND",
                "GenericError, Job not found, NOT_FOUND",
                "GenericError, Duplicate nodes with node-name='b', EXISTS_DIFFERENTLY",
                "GenericError, Job ID 'j' already in use, EXISTS_DIFFERENTLY",
                "GenericError, Parameter 'driver' is missing, INVALID_REQUEST",
                "GenericError, Invalid job ID 'bad id!', INVALID_REQUEST",
                "GenericError, Job 'm1' in state 'running' cannot accept command verb 'complete', INVALID_REQUEST",
                "GenericError, |Invalid password, cannot unlock any keyslot|, BAD_CREDENTIALS",
                "GenericError, Failed to get \"write\" lock; Is another process using the image [/a]?, IN_USE",
                "GenericError, Failed to get shared \"write\" lock, IN_USE",
                "GenericError, Need a root block node, IN_USE",
                "GenericError, No space left on device, EXHAUSTED",
                "GenericError, Could not open '/srv/is in use/a': No such file or directory, NOT_FOUND",
                "GenericError, words of tomorrow, DEFECT",
            })
    void qemus_errors_become_failures(String kind, String words, Failure failure) throws Exception {
        try (ScriptedPeer peer = ScriptedPeer.playing(directory, talk -> {
                    talk.hello();
                    talk.refuse(talk.hear(), kind, words);
                    talk.answer(talk.hear(), "{}");
                    talk.hearTheEnd();
                });
                QmpClient client = QmpClient.connect(peer.socket(), LONG)) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> client.execute(QmpCommand.of("ask").with("filename", "/srv/is in use/a")));
            assertThat(e.failure()).isEqualTo(failure);
            assertThat(e.vendorCode()).contains(kind);
            assertThat(e).hasMessage("qemu refuses ask: " + words);
            assertThat(e.effect()).isEqualTo(failure.usualEffect());
            client.execute(QmpCommand.of("next"));
        }
    }

    private void refuses(ScriptedPeer.Script script, String words) throws Exception {
        try (ScriptedPeer peer = ScriptedPeer.playing(directory, talk -> {
                    talk.hello();
                    script.play(talk);
                    talk.hearTheEnd();
                });
                QmpClient client = QmpClient.connect(peer.socket(), LONG)) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> client.execute(QmpCommand.of("ask")));
            assertThat(e.failure()).isEqualTo(Failure.DEFECT);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
            assertThat(e).hasMessageContaining(words);
            assertThat(client.isOpen()).isFalse();
            DriverException after =
                    catchThrowableOfType(DriverException.class, () -> client.execute(QmpCommand.of("ask")));
            assertThat(after.effect()).isEqualTo(Effect.NOT_APPLIED);
        }
    }

    private static DriverException failureToConnect(Path socket) {
        return catchThrowableOfType(DriverException.class, () -> QmpClient.connect(socket, SHORT));
    }

    /** Takes every place in a server's queue. */
    private static final class Crowd implements AutoCloseable {

        private final List<SocketChannel> channels = new ArrayList<>();

        Crowd(Path socket) throws IOException {
            for (boolean room = true; room; ) {
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                channels.add(channel);
                channel.configureBlocking(false);
                try {
                    channel.connect(UnixDomainSocketAddress.of(socket));
                } catch (IOException e) {
                    room = false;
                }
            }
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
    }
}
