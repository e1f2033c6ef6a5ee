package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuImgIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @Test
    void a_missing_program_is_named_with_what_to_install() {
        for (Path program : List.of(directory.resolve("qemu-img"), directory)) {
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> QemuImg.probe(CommandRunner.local(), program));

            assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
            assertThat(e).hasMessageContaining(program.toString()).hasMessageContaining("qemu-utils");
        }
    }

    @Test
    @Timeout(60)
    void a_program_that_hangs_is_ended_whole_and_leaves_nothing() throws Exception {
        Path pids = directory.resolve("pids");
        Path hanging = Scripts.write(
                directory.resolve("hanging"),
                "if [ \"$1\" = create ] && [ \"$2\" = -q ]; then",
                "  echo $$ >> " + pids,
                "  sh -c 'echo $$ >> " + pids + "; sleep 600; true' & wait",
                "fi",
                "exec " + realQemuImg() + " \"$@\"");
        QemuImg hung = QemuImg.probe(CommandRunner.local(), hanging).within(Duration.ofSeconds(1));
        Path folder = Files.createDirectory(directory.resolve("folder"));

        DriverException e =
                catchThrowableOfType(DriverException.class, () -> hung.create(Image.raw(folder.resolve("a")), SIZE));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(Disks.names(folder)).isEmpty();
        assertThat(Files.readAllLines(pids)).hasSize(2).noneMatch(Await::lives);
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"QCOW2", "LUKS"})
    void the_key_of_an_image_opens_it_and_another_does_not_and_neither_changes_a_byte(ImageFormat format)
            throws Exception {
        try (Secret key = Secret.random();
                Secret wrong = Secret.random()) {
            Image image = Image.of(directory.resolve("image"), format);
            qemuImg.create(image.unlockedBy(key), SIZE);
            byte[] before = Files.readAllBytes(image.requirePath());

            assertThat(qemuImg.unlocks(image.unlockedBy(key))).isTrue();
            assertThat(qemuImg.unlocks(image.unlockedBy(wrong))).isFalse();

            assertThat(Files.readAllBytes(image.requirePath())).isEqualTo(before);
        }
    }

    @Test
    void trying_a_key_on_what_has_no_lock_or_without_a_key_is_refused() throws Exception {
        try (Secret key = Secret.random()) {
            Image plain = Image.qcow2(directory.resolve("plain"));
            qemuImg.create(plain, SIZE);

            DriverException unlocked =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.unlocks(plain.unlockedBy(key)));
            DriverException keyless = catchThrowableOfType(DriverException.class, () -> qemuImg.unlocks(plain));

            assertThat(unlocked.failure()).isEqualTo(Failure.CORRUPT_DATA);
            assertThat(keyless.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void a_backing_file_is_named_and_not_opened() throws Exception {
        Path overlay = directory.resolve("overlay");
        Disks.run(
                "qemu-img",
                "create",
                "-u",
                "-f",
                "qcow2",
                "-F",
                "raw",
                "-b",
                "/no/such/base",
                overlay.toString(),
                "1M");

        ImageInfo info = qemuImg.info(Image.qcow2(overlay));

        assertThat(info.backingFile()).contains("/no/such/base");
        assertThat(info.isEncrypted()).isFalse();
    }

    @Test
    void the_format_is_what_was_said_whatever_the_bytes_say() throws Exception {
        Path guest = directory.resolve("guest");
        Disks.run("qemu-img", "create", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", guest.toString(), "1M");

        ImageInfo info = qemuImg.info(Image.raw(guest));
        assertThat(info.format()).isEqualTo(ImageFormat.RAW);
        assertThat(info.virtualSize())
                .isEqualTo(ByteSize.bytes(Files.size(guest)).roundedUpTo(ByteSize.bytes(512)));
        assertThat(info.backingFile()).isEmpty();

        Path plain = Files.write(directory.resolve("plain"), new byte[1024]);
        DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.info(Image.qcow2(plain)));
        assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(e.vendorCode()).as("no program was started").isEmpty();
    }

    @Test
    void what_is_missing_is_not_found() {
        Image missing = Image.raw(directory.resolve("missing"));
        Image target = Image.raw(directory.resolve("target"));

        for (Attempt attempt : List.<Attempt>of(
                () -> qemuImg.info(missing),
                () -> qemuImg.resize(missing, SIZE),
                () -> qemuImg.compare(missing, missing),
                () -> qemuImg.check(Image.qcow2(missing.requirePath())),
                () -> qemuImg.convert(ConvertRequest.of(missing, target)),
                () -> qemuImg.convert(ConvertRequest.of(missing, target).onto(TargetState.EXISTS)))) {
            DriverException e = catchThrowableOfType(DriverException.class, attempt::make);
            assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
        }
        assertThat(target.requirePath()).doesNotExist();
    }

    @Test
    void an_image_that_a_process_holds_is_in_use() throws Exception {
        Image image = Image.qcow2(directory.resolve("held"));
        qemuImg.create(image, SIZE);
        Path socket = directory.resolve("socket");
        Process holder = new ProcessBuilder(
                        "qemu-storage-daemon",
                        "--blockdev",
                        "driver=qcow2,node-name=n,file.driver=file,file.filename=" + image.requirePath(),
                        "--export",
                        "type=vhost-user-blk,id=e,node-name=n,writable=on,addr.type=unix,addr.path=" + socket)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Await.until("the daemon holds the image", () -> Files.exists(socket));
            for (Attempt attempt : List.<Attempt>of(
                    () -> qemuImg.info(image),
                    () -> qemuImg.resize(image, SIZE.plus(SIZE)),
                    () -> qemuImg.check(image),
                    () -> qemuImg.convert(ConvertRequest.of(image, Image.raw(directory.resolve("copy")))))) {
                DriverException e = catchThrowableOfType(DriverException.class, attempt::make);
                assertThat(e.failure()).isEqualTo(Failure.IN_USE);
                assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
            }
            assertThat(qemuImg.whileInUse().info(image).virtualSize()).isEqualTo(SIZE);
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    @Test
    void comparisons_say_where_or_in_what_disks_differ() throws Exception {
        Image one = Image.raw(Disks.random(directory.resolve("one"), SIZE, 1));
        Path changed = Files.copy(one.requirePath(), directory.resolve("changed"));
        try (RandomAccessFile file = new RandomAccessFile(changed.toFile(), "rw")) {
            file.seek(1_000_000);
            file.write(file.read() + 1);
        }
        Image larger = Image.raw(directory.resolve("larger"));
        qemuImg.create(larger, SIZE.plus(SIZE));

        Comparison different = qemuImg.compare(one, Image.raw(changed));
        assertThat(different.<Long>match(i -> -1L, Comparison.DifferentAt::offset, s -> -2L))
                .isBetween(1_000_000L - 4096, 1_000_001L);
        assertThat(qemuImg.compare(one, larger)).isEqualTo(new Comparison.DifferentSizes(SIZE, ByteSize.mebibytes(8)));
        assertThat(qemuImg.compare(one, one)).isEqualTo(new Comparison.Identical());
    }

    @Test
    void a_larger_disk_has_the_same_content_if_the_rest_of_it_is_zeroes() throws Exception {
        try (Secret key = Secret.random()) {
            Image one = Image.raw(Disks.random(directory.resolve("one"), SIZE, 1));
            Image larger = Image.luks(directory.resolve("larger")).unlockedBy(key);
            qemuImg.create(larger, SIZE.plus(SIZE));
            qemuImg.convert(
                    ConvertRequest.of(one, larger).onto(TargetState.EXISTS).withRest(TargetRest.ZEROED));
            List<Progress> heard = new ArrayList<>();

            assertThat(qemuImg.compareContent(one, larger, heard::add)).isEqualTo(new Comparison.Identical());
            assertThat(qemuImg.compareContent(larger, one, ProgressListener.NONE))
                    .isEqualTo(new Comparison.Identical());
            assertThat(heard).last().satisfies(end -> assertThat(end.done()).isEqualTo(SIZE.plus(SIZE)));

            Path more = Files.copy(one.requirePath(), directory.resolve("more"));
            try (RandomAccessFile file = new RandomAccessFile(more.toFile(), "rw")) {
                file.setLength(2 * SIZE.bytes());
                assertThat(qemuImg.compareContent(Image.raw(more), one, ProgressListener.NONE)
                                .isIdentical())
                        .isTrue();
                file.seek(SIZE.bytes() + 1_000_000);
                file.write(1);
            }
            Comparison different = qemuImg.compareContent(one, Image.raw(more), ProgressListener.NONE);
            assertThat(different.<Long>match(i -> -1L, Comparison.DifferentAt::offset, s -> -2L))
                    .isBetween(SIZE.bytes(), SIZE.bytes() + 1_000_000);
        }
    }

    @Test
    void a_full_disk_is_exhausted_and_nothing_is_left_on_it() throws Exception {
        Path full = Files.createDirectory(directory.resolve("full"));
        Image source = Image.raw(Disks.random(directory.resolve("source"), ByteSize.mebibytes(16), 2));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=6M", "tmpfs", full.toString());
        try (Secret key = Secret.random()) {
            for (Image target : List.of(
                    Image.raw(full.resolve("a")),
                    Image.qcow2(full.resolve("a")),
                    Image.luks(full.resolve("a")).unlockedBy(key),
                    Image.qcow2(full.resolve("a")).unlockedBy(key))) {
                DriverException e = catchThrowableOfType(
                        DriverException.class, () -> qemuImg.convert(ConvertRequest.of(source, target)));
                assertThat(e.failure()).as("%s", target).isEqualTo(Failure.EXHAUSTED);
                assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                assertThat(Disks.names(full)).isEmpty();
            }
            Files.write(full.resolve("fill"), new byte[6 << 20]);
            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> qemuImg.create(Image.qcow2(full.resolve("a")), SIZE));
            assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
            assertThat(Disks.names(full)).containsExactly("fill");
        } finally {
            Disks.run("umount", full.toString());
        }
    }

    private String realQemuImg() throws InterruptedException {
        return Disks.run("sh", "-c", "command -v qemu-img");
    }

    /** Something that is to fail. */
    private interface Attempt {
        void make() throws InterruptedException;
    }
}
