package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LuksHeaderIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    @TempDir
    private Path directory;

    @Test
    void headers_of_cryptsetup_are_read_with_all_that_they_say() throws Exception {
        for (LuksType type : LuksType.values()) {
            Path path = formatted(type);
            LuksHeader header = LuksHeader.read(path).orElseThrow();

            assertThat(header.type()).isEqualTo(type);
            assertThat(header.container()).isEqualTo(ImageFormat.LUKS);
            assertThat(header.cipher()).isEqualTo("aes");
            assertThat(header.mode()).isEqualTo("xts-plain64");
            assertThat(header.keyBits()).isEqualTo(512);
            assertThat(header.hash()).isEqualTo("sha256");
            assertThat(header.payloadOffset()).isEqualTo(type.headerSize());
            assertThat(header.activeKeySlots()).containsExactly(0);
            assertThat(header.keySlots())
                    .containsExactly(new KeySlot(0, new KeyDerivation.Pbkdf2(1000), "sha256", 4000));
            assertThat(header.label()).isEmpty();
            assertThat(header.sectorSize()).isEqualTo(ByteSize.bytes(512));
            assertThat(header.uuid()).isEqualTo(Disks.run("cryptsetup", "luksUUID", path.toString()));
        }
    }

    @Test
    void headers_of_qemu_are_read_alone_and_inside_qcow2() throws Exception {
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        try (Secret key = Secret.random()) {
            for (Image image : new Image[] {
                Image.luks(directory.resolve("luks")).unlockedBy(key),
                Image.qcow2(directory.resolve("qcow2")).unlockedBy(key)
            }) {
                qemuImg.create(image, SIZE);
                LuksHeader header = LuksHeader.read(image.requirePath()).orElseThrow();

                assertThat(header.type()).isEqualTo(LuksType.LUKS1);
                assertThat(header.container()).isEqualTo(image.format());
                assertThat(header.mode()).isEqualTo("xts-plain64");
                assertThat(header.payloadOffset()).isEqualTo(ByteSize.bytes(2_068_480));
                assertThat(header.activeKeySlots()).containsExactly(0);
                assertThat(header.uuid()).hasSize(36);
                if (image.format() == ImageFormat.LUKS) {
                    ByteSize length = ByteSize.bytes(Files.size(image.path().orElseThrow()));
                    assertThat(DiskSizing.luksByQemu().containerFor(SIZE)).isEqualTo(length);
                    assertThat(DiskSizing.of(header).payloadIn(length)).isEqualTo(SIZE);
                }
            }
        }
    }

    @Test
    void what_is_not_encrypted_has_no_header() throws Exception {
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        for (ImageFormat format : new ImageFormat[] {ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.VMDK}) {
            Path path = directory.resolve(format.qemuName());
            qemuImg.create(Image.of(path, format), SIZE);
            assertThat(LuksHeader.read(path)).isEmpty();
        }
        for (int length = 0; length < 12; length++) {
            Path tiny = Files.write(
                    directory.resolve("tiny"), Arrays.copyOf("LUKS".getBytes(StandardCharsets.US_ASCII), length));
            assertThat(LuksHeader.read(tiny)).isEmpty();
        }
    }

    @Test
    void every_cut_and_every_garbled_byte_is_corrupt_or_read_but_nothing_worse() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        try (Secret key = Secret.random()) {
            Image qcow2 = Image.qcow2(directory.resolve("qcow2")).unlockedBy(key);
            qemuImg.create(qcow2, SIZE);
            for (Path path : new Path[] {formatted(LuksType.LUKS1), formatted(LuksType.LUKS2), qcow2.requirePath()}) {
                byte[] original = Arrays.copyOf(Files.readAllBytes(path), 1 << 19);
                Path copy = directory.resolve("copy");
                for (int round = 0; round < Campaign.rounds(300); round++) {
                    byte[] bytes = original.clone();
                    for (int i = random.nextInt(6); i >= 0; i--) {
                        int at = random.nextInt(random.nextBoolean() ? 120 : 700);
                        bytes[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
                    }
                    Files.write(copy, random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(1 << 14)) : bytes);
                    try {
                        assertThat(LuksHeader.read(copy)).isNotNull();
                    } catch (DriverException e) {
                        assertThat(e.failure())
                                .as("seed %s, round %s", seed, round)
                                .isEqualTo(Failure.CORRUPT_DATA);
                    }
                }
            }
        }
    }

    @Test
    void a_cipher_that_encrypts_nothing_is_no_proof() throws Exception {
        Path path = formatted(LuksType.LUKS1);
        byte[] bytes = Files.readAllBytes(path);
        System.arraycopy("cipher_null\0".getBytes(StandardCharsets.US_ASCII), 0, bytes, 8, 12);
        Files.write(path, bytes);

        assertCorrupt(path, "encrypts nothing");
    }

    @Test
    void luks2_with_data_in_clear_is_no_proof() throws Exception {
        Path path = formatted(LuksType.LUKS2);
        rewrite(path, "\"type\":\"crypt\"", "\"type\":\"clear\"");
        assertCorrupt(path, "clear");
    }

    @Test
    void luks2_that_asks_for_what_is_not_known_is_no_proof() throws Exception {
        Path path = formatted(LuksType.LUKS2);
        rewrite(path, "\"keyslots_size\":\"", "\"requirements\":{\"mandatory\":[\"odd\"]},\"keyslots_size\":\"");
        assertCorrupt(path, "odd");
    }

    @Test
    void a_luks2_slot_outside_the_header_is_corrupt() throws Exception {
        Path path = formatted(LuksType.LUKS2);
        rewrite(path, "\"offset\":\"32768\"", "\"offset\":\"22768\"");
        assertCorrupt(path, "key slot 0");
    }

    @Test
    void a_luks2_slot_that_is_derived_in_an_unknown_way_is_corrupt() throws Exception {
        Path path = formatted(LuksType.LUKS2);
        rewrite(path, "\"kdf\":{\"type\":\"pbkdf2\"", "\"kdf\":{\"type\":\"pbkdf3\"");
        assertCorrupt(path, "pbkdf3");
    }

    @Test
    void luks2_with_a_null_cipher_is_no_proof() throws Exception {
        Path path = formatted(LuksType.LUKS2);
        rewrite(path, "\"aes-xts-plain64\",\"sector_size\"", "\"cipher_null-ecb\",\"sector_size\"");
        assertCorrupt(path, "encrypts nothing");
    }

    @Test
    void luks2_with_a_wrong_checksum_is_corrupt() throws Exception {
        Path path = formatted(LuksType.LUKS2);
        byte[] bytes = Files.readAllBytes(path);
        bytes[168]++;
        Files.write(path, bytes);

        assertCorrupt(path, "checksum");
    }

    @Test
    @Timeout(20)
    void pipes_and_folders_are_not_waited_for() throws Exception {
        Path pipe = directory.resolve("pipe");
        Disks.run("mkfifo", pipe.toString());

        assertThat(catchThrowableOfType(DriverException.class, () -> LuksHeader.read(pipe))
                        .failure())
                .isEqualTo(Failure.INVALID_REQUEST);
        assertThat(catchThrowableOfType(DriverException.class, () -> LuksHeader.read(directory))
                        .failure())
                .isEqualTo(Failure.INVALID_REQUEST);
        assertThat(catchThrowableOfType(DriverException.class, () -> LuksHeader.read(directory.resolve("no")))
                        .failure())
                .isEqualTo(Failure.NOT_FOUND);
    }

    private Path formatted(LuksType type) throws InterruptedException {
        Path path = directory.resolve(type.cryptSetupName());
        Disks.run("truncate", "-s", "20M", path.toString());
        try (Secret key = Secret.random()) {
            CryptSetup.probe(CommandRunner.local()).format(path, type, key);
        }
        return path;
    }

    /** Replaces text in the JSON, and sets the checksum right. */
    private static void rewrite(Path path, String from, String to) throws Exception {
        byte[] bytes = Files.readAllBytes(path);
        int size = (int) ByteBuffer.wrap(bytes).getLong(8);
        String json = new String(bytes, 4096, size - 4096, StandardCharsets.ISO_8859_1);
        assertThat(json).contains(from);
        byte[] replaced = json.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(replaced, 0, bytes, 4096, size - 4096);
        Arrays.fill(bytes, 448, 512, (byte) 0);
        byte[] sum = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes, size));
        System.arraycopy(sum, 0, bytes, 448, sum.length);
        Files.write(path, bytes);
    }

    private static void assertCorrupt(Path path, String words) throws IOException {
        DriverException e = catchThrowableOfType(DriverException.class, () -> LuksHeader.read(path));
        assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(e).hasMessageContaining(words).hasMessageContaining(path.toString());
    }
}
