package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuImgProbeTest {

    private static final String OLD = """
            qemu-img version 7.2.22 (Debian)
            usage: qemu-img ...
              convert [--target-is-zero] [-r rate_limit]

            Supported formats: blkdebug luks qcow2 raw vdi vhdx vmdk vpc

            See <https://qemu.org>
            """;
    private static final String NEW = """
            qemu-img version 10.1.0
            Usage:
              qemu-img COMMAND

            Supported image formats:
              blkdebug blklogwrites luks
              qcow2 raw vdi vhdx vmdk vpc

            See <https://qemu.org>
            """;
    private static final String NEW_CONVERT = """
            Convert an image
              --target-is-zero
              -r, --rate-limit RATE
            """;

    @Test
    void help_of_old_and_new_versions_is_understood() throws Exception {
        assertThat(QemuImg.probe(answering(OLD, OLD, 1)).abilities())
                .containsExactlyInAnyOrder(QemuImgAbility.values());
        assertThat(QemuImg.probe(answering(NEW, NEW_CONVERT, 1)).abilities())
                .containsExactlyInAnyOrder(QemuImgAbility.values());
        assertThat(QemuImg.probe(answering(NEW, NEW_CONVERT, 1)).version()).isEqualTo("10.1.0");
    }

    @Test
    void words_that_only_look_like_formats_do_not_count() throws Exception {
        String without = """
                qemu-img version 9.0
                 luks qcow2

                Supported formats: raw

                luks is great
                """;

        assertThat(QemuImg.probe(answering(without, "", 1)).abilities()).isEmpty();
    }

    @Test
    void a_format_that_no_help_lists_is_tried() throws Exception {
        assertThat(QemuImg.probe(answering("qemu-img version 12.0\nFormats known to us: many\n", "", 0))
                        .abilities())
                .containsExactlyInAnyOrder(
                        QemuImgAbility.LUKS,
                        QemuImgAbility.QCOW2,
                        QemuImgAbility.VMDK,
                        QemuImgAbility.VHD,
                        QemuImgAbility.VHDX,
                        QemuImgAbility.VDI);
    }

    @Test
    void encryption_without_luks_in_the_build_is_refused_before_anything_is_made() throws Exception {
        String without = """
                qemu-img version 9.0

                Supported formats: raw qcow2

                """;
        QemuImg qemuImg = QemuImg.probe(answering(without, "", 1));
        try (Secret key = Secret.random()) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.create(
                            Image.qcow2(Path.of("/no/such/folder/a")).unlockedBy(key), ByteSize.mebibytes(1)));

            assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
            assertThat(e).hasMessageContaining("LUKS").hasMessageContaining("9.0");
        }
    }

    @Test
    void another_program_is_not_taken_for_qemu_img() {
        DriverException e =
                catchThrowableOfType(DriverException.class, () -> QemuImg.probe(answering("BusyBox v1.36", "", 1)));

        assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
        assertThat(e).hasMessageContaining("BusyBox");
    }

    private static CommandRunner answering(String help, String convertHelp, int trial) {
        return command -> {
            List<String> arguments = command.argv().subList(1, command.argv().size());
            if (arguments.equals(List.of("--help"))) {
                return CommandResult.of(0, help, "");
            }
            if (arguments.equals(List.of("convert", "--help"))) {
                return CommandResult.of(0, convertHelp, "");
            }
            return CommandResult.of(trial, "", "");
        };
    }
}
