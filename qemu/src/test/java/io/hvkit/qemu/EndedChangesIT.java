package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.EndingRunner.Way;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What changes an image and is ended while it is at it leaves the disk that it was, and an equal call does the rest. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndedChangesIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final ByteSize LARGER = ByteSize.mebibytes(128);
    private static final int CLUSTER = 4096;
    private static final int USUAL_CLUSTER = 1 << 16;

    @TempDir
    private Path directory;

    private final Secret key = Secret.random();
    private QemuImg qemuImg;
    private Image source;

    @BeforeEach
    void make() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        source = Image.raw(Disks.random(directory.resolve("source"), SIZE, 1));
    }

    @AfterEach
    void wipe() {
        key.close();
        assertThat(EndingRunner.isAtWork()).as("a program was left behind").isFalse();
    }

    @ParameterizedTest
    @MethodSource("growths")
    void a_disk_that_was_ended_while_it_grew_has_all_its_room_after_an_equal_call(
            ImageFormat format, boolean encrypted, Preallocation preallocation, Way way) throws Exception {
        Image image = Image.of(directory.resolve("image"), format);
        Image opened = encrypted ? image.unlockedBy(key) : image;
        qemuImg.convert(ConvertRequest.of(source, opened));
        BooleanSupplier moment =
                preallocation == Preallocation.FULL ? changeOf(image) : EndingRunner::isAtWork; // it takes no time
        QemuImg ended = QemuImg.probe(new EndingRunner(way, "resize", moment));

        Throwable end = catchThrowable(() -> ended.resize(opened, LARGER, preallocation));

        requireEnded(end, way, Effect.UNKNOWN);
        requireContent(opened);
        qemuImg.resize(opened, LARGER, preallocation);
        ImageInfo info = qemuImg.info(opened);
        assertThat(info.virtualSize()).isEqualTo(LARGER);
        assertThat(info.actualSize()).isGreaterThanOrEqualTo(LARGER.minus(SIZE));
        requireContent(opened);
        if (format == ImageFormat.QCOW2) {
            assertThat(qemuImg.check(opened).corruptions()).isZero();
        }
    }

    static List<Arguments> growths() {
        List<Arguments> growths = new ArrayList<>();
        for (ImageFormat format : List.of(ImageFormat.RAW, ImageFormat.LUKS, ImageFormat.QCOW2)) {
            for (Way way : Way.values()) {
                growths.add(Arguments.of(format, format == ImageFormat.LUKS, Preallocation.FULL, way));
            }
            growths.add(Arguments.of(format, format != ImageFormat.RAW, Preallocation.FALLOC, Way.KILLED));
        }
        return growths;
    }

    /** As if growth had ended after it noted a cluster and before it made the file longer. */
    @Test
    void what_was_counted_behind_the_end_of_a_file_does_not_stop_growth() throws Exception {
        Image image = Image.qcow2(directory.resolve("image"));
        qemuImg.convert(ConvertRequest.of(source, image));
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            long behind = (file.length() + USUAL_CLUSTER - 1) / USUAL_CLUSTER;
            file.seek(48);
            file.seek(file.readLong());
            file.seek(file.readLong() + behind * 2);
            file.writeShort(1);
        }

        qemuImg.resize(image, LARGER, Preallocation.FALLOC);

        ImageInfo info = qemuImg.info(image);
        assertThat(info.virtualSize()).isEqualTo(LARGER);
        assertThat(info.actualSize()).isGreaterThanOrEqualTo(LARGER.minus(SIZE));
        assertThat(qemuImg.check(image).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
        requireContent(image);
    }

    @ParameterizedTest
    @EnumSource
    void an_image_that_was_being_repaired_is_repaired_by_an_equal_call(Way way) throws Exception {
        Image image = Image.qcow2(directory.resolve("image"));
        Qcow2Layout layout = Qcow2Layout.standard().withClusterSize(ByteSize.bytes(CLUSTER));
        qemuImg.convert(ConvertRequest.of(source, CreateRequest.of(image).laidOutAs(layout)));
        forgetReferences(image);
        assertThat(qemuImg.check(image).corruptions()).isGreaterThan(SIZE.bytes() / CLUSTER / 2);
        QemuImg ended = QemuImg.probe(new EndingRunner(way, "check", changeOf(image)));

        Throwable end = catchThrowable(() -> ended.repair(image, Repair.ALL));

        requireEnded(end, way, Effect.UNKNOWN);
        assertThat(qemuImg.compare(source, image).isIdentical()).isTrue();
        assertThat(qemuImg.repair(image, Repair.ALL).after().verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
        assertThat(qemuImg.compare(source, image).isIdentical()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void a_measurement_that_is_ended_changes_nothing(Way way) throws Exception {
        String before = Disks.hash(source.requirePath(), (int) SIZE.bytes());
        CreateRequest request = CreateRequest.of(Image.qcow2(directory.resolve("target")));
        QemuImg ended = QemuImg.probe(new EndingRunner(way, "measure", EndingRunner::isAtWork));

        Throwable end = catchThrowable(() -> ended.measure(request, source));

        requireEnded(end, way, Effect.NOT_APPLIED);
        assertThat(Disks.names(directory)).containsExactly("source");
        assertThat(Disks.hash(source.requirePath(), (int) SIZE.bytes())).isEqualTo(before);
        assertThat(qemuImg.measure(request, source).fullyAllocated()).isGreaterThan(SIZE);
    }

    /** Qemu marks all bitmaps of an image while it has it open, and who ends it never knows what they miss. */
    @ParameterizedTest
    @EnumSource
    void a_merge_of_bitmaps_that_is_ended_spares_the_disk_and_what_was_merged_from(Way way) throws Exception {
        Image image = Image.qcow2(directory.resolve("image"));
        qemuImg.convert(ConvertRequest.of(source, image));
        Image overlay = Image.qcow2(directory.resolve("overlay"));
        qemuImg.create(overlay, SIZE);
        qemuImg.bitmaps(overlay).add("since");
        Disks.run("qemu-io", "-f", "qcow2", "-c", "write 128k 64k", overlay.place());
        DirtyBitmaps bitmaps = qemuImg.bitmaps(image);
        bitmaps.add("all");
        DirtyBitmaps ended =
                QemuImg.probe(new EndingRunner(way, "bitmap", changeOf(image))).bitmaps(image);

        Throwable end = catchThrowable(() -> ended.mergeFrom(overlay, "since", "all"));

        requireEnded(end, way, Effect.UNKNOWN);
        assertThat(qemuImg.compare(source, image).isIdentical()).isTrue();
        assertThat(qemuImg.bitmaps(overlay).list()).noneMatch(DirtyBitmap::isInconsistent);
        if (bitmaps.list().stream().allMatch(DirtyBitmap::isInconsistent)) { // none is left, or none to rely on
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> bitmaps.mergeFrom(overlay, "since", "all"));
            assertThat(e.failure()).isIn(Failure.INVALID_REQUEST, Failure.NOT_FOUND);
            bitmaps.remove("all");
            bitmaps.add("all");
        }
        bitmaps.mergeFrom(overlay, "since", "all");
        assertThat(DirtyBitmapsIT.dirtyBytes(image, "all", directory)).isEqualTo(64 << 10);
        assertThat(qemuImg.compare(source, image).isIdentical()).isTrue();
    }

    /** Only what was complete when the end came may be without a failure. */
    private static void requireEnded(Throwable end, Way way, Effect effect) {
        boolean stillInterrupted = Thread.interrupted();
        if (end == null) {
            return;
        }
        switch (way) {
            case INTERRUPTED -> {
                assertThat(end).isInstanceOf(InterruptedException.class);
                assertThat(stillInterrupted).isFalse();
            }
            case KILLED ->
                assertThat(end)
                        .isInstanceOfSatisfying(
                                DriverException.class,
                                e -> assertThat(e.effect()).isEqualTo(effect));
        }
    }

    /** The disk begins with the source, whatever its size is now. */
    private void requireContent(Image image) throws Exception {
        ByteSize size = qemuImg.info(image).virtualSize();
        assertThat(size).isBetween(SIZE, LARGER);
        Path whole = Files.copy(source.requirePath(), directory.resolve("whole"));
        try (RandomAccessFile file = new RandomAccessFile(whole.toFile(), "rw")) {
            file.setLength(size.bytes());
        }
        Comparison comparison = qemuImg.compare(Image.raw(whole), image);
        boolean same = comparison.match(
                identical -> true, different -> different.offset() >= SIZE.bytes(), otherSizes -> false);
        assertThat(same).as("%s", comparison).isTrue();
        Files.delete(whole);
    }

    /** Returns whether a file is another one than it is now, as far as can be seen. */
    private static BooleanSupplier changeOf(Image image) throws IOException {
        List<Object> before = look(image.requirePath());
        return () -> {
            try {
                return !look(image.requirePath()).equals(before);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private static List<Object> look(Path path) throws IOException {
        return List.of(Files.size(path), Files.getLastModifiedTime(path));
    }

    /** Has the image say of each of its clusters that nothing refers to it. */
    private static void forgetReferences(Image image) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            file.seek(48);
            long table = file.readLong();
            int blocks = file.readInt() * CLUSTER / Long.BYTES;
            for (int block = 0; block < blocks; block++) {
                file.seek(table + (long) block * Long.BYTES);
                long at = file.readLong();
                if (at != 0) {
                    file.seek(at);
                    file.write(new byte[CLUSTER]);
                }
            }
        }
    }
}
