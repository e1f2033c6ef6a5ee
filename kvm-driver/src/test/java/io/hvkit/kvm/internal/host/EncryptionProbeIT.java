package io.hvkit.kvm.internal.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFacts.Presence;
import io.hvkit.core.HostFeature;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The trial on real tools, and on tools that lie. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class EncryptionProbeIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    @TempDir
    private Path tools;

    private final List<String> before = leftovers();

    @AfterEach
    void nothing_is_left() {
        assertThat(leftovers()).isSubsetOf(before);
        assertThat(ProcessHandle.current().descendants().filter(EncryptionProbeIT::isOfTrial))
                .isEmpty();
    }

    private static boolean isOfTrial(ProcessHandle process) {
        return process.isAlive()
                && process.info()
                        .commandLine()
                        .filter(line -> line.contains("encryption-probe") || line.contains("sleep 1000"))
                        .isPresent();
    }

    @Test
    void real_tools_prove_themselves() throws InterruptedException {
        HostFacts facts = probed(PATIENCE);

        HostFacts.Finding finding = facts.finding(HostFeature.VOLUME_ENCRYPTION);
        assertThat(finding.presence()).as(finding.reason()).isEqualTo(Presence.PRESENT);
        assertThat(finding.details().get("qemu-img")).startsWith("qemu-img version ");
        assertThat(finding.details().get("cryptsetup")).startsWith("cryptsetup ");
        assertThat(finding.details().get("tried")).contains("qemu-img makes LUKS inside qcow2; ");
        assertThat(facts.finding(HostFeature.QEMU_IMG).presence()).isEqualTo(Presence.PRESENT);
    }

    static Stream<Arguments> lies() {
        return Stream.of(
                Arguments.of("qemu-img", "echo 'not found' >&2; exit 127", "qemu-img answers"),
                Arguments.of("qemu-img", "echo \"Unknown driver 'luks'\" >&2; exit 1", "qemu-img makes LUKS"),
                Arguments.of("qemu-img", "[ \"$1\" != create ] || exit 0", "what qemu-img made is LUKS"),
                Arguments.of("qemu-img", "[ \"$1\" != map ] || exit 0", "qemu-img refuses another key"),
                Arguments.of("qemu-img", "[ \"$1\" != map ] || exit 1", "qemu-img opens it with its key"),
                Arguments.of(
                        "qemu-img",
                        "echo rest > left-over; [ \"$4\" != qcow2 ] || exit 1",
                        "qemu-img makes LUKS inside qcow2"),
                Arguments.of("cryptsetup", "echo 'not found' >&2; exit 127", "cryptsetup answers"),
                Arguments.of("cryptsetup", "[ \"$1\" != open ] || exit 2", "cryptsetup opens it with its key"));
    }

    @ParameterizedTest
    @MethodSource("lies")
    void a_tool_that_lies_is_found_out_by_what_it_does(String tool, String lie, String reason) throws Exception {
        boolean silent = reason.endsWith("answers");
        fake(
                tool,
                silent
                        ? lie
                        : "[ \"$1\" != --version ] || exec /usr/bin/env PATH=\"$REAL\" " + tool + " \"$@\"\n" + lie);

        HostFacts facts = probed(PATIENCE);

        HostFacts.Finding finding = facts.finding(HostFeature.VOLUME_ENCRYPTION);
        assertThat(finding.presence()).isEqualTo(Presence.ABSENT);
        assertThat(finding.reason()).startsWith("not so: " + reason);
        assertThat(facts.finding(HostFeature.QEMU_IMG).presence())
                .isEqualTo(silent && tool.equals("qemu-img") ? Presence.ABSENT : Presence.PRESENT);
    }

    @Test
    void a_processor_that_cannot_be_measured_for_a_while_speaks_against_no_tool() throws Exception {
        fake("qemu-img", """
                if [ "$1" = create ] && [ "$(cat unlucky 2>/dev/null | wc -l)" -lt 6 ]; then
                  echo x >> unlucky; echo 'qemu-img: Unable to get accurate CPU usage' >&2; exit 1
                fi""");

        HostFacts.Finding finding = probed(PATIENCE).finding(HostFeature.VOLUME_ENCRYPTION);

        assertThat(finding.presence()).as(finding.reason()).isEqualTo(Presence.PRESENT);
        assertThat(tools.resolve("unlucky")).hasContent("x\n".repeat(6));
    }

    @Test
    void a_tool_that_hangs_is_ended_with_all_it_started_and_counts_as_absent() throws Exception {
        fake("cryptsetup", "sleep 1000 & sleep 1000");

        HostFacts.Finding finding = probed(Duration.ofSeconds(2)).finding(HostFeature.VOLUME_ENCRYPTION);

        assertThat(finding.presence()).isEqualTo(Presence.ABSENT);
        assertThat(finding.reason()).startsWith("not so: cryptsetup answers");
    }

    @Test
    void an_interrupted_look_leaves_nothing_either() throws Exception {
        Path here = tools.resolve("here");
        fake("cryptsetup", "touch " + here + "; sleep 1000");
        CompletableFuture<String> end = new CompletableFuture<>();
        Thread looking = new Thread(() -> {
            try {
                end.complete("returned " + probed(PATIENCE));
            } catch (InterruptedException e) {
                end.complete("interrupted");
            }
        });
        looking.start();
        Await.until("the tool hangs", PATIENCE, () -> Files.exists(here));

        looking.interrupt();
        looking.join();

        assertThat(end).isCompletedWithValue("interrupted");
    }

    private HostFacts probed(Duration limit) throws InterruptedException {
        return new EncryptionProbe(new FakedTools(tools), limit).addTo(HostFacts.at(Instant.now()));
    }

    private void fake(String tool, String body) throws IOException {
        Path script = tools.resolve(tool);
        String real = "exec /usr/bin/env PATH=\"$REAL\" " + tool + " \"$@\"\n";
        Files.writeString(script, "#!/bin/sh\ncd " + tools + "\n" + body + "\n" + real);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    private static List<String> leftovers() {
        try (Stream<Path> files = Files.list(SHARED_MEMORY)) {
            return files.map(Path::toString)
                    .filter(name -> name.contains("hvkit-probe"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Finds programs in a folder first; {@code $REAL} is where they are else. */
    private record FakedTools(Path folder) implements CommandRunner {

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            String real = "/usr/sbin:/usr/bin:/sbin:/bin";
            List<String> argv = new ArrayList<>(List.of("env", "REAL=" + real, "PATH=" + folder + ":" + real));
            argv.addAll(command.argv());
            return CommandRunner.local()
                    .run(Command.of(argv)
                            .within(command.limit().orElseThrow())
                            .feeding(command.input().orElseThrow())
                            .listening(command.listener()));
        }
    }
}
