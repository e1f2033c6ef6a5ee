package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.FileNotFoundException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ComplaintTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qemu-img: error while writing at byte 17592186040320: File too large",
                "qemu-img: Block job failed: File too large",
                "qemu-img: FILE TOO LARGE"
            })
    void a_file_that_grew_too_large_was_written_to(String words) {
        DriverException e = complaint(words, Effect.UNKNOWN);

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qemu-img: Image size is too large",
                "qemu-img: Could not open '/a': Invalid password, cannot unlock any keyslot",
                "qemu-img: Could not open '/a': Failed to get \"write\" lock",
                "qemu-img: Could not open '/a': No such file or directory",
                "qemu-img: Could not open '/a': Permission denied",
                "qemu-img: Could not open '/a': Image is not in qcow2 format"
            })
    void what_is_refused_before_anything_is_written_has_changed_nothing(String words) {
        assertThat(complaint(words, Effect.UNKNOWN).effect()).isEqualTo(Effect.NOT_APPLIED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qemu-img: error while writing at byte 0: No space left on device",
                "qemu-img: error while writing at byte 0: Permission denied",
                "qemu-img: error while reading at byte 0: Input/output error",
                "qemu-img: qcow2: Image is corrupt: L2 table offset 0x2a2a2a00 unaligned",
                ""
            })
    void whatever_may_come_after_the_first_byte_leaves_the_doubt_that_there_was(String words) {
        assertThat(complaint(words, Effect.UNKNOWN).effect()).isEqualTo(Effect.UNKNOWN);
    }

    @Test
    void the_letters_of_a_path_are_no_complaint() {
        Path path = Path.of("/pool/no space left on device");

        DriverException e = Complaint.of(
                "qemu-img convert", failed("qemu-img: Could not open '" + path + "': Is busy"), Effect.UNKNOWN, path);

        assertThat(e.failure()).isEqualTo(Failure.DEFECT);
    }

    @Test
    void the_letters_of_a_file_that_java_cannot_open_are_no_complaint() {
        DriverException e = Complaint.of(
                "cannot read",
                new FileNotFoundException("/pool/what is in use (old)/disk (Permission denied)"),
                Effect.NOT_APPLIED);

        assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
    }

    private static DriverException complaint(String words, Effect doubt) {
        return Complaint.of("qemu-img commit", failed(words), doubt, new Path[0]);
    }

    private static CommandResult failed(String words) {
        return CommandResult.of(1, "", words);
    }
}
