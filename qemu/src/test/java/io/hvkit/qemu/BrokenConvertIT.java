package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies onto what exists: to their end, and to whatever ends them before. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class BrokenConvertIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);
    private static final ConvertProfile SLOW = ConvertProfile.FAST.withLimit(ByteSize.kibibytes(256));

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private Image source;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        source = Image.raw(Disks.random(directory.resolve("source"), SIZE, 42));
    }

    @ParameterizedTest
    @ValueSource(longs = {512, 4096, 4608, (2 << 20) - 512, 2 << 20, (2 << 20) + 512, (4 << 20) + 4096})
    void a_disk_of_any_size_is_copied_to_its_last_byte(long bytes) throws Exception {
        byte[] content = new byte[(int) bytes];
        new Random(bytes).nextBytes(content);
        Image small = Image.raw(Files.write(directory.resolve("small"), content));
        byte[] dirt = new byte[(int) bytes];
        new Random(7).nextBytes(dirt);
        Image raw = Image.raw(Files.write(directory.resolve("raw"), dirt));
        Image qcow2 = Image.qcow2(directory.resolve("qcow2"));
        qemuImg.convert(ConvertRequest.of(raw, qcow2));
        for (Image target : List.of(raw, qcow2)) {
            List<Progress> heard = new ArrayList<>();
            qemuImg.convert(ConvertRequest.of(small, target).onto(TargetState.EXISTS), heard::add);

            assertThat(qemuImg.compare(small, target).isIdentical())
                    .as("%s", target)
                    .isTrue();
            assertThat(qemuImg.isIncomplete(target)).isFalse();
            assertThat(heard).extracting(p -> p.done().bytes()).isSorted().endsWith(bytes);
            assertThat(heard.subList(0, heard.size() - 1))
                    .allMatch(p -> p.done().bytes() < bytes);
        }
    }

    @Test
    void the_rest_of_a_larger_target_is_kept_or_zeroed_as_was_said() throws Exception {
        try (Secret key = Secret.random()) {
            ByteSize larger = ByteSize.mebibytes(12);
            Path dirt = Disks.random(directory.resolve("dirt"), larger, 1);
            Image luks = Disks.luks(directory.resolve("luks"), larger, key);
            Image qcow2 = Image.qcow2(directory.resolve("qcow2"));
            Image raw = Image.raw(directory.resolve("raw"));
            qemuImg.convert(ConvertRequest.of(Image.raw(dirt), luks).onto(TargetState.EXISTS));
            qemuImg.convert(ConvertRequest.of(Image.raw(dirt), qcow2));
            qemuImg.convert(ConvertRequest.of(Image.raw(dirt), raw));
            Image kept = Image.raw(Files.copy(dirt, directory.resolve("kept")));
            overwrite(kept, source);
            Image zeroed = Image.raw(Files.copy(source.requirePath(), directory.resolve("zeroed")));
            Disks.run("truncate", "-s", Long.toString(larger.bytes()), zeroed.place());
            for (Image target : List.of(luks, qcow2, raw)) {
                ConvertRequest request = ConvertRequest.of(source, target).onto(TargetState.EXISTS);

                qemuImg.convert(request);
                assertThat(qemuImg.compare(kept, target).isIdentical())
                        .as("%s", target)
                        .isTrue();

                qemuImg.convert(request.withRest(TargetRest.ZEROED));
                assertThat(qemuImg.compare(zeroed, target).isIdentical())
                        .as("%s", target)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"VMDK", "VHD", "VHDX", "VDI"})
    void an_image_of_any_format_is_written_over(ImageFormat format) throws Exception {
        Image target = Image.of(directory.resolve("target"), format);
        qemuImg.convert(ConvertRequest.of(Image.raw(Disks.random(directory.resolve("dirt"), SIZE, 1)), target));

        qemuImg.convert(ConvertRequest.of(source, target).onto(TargetState.EXISTS));

        assertThat(qemuImg.compare(source, target).isIdentical()).isTrue();
        assertThat(qemuImg.isIncomplete(target)).isFalse();
    }

    @Test
    void a_device_with_large_sectors_is_written_to_the_last_of_the_sources_small_ones() throws Exception {
        Image odd = Image.raw(Disks.random(directory.resolve("odd"), SIZE.plus(ByteSize.bytes(512)), 3));
        Path file = Disks.random(directory.resolve("disk"), ByteSize.mebibytes(12), 4);
        Path device = Path.of(Disks.run("losetup", "--sector-size", "4096", "--find", "--show", file.toString()));
        try {
            Image target = Image.raw(device);
            qemuImg.convert(
                    ConvertRequest.of(odd, target).onto(TargetState.EXISTS).withRest(TargetRest.ZEROED));

            Image padded = Image.raw(Files.copy(odd.requirePath(), directory.resolve("padded")));
            Disks.run("truncate", "-s", "12M", padded.place());
            assertThat(qemuImg.compare(padded, target).isIdentical()).isTrue();
            DriverException e = failing(ConvertRequest.of(odd, target)
                    .onto(TargetState.EXISTS)
                    .with(SLOW)
                    .within(Duration.ofMillis(1500)));
            assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
            assertThat(qemuImg.isIncomplete(target)).isTrue();
        } finally {
            Disks.run("losetup", "--detach", device.toString());
        }
    }

    @Test
    void a_file_system_without_direct_access_is_written_over_all_the_same() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("ramfs"));
        Disks.run("mount", "-t", "ramfs", "ramfs", mount.toString());
        try {
            Image target = Image.raw(Disks.random(mount.resolve("target"), SIZE, 2));
            qemuImg.convert(
                    ConvertRequest.of(source, target).onto(TargetState.EXISTS).with(ConvertProfile.SPARE_PAGE_CACHE));
            assertThat(qemuImg.compare(source, target).isIdentical()).isTrue();
        } finally {
            Disks.run("umount", mount.toString());
        }
    }

    @Test
    void a_zeroed_target_keeps_nothing_of_the_mark() throws Exception {
        Image zeroes = Image.raw(directory.resolve("zeroes"));
        qemuImg.create(zeroes, SIZE);
        Image target = Image.qcow2(directory.resolve("target"));
        qemuImg.create(target, SIZE);

        qemuImg.convert(ConvertRequest.of(zeroes, target).onto(TargetState.EXISTS_ZEROED));

        assertThat(qemuImg.compare(zeroes, target).isIdentical()).isTrue();
    }

    @Test
    void interruption_and_the_limit_leave_what_is_known_as_incomplete() throws Exception {
        Image target = Image.raw(Disks.random(directory.resolve("target"), SIZE, 2));
        ConvertRequest request =
                ConvertRequest.of(source, target).onto(TargetState.EXISTS).with(SLOW);

        DriverException late = failing(request.within(Duration.ofMillis(1500)));
        assertThat(late.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(late.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(qemuImg.isIncomplete(target)).isTrue();

        CountDownLatch copying = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                qemuImg.convert(request, progress -> copying.countDown());
            } catch (InterruptedException | RuntimeException e) {
                thrown.set(e);
            }
        });
        thread.start();
        copying.await();
        thread.interrupt();
        thread.join();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(qemuImg.isIncomplete(target)).isTrue();
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    @Test
    void a_listener_that_throws_at_the_last_moment_leaves_what_is_known_as_incomplete() throws Exception {
        Image target = Image.raw(Disks.random(directory.resolve("target"), SIZE, 2));
        long last = SIZE.bytes() - 4096;

        IllegalStateException e = catchThrowableOfType(
                IllegalStateException.class,
                () -> qemuImg.convert(ConvertRequest.of(source, target).onto(TargetState.EXISTS), progress -> {
                    if (progress.done().bytes() >= last) {
                        throw new IllegalStateException("stop");
                    }
                }));

        assertThat(e).hasMessage("stop");
        assertThat(qemuImg.isIncomplete(target)).isTrue();
    }

    @Test
    void a_full_disk_leaves_no_new_target_and_an_old_one_that_is_known_as_incomplete() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("small"));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", mount.toString());
        try {
            for (Image anew : List.of(Image.raw(mount.resolve("a")), Image.qcow2(mount.resolve("a")))) {
                DriverException e = failing(ConvertRequest.of(source, anew));
                assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
                assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                assertThat(Disks.names(mount)).isEmpty();
            }
            for (Image old : List.of(Image.raw(mount.resolve("raw")), Image.qcow2(mount.resolve("qcow2")))) {
                qemuImg.create(old, SIZE);
                DriverException e = failing(ConvertRequest.of(source, old).onto(TargetState.EXISTS));
                assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
                assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
                assertThat(qemuImg.isIncomplete(old)).as("%s", old).isTrue();
                Files.delete(old.requirePath());
            }
        } finally {
            Disks.run("umount", mount.toString());
        }
    }

    @Test
    void what_a_process_uses_is_neither_read_nor_written() throws Exception {
        Image target = Image.raw(Disks.random(directory.resolve("target"), SIZE, 2));
        Image plain = Image.qcow2(directory.resolve("plain"));
        qemuImg.convert(ConvertRequest.of(source, plain));
        try (HeldImage process = HeldImage.of(plain)) {
            assertThat(process.isHeld()).isTrue();
            assertUntouched(plain, target);
            assertThat(qemuImg.isIncomplete(plain)).isFalse();
        }
        try (Secret key = Secret.random()) {
            Image luks = Disks.luks(directory.resolve("luks"), SIZE, key);
            for (Image held : List.of(source, luks)) {
                // qemu-io lets others write to a raw disk, a machine does not: the lock is what a machine's is
                try (ImageLock lock = ImageLock.take(held.requirePath())) {
                    assertThat(lock).isNotNull();
                    assertUntouched(held, target);
                }
            }
        }
    }

    private void assertUntouched(Image held, Image target) throws Exception {
        String before = Disks.hash(target.requirePath(), 1 << 24);
        List<ConvertRequest> requests = new ArrayList<>(List.of(
                ConvertRequest.of(held, target).onto(TargetState.EXISTS).intoPlaintext(),
                ConvertRequest.of(held, Image.qcow2(directory.resolve("copy"))).intoPlaintext()));
        if (!held.encrypts()) { // that a LUKS target is one is proven by a look that gives up this process's lock
            requests.add(ConvertRequest.of(target, held).onto(TargetState.EXISTS));
        }
        for (ConvertRequest request : requests) {
            DriverException e = failing(request);
            assertThat(e).as("%s", request).isNotNull();
            assertThat(e.failure()).as("%s", request).isEqualTo(Failure.IN_USE);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        }
        assertThat(Disks.hash(target.requirePath(), 1 << 24)).isEqualTo(before);
        assertThat(directory.resolve("copy")).doesNotExist();
    }

    @Test
    void a_wrong_key_of_any_source_is_found_while_nothing_is_lost() throws Exception {
        try (Secret key = Secret.random();
                Secret wrong = Secret.random()) {
            Image luks = Disks.luks(directory.resolve("luks"), SIZE, key);
            Image target = Disks.luks(directory.resolve("target"), SIZE.plus(SIZE), key);
            String before = Disks.hash(target.requirePath(), 1 << 25);

            DriverException e = failing(ConvertRequest.of(source, target)
                    .followedBy(luks.unlockedBy(wrong))
                    .onto(TargetState.EXISTS));

            assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(Disks.hash(target.requirePath(), 1 << 25)).isEqualTo(before);
        }
    }

    @Test
    void a_mark_that_cannot_be_cleared_away_spoils_no_copy() throws Exception {
        Image target = Image.raw(Disks.random(directory.resolve("target"), SIZE, 2));
        CommandRunner local = CommandRunner.local();
        StickyFiles files = new StickyFiles(local.files(), Path.of("/dev/shm"));
        CommandRunner sticky = new CommandRunner() {
            @Override
            public CommandResult run(Command command) throws InterruptedException {
                return local.run(command);
            }

            @Override
            public HostFiles files() {
                return files;
            }
        };
        try {
            QemuImgProgram program = new QemuImgProgram(
                    sticky, "qemu-img", qemuImg.version(), qemuImg.abilities(), Optional.empty(), ToolLimits.usual());
            QemuImg.of(program).convert(ConvertRequest.of(source, target).onto(TargetState.EXISTS));

            assertThat(qemuImg.compare(source, target).isIdentical()).isTrue();
            assertThat(files.left()).hasSize(1);
        } finally {
            files.left().forEach(path -> path.toFile().delete());
        }
    }

    private DriverException failing(ConvertRequest request) {
        return catchThrowableOfType(DriverException.class, () -> qemuImg.convert(request));
    }

    private static void overwrite(Image target, Image source) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(target.requirePath().toFile(), "rw")) {
            file.write(Files.readAllBytes(source.requirePath()));
        }
    }
}
