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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class QemuImgCreateIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;

    @BeforeEach
    void probe() throws InterruptedException {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @Test
    void abilities_are_those_of_a_full_build() {
        assertThat(qemuImg.abilities()).containsExactlyInAnyOrder(QemuImgAbility.values());
        assertThat(qemuImg.version()).matches("\\d+\\.\\d+.*");
    }

    @ParameterizedTest
    @EnumSource
    void every_format_is_made_with_the_size_and_for_its_owner_alone(ImageFormat format) throws Exception {
        try (Secret key = Secret.random()) {
            Image image = Image.of(directory.resolve("a"), format);
            Image target = format == ImageFormat.LUKS ? image.unlockedBy(key) : image;

            qemuImg.create(target, SIZE);

            ImageInfo info = qemuImg.info(image);
            assertThat(info.format()).isEqualTo(format);
            assertThat(info.virtualSize()).isEqualTo(SIZE);
            assertThat(info.isEncrypted()).isEqualTo(format == ImageFormat.LUKS);
            assertThat(info.backingFile()).isEmpty();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image.requirePath())))
                    .isEqualTo("rw-------");
            assertThat(Disks.names(directory)).containsExactly("a");
        }
    }

    @Test
    void a_random_key_gets_a_cheap_derivation_and_any_other_the_tools_own() throws Exception {
        try (Secret random = Secret.random();
                Secret chosen = Disks.key("correct horse battery staple")) {
            Image cheap = Image.luks(directory.resolve("cheap")).unlockedBy(random);
            Image dear = Image.qcow2(directory.resolve("dear")).unlockedBy(chosen);
            qemuImg.create(cheap, SIZE);
            qemuImg.create(dear, SIZE);

            assertThat(iterations(cheap)).isLessThan(200_000);
            assertThat(iterations(dear)).isGreaterThan(200_000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 512})
    void keys_of_any_length_open_what_they_made(int length) throws Exception {
        CryptSetup cryptSetup = CryptSetup.probe(new CheapDerivation());
        QemuImg cheap = QemuImg.probe(new CheapDerivation());
        try (Secret key = Disks.key("k".repeat(length));
                Secret other = Disks.key("o".repeat(length))) {
            Image luks = Image.luks(directory.resolve("by-qemu")).unlockedBy(key);
            cheap.create(luks, SIZE);
            Image qcow2 = Image.qcow2(directory.resolve("qcow2")).unlockedBy(key);
            cheap.create(qcow2, SIZE);
            Path device = directory.resolve("by-cryptsetup");
            Disks.run("truncate", "-s", "8M", device.toString());
            cryptSetup.format(device, LuksType.LUKS1, key);

            assertThat(cryptSetup.unlocks(luks.requirePath(), key)).isTrue();
            assertThat(cryptSetup.unlocks(luks.requirePath(), other)).isFalse();
            assertThat(cryptSetup.unlocks(device, key)).isTrue();
            Image formatted = Image.luks(device).unlockedBy(key);
            for (Image image : List.of(luks, qcow2, formatted)) {
                assertThat(qemuImg.compare(image, image).isIdentical())
                        .as("%s", image)
                        .isTrue();
            }
        }
    }

    @Test
    void what_exists_is_never_overwritten() throws Exception {
        Path path = Files.writeString(directory.resolve("precious"), "data");

        DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.create(Image.qcow2(path), SIZE));

        assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(path).hasContent("data");
        assertThat(Disks.names(directory)).containsExactly("precious");
    }

    @Test
    void a_dangling_link_is_something_that_exists() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));

        DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.create(Image.raw(link), SIZE));

        assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(Disks.names(directory)).containsExactly("link");
    }

    @Test
    void a_missing_folder_is_not_found() {
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.create(Image.raw(directory.resolve("no/a")), SIZE));

        assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
    }

    @Test
    void luks_without_a_key_is_refused() throws Exception {
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.create(Image.luks(directory.resolve("a")), SIZE));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e).hasMessageContaining("unlockedBy");
        assertThat(Disks.names(directory)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 511, 513, 1_000_000})
    void sizes_that_are_no_whole_sectors_are_refused(long bytes) throws Exception {
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.create(Image.raw(directory.resolve("a")), ByteSize.bytes(bytes)));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e).hasMessageContaining("512");
        assertThat(Disks.names(directory)).isEmpty();
    }

    @Test
    void a_size_that_no_format_holds_leaves_nothing() throws Exception {
        ByteSize huge = ByteSize.bytes(Long.MAX_VALUE).roundedDownTo(ByteSize.bytes(512));

        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.create(Image.qcow2(directory.resolve("a")), huge));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(Disks.names(directory)).isEmpty();
    }

    @Test
    void a_blank_device_gets_a_header_and_one_with_content_keeps_it() throws Exception {
        Path file = directory.resolve("disk");
        Disks.run("truncate", "-s", "16M", file.toString());
        Path device = Path.of(Disks.run("losetup", "--find", "--show", file.toString()));
        try (Secret key = Secret.random()) {
            Image image = Image.luks(device).unlockedBy(key);
            DriverException tooLarge =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.create(image, ByteSize.mebibytes(15)));
            assertThat(tooLarge.failure()).isEqualTo(Failure.INVALID_REQUEST);

            qemuImg.create(image, ByteSize.mebibytes(14));
            assertThat(LuksHeader.read(device)).isPresent();
            String header = Disks.hash(device, 1 << 21);

            DriverException again = catchThrowableOfType(DriverException.class, () -> qemuImg.create(image, SIZE));
            assertThat(again.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
            assertThat(Disks.hash(device, 1 << 21)).isEqualTo(header);

            Path source = Disks.random(directory.resolve("source"), SIZE, 7);
            qemuImg.convert(ConvertRequest.of(Image.raw(source), image).onto(TargetState.EXISTS));
            Image copy = Image.qcow2(directory.resolve("copy"));
            qemuImg.convert(ConvertRequest.of(image, copy).intoPlaintext());
            assertThat(qemuImg.compare(image, copy).isIdentical()).isTrue();
        } finally {
            Disks.run("losetup", "--detach", device.toString());
        }
    }

    @Test
    void a_benchmark_that_fails_by_bad_luck_is_tried_again() throws Exception {
        Path real = Path.of(Disks.run("sh", "-c", "command -v qemu-img"));
        Path count = directory.resolve("count");
        Path unlucky = Scripts.write(
                directory.resolve("unlucky"),
                "if [ \"$1\" = create ] && [ \"$2\" = -q ]; then",
                "  echo x >> " + count,
                "  if [ $(wc -l < " + count + ") -le 2 ]; then",
                "    for a in \"$@\"; do case \"$a\" in *.partial) rm \"$a\";; esac; done", // as the real one does
                "    echo \"qemu-img: x: Unable to get accurate CPU usage\" >&2; exit 1",
                "  fi",
                "fi",
                "exec " + real + " \"$@\"");
        QemuImg flaky = QemuImg.probe(CommandRunner.local(), unlucky);
        Path folder = Files.createDirectory(directory.resolve("folder"));
        try (Secret key = Secret.random()) {
            flaky.create(leftToTheProgram(folder.resolve("a"), key));

            assertThat(Files.readAllLines(count)).hasSizeGreaterThanOrEqualTo(3);
            assertThat(LuksHeader.read(folder.resolve("a"))).isPresent();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a"))))
                    .isEqualTo("rw-------");
            assertThat(Disks.names(folder)).containsExactly("a");
        }
    }

    @Test
    void endless_bad_luck_leaves_nothing() throws Exception {
        Path real = Path.of(Disks.run("sh", "-c", "command -v qemu-img"));
        Path count = directory.resolve("count");
        Path cursed = Scripts.write(
                directory.resolve("cursed"),
                "if [ \"$1\" = create ] && [ \"$2\" = -q ]; then",
                "  echo x >> " + count + "; echo \"qemu-img: x: Unable to get accurate CPU usage\" >&2; exit 1",
                "fi",
                "exec " + real + " \"$@\"");
        QemuImg flaky = QemuImg.probe(CommandRunner.local(), cursed);
        Path folder = Files.createDirectory(directory.resolve("folder"));
        try (Secret key = Secret.random()) {
            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> flaky.create(leftToTheProgram(folder.resolve("a"), key)));

            assertThat(e.vendorCode()).contains("exit 1");
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
            assertThat(Files.readAllLines(count)).hasSize(8);
            assertThat(Disks.names(folder)).isEmpty();
        }
    }

    /** With the usual cipher it would be made without the program. */
    private static CreateRequest leftToTheProgram(Path path, Secret key) {
        return CreateRequest.of(Image.luks(path).unlockedBy(key), SIZE).encryptedWith(LuksCipher.AES_128_XTS);
    }

    private static long iterations(Image image) throws InterruptedException {
        String text = Disks.run(
                "qemu-img",
                "info",
                "-f",
                image.format().qemuName(),
                image.requirePath().toString());
        return Long.parseLong(text.replaceFirst("(?s).*?iters: (\\d+).*", "$1"));
    }
}
