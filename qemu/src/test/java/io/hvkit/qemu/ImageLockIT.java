package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImageLockIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"RAW, on", "RAW, off", "QCOW2, on", "QCOW2, off"})
    void an_image_that_a_process_has_open_for_writing_or_reading_is_in_use(ImageFormat format, String writable)
            throws Exception {
        Image image = Image.of(directory.resolve("held"), format);
        QemuImg.probe(CommandRunner.local()).create(image, SIZE);
        Process holder = daemonWith(image, writable);
        try {
            DriverException e = catchThrowableOfType(DriverException.class, () -> ImageLock.take(image.requirePath()));

            assertThat(e.failure()).isEqualTo(Failure.IN_USE);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        } finally {
            holder.destroyForcibly().waitFor();
        }
        ImageLock.take(image.requirePath()).close();
    }

    private Process daemonWith(Image image, String writable) throws Exception {
        Path socket = directory.resolve("socket");
        Process holder = new ProcessBuilder(
                        "qemu-storage-daemon",
                        "--blockdev",
                        "driver=" + image.format().qemuName() + ",node-name=n,read-only="
                                + (writable.equals("on") ? "off" : "on") + ",file.driver=file,file.filename="
                                + image.requirePath(),
                        "--export",
                        "type=vhost-user-blk,id=e,node-name=n,writable=" + writable + ",addr.type=unix,addr.path="
                                + socket)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Await.until("the daemon holds the image", () -> Files.exists(socket));
        return holder;
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"RAW", "QCOW2"})
    void a_reader_shares_an_image_with_readers_and_not_with_one_who_writes(ImageFormat format) throws Exception {
        Image image = Image.of(directory.resolve("held"), format);
        QemuImg.probe(CommandRunner.local()).create(image, SIZE);
        for (String writable : new String[] {"off", "on"}) {
            Process holder = daemonWith(image, writable);
            try {
                if (writable.equals("off")) {
                    ImageLock.takeForReading(image.requirePath()).close();
                } else {
                    DriverException e = catchThrowableOfType(
                            DriverException.class, () -> ImageLock.takeForReading(image.requirePath()));
                    assertThat(e.failure()).isEqualTo(Failure.IN_USE);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                }
            } finally {
                holder.destroyForcibly().waitFor();
                Files.deleteIfExists(directory.resolve("socket"));
            }
        }
    }

    @Test
    void while_it_is_read_others_read_it_and_nobody_writes_or_takes_it() throws Exception {
        Image image = Image.qcow2(directory.resolve("held"));
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        qemuImg.create(image, SIZE);
        Path path = image.requirePath();

        try (ImageLock one = ImageLock.takeForReading(path);
                ImageLock two = ImageLock.takeForReading(path)) {
            assertThat(one).isNotSameAs(two);
            assertThat(qemuImg.check(image).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
            qemuImg.convert(ConvertRequest.of(image, Image.raw(directory.resolve("copy"))));
            DriverException grown =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.resize(image, SIZE.plus(SIZE)));
            DriverException taken = catchThrowableOfType(DriverException.class, () -> ImageLock.take(path));

            assertThat(grown.failure()).isEqualTo(Failure.IN_USE);
            assertThat(taken.failure()).isEqualTo(Failure.IN_USE);
        }
        try (ImageLock alone = ImageLock.take(path)) {
            assertThat(alone).isNotNull();
            DriverException read = catchThrowableOfType(DriverException.class, () -> ImageLock.takeForReading(path));
            assertThat(read.failure()).isEqualTo(Failure.IN_USE);
        }
        qemuImg.resize(image, SIZE.plus(SIZE));
    }

    @Test
    void while_it_is_held_no_tool_writes_the_image_and_nobody_takes_it_again() throws Exception {
        Image image = Image.qcow2(directory.resolve("held"));
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        qemuImg.create(image, SIZE);

        try (ImageLock lock = ImageLock.take(image.requirePath())) {
            assertThat(lock).isNotNull();
            DriverException grown =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.resize(image, SIZE.plus(SIZE)));
            DriverException taken =
                    catchThrowableOfType(DriverException.class, () -> ImageLock.take(image.requirePath()));

            assertThat(grown.failure()).isEqualTo(Failure.IN_USE);
            assertThat(taken.failure()).isEqualTo(Failure.IN_USE);
        }
        qemuImg.resize(image, SIZE.plus(SIZE));
        assertThat(qemuImg.info(image).virtualSize()).isEqualTo(SIZE.plus(SIZE));
    }

    @Test
    void an_image_that_is_not_there_is_not_found() {
        DriverException e = catchThrowableOfType(DriverException.class, () -> ImageLock.take(directory.resolve("no")));

        assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
    }
}
