package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuImgProbeIT {

    private final List<List<String>> runs = new ArrayList<>();

    private final CommandRunner counting = command -> {
        runs.add(command.argv());
        return CommandRunner.local().run(command);
    };

    private final QemuImgProbe probe = QemuImgProbe.of(counting);

    @TempDir
    private Path directory;

    @Test
    void the_build_here_can_do_all_that_was_tried_and_leaves_nothing() throws Exception {
        long before = partials();

        assertThat(probe.qemuImg().abilities()).containsExactlyInAnyOrder(QemuImgAbility.values());

        assertThat(partials()).isEqualTo(before);
    }

    @Test
    void a_program_is_probed_once() throws Exception {
        QemuImg first = probe.qemuImg();
        runs.clear();

        QemuImg second = probe.qemuImg();

        assertThat(runs).as("it is only looked for").hasSize(1);
        assertThat(second.version()).isEqualTo(first.version());
        assertThat(second.abilities()).isEqualTo(first.abilities());
        probe.forget();
        runs.clear();
        assertThat(probe.qemuImg().abilities()).isEqualTo(first.abilities());
        assertThat(runs).hasSizeGreaterThan(5);
    }

    @Test
    void an_upgrade_is_noticed() throws Exception {
        Path program = Scripts.write(directory.resolve("qemu-img"), "exec qemu-img \"$@\"");
        assertThat(probe.qemuImg(program).abilities()).contains(QemuImgAbility.LUKS);

        Scripts.write(
                program, "case \"$*\" in *driver=luks*) echo no crypto here >&2; exit 1;; esac; exec qemu-img \"$@\"");

        assertThat(probe.qemuImg(program).abilities())
                .contains(QemuImgAbility.QCOW2)
                .doesNotContain(QemuImgAbility.LUKS);
    }

    @Test
    void a_program_that_is_not_there_is_not_ready() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> probe.qemuImg(directory.resolve("missing")))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> QemuImgProbe.of(command -> CommandResult.of(127, "", ""))
                        .qemuImg())
                .withMessageContaining("qemu-utils")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY));
    }

    private static long partials() throws Exception {
        try (var files = Files.list(Path.of("/dev/shm"))) {
            return files.map(file -> PartialName.parse(file.getFileName().toString()))
                    .flatMap(Optional::stream)
                    .filter(name -> name.maker().equals(ProcessIdentity.ofThisOne()))
                    .count();
        }
    }
}
