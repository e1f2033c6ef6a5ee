package io.hvkit.qemu.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads onto real block devices and full file systems. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DownloadTargetsIT {

    private static final byte[] IMAGE = HttpDownloadTest.random(3 << 20);
    private static final Sha256 DIGEST = Sha256.of(IMAGE);

    @TempDir
    Path folder;

    private Path staging;
    private HttpDownload download;

    @BeforeEach
    void prepare() throws IOException {
        staging = Files.createDirectory(folder.resolve("staging"));
        download = HttpDownload.into(staging).pausing(Duration.ofMillis(1));
    }

    @Test
    void a_device_takes_an_image_once_and_confirms_it_without_fetching_it_again() throws Exception {
        onDevice("4M", device -> {
            try (ImageServer server = ImageServer.http().with("/image", IMAGE)) {
                Attachment target = new Attachment.BlockDevice(device);
                assertThat(download.fetch(server.uri("/image"), DIGEST, target))
                        .isEqualTo(ByteSize.bytes(IMAGE.length));
                assertThat(start(device)).isEqualTo(IMAGE);
                assertThat(download.fetch(server.uri("/image"), DIGEST, target))
                        .isEqualTo(ByteSize.bytes(IMAGE.length));
            }
            assertThat(staging.toFile().list()).isEmpty();
        });
    }

    @Test
    void a_copy_onto_a_device_that_was_broken_off_is_ended_and_other_data_is_left_alone() throws Exception {
        onDevice("4M", device -> {
            try (ImageServer server = ImageServer.http().with("/image", IMAGE)) {
                Attachment target = new Attachment.BlockDevice(device);
                write(device, 0, Arrays.copyOf(IMAGE, 1 << 20));
                download.fetch(server.uri("/image"), DIGEST, target);
                assertThat(start(device)).isEqualTo(IMAGE);

                write(device, 2 << 20, new byte[] {(byte) (IMAGE[2 << 20] + 1)});
                byte[] before = start(device);
                refuses(Failure.EXISTS_DIFFERENTLY, server, target);
                assertThat(start(device)).isEqualTo(before);
            }
        });
    }

    @Test
    void a_device_that_is_too_small_and_an_image_that_is_wrong_leave_the_device_as_it_was() throws Exception {
        onDevice("1M", device -> {
            try (ImageServer server = ImageServer.http().with("/image", IMAGE)) {
                refuses(Failure.EXHAUSTED, server, new Attachment.BlockDevice(device));
            }
        });
        onDevice("4M", device -> {
            byte[] wrong = IMAGE.clone();
            wrong[0]++;
            try (ImageServer server = ImageServer.http().with("/image", wrong)) {
                refuses(Failure.CORRUPT_DATA, server, new Attachment.BlockDevice(device));
            }
            assertThat(start(device)).containsOnly(0);
            assertThat(staging.toFile().list()).isEmpty();
        });
    }

    @Test
    void an_interruption_while_a_device_is_written_leaves_what_an_equal_call_ends() throws Exception {
        onDevice("4M", device -> {
            try (ImageServer server = ImageServer.http().with("/image", IMAGE)) {
                Attachment target = new Attachment.BlockDevice(device);
                assertThatExceptionOfType(InterruptedException.class)
                        .isThrownBy(() -> download.fetch(server.uri("/image"), DIGEST, target, progress -> {
                            if (progress.phase().equals("writing")) {
                                Thread.currentThread().interrupt();
                            }
                        }));
                assertThat(staging.toFile().list()).isEmpty();
                download.fetch(server.uri("/image"), DIGEST, target);
                assertThat(start(device)).isEqualTo(IMAGE);
            }
        });
    }

    @Test
    void a_full_disk_is_told_before_the_image_comes_or_when_it_comes_and_nothing_is_left() throws Exception {
        Path mount = Files.createDirectory(folder.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount.toString());
        try (ImageServer announcing = ImageServer.http().with("/image", IMAGE);
                ImageServer silent = ImageServer.http().at("/image", exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(IMAGE);
                })) {
            download = HttpDownload.into(mount);
            for (ImageServer server : List.of(announcing, silent)) {
                refuses(Failure.EXHAUSTED, server, new Attachment.ImageFile(mount.resolve("template.raw")));
                assertThat(mount.toFile().list()).isEmpty();
            }
        } finally {
            run("umount", mount.toString());
        }
    }

    private void refuses(Failure failure, ImageServer server, Attachment target) {
        DriverException e =
                catchThrowableOfType(DriverException.class, () -> download.fetch(server.uri("/image"), DIGEST, target));
        assertThat(e).isNotNull();
        assertThat(e.failure()).as(e.toString()).isEqualTo(failure);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
    }

    private interface DeviceTest {
        void on(Path device) throws Exception;
    }

    private void onDevice(String size, DeviceTest test) throws Exception {
        Path file = Files.createTempFile(folder, "device", "");
        run("truncate", "-s", size, file.toString());
        Path device = Path.of(run("losetup", "--find", "--show", file.toString()));
        try {
            test.on(device);
        } finally {
            run("losetup", "--detach", device.toString());
        }
    }

    private static byte[] start(Path device) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(device.toFile(), "r")) {
            byte[] bytes = new byte[IMAGE.length];
            file.readFully(bytes);
            return bytes;
        }
    }

    private static void write(Path device, long at, byte[] bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(device.toFile(), "rws")) {
            file.seek(at);
            file.write(bytes);
        }
    }

    private static String run(String... argv) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s: %s", String.join(" ", argv), output)
                .isZero();
        return output.strip();
    }
}
