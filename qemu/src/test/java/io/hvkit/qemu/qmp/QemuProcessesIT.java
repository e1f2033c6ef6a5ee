package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Machines without a guest, as plain processes; names and paths that are not plain. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuProcessesIT {

    private static final List<String> SMALL = List.of("-m", "32", "-S");

    private Path folder;
    private QemuProcesses machines;

    @BeforeEach
    void prepare() throws IOException {
        folder = Files.createTempDirectory("hvkit-processes-"); // a name that leaves room for a socket's
        machines = QemuProcesses.in(folder.resolve("a,b"));
    }

    @AfterEach
    void undo() throws Exception {
        for (QemuProcess each : machines.list()) {
            machines.stop(each.name());
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void a_machine_is_found_again_whatever_its_name_and_ends_without_a_trace() throws Exception {
        for (String name : List.of("..", "a/b", "x=1,y", "ş ü", "n".repeat(200))) {
            Map<String, Image> disks = new LinkedHashMap<>();
            disks.put("z", raw("one,two.raw"));
            disks.put("a", raw("ş.raw"));
            QemuProcess process = machines.start(name, SMALL, disks);

            QemuProcesses others = QemuProcesses.in(folder.resolve("a,b"));
            assertThat(others.list()).as(name).containsExactly(process);
            assertThat(others.find(name)).contains(process);
            assertThat(process.name()).isEqualTo(name);
            assertThat(List.copyOf(process.disks().keySet())).containsExactly("z", "a");
            assertThat(process.disks()).containsEntry("z", new Attachment.ImageFile(folder.resolve("one,two.raw")));
            assertThat(others.start(name, SMALL, disks)).isEqualTo(process);
            others.stop(name);
            others.stop(name);
            assertThat(machines.list()).isEmpty();
            assertThat(folder.resolve("a,b").toFile().list()).containsExactly(".lock");
        }
    }

    @Test
    void what_cannot_start_says_why_and_leaves_nothing() throws Exception {
        Map<String, Image> disk = Map.of("d", raw("d.raw"));
        machines.start("first", SMALL, disk);

        refuses(Failure.EXISTS_DIFFERENTLY, "first", List.of("-m", "64", "-S"), disk);
        refuses(Failure.EXISTS_DIFFERENTLY, "first", SMALL, Map.of("e", raw("d.raw")));
        refuses(Failure.EXISTS_DIFFERENTLY, "first", SMALL, Map.of());
        refuses(Failure.IN_USE, "second", SMALL, disk);
        refuses(Failure.NOT_FOUND, "second", SMALL, Map.of("d", Image.raw(folder.resolve("absent"))));
        refuses(Failure.NOT_FOUND, "second", List.of("-kernel", "/no/such/kernel"), Map.of());
        refuses(Failure.DEFECT, "second", List.of("-no-such-option"), Map.of());
        refuses(Failure.INVALID_REQUEST, "", SMALL, Map.of());
        refuses(Failure.INVALID_REQUEST, "a\nb", SMALL, Map.of());
        try (Secret key = Secret.random()) {
            refuses(
                    Failure.INVALID_REQUEST,
                    "second",
                    SMALL,
                    Map.of("d", Image.luks(folder.resolve("d.raw")).unlockedBy(key)));
        }
        assertThat(machines.list()).extracting(QemuProcess::name).containsExactly("first");
        assertThat(folder.resolve("a,b").toFile().list()).hasSize(2);
    }

    @Test
    void a_machine_that_was_killed_is_gone_and_its_name_is_free() throws Exception {
        QemuProcess first = machines.start("m", SMALL, Map.of());
        assertThat(ProcessHandle.of(first.pid()).orElseThrow().destroyForcibly())
                .isTrue();
        while (!machines.list().isEmpty()) {
            Thread.onSpinWait(); // until the kernel has taken it away
        }

        QemuProcess second = machines.start("m", List.of("-m", "64", "-S"), Map.of());
        assertThat(second.pid()).isNotEqualTo(first.pid());
    }

    @Test
    void a_number_of_another_process_is_not_taken_for_a_machine() throws Exception {
        QemuProcess first = machines.start("m", SMALL, Map.of());
        Path pid = first.monitor().resolveSibling("pid");
        machines.stop("m");
        Files.createDirectories(pid.getParent());
        Files.writeString(pid, ProcessHandle.current().pid() + "\n");
        Files.writeString(pid.resolveSibling("names"), "m\0");

        assertThat(machines.list()).isEmpty();
        machines.stop("m");
        assertThat(ProcessHandle.current().isAlive()).isTrue();
        assertThat(pid.getParent()).doesNotExist();
    }

    @Test
    void a_machine_whose_monitor_is_taken_is_stopped_all_the_same() throws Exception {
        QemuProcess process = machines.start("m", SMALL, Map.of());
        try (QmpClient client = QmpClient.connect(process.monitor(), Duration.ofSeconds(10))) {
            assertThat(client.execute(QmpCommand.of("query-status"))
                            .at("status")
                            .text())
                    .isEqualTo("prelaunch");
            assertThat(machines.shutDown("m", Duration.ofMillis(1))).isFalse();
        }
        machines.stop("m");
        assertThat(machines.shutDown("m", Duration.ofMillis(1))).isTrue();
    }

    private Image raw(String name) throws IOException {
        return Image.raw(Files.write(folder.resolve(name), new byte[1 << 20]));
    }

    private void refuses(Failure failure, String name, List<String> arguments, Map<String, Image> disks) {
        DriverException e = catchThrowableOfType(DriverException.class, () -> machines.start(name, arguments, disks));
        assertThat(e).as(name).isNotNull();
        assertThat(e.failure()).as(e.toString()).isEqualTo(failure);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
    }
}
