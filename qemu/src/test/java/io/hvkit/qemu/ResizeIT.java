package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ResizeIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final ByteSize SMALLER = ByteSize.bytes(3 * 1024 * 1024 + 512);
    private static final ByteSize LARGER = ByteSize.mebibytes(6);

    private final Secret key = Secret.random();

    @TempDir
    private Path directory;

    private QemuImg qemuImg;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void disks_grow_and_only_shrink_when_that_is_said_and_what_remains_is_as_it_was() throws Exception {
        Image source = Image.raw(Disks.random(directory.resolve("source"), SIZE, 3));
        Image start = Image.raw(directory.resolve("start"));
        Files.copy(source.requirePath(), start.requirePath());
        qemuImg.shrink(start, SMALLER);
        for (Image image : images()) {
            qemuImg.convert(ConvertRequest.of(source, image));

            qemuImg.resize(image, SIZE);
            qemuImg.shrink(image, SIZE);
            qemuImg.resize(image, LARGER);
            assertThat(qemuImg.info(image).virtualSize()).as("%s", image).isEqualTo(LARGER);
            String before = Disks.hash(image.requirePath(), 1 << 24);
            DriverException shrunk = catchThrowableOfType(DriverException.class, () -> qemuImg.resize(image, SIZE));
            DriverException grown =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.shrink(image, ByteSize.mebibytes(7)));
            assertThat(List.of(shrunk.failure(), grown.failure())).containsOnly(Failure.INVALID_REQUEST);
            assertThat(shrunk).hasMessageContaining("lose").hasMessageContaining("say shrink");
            assertThat(Disks.hash(image.requirePath(), 1 << 24)).isEqualTo(before);

            qemuImg.shrink(image, SMALLER);
            assertThat(qemuImg.info(image).virtualSize()).as("%s", image).isEqualTo(SMALLER);
            assertThat(qemuImg.compare(start, image).isIdentical())
                    .as("%s", image)
                    .isTrue();
        }
    }

    @Test
    void a_disk_that_cannot_be_looked_at_afterwards_is_not_said_to_be_as_it_was() throws Exception {
        Image image = Image.qcow2(directory.resolve("image"));
        qemuImg.create(image, SIZE);
        List<HeldImage> held = new ArrayList<>();
        CommandRunner local = CommandRunner.local();
        QemuImg overtaken = QemuImg.probe(command -> {
            CommandResult result = local.run(command);
            if (command.argv().contains("resize")) {
                held.add(HeldImage.of(image)); // a machine starts at once
            }
            return result;
        });
        try {
            DriverException e = catchThrowableOfType(DriverException.class, () -> overtaken.resize(image, LARGER));

            assertThat(e.failure()).isEqualTo(Failure.IN_USE);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        } finally {
            held.forEach(HeldImage::close);
        }
        assertThat(qemuImg.info(image).virtualSize()).isEqualTo(LARGER);
    }

    @Test
    void what_is_preallocated_takes_its_room_at_once() throws Exception {
        for (Image image : images()) {
            qemuImg.create(image, SIZE);
            qemuImg.resize(image, ByteSize.mebibytes(12), Preallocation.FALLOC);
            qemuImg.resize(image, ByteSize.mebibytes(20), Preallocation.FULL);

            ImageInfo info = qemuImg.info(image);
            assertThat(info.virtualSize()).as("%s", image).isEqualTo(ByteSize.mebibytes(20));
            assertThat(info.actualSize()).as("%s", image).isGreaterThanOrEqualTo(ByteSize.mebibytes(16));
        }
        Image raw = Image.raw(directory.resolve("tables"));
        qemuImg.create(raw, SIZE);
        DriverException e =
                catchThrowableOfType(DriverException.class, () -> qemuImg.resize(raw, LARGER, Preallocation.METADATA));
        assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
        assertThat(qemuImg.info(raw).virtualSize()).isEqualTo(SIZE);
    }

    @Test
    void a_raw_disk_that_begins_like_a_qcow2_image_changes_its_own_length_and_nothing_else() throws Exception {
        Path guest = directory.resolve("guest");
        Disks.run("qemu-img", "create", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", guest.toString(), "9M");
        String before = Disks.hash(guest, 4096);

        qemuImg.resize(Image.raw(guest), LARGER);

        assertThat(Files.size(guest)).isEqualTo(LARGER.bytes());
        assertThat(Disks.hash(guest, 4096)).isEqualTo(before);
    }

    @Test
    void a_wrong_key_changes_neither_size_nor_byte() throws Exception {
        try (Secret wrong = Secret.random()) {
            for (ImageFormat format : List.of(ImageFormat.LUKS, ImageFormat.QCOW2)) {
                Image image = Image.of(directory.resolve("wrong" + format), format);
                qemuImg.create(image.unlockedBy(key), SIZE);
                String before = Disks.hash(image.requirePath(), 1 << 24);

                for (Failing attempt : List.<Failing>of(
                        () -> qemuImg.resize(image.unlockedBy(wrong), LARGER),
                        () -> qemuImg.shrink(image.unlockedBy(wrong), SMALLER))) {
                    DriverException e = catchThrowableOfType(DriverException.class, attempt::run);
                    assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                }
                assertThat(Disks.hash(image.requirePath(), 1 << 24)).isEqualTo(before);
            }
        }
    }

    @Test
    void a_disk_without_room_does_not_grow() throws Exception {
        Path full = Files.createDirectory(directory.resolve("full"));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=3M", "tmpfs", full.toString());
        try {
            Image image = Image.raw(full.resolve("a"));
            qemuImg.create(image, ByteSize.mebibytes(1));

            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> qemuImg.resize(image, LARGER, Preallocation.FULL));

            assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        } finally {
            Disks.run("umount", full.toString());
        }
    }

    @Test
    void on_a_block_device_what_has_room_grows_and_the_device_itself_does_not() throws Exception {
        Path file = directory.resolve("device");
        Disks.run("truncate", "-s", "8M", file.toString());
        Path device = Path.of(Disks.run("losetup", "--find", "--show", file.toString()));
        try {
            Image raw = Image.raw(device);
            qemuImg.resize(raw, ByteSize.mebibytes(8));
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.resize(raw, ByteSize.mebibytes(12)));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);

            Disks.run("truncate", "-s", "12M", file.toString());
            Disks.run("losetup", "--set-capacity", device.toString());
            qemuImg.resize(raw, ByteSize.mebibytes(12));

            Image qcow2 = Image.qcow2(device);
            qemuImg.create(qcow2, SIZE);
            qemuImg.resize(qcow2, LARGER);
            assertThat(qemuImg.info(qcow2).virtualSize()).isEqualTo(LARGER);
        } finally {
            Disks.run("losetup", "--detach", device.toString());
        }
    }

    @Test
    void formats_that_qemu_cannot_resize_are_unsupported() throws Exception {
        for (ImageFormat format : List.of(ImageFormat.VMDK, ImageFormat.VHD, ImageFormat.VHDX, ImageFormat.VDI)) {
            Image image = Image.of(directory.resolve("image" + format), format);
            Disks.run(
                    "qemu-img",
                    "create",
                    "-q",
                    "-f",
                    format.qemuName(),
                    image.requirePath().toString(),
                    "4M");

            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.resize(image, ByteSize.mebibytes(9)));

            assertThat(e.failure()).as("%s", format).isEqualTo(Failure.UNSUPPORTED);
        }
    }

    private List<Image> images() {
        return List.of(
                Image.raw(directory.resolve("raw")),
                Image.qcow2(directory.resolve("qcow2")),
                Image.luks(directory.resolve("luks")).unlockedBy(key),
                Image.qcow2(directory.resolve("encrypted")).unlockedBy(key));
    }

    private interface Failing {
        void run() throws InterruptedException;
    }
}
