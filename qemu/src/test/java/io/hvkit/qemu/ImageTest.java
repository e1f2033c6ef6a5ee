package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImageTest {

    @Test
    void relative_paths_are_made_absolute() {
        assertThat(Image.raw(Path.of("-x")).path()).contains(Path.of("-x").toAbsolutePath());
    }

    @Test
    void a_key_says_that_it_is_encrypted_and_is_never_shown() {
        try (Secret key = Disks.key("canary")) {
            Image image = Image.luks(Path.of("/a")).unlockedBy(key);

            assertThat(image.key()).contains(key);
            assertThat(image.format()).isEqualTo(ImageFormat.LUKS);
            assertThat(image)
                    .hasToString("luks /a (encrypted)")
                    .isEqualTo(Image.luks(Path.of("/a")).unlockedBy(key));
            assertThat(image).isNotEqualTo(Image.luks(Path.of("/a")));
        }
    }

    @Test
    void raw_with_a_key_is_refused_with_the_way_out() {
        try (Secret key = Secret.random()) {
            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> Image.raw(Path.of("/a")).unlockedBy(key));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e).hasMessageContaining("Image.luks(path)").hasMessageContaining("/a");
        }
    }

    @Test
    void vmdk_with_a_key_is_refused() {
        try (Secret key = Secret.random()) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> Image.of(Path.of("/a"), ImageFormat.VMDK).unlockedBy(key));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void keys_that_qemu_would_cut_or_refuse_are_refused_at_once() {
        for (byte[] bytes : new byte[][] {{'a', 0, 'b'}, {0}, {(byte) 0xff, 'a'}, {(byte) 0xc3}}) {
            try (Secret key = Secret.copyOf(bytes)) {
                DriverException e = catchThrowableOfType(
                        DriverException.class, () -> Image.luks(Path.of("/a")).unlockedBy(key));

                assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                assertThat(e).hasMessageContaining("NUL");
            }
        }
    }

    @Test
    void paths_inside_archives_are_refused(@TempDir Path directory) throws Exception {
        try (FileSystem zip = FileSystems.newFileSystem(directory.resolve("a.zip"), Map.of("create", "true"))) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> Image.raw(zip.getPath("/a")));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void a_luks_target_is_never_taken_for_zeroed() {
        ConvertRequest request = ConvertRequest.of(Image.raw(Path.of("/a")), Image.luks(Path.of("/b")));

        DriverException e = catchThrowableOfType(DriverException.class, () -> request.onto(TargetState.EXISTS_ZEROED));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e).hasMessageContaining("corrupt").hasMessageContaining("/b");
    }

    @Test
    void limits_are_positive() {
        ConvertRequest request = ConvertRequest.of(Image.raw(Path.of("/a")), Image.raw(Path.of("/b")));

        assertThat(catchThrowableOfType(DriverException.class, () -> request.within(Duration.ZERO))
                        .failure())
                .isEqualTo(Failure.INVALID_REQUEST);
        assertThat(request.limit()).isEmpty();
        assertThat(request.within(Duration.ofDays(1)).limit()).contains(Duration.ofDays(1));
    }

    @Test
    void one_key_goes_by_stdin_and_several_go_wrapped() {
        assertThat(KeyTransport.forQemu(1).transport()).isEqualTo(KeyTransport.STDIN);
        assertThat(KeyTransport.forQemu(2).transport()).isEqualTo(KeyTransport.WRAPPED);
        assertThat(KeyTransport.forQemu(2).reason()).contains("2 keys");
    }
}
