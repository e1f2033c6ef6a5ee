package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both engines copy the same, and end alike; qemu-img, which knows nothing of ours, is the judge. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class OwnCopyIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);

    @TempDir
    private Path directory;

    private final Secret one = Secret.random();
    private final Secret two = Secret.random();
    private QemuImg qemuImg;
    private Image source;
    private boolean spoiled;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        source = Image.raw(Disks.random(directory.resolve("source"), SIZE, 42));
    }

    @AfterEach
    void wipe() {
        one.close();
        two.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {512, 4096, 4608, (2 << 20) - 512, 2 << 20, (2 << 20) + 512, (5 << 20) + 1536})
    void a_disk_of_any_size_comes_out_of_both_engines_to_its_last_byte(long bytes) throws Exception {
        byte[] content = new byte[(int) bytes];
        new Random(bytes).nextBytes(content);
        Arrays.fill(content, content.length / 4, content.length / 2, (byte) 0);
        Image small = Image.raw(Files.write(directory.resolve("small"), content));
        for (CopyEngine engine : List.of(CopyEngine.IN_PROCESS, CopyEngine.QEMU_IMG)) {
            Image first = Image.luks(directory.resolve(engine + "1")).unlockedBy(one);
            Image second = Image.luks(directory.resolve(engine + "2")).unlockedBy(two);
            Image back = Image.raw(directory.resolve(engine + "3"));
            convert(engine, ConvertRequest.of(small, first).verified());
            convert(engine, ConvertRequest.of(first, second).verified());
            convert(engine, ConvertRequest.of(second, back).intoPlaintext().verified());

            for (Image image : List.of(first, second, back)) {
                assertThat(qemuImg.compare(small, image)).as("%s", image).isEqualTo(new Comparison.Identical());
            }
            assertThat(Files.readAllBytes(back.requirePath())).isEqualTo(content);
            overwriteAll(engine, small, List.of(first, second, back), content);
        }
    }

    /** Over what they hold, each from the one before it, and every one dirtied first. */
    private void overwriteAll(CopyEngine engine, Image small, List<Image> images, byte[] content) throws Exception {
        Image dirt = Image.raw(directory.resolve("dirt" + engine));
        byte[] noise = new byte[content.length];
        new Random(7).nextBytes(noise);
        Files.write(dirt.requirePath(), noise);
        for (Image image : images) {
            qemuImg.convert(ConvertRequest.of(dirt, image).onto(TargetState.EXISTS));
        }
        Image from = small;
        for (Image image : images) {
            List<Progress> heard = new ArrayList<>();
            convert(
                    engine,
                    ConvertRequest.of(from, image).onto(TargetState.EXISTS).intoPlaintext(),
                    heard::add);
            assertThat(qemuImg.compare(small, image)).as("%s", image).isEqualTo(new Comparison.Identical());
            assertThat(qemuImg.isIncomplete(image)).isFalse();
            assertThat(heard).extracting(p -> p.done().bytes()).isSorted().endsWith((long) content.length);
            from = image;
        }
        assertThat(Files.readAllBytes(images.get(2).requirePath())).isEqualTo(content);
    }

    @Test
    void the_choice_is_told_with_its_reason_and_only_what_is_understood_is_copied_here() throws Exception {
        Image luks = Image.luks(directory.resolve("luks")).unlockedBy(one);
        assertThat(qemuImg.convert(ConvertRequest.of(source, luks)))
                .isEqualTo(new ConvertReport(CopyEngine.IN_PROCESS, Optional.empty()));
        Image aes128 = Image.luks(directory.resolve("aes128")).unlockedBy(one);
        qemuImg.create(CreateRequest.of(aes128, SIZE).encryptedWith(LuksCipher.AES_128_XTS));
        Image sha512 = Image.luks(directory.resolve("sha512")).unlockedBy(one);
        qemuImg.create(CreateRequest.of(sha512, SIZE).hashedWith(LuksHash.SHA512));
        ConvertRequest usual =
                ConvertRequest.of(source, Image.luks(directory.resolve("copy")).unlockedBy(one));
        List<ConvertRequest> others = List.of(
                ConvertRequest.of(source, Image.raw(directory.resolve("raw"))),
                ConvertRequest.of(luks, Image.qcow2(directory.resolve("qcow2")).unlockedBy(two)),
                usual.with(ConvertProfile.IN_ORDER),
                usual.followedBy(source),
                usual.salvaging(),
                ConvertRequest.of(source, aes128).onto(TargetState.EXISTS),
                ConvertRequest.of(sha512, Image.raw(directory.resolve("raw"))).intoPlaintext());
        for (ConvertRequest request : others) {
            List<String> before = Disks.names(directory);
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> convert(CopyEngine.IN_PROCESS, request));
            assertThat(e.failure()).as("%s", request).isEqualTo(Failure.UNSUPPORTED);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(Disks.names(directory)).isEqualTo(before);
            ConvertReport report = qemuImg.convert(request);
            assertThat(report.engine()).as("%s", request).isEqualTo(CopyEngine.QEMU_IMG);
            assertThat(report.reason()).isPresent();
            if (request.targetState() == TargetState.ABSENT) {
                Files.delete(request.target().requirePath());
            }
        }
        assertThat(qemuImg.convert(usual.by(CopyEngine.QEMU_IMG)).reason()).contains("it was asked for");
    }

    @ParameterizedTest
    @EnumSource(names = {"IN_PROCESS", "QEMU_IMG"})
    void holes_and_zeroes_stay_holes_in_what_is_not_encrypted(CopyEngine engine) throws Exception {
        Image luks = Image.luks(directory.resolve("luks")).unlockedBy(one);
        Image anew = Image.raw(directory.resolve("anew"));
        Image full = Image.raw(directory.resolve("full"));
        byte[] noise = new byte[(int) SIZE.bytes()];
        new Random(1).nextBytes(noise);
        Files.write(full.requirePath(), noise);
        convert(engine, ConvertRequest.of(source, luks));

        convert(engine, ConvertRequest.of(luks, anew).intoPlaintext());
        convert(engine, ConvertRequest.of(luks, full).intoPlaintext().onto(TargetState.EXISTS));

        for (Image image : List.of(anew, full)) {
            assertThat(Files.mismatch(source.requirePath(), image.requirePath()))
                    .isEqualTo(-1);
            // three quarters are data
            assertThat(qemuImg.info(image).actualSize().bytes()).isLessThanOrEqualTo(SIZE.bytes() * 3 / 4 + (64 << 10));
        }
        Image thick = Image.raw(directory.resolve("thick"));
        convert(
                engine,
                ConvertRequest.of(luks, thick).intoPlaintext().with(ConvertProfile.FAST.withSparseSize(ByteSize.ZERO)));
        assertThat(qemuImg.info(thick).actualSize()).isGreaterThanOrEqualTo(SIZE);
    }

    @ParameterizedTest
    @EnumSource(names = {"IN_PROCESS", "QEMU_IMG"})
    void the_rest_of_a_larger_target_is_kept_or_zeroed(CopyEngine engine) throws Exception {
        ByteSize larger = ByteSize.mebibytes(12);
        Image luks = Disks.luks(directory.resolve("luks"), larger, one);
        Image dirt = Image.raw(Disks.random(directory.resolve("dirt"), larger, 1));
        qemuImg.convert(ConvertRequest.of(dirt, luks).onto(TargetState.EXISTS));
        ConvertRequest request =
                ConvertRequest.of(source, luks).onto(TargetState.EXISTS).verified();
        byte[] expected = Files.readAllBytes(dirt.requirePath());
        System.arraycopy(Files.readAllBytes(source.requirePath()), 0, expected, 0, (int) SIZE.bytes());
        Image kept = Image.raw(Files.write(directory.resolve("kept"), expected));

        convert(engine, request);
        assertThat(qemuImg.compare(kept, luks).isIdentical()).isTrue();

        convert(engine, request.withRest(TargetRest.ZEROED));
        assertThat(qemuImg.compareContent(source, luks, ProgressListener.NONE).isIdentical())
                .isTrue();
        Image anew = Image.luks(directory.resolve("anew")).unlockedBy(two);
        convert(
                engine,
                ConvertRequest.of(source, CreateRequest.of(anew, larger)).verified());
        assertThat(qemuImg.compareContent(source, anew, ProgressListener.NONE).isIdentical())
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"IN_PROCESS", "QEMU_IMG"})
    void block_devices_with_small_and_large_sectors_are_read_and_written(CopyEngine engine) throws Exception {
        Image odd = Image.raw(Disks.random(directory.resolve("odd"), SIZE.plus(ByteSize.bytes(512)), 3));
        for (String sectors : List.of("512", "4096")) {
            Path first = loop(sectors, "a" + sectors, 5);
            Path second = loop(sectors, "b" + sectors, 6);
            try {
                Image luks = Image.luks(first).unlockedBy(one);
                Disks.run("dd", "if=/dev/zero", "of=" + first, "bs=1M", "count=1", "status=none");
                qemuImg.create(luks, SIZE.plus(ByteSize.mebibytes(1)));
                ConvertRequest in =
                        ConvertRequest.of(odd, luks).onto(TargetState.EXISTS).withRest(TargetRest.ZEROED);
                convert(engine, in.verified());
                assertThat(qemuImg.compareContent(odd, luks, ProgressListener.NONE)
                                .isIdentical())
                        .isTrue();

                convert(
                        engine,
                        ConvertRequest.of(luks, Image.raw(second))
                                .onto(TargetState.EXISTS)
                                .withRest(TargetRest.ZEROED)
                                .intoPlaintext());
                assertThat(qemuImg.compareContent(luks, Image.raw(second), ProgressListener.NONE)
                                .isIdentical())
                        .isTrue();
            } finally {
                Disks.run("losetup", "--detach", first.toString(), second.toString());
            }
        }
    }

    private Path loop(String sectors, String name, long seed) throws Exception {
        Path file = Disks.random(directory.resolve(name), ByteSize.mebibytes(12), seed);
        return Path.of(Disks.run("losetup", "--sector-size", sectors, "--find", "--show", file.toString()));
    }

    @Test
    void a_copy_that_was_changed_on_its_way_is_found_and_never_given_out() throws Exception {
        // slow enough that its end is not verified yet when the first word of that comes
        ConvertProfile slow = ConvertProfile.FAST.withLimit(ByteSize.mebibytes(64));
        Path copy = directory.resolve("copy");
        Image anew = Image.luks(copy).unlockedBy(one);
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.convert(
                        ConvertRequest.of(large(), anew).with(slow).verified(), progress -> spoil(progress, null)));
        assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(Disks.names(directory)).containsExactly("large", "source");

        spoiled = false;
        Image old = Disks.luks(copy, ByteSize.mebibytes(16), one);
        e = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.convert(
                        ConvertRequest.of(large(), old)
                                .onto(TargetState.EXISTS)
                                .with(slow)
                                .verified(),
                        progress -> spoil(progress, copy)));
        assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(qemuImg.isIncomplete(old)).isTrue();
        qemuImg.convert(ConvertRequest.of(large(), old).onto(TargetState.EXISTS).verified());
        assertThat(qemuImg.compare(large(), old).isIdentical()).isTrue();
    }

    /** A disk of zeroes. */
    private Image large() throws IOException {
        Path path = directory.resolve("large");
        if (Files.notExists(path)) {
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(16 << 20);
            }
        }
        return Image.raw(path);
    }

    /** Turns a bit around near the end, behind the back of the copy. */
    private void spoil(Progress progress, @Nullable Path target) {
        if (!progress.phase().equals("verifying") || spoiled) {
            return;
        }
        spoiled = true;
        try (var names = Files.list(directory)) {
            Path path = target != null
                    ? target
                    : names.filter(p -> p.getFileName().toString().startsWith(".hvkit-"))
                            .findFirst()
                            .orElseThrow();
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.seek(file.length() - 100_000);
                int before = file.read();
                file.seek(file.length() - 100_000);
                file.write(before ^ 4);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void interruption_and_the_limit_leave_nothing_new_and_an_old_target_that_an_equal_copy_finishes() throws Exception {
        ConvertProfile slow = ConvertProfile.FAST.withLimit(ByteSize.mebibytes(4));
        Image anew = Image.luks(directory.resolve("anew")).unlockedBy(one);
        Image old = Disks.luks(directory.resolve("old"), SIZE, one);
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> convert(
                        CopyEngine.IN_PROCESS,
                        ConvertRequest.of(source, anew).with(slow).within(Duration.ofMillis(300))));
        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);

        ConvertRequest request =
                ConvertRequest.of(source, old).onto(TargetState.EXISTS).with(slow);
        e = catchThrowableOfType(DriverException.class, () -> qemuImg.convert(request.within(Duration.ofMillis(300))));
        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(qemuImg.isIncomplete(old)).isTrue();

        for (Image target : List.of(anew, old)) {
            ConvertRequest again = ConvertRequest.of(source, target)
                    .with(slow)
                    .onto(target.equals(old) ? TargetState.EXISTS : TargetState.ABSENT);
            assertThat(interrupted(again)).isInstanceOf(InterruptedException.class);
        }
        assertThat(qemuImg.isIncomplete(old)).isTrue();
        assertThat(Disks.names(directory)).containsExactly("old", "source");
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.getName().startsWith("hvkit-copy-"));
        convert(CopyEngine.IN_PROCESS, ConvertRequest.of(source, old).onto(TargetState.EXISTS));
        assertThat(qemuImg.isIncomplete(old)).isFalse();
        assertThat(qemuImg.compare(source, old).isIdentical()).isTrue();
    }

    private @Nullable Throwable interrupted(ConvertRequest request) throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>(new AssertionError("it came to its end"));
        CountDownLatch copying = new CountDownLatch(1);
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
        return thrown.get();
    }

    @ParameterizedTest
    @EnumSource(names = {"IN_PROCESS", "QEMU_IMG"})
    void a_full_disk_leaves_no_new_target(CopyEngine engine) throws Exception {
        Path mount = Files.createDirectory(directory.resolve("small"));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", mount.toString());
        try {
            Image target = Image.luks(mount.resolve("a")).unlockedBy(one);
            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> convert(engine, ConvertRequest.of(source, target)));
            assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(Disks.names(mount)).isEmpty();
        } finally {
            Disks.run("umount", mount.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"IN_PROCESS", "QEMU_IMG"})
    void a_file_system_without_direct_access_is_written_all_the_same(CopyEngine engine) throws Exception {
        Path mount = Files.createDirectory(directory.resolve("ramfs"));
        Disks.run("mount", "-t", "ramfs", "ramfs", mount.toString());
        try {
            Image luks = Image.luks(mount.resolve("luks")).unlockedBy(one);
            Image raw = Image.raw(mount.resolve("raw"));
            ConvertProfile past = ConvertProfile.SPARE_PAGE_CACHE;
            convert(engine, ConvertRequest.of(source, luks).with(past));
            convert(engine, ConvertRequest.of(luks, raw).intoPlaintext().with(past));
            assertThat(Files.mismatch(source.requirePath(), raw.requirePath())).isEqualTo(-1);
        } finally {
            Disks.run("umount", mount.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"IN_PROCESS", "QEMU_IMG"})
    void what_a_process_uses_is_neither_read_nor_written(CopyEngine engine) throws Exception {
        Image luks = Disks.luks(directory.resolve("luks"), SIZE, one);
        Image free = Image.raw(Disks.random(directory.resolve("free"), SIZE, 2));
        String before = Disks.hash(free.requirePath(), 1 << 24);
        try (ImageLock lock = ImageLock.take(luks.requirePath())) {
            assertThat(lock).isNotNull();
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> convert(
                            engine,
                            ConvertRequest.of(luks, free)
                                    .onto(TargetState.EXISTS)
                                    .intoPlaintext()));
            assertThat(e.failure()).isEqualTo(Failure.IN_USE);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        }
        assertThat(Disks.hash(free.requirePath(), 1 << 24)).isEqualTo(before);
        convert(engine, ConvertRequest.of(luks, free).onto(TargetState.EXISTS).intoPlaintext());
    }

    @Test
    void only_the_whole_copy_of_one_sound_disk_is_verified() {
        Image copy = Image.qcow2(directory.resolve("copy"));
        for (ConvertRequest request : List.of(
                ConvertRequest.of(source, copy).followedBy(source),
                ConvertRequest.of(source, copy).salvaging())) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.convert(request.verified()));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    private void convert(CopyEngine engine, ConvertRequest request) throws InterruptedException {
        convert(engine, request, ProgressListener.NONE);
    }

    private void convert(CopyEngine engine, ConvertRequest request, ProgressListener listener)
            throws InterruptedException {
        assertThat(qemuImg.convert(request.by(engine), listener).engine()).isEqualTo(engine);
    }
}
