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

    private static final CommandResult WRONG_KEY =
            CommandResult.of(1, "", "qemu-img: Could not open 'x': Invalid password, cannot unlock any keyslot");
    private static final CommandResult NO_CRYPTO =
            CommandResult.of(1, "", "qemu-img: Could not open 'x': No crypto library supporting PBKDF in this build");
    private static final CommandResult UNKNOWN_OPTION =
            CommandResult.of(1, "", "qemu-img: unrecognized option '--target-is-zero'");
    private static final CommandResult NO_NULL_DISK = CommandResult.of(1, "", "qemu-img: Unknown driver 'null-co'");
    private static final CommandResult DONE = CommandResult.of(0, "", "");
    private static final CommandResult OPTIONS =
            CommandResult.of(0, "Supported qcow2 options:\n  data_file=<str>  - File name\n", "");
    private static final CommandResult FAILED = CommandResult.of(1, "", "");

    private static final List<QemuImgAbility> FORMATS = List.of(
            QemuImgAbility.QCOW2, QemuImgAbility.VMDK, QemuImgAbility.VHD, QemuImgAbility.VHDX, QemuImgAbility.VDI);

    @Test
    void help_of_old_and_new_versions_is_understood() throws Exception {
        assertThat(QemuImg.probe(build(OLD, WRONG_KEY, DONE, OPTIONS)).abilities())
                .containsExactlyInAnyOrder(QemuImgAbility.values());
        assertThat(QemuImg.probe(build(NEW, WRONG_KEY, DONE, OPTIONS)).abilities())
                .containsExactlyInAnyOrder(QemuImgAbility.values());
        assertThat(QemuImg.probe(build(NEW, WRONG_KEY, DONE, OPTIONS)).version())
                .isEqualTo("10.1.0");
    }

    @Test
    void words_that_only_look_like_formats_do_not_count() throws Exception {
        String without = """
                qemu-img version 9.0
                 luks qcow2

                Supported formats: raw

                luks is great
                """;

        assertThat(QemuImg.probe(build(without, NO_CRYPTO, UNKNOWN_OPTION, FAILED))
                        .abilities())
                .isEmpty();
    }

    @Test
    void a_format_that_no_help_lists_is_tried() throws Exception {
        String other = "qemu-img version 12.0\nFormats known to us: many\n";

        assertThat(QemuImg.probe(build(other, NO_CRYPTO, UNKNOWN_OPTION, DONE)).abilities())
                .containsExactlyInAnyOrderElementsOf(FORMATS);
    }

    @Test
    void a_build_that_lists_luks_and_cannot_do_it_is_found_out() throws Exception {
        assertThat(QemuImg.probe(build(NEW, NO_CRYPTO, UNKNOWN_OPTION, FAILED)).abilities())
                .containsExactlyInAnyOrderElementsOf(FORMATS);
    }

    @Test
    void where_an_option_cannot_be_tried_the_help_is_read() throws Exception {
        assertThat(QemuImg.probe(build(OLD, NO_CRYPTO, NO_NULL_DISK, FAILED)).abilities())
                .contains(QemuImgAbility.TARGET_IS_ZERO, QemuImgAbility.RATE_LIMIT);
        assertThat(QemuImg.probe(build(NEW, NO_CRYPTO, NO_NULL_DISK, FAILED)).abilities())
                .contains(QemuImgAbility.TARGET_IS_ZERO, QemuImgAbility.RATE_LIMIT);
    }

    @Test
    void encryption_without_luks_in_the_build_is_refused_before_anything_is_made() throws Exception {
        String without = """
                qemu-img version 9.0

                Supported formats: raw qcow2

                """;
        QemuImg qemuImg = QemuImg.probe(build(without, NO_CRYPTO, UNKNOWN_OPTION, FAILED));
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
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> QemuImg.probe(build("BusyBox v1.36", FAILED, FAILED, FAILED)));

        assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
        assertThat(e).hasMessageContaining("BusyBox");
    }

    private static CommandRunner build(String help, CommandResult luks, CommandResult convert, CommandResult create) {
        return command -> {
            List<String> arguments = command.argv().subList(1, command.argv().size());
            if (!command.argv().get(0).equals("qemu-img")) {
                return DONE;
            }
            if (arguments.equals(List.of("--help"))) {
                return CommandResult.of(0, help, "");
            }
            if (arguments.equals(List.of("convert", "--help"))) {
                return CommandResult.of(0, NEW_CONVERT, "");
            }
            return switch (arguments.get(0)) {
                case "map" -> luks;
                case "convert" -> convert;
                default -> create;
            };
        };
    }
}
