package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.ProcessIdentity;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What differs between a disk and a chain of layers, each with a key of its own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImageDifferenceIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    private static final ByteSize GROWN = ByteSize.mebibytes(17);
    private static final String MARKER = "what nobody may read";
    private static final List<Secret> KEYS = List.of(
            Disks.fastKey("bottom-key-text"),
            Disks.fastKey("middle-key-text"),
            Disks.fastKey("source-key-text"),
            Disks.fastKey("delta-key-text"));

    @TempDir
    private Path folder;

    private QemuImg qemuImg;

    /** How the disk lies that is read. */
    enum Source {
        RAW(ImageFormat.RAW, false),
        QCOW2(ImageFormat.QCOW2, false),
        LUKS(ImageFormat.LUKS, true),
        ENCRYPTED_QCOW2(ImageFormat.QCOW2, true);

        private final ImageFormat format;
        private final boolean isEncrypted;

        Source(ImageFormat format, boolean isEncrypted) {
            this.format = format;
            this.isEncrypted = isEncrypted;
        }
    }

    @AfterAll
    static void wipe() {
        KEYS.forEach(Secret::close);
    }

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    private Image image(String name, ImageFormat format, Optional<Secret> key) {
        Image image = Image.of(folder.resolve(name), format).overNothing();
        return key.map(image::unlockedBy).orElse(image);
    }

    private Image layer(String name, int key, boolean isEncrypted) {
        return image(name, ImageFormat.QCOW2, isEncrypted ? Optional.of(KEYS.get(key)) : Optional.empty());
    }

    private static void write(Path disk, long offset, byte[] bytes) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(offset);
            file.write(bytes);
        }
    }

    /** Returns a chain of two layers that name nothing, and holds what the disk does now. */
    private Image chain(Path disk, boolean isEncrypted) throws Exception {
        Image bottom = layer("bottom", 0, isEncrypted);
        qemuImg.convert(ConvertRequest.of(Image.raw(disk), bottom));
        write(disk, 1 << 20, MARKER.getBytes(StandardCharsets.US_ASCII));
        Image middle = layer("middle", 1, isEncrypted);
        qemuImg.create(middle, SIZE);
        Image over = middle.over(bottom);
        qemuImg.layers().writeDifference(Image.raw(disk), over, ProgressListener.NONE);
        return over;
    }

    /** Changes a disk: something is written, something becomes zeroes, and it grows. */
    private static void change(Path disk) throws Exception {
        byte[] word = MARKER.getBytes(StandardCharsets.US_ASCII);
        write(disk, 5_000_000, word);
        write(disk, 8 << 20, new byte[2 << 20]);
        write(disk, GROWN.bytes() - word.length, word);
    }

    @ParameterizedTest
    @EnumSource
    void a_layer_holds_what_was_written_since_and_is_read_over_the_others(Source kind) throws Exception {
        Path disk = Disks.random(folder.resolve("disk"), SIZE, 1);
        Image chain = chain(disk, kind.isEncrypted);
        change(disk);
        Image source = image("source", kind.format, kind.isEncrypted ? Optional.of(KEYS.get(2)) : Optional.empty());
        qemuImg.convert(ConvertRequest.of(Image.raw(disk), source));
        Image alone = layer("delta", 3, kind.isEncrypted);
        qemuImg.create(alone, GROWN);
        List<Progress> heard = new ArrayList<>();

        qemuImg.layers().writeDifference(source, alone.over(chain), heard::add);

        assertThat(qemuImg.compare(alone.over(chain), Image.raw(disk)).isIdentical())
                .isTrue();
        assertThat(heard.get(heard.size() - 1)).isEqualTo(new Progress("comparing", GROWN, GROWN));
        long taken = qemuImg.info(alone).actualSize().bytes();
        assertThat(taken).as("zeroes take nothing, nor does what is the same").isLessThan(3 << 20);
        assertThat(qemuImg.info(alone).backingFile()).isEmpty();
        assertThat(qemuImg.check(alone).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
        String bytes = Files.readString(folder.resolve("delta"), StandardCharsets.ISO_8859_1);
        assertThat(bytes).doesNotContain("hvkit-base", "key-text", "json:", "/dev/shm");
        assertThat(bytes.contains(MARKER)).isEqualTo(!kind.isEncrypted);
        assertThat(LuksHeader.read(folder.resolve("delta")).isPresent()).isEqualTo(kind.isEncrypted);
        assertThat(Disks.names(folder)).containsExactlyInAnyOrder("bottom", "delta", "disk", "middle", "source");
    }

    @Test
    void of_what_is_the_same_nothing_is_written_and_past_the_end_of_the_disk_there_are_zeroes() throws Exception {
        Path disk = Disks.random(folder.resolve("disk"), SIZE, 1);
        Image chain = chain(disk, true);
        Image alone = layer("delta", 3, true);
        qemuImg.create(alone, SIZE);
        long before = qemuImg.info(alone).actualSize().bytes();
        Image part = Image.raw(Files.copy(disk, folder.resolve("part")));
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("part").toFile(), "rw")) {
            file.setLength(SIZE.bytes() / 2);
        }

        qemuImg.layers().writeDifference(Image.raw(disk), alone.over(chain), ProgressListener.NONE);
        assertThat(qemuImg.info(alone).actualSize().bytes()).isLessThanOrEqualTo(before);
        assertThat(qemuImg.compare(alone.over(chain), Image.raw(disk)).isIdentical())
                .isTrue();

        qemuImg.layers().writeDifference(part, alone.over(chain), ProgressListener.NONE);
        assertThat(qemuImg.compareContent(alone.over(chain), part, ProgressListener.NONE)
                        .isIdentical())
                .isTrue();
    }

    @Test
    void who_ends_it_finds_the_image_as_it_was_and_nothing_beside_it() throws Exception {
        Path disk = Disks.random(folder.resolve("disk"), SIZE, 1);
        Image chain = chain(disk, true);
        change(disk);
        Image alone = layer("delta", 3, true);
        qemuImg.create(alone, GROWN);
        String before = Disks.hash(folder.resolve("delta"), Integer.MAX_VALUE);
        List<String> names = Disks.names(folder);

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> qemuImg.layers().writeDifference(Image.raw(disk), alone.over(chain), progress -> {
                    throw new CancellationException("enough");
                }));
        refused(Failure.BAD_CREDENTIALS, Image.raw(disk), alone.over(layer("middle", 0, true)));
        refused(Failure.INVALID_REQUEST, Image.raw(disk), alone);
        refused(
                Failure.INVALID_REQUEST,
                Image.raw(disk),
                layer("delta", 3, false).over(chain));
        refused(Failure.INVALID_REQUEST, layer("delta", 3, true), alone.over(chain));
        assertThat(Disks.hash(folder.resolve("delta"), Integer.MAX_VALUE)).isEqualTo(before);
        assertThat(Disks.names(folder)).isEqualTo(names);
        assertThat(Disks.names(Path.of("/dev/shm")))
                .noneMatch(name -> PartialName.parse(name)
                        .filter(left -> left.maker().equals(ProcessIdentity.ofThisOne()))
                        .isPresent());
    }

    @Test
    void what_a_killed_process_left_in_memory_goes_when_the_next_difference_is_written() throws Exception {
        ProcessIdentity own = ProcessIdentity.ofThisOne();
        ProcessIdentity dead =
                new ProcessIdentity(own.machine(), own.boot(), own.space(), Integer.MAX_VALUE, own.start());
        Path left = Files.createFile(HostMemory.FOLDER.resolve(new PartialName(dead, UUID.randomUUID()).toString()));
        Path header = Files.createFile(HostMemory.FOLDER.resolve(new PartialName(dead, UUID.randomUUID()) + ".header"));
        Path used = Files.createFile(PartialFiles.next(HostMemory.FOLDER));
        try {
            chain(Disks.random(folder.resolve("disk"), SIZE, 5), false);

            assertThat(left).doesNotExist();
            assertThat(used).as("of a process that runs").exists();
            assertThat(header).as("it may be all that is left of a header").exists();
        } finally {
            Files.deleteIfExists(left);
            Files.delete(header);
            Files.delete(used);
        }
    }

    private void refused(Failure failure, Image source, Image overlay) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> qemuImg.layers().writeDifference(source, overlay, ProgressListener.NONE))
                .satisfies(e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED));
    }
}
