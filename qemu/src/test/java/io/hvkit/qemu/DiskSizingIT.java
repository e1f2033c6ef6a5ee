package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The arithmetic against what the tools really make. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DiskSizingIT {

    private static final Pattern FULL = Pattern.compile("fully allocated size: ([0-9]+)");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void a_formatted_file_holds_exactly_the_disk_it_was_made_for(LuksType type) throws Exception {
        ByteSize disk = ByteSize.bytes(3 * 512);
        Path file = directory.resolve("disk");
        truncate(file, DiskSizing.luks(type).containerFor(disk));
        try (Secret key = Secret.random()) {
            CryptSetup.probe(CommandRunner.local()).format(file, type, key);
            LuksHeader header = LuksHeader.read(file).orElseThrow();

            assertThat(DiskSizing.of(header)
                            .payloadIn(ByteSize.bytes(file.toFile().length())))
                    .isEqualTo(disk);
            if (type == LuksType.LUKS1) {
                assertThat(QemuImg.probe(CommandRunner.local())
                                .info(Image.luks(file))
                                .virtualSize())
                        .isEqualTo(disk);
            }
        }
    }

    @Test
    void a_qcow2_image_is_measured_as_computed() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(40); round++) {
            long bytes = 1 + (random.nextLong() >>> (13 + random.nextInt(50)));
            long measured = measured(Long.toString(bytes));

            assertThat(DiskSizing.qcow2().containerFor(ByteSize.bytes(bytes)).bytes())
                    .as("seed %s: %s", seed, bytes)
                    .isEqualTo(measured);
        }
        assertThat(DiskSizing.qcow2().containerFor(ByteSize.tebibytes(2048)).bytes())
                .isEqualTo(measured("2048T"));
    }

    @Test
    void a_qcow2_image_written_full_fits_into_a_device_of_the_computed_size() throws Exception {
        ByteSize disk = ByteSize.mebibytes(64);
        Path file = directory.resolve("device");
        ByteSize container = DiskSizing.qcow2().containerFor(disk);
        truncate(file, container);
        String device = Disks.run("losetup", "--find", "--show", file.toString());
        try {
            QemuImg.probe(CommandRunner.local()).create(Image.qcow2(Path.of(device)), disk);
            Disks.run(
                    "qemu-io",
                    "-f",
                    "qcow2",
                    "-c",
                    "write -P 7 0 " + disk.bytes(),
                    "-c",
                    "read -P 7 0 " + disk.bytes(),
                    device);
            assertThat(Disks.run("qemu-img", "check", "-f", "qcow2", device))
                    .contains("No errors", "Image end offset: " + container.bytes());
        } finally {
            Disks.run("losetup", "--detach", device);
        }
    }

    @Test
    void an_encrypted_qcow2_image_takes_the_room_of_its_luks_header_as_well() throws Exception {
        ByteSize disk = ByteSize.mebibytes(2);
        try (Secret key = Secret.random()) {
            Path path = directory.resolve("disk");
            QemuImg.probe(CommandRunner.local()).create(Image.qcow2(path).unlockedBy(key), disk);
            try (KeyFile file = KeyFile.of(key)) {
                Disks.run(
                        "qemu-io",
                        "--object",
                        QemuObject.secretIn("k", file.path()).toOptionText(),
                        "--image-opts",
                        "driver=qcow2,encrypt.format=luks,encrypt.key-secret=k,file.filename=" + path,
                        "-c",
                        "write -P 7 0 " + disk.bytes());
            }
            ByteSize length = ByteSize.bytes(path.toFile().length());
            assertThat(DiskSizing.encryptedQcow2().containerFor(disk)).isEqualTo(length);
            assertThat(DiskSizing.of(LuksHeader.read(path).orElseThrow()).payloadIn(length))
                    .isEqualTo(disk);
        }
    }

    private static long measured(String size) throws InterruptedException {
        Matcher full = FULL.matcher(Disks.run("qemu-img", "measure", "-O", "qcow2", "--size", size));
        assertThat(full.find()).isTrue();
        return Long.parseLong(full.group(1));
    }

    private static void truncate(Path file, ByteSize size) throws Exception {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(size.bytes());
        }
    }
}
