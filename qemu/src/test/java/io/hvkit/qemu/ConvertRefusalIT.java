package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConvertRefusalIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);

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
    void a_smaller_target_is_refused_before_a_byte_is_written() throws Exception {
        try (Secret key = Secret.random()) {
            List<Image> targets = List.of(
                    Image.raw(directory.resolve("small")),
                    Image.qcow2(directory.resolve("small.qcow2")).unlockedBy(key),
                    Image.luks(directory.resolve("small.luks")).unlockedBy(key));
            for (Image target : targets) {
                qemuImg.create(target, SIZE.minus(ByteSize.bytes(512)));
                String before = Disks.hash(target.requirePath(), 1 << 24);

                DriverException e = catchThrowableOfType(
                        DriverException.class,
                        () -> qemuImg.convert(ConvertRequest.of(source, target).onto(TargetState.EXISTS)));

                assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                assertThat(Disks.hash(target.requirePath(), 1 << 24)).isEqualTo(before);
            }
        }
    }

    @Test
    void a_source_of_no_bytes_is_refused_before_a_byte_is_written() throws Exception {
        Image empty = Image.raw(Files.createFile(directory.resolve("empty")));
        String before = Disks.hash(source.requirePath(), 1 << 24);

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.convert(ConvertRequest.of(empty, source).onto(TargetState.EXISTS)));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(Disks.hash(source.requirePath(), 1 << 24)).isEqualTo(before);
    }

    /** VirtualBox writes both sizes, and the cylinders hold less than the whole. */
    @Test
    void the_end_of_a_vhd_is_not_cut_off_because_its_cylinders_are_fewer() throws Exception {
        Path vhd = directory.resolve("vhd");
        qemuImg.convert(ConvertRequest.of(
                source, CreateRequest.of(Image.of(vhd, ImageFormat.VHD)).laidOutAs(HardDiskLayout.FIXED)));
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(vhd));
        int footer = file.capacity() - 512;
        file.put(footer + 28, "vbox".getBytes(StandardCharsets.US_ASCII));
        file.putShort(footer + 56, (short) 240).put(footer + 58, (byte) 4).put(footer + 59, (byte) 17);
        file.putInt(footer + 64, 0);
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += Byte.toUnsignedInt(file.get(footer + i));
        }
        Files.write(vhd, file.putInt(footer + 64, ~sum).array());
        Image copy = Image.raw(directory.resolve("copy"));

        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.convert(ConvertRequest.of(Image.of(vhd, ImageFormat.VHD), copy)));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(copy.requirePath()).doesNotExist();
        QemuImageOptions whole = QemuImageOptions.driver("vpc")
                .with("force_size_calc", "current_size")
                .over(QemuImageOptions.file(vhd));
        qemuImg.convert(ConvertRequest.of(Image.at(whole, ImageFormat.RAW), copy));
        assertThat(qemuImg.compare(source, copy).isIdentical()).isTrue();
    }

    @Test
    void what_lies_below_must_be_read_alike_by_the_copy() throws Exception {
        Path base = directory.resolve("base");
        qemuImg.create(Image.qcow2(base), SIZE);
        Image overlay = Image.qcow2(directory.resolve("overlay")).over(Image.qcow2(base));
        qemuImg.create(CreateRequest.of(overlay));
        Image copy = Image.qcow2(directory.resolve("copy")).over(Image.raw(base));

        DriverException e =
                catchThrowableOfType(DriverException.class, () -> qemuImg.convert(ConvertRequest.of(overlay, copy)));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(copy.requirePath()).doesNotExist();
    }

    @Test
    void what_is_encrypted_is_written_in_clear_only_if_that_was_said() throws Exception {
        try (Secret key = Secret.random()) {
            for (Image secret : List.of(
                    Image.luks(directory.resolve("secret")).unlockedBy(key),
                    Image.qcow2(directory.resolve("secret.qcow2")).unlockedBy(key))) {
                qemuImg.convert(ConvertRequest.of(source, secret));
                Image existing = Image.raw(directory.resolve("existing"));
                Files.deleteIfExists(existing.requirePath());
                qemuImg.create(existing, SIZE);
                String before = Disks.hash(existing.requirePath(), 1 << 24);
                Image absent = Image.qcow2(directory.resolve("absent"));

                for (ConvertRequest request : List.of(
                        ConvertRequest.of(secret, absent),
                        ConvertRequest.of(secret, existing).onto(TargetState.EXISTS))) {
                    DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.convert(request));
                    assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                    assertThat(e).hasMessageContaining("intoPlaintext()");
                }
                assertThat(absent.requirePath()).doesNotExist();
                assertThat(Disks.hash(existing.requirePath(), 1 << 24)).isEqualTo(before);

                qemuImg.convert(ConvertRequest.of(secret, absent).intoPlaintext());
                assertThat(qemuImg.compare(source, absent).isIdentical()).isTrue();
                Files.delete(absent.requirePath());
            }
        }
    }

    @Test
    void an_encrypted_qcow2_without_its_key_is_refused_too() throws Exception {
        try (Secret key = Secret.random()) {
            Path path = directory.resolve("secret.qcow2");
            qemuImg.create(Image.qcow2(path).unlockedBy(key), SIZE);
            Image copy = Image.raw(directory.resolve("copy"));

            DriverException from = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(
                            ConvertRequest.of(Image.qcow2(path), copy).intoPlaintext()));
            DriverException to = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(
                            ConvertRequest.of(source, Image.qcow2(path)).onto(TargetState.EXISTS)));

            assertThat(from.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(to.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(copy.requirePath()).doesNotExist();
        }
    }

    @Test
    void a_key_for_a_target_that_is_not_encrypted_is_refused() throws Exception {
        try (Secret key = Secret.random()) {
            Image plain = Image.qcow2(directory.resolve("plain"));
            qemuImg.create(plain, SIZE);
            String before = Disks.hash(plain.requirePath(), 1 << 24);

            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(
                            ConvertRequest.of(source, plain.unlockedBy(key)).onto(TargetState.EXISTS)));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(Disks.hash(plain.requirePath(), 1 << 24)).isEqualTo(before);
        }
    }

    @Test
    void a_wrong_key_changes_nothing() throws Exception {
        try (Secret key = Secret.random();
                Secret wrong = Secret.random()) {
            for (Image image : List.of(
                    Image.luks(directory.resolve("luks")).unlockedBy(key),
                    Image.qcow2(directory.resolve("qcow2")).unlockedBy(key))) {
                qemuImg.convert(ConvertRequest.of(source, image));
                String before = Disks.hash(image.requirePath(), 1 << 24);
                Image misread = image.unlockedBy(wrong);
                Path copy = directory.resolve("copy");

                List<Attempt> attempts = new ArrayList<>(List.of(
                        () -> qemuImg.convert(
                                ConvertRequest.of(misread, Image.raw(copy)).intoPlaintext()),
                        () -> qemuImg.convert(
                                ConvertRequest.of(misread, Image.luks(copy).unlockedBy(key))),
                        () -> qemuImg.convert(ConvertRequest.of(source, misread).onto(TargetState.EXISTS)),
                        () -> qemuImg.resize(misread, SIZE.plus(SIZE)),
                        () -> qemuImg.compare(misread, source),
                        () -> qemuImg.compare(image, misread)));
                for (Attempt attempt : attempts) {
                    DriverException e = catchThrowableOfType(DriverException.class, attempt::make);
                    assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                    assertThat(e.vendorCode().orElse("")).startsWith("exit ");
                }
                assertThat(Disks.hash(image.requirePath(), 1 << 24)).isEqualTo(before);
                assertThat(copy).doesNotExist();
                assertThat(Disks.names(directory)).noneMatch(name -> name.startsWith("."));
            }
        }
    }

    @Test
    void an_image_is_not_copied_onto_itself() throws Exception {
        Path link = Files.createLink(directory.resolve("link"), source.requirePath());

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.convert(ConvertRequest.of(source, Image.raw(link)).onto(TargetState.EXISTS)));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
    }

    /** Something that is to fail. */
    private interface Attempt {
        void make() throws InterruptedException;
    }
}
