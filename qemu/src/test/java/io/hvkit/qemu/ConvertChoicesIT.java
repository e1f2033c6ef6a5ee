package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All that a conversion can be told. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConvertChoicesIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final ByteSize LARGER = ByteSize.mebibytes(7);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private Image source;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        source = Image.raw(Disks.random(directory.resolve("source"), SIZE, 42));
    }

    @Test
    void several_sources_follow_each_other_whatever_their_formats_keys_and_sizes() throws Exception {
        try (Secret one = Secret.random();
                Secret two = Secret.random()) {
            Path odd = Files.writeString(directory.resolve("odd"), "x".repeat(700));
            Image luks = Disks.luks(directory.resolve("luks"), SIZE, one);
            qemuImg.convert(ConvertRequest.of(source, luks).onto(TargetState.EXISTS));
            Image qcow2 = Image.qcow2(directory.resolve("qcow2"));
            qemuImg.convert(ConvertRequest.of(source, qcow2));
            ByteSize whole = SIZE.plus(SIZE).plus(ByteSize.bytes(1024));
            Image existing = Disks.luks(directory.resolve("existing"), whole, two);
            ConvertRequest request =
                    ConvertRequest.of(luks, existing).followedBy(Image.raw(odd)).followedBy(qcow2);

            qemuImg.convert(request.onto(TargetState.EXISTS));

            Image expected = Image.raw(directory.resolve("expected"));
            try (RandomAccessFile file =
                    new RandomAccessFile(expected.requirePath().toFile(), "rw")) {
                byte[] disk = Files.readAllBytes(source.requirePath());
                file.write(disk);
                file.write(Files.readAllBytes(odd));
                file.seek(SIZE.bytes() + 1024);
                file.write(disk);
            }
            assertThat(qemuImg.compare(expected, existing).isIdentical()).isTrue();
            Image anew = Image.qcow2(directory.resolve("anew"));
            qemuImg.convert(ConvertRequest.of(luks, anew)
                    .followedBy(Image.raw(odd))
                    .followedBy(qcow2)
                    .intoPlaintext());
            assertThat(qemuImg.compare(expected, anew).isIdentical()).isTrue();
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(ConvertRequest.of(qcow2, Image.raw(directory.resolve("clear")))
                            .followedBy(luks)));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void a_snapshot_is_copied_as_it_was() throws Exception {
        Image disk = Image.qcow2(directory.resolve("disk"));
        qemuImg.convert(ConvertRequest.of(source, disk));
        String name = "before, friday=1";
        Disks.run("qemu-img", "snapshot", "-c", name, disk.place());
        Image other = Image.raw(Disks.random(directory.resolve("other"), SIZE, 43));
        qemuImg.convert(ConvertRequest.of(other, disk).onto(TargetState.EXISTS));
        Image copy = Image.raw(directory.resolve("copy"));

        qemuImg.convert(ConvertRequest.of(disk, copy).ofSnapshot(name));

        assertThat(qemuImg.compare(source, copy).isIdentical()).isTrue();
        assertThat(qemuImg.compare(other, disk).isIdentical()).isTrue();
        Files.delete(copy.requirePath());
        DriverException unknown = failing(ConvertRequest.of(disk, copy).ofSnapshot("never"));
        assertThat(unknown.failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(copy.requirePath()).doesNotExist();
        refused(ConvertRequest.of(source, copy).ofSnapshot(name));
        refused(ConvertRequest.of(disk, other).ofSnapshot(name).onto(TargetState.EXISTS));
        refused(ConvertRequest.of(disk, copy).followedBy(source).ofSnapshot(name));
    }

    @Test
    void bitmaps_are_taken_along_but_for_broken_ones() throws Exception {
        Image disk = Image.qcow2(directory.resolve("disk"));
        qemuImg.convert(ConvertRequest.of(source, disk));
        Disks.run("qemu-img", "bitmap", "--add", disk.place(), "bad");
        Process writer = new ProcessBuilder(
                        "qemu-io", "-f", "qcow2", "-c", "write -P 1 0 64k", "-c", "sigraise 9", disk.place())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        writer.waitFor();
        Disks.run("qemu-img", "bitmap", "--add", disk.place(), "good");
        Image copy = Image.qcow2(directory.resolve("copy"));

        DriverException e = failing(ConvertRequest.of(disk, copy).withBitmaps(BitmapCopy.ALL));
        assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(copy.requirePath()).doesNotExist();

        qemuImg.convert(ConvertRequest.of(disk, copy).withBitmaps(BitmapCopy.ALL_BUT_BROKEN));
        assertThat(qemuImg.compare(disk, copy).isIdentical()).isTrue();
        assertThat(Disks.run("qemu-img", "info", "-f", "qcow2", copy.place()))
                .contains("name: good")
                .doesNotContain("name: bad");
        Image other = Image.qcow2(directory.resolve("other"));
        refused(ConvertRequest.of(source, other).withBitmaps(BitmapCopy.ALL));
        refused(ConvertRequest.of(disk, Image.raw(directory.resolve("raw"))).withBitmaps(BitmapCopy.ALL));
        refused(ConvertRequest.of(
                        disk,
                        CreateRequest.of(other).laidOutAs(Qcow2Layout.standard().withVersion(Qcow2Layout.Version.V2)))
                .withBitmaps(BitmapCopy.ALL));
        refused(ConvertRequest.of(disk, CreateRequest.of(other, LARGER)).withBitmaps(BitmapCopy.ALL));
        refused(ConvertRequest.of(disk, copy).withBitmaps(BitmapCopy.ALL).onto(TargetState.EXISTS));
    }

    @Test
    void a_backup_is_packed_as_its_layout_says() throws Exception {
        Path text = directory.resolve("text");
        Files.writeString(text, "all work and no play ".repeat(100_000).substring(0, 2 << 20));
        for (Qcow2Layout layout : List.of(Qcow2Layout.COMPACT, Qcow2Layout.standard())) {
            Image backup = Image.qcow2(directory.resolve("backup" + layout.compression()));
            qemuImg.convert(
                    ConvertRequest.of(Image.raw(text), CreateRequest.of(backup).laidOutAs(layout))
                            .compressed());

            assertThat(qemuImg.compare(Image.raw(text), backup).isIdentical()).isTrue();
            assertThat(qemuImg.info(backup).actualSize()).isLessThan(ByteSize.mebibytes(1));
        }
    }

    @Test
    void nothing_is_packed_into_an_encrypted_image_since_it_would_lie_there_in_clear() throws Exception {
        try (Secret key = Secret.random()) {
            Image sealed = Image.qcow2(directory.resolve("sealed")).unlockedBy(key);
            refused(ConvertRequest.of(source, sealed).compressed());
            refused(ConvertRequest.of(source, Disks.luks(directory.resolve("luks"), SIZE, key))
                    .onto(TargetState.EXISTS)
                    .compressed());
            refused(ConvertRequest.of(source, Image.raw(directory.resolve("raw")))
                    .compressed());
        }
    }

    /** Why a LUKS target is never said to be zeroed, and {@code Conversion} adds the zeroes behind the source itself. */
    @Test
    void qemu_img_corrupts_a_luks_image_that_is_said_to_be_zeroed_without_a_word() throws Exception {
        try (Secret key = Disks.fastKey("known-to-this-test-alone")) {
            Image luks = Disks.luks(directory.resolve("luks"), SIZE, key);
            try (QemuKeys keys = QemuKeys.of(luks)) {
                List<String> argv = new ArrayList<>(List.of("qemu-img", "convert", "-n", "--target-is-zero"));
                argv.addAll(keys.arguments());
                argv.addAll(List.of("--image-opts", "--target-image-opts"));
                argv.addAll(List.of("driver=raw,file.filename=" + source.place(), keys.open(luks)));
                CommandResult result = CommandRunner.local().run(keys.feed(Command.of(argv)));
                assertThat(result.succeeded()).isTrue();
            }
            assertThat(qemuImg.compare(source, luks).isIdentical()).isFalse();

            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> ConvertRequest.of(source, luks).onto(TargetState.EXISTS_ZEROED));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            qemuImg.convert(ConvertRequest.of(source, luks).onto(TargetState.EXISTS));
            assertThat(qemuImg.compare(source, luks).isIdentical()).isTrue();
        }
    }

    @Test
    void a_new_target_may_be_larger_and_reads_as_zeroes_behind_the_source() throws Exception {
        try (Secret key = Secret.random()) {
            Path padded = Files.copy(source.requirePath(), directory.resolve("padded"));
            Disks.run("truncate", "-s", Long.toString(LARGER.bytes()), padded.toString());
            Image qcow2 = Image.qcow2(directory.resolve("qcow2"));
            Image sealed = Image.qcow2(directory.resolve("sealed")).unlockedBy(key);
            Image luks = Image.luks(directory.resolve("luks")).unlockedBy(key);
            Image vhd = Image.of(directory.resolve("vhd"), ImageFormat.VHD);
            Image vmdk = Image.of(directory.resolve("vmdk"), ImageFormat.VMDK);
            for (CreateRequest making : List.of(
                    CreateRequest.of(Image.raw(directory.resolve("raw")), LARGER)
                            .preallocated(Preallocation.FALLOC),
                    CreateRequest.of(qcow2, LARGER),
                    CreateRequest.of(sealed, LARGER).preallocated(Preallocation.METADATA),
                    CreateRequest.of(luks, LARGER).preallocated(Preallocation.FALLOC),
                    CreateRequest.of(vhd, LARGER).laidOutAs(HardDiskLayout.FIXED),
                    CreateRequest.of(vmdk, LARGER).laidOutAs(VmdkLayout.STREAM_OPTIMIZED))) {
                qemuImg.convert(ConvertRequest.of(source, making));

                assertThat(qemuImg.compare(Image.raw(padded), making.target()).isIdentical())
                        .as("%s", making)
                        .isTrue();
            }
            refused(ConvertRequest.of(
                    source, CreateRequest.of(Image.qcow2(directory.resolve("s")), ByteSize.mebibytes(3))));
        }
    }

    @Test
    void every_profile_copies_the_same() throws Exception {
        List<ConvertProfile> profiles = List.of(
                ConvertProfile.FAST,
                ConvertProfile.SPARE_PAGE_CACHE,
                ConvertProfile.IN_ORDER,
                ConvertProfile.gentle(ByteSize.mebibytes(64)),
                ConvertProfile.FAST.withTarget(PageCache.USED).withCoroutines(16),
                ConvertProfile.FAST.withSparseSize(ByteSize.kibibytes(64)),
                ConvertProfile.FAST.withSparseSize(ByteSize.ZERO));
        for (ConvertProfile profile : profiles) {
            Image copy = Image.raw(directory.resolve("copy"));
            qemuImg.convert(ConvertRequest.of(source, copy).with(profile));

            assertThat(qemuImg.compare(source, copy).isIdentical())
                    .as("%s", profile)
                    .isTrue();
            boolean full = profile.sparseSize().filter(ByteSize.ZERO::equals).isPresent();
            assertThat(qemuImg.info(copy).actualSize().compareTo(SIZE) >= 0).isEqualTo(full);
            Files.delete(copy.requirePath());
        }
    }

    @Test
    void what_cannot_be_read_fails_or_becomes_zeroes() throws Exception {
        QemuImageOptions broken = QemuImageOptions.driver("blkdebug")
                .with("inject-error.0.event", "read_aio")
                .with("inject-error.0.errno", 5)
                .with("inject-error.0.sector", 2048)
                .over("image", QemuImageOptions.path(source.requirePath()));
        Image dying = Image.at(broken, ImageFormat.RAW);
        Image copy = Image.raw(directory.resolve("copy"));

        DriverException e = failing(ConvertRequest.of(dying, copy));
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(copy.requirePath()).doesNotExist();

        qemuImg.convert(ConvertRequest.of(dying, copy).salvaging());
        assertThat(qemuImg.compare(source, copy)).isEqualTo(new Comparison.DifferentAt(2048 * 512));
        byte[] saved = Files.readAllBytes(copy.requirePath());
        byte[] whole = Files.readAllBytes(source.requirePath());
        assertThat(saved).startsWith(Arrays.copyOf(whole, 2048 * 512));
        assertThat(Arrays.copyOfRange(saved, 2049 * 512, saved.length))
                .isEqualTo(Arrays.copyOfRange(whole, 2049 * 512, whole.length));
    }

    @Test
    void a_target_that_exists_is_not_made_to_measure() throws Exception {
        Image existing = Image.qcow2(directory.resolve("existing"));
        qemuImg.create(existing, SIZE);
        for (CreateRequest making : List.of(
                CreateRequest.of(existing, SIZE),
                CreateRequest.of(existing).laidOutAs(Qcow2Layout.COMPACT),
                CreateRequest.of(existing).preallocated(Preallocation.FULL))) {
            refused(ConvertRequest.of(source, making).onto(TargetState.EXISTS));
        }
        assertThat(new String(Files.readAllBytes(existing.requirePath()), StandardCharsets.ISO_8859_1))
                .doesNotContain("HVKit");
    }

    private DriverException failing(ConvertRequest request) {
        return catchThrowableOfType(DriverException.class, () -> qemuImg.convert(request));
    }

    private void refused(ConvertRequest request) throws Exception {
        List<String> before = Disks.names(directory);
        DriverException e = failing(request);
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(Disks.names(directory)).isEqualTo(before);
    }
}
