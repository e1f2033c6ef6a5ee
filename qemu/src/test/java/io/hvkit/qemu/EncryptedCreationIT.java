package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encrypted images that are made without a program are, for every program, what a program makes. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class EncryptedCreationIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final ByteSize SECTOR = ByteSize.bytes(512);

    @TempDir
    private Path directory;

    private final List<List<String>> commands = new ArrayList<>();
    private QemuImg qemuImg;
    private CryptSetup cryptSetup;

    @BeforeEach
    void probe() throws InterruptedException {
        CommandRunner runner = command -> {
            commands.add(command.argv());
            return CommandRunner.local().run(command);
        };
        qemuImg = QemuImg.probe(runner);
        cryptSetup = CryptSetup.probe(CommandRunner.local());
        commands.clear();
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                512,
                1536,
                65_536,
                66_048,
                1_000_448,
                (1 << 29) - 512,
                1 << 29,
                (1 << 29) + 512,
                5L << 30,
                (1L << 42) + 512,
                10L << 40
            })
    void a_disk_of_any_size_is_sound_and_opens_with_its_key_alone(long bytes) throws Exception {
        ByteSize size = ByteSize.bytes(bytes);
        try (Secret key = Secret.random();
                Secret other = Secret.random()) {
            for (Image image : images("disk", key)) {
                qemuImg.create(image, size);

                assertThat(commands).as("programs that were started").isEmpty();
                assertThat(qemuImg.info(image).virtualSize()).isEqualTo(size);
                assertThat(qemuImg.unlocks(image)).isTrue();
                assertThat(qemuImg.unlocks(image.unlockedBy(other))).isFalse();
                assertHeader(image);
                commands.clear();
            }
            assertThat(qemuImg.check(images("disk", key).get(1)).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
        }
        assertThat(Files.size(directory.resolve("disk.luks")))
                .isEqualTo(DiskSizing.luksByQemu().containerFor(size).bytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 256, 2048})
    void clusters_of_any_size_are_laid_out_soundly_and_hold_what_is_written(int kibibytes) throws Exception {
        try (Secret key = Secret.random()) {
            Image source = Image.raw(Disks.random(directory.resolve("source"), SIZE, kibibytes));
            Image target = Image.qcow2(directory.resolve("disk")).unlockedBy(key);
            qemuImg.convert(ConvertRequest.of(
                    source,
                    CreateRequest.of(target)
                            .laidOutAs(Qcow2Layout.standard().withClusterSize(ByteSize.kibibytes(kibibytes)))));

            assertThat(commands).noneMatch(argv -> argv.contains("create"));
            assertThat(qemuImg.compare(source, target).isIdentical()).isTrue();
            assertThat(qemuImg.check(target).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
            assertThat(qemuImg.info(target).clusterSize()).contains(ByteSize.kibibytes(kibibytes));
        }
    }

    @Test
    void a_disk_is_written_grown_and_read_like_any_other() throws Exception {
        try (Secret key = Secret.random()) {
            Image source = Image.raw(Disks.random(directory.resolve("source"), SIZE, 3));
            for (Image image : images("disk", key)) {
                qemuImg.convert(ConvertRequest.of(source, image));
                assertThat(qemuImg.compare(source, image).isIdentical()).isTrue();
                qemuImg.resize(image, ByteSize.mebibytes(600));

                assertThat(qemuImg.info(image).virtualSize()).isEqualTo(ByteSize.mebibytes(600));
                assertThat(qemuImg.unlocks(image)).isTrue();
            }
            assertThat(qemuImg.check(images("disk", key).get(1)).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
            assertThat(commands).noneMatch(argv -> argv.contains("create"));
        }
    }

    @Test
    void a_new_qcow2_reads_as_zeroes_and_keeps_its_feature_bits_clear() throws Exception {
        try (Secret key = Secret.random()) {
            Image zeroes = Image.raw(directory.resolve("zeroes"));
            qemuImg.create(zeroes, SIZE);
            Image image = Image.qcow2(directory.resolve("disk")).unlockedBy(key);
            qemuImg.create(image, SIZE);

            assertThat(qemuImg.compare(zeroes, image).isIdentical()).isTrue();
            assertThat(Disks.run("qemu-img", "info", "-f", "qcow2", image.place()))
                    .contains(
                            "compat: 1.1",
                            "compression type: zlib",
                            "lazy refcounts: false",
                            "refcount bits: 16",
                            "corrupt: false",
                            "extended l2: false");
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_overlay_names_what_it_lies_over_and_reads_like_it(BackingName naming) throws Exception {
        try (Secret baseKey = Secret.random();
                Secret key = Secret.random()) {
            Image source = Image.raw(Disks.random(directory.resolve("source"), SIZE, 4));
            Image base = Image.luks(directory.resolve("b\u00e4se, of=1")).unlockedBy(baseKey);
            qemuImg.convert(ConvertRequest.of(source, base));
            Image top = Image.qcow2(directory.resolve("top")).unlockedBy(key).over(base);
            commands.clear();
            qemuImg.create(CreateRequest.of(top).naming(naming));

            assertThat(commands).noneMatch(argv -> argv.contains("create"));
            assertThat(qemuImg.compare(source, top).isIdentical()).isTrue();
            ImageInfo info = qemuImg.info(top);
            assertThat(info.backingFile()).contains(naming == BackingName.ABSOLUTE ? base.place() : "b\u00e4se, of=1");
            assertThat(info.backingFormat()).contains("luks");
            assertThat(qemuImg.check(top).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
            assertThat(Files.getPosixFilePermissions(top.requirePath()))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
    }

    @Test
    void its_header_says_what_one_by_cryptsetup_says() throws Exception {
        try (Secret key = Secret.random()) {
            Image image = Image.luks(directory.resolve("disk")).unlockedBy(key);
            qemuImg.create(image, SIZE);
            Path other = directory.resolve("other");
            Disks.run("truncate", "-s", "8M", other.toString());
            CommandResult formatted = CommandRunner.local()
                    .run(Command.of(
                                    "cryptsetup",
                                    "luksFormat",
                                    "--batch-mode",
                                    "--type=luks1",
                                    "--cipher=aes-xts-plain64",
                                    "--key-size=512",
                                    "--hash=sha256",
                                    "--offset=4040",
                                    "--pbkdf-force-iterations=1000",
                                    "--key-file=-",
                                    other.toString())
                            .feeding(key));
            assertThat(formatted.succeeded()).as("%s", formatted).isTrue();

            assertThat(cryptSetup.isLuks(image.requirePath())).isTrue();
            assertThat(dump(image.requirePath())).isEqualTo(dump(other)).contains("aes", "xts-plain64", "4040", "512");
            byte[] mine = Files.readAllBytes(image.requirePath());
            byte[] theirs = Files.readAllBytes(other);
            for (int at = 0; at < 592; at++) {
                boolean differs = (at >= 112 && at < 164) || (at >= 168 && at < 204) || (at >= 216 && at < 248);
                if (!differs) { // neither digest, salt nor identifier
                    assertThat(mine[at]).as("byte %s", at).isEqualTo(theirs[at]);
                }
            }
            assertThat(mine).hasSize(2_068_480 + (int) SIZE.bytes());
        }
    }

    @Test
    void keys_are_changed_by_cryptsetup_and_by_qemu() throws Exception {
        try (Secret key = Secret.random();
                Secret second = Secret.random();
                Secret third = Secret.random()) {
            for (Image image : images("disk", key)) {
                qemuImg.convert(ConvertRequest.of(Image.raw(Disks.random(directory.resolve("s"), SIZE, 1)), image));
                qemuImg.keySlots(image).add(second);
                assertThat(qemuImg.keySlots(image).active()).containsExactly(0, 1);
                qemuImg.keySlots(image.unlockedBy(second)).remove(key);

                assertThat(qemuImg.unlocks(image)).isFalse();
                assertThat(qemuImg.compare(Image.raw(directory.resolve("s")), image.unlockedBy(second))
                                .isIdentical())
                        .isTrue();
            }
            Path luks = directory.resolve("disk.luks");
            for (int slot = 2; slot < 9; slot++) { // all others, so that no two of them lie over each other
                try (Secret more = Secret.random()) {
                    cryptSetup.addKey(luks, second, more);
                }
            }
            cryptSetup.removeKeySlot(luks, 7, second);
            assertThat(cryptSetup.addKey(luks, second, third)).isEqualTo(7);
            assertThat(cryptSetup.unlocks(luks, third)).isTrue();
            assertThat(cryptSetup.unlocks(luks, key)).isFalse();
            assertThat(qemuImg.compare(
                                    Image.raw(directory.resolve("s")),
                                    Image.luks(luks).unlockedBy(third))
                            .isIdentical())
                    .isTrue();
        }
    }

    @Test
    void no_two_volumes_share_anything_and_each_opens_with_its_own_key() throws Exception {
        long seed = System.nanoTime();
        System.out.println("volumes of seed " + seed);
        Random random = new Random(seed);
        Set<String> seen = new HashSet<>();
        int rounds = Campaign.rounds(40);
        for (int i = 0; i < rounds; i++) {
            Path path = directory.resolve("disk" + i);
            byte[] text = new byte[32 + random.nextInt(Secret.LONGEST - 31)];
            for (int at = 0; at < text.length; at++) {
                text[at] = (byte) ('!' + random.nextInt(94));
            }
            boolean qcow2 = random.nextBoolean();
            ByteSize size = ByteSize.bytes(SECTOR.bytes() * (1 + random.nextInt(1 << random.nextInt(30))));
            try (Secret key = Secret.copyOfRandom(text)) {
                Image image = (qcow2 ? Image.qcow2(path) : Image.luks(path)).unlockedBy(key);
                qemuImg.create(image, size);

                assertThat(qemuImg.unlocks(image)).as("%s", image).isTrue();
                if (qcow2) {
                    assertThat(qemuImg.check(image).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
                } else {
                    assertThat(cryptSetup.keySlots(path, key)).containsExactly(0);
                }
            }
            byte[] header = luksHeader(path);
            for (int[] field :
                    new int[][] {{112, 20}, {132, 32}, {168, 36}, {216, 32}, {4096, 32}, {4096 + 255_968, 32}}) {
                seen.add(HexFormat.of().formatHex(header, field[0], field[0] + field[1]));
            }
            Files.delete(path);
        }
        assertThat(seen).hasSize(rounds * 6);
    }

    @Test
    void neither_its_key_nor_the_volumes_own_is_in_the_file() throws Exception {
        try (Secret key = Disks.fastKey("canary-tweets-at-dawn-")) {
            Path keyFile = directory.resolve("key");
            Files.write(keyFile, key.<byte[], RuntimeException>withArray(bytes -> bytes.clone()));
            Set<String> masters = new HashSet<>();
            for (String name : List.of("one", "two")) {
                Image image = Image.luks(directory.resolve(name)).unlockedBy(key);
                qemuImg.create(image, SIZE);
                String dump = Disks.run(
                        "cryptsetup",
                        "luksDump",
                        "--batch-mode",
                        "--dump-master-key",
                        "--key-file=" + keyFile,
                        image.place());
                String master = dump.substring(dump.indexOf("MK dump:") + 8).replaceAll("\\s", "");
                assertThat(master).hasSize(128).matches("[0-9a-f]+");
                masters.add(master);
                byte[] file = Files.readAllBytes(image.requirePath());
                String hex = HexFormat.of().formatHex(file);
                assertThat(new String(file, StandardCharsets.ISO_8859_1)).doesNotContain("canary", "tweets");
                for (int at = 0; at < 128; at += 16) {
                    assertThat(hex).doesNotContain(master.substring(at, at + 16));
                }
            }
            assertThat(masters).hasSize(2);
        }
    }

    @Test
    void a_disk_that_is_full_leaves_nothing() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("small"));
        Disks.run("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", mount.toString());
        try (Secret key = Secret.random()) {
            for (Image image : List.of(Image.luks(mount.resolve("a")), Image.qcow2(mount.resolve("a")))) {
                DriverException e =
                        catchThrowableOfType(DriverException.class, () -> qemuImg.create(image.unlockedBy(key), SIZE));

                assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
                assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                assertThat(Disks.names(mount)).isEmpty();
            }
        } finally {
            Disks.run("umount", mount.toString());
        }
    }

    @Test
    void an_interruption_leaves_nothing() throws Exception {
        try (Secret key = Secret.random()) {
            for (Image image : images("disk", key)) {
                Thread.currentThread().interrupt();
                assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> qemuImg.create(image, SIZE));

                assertThat(Thread.interrupted()).isFalse();
                assertThat(Disks.names(directory)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"LUKS", "QCOW2"})
    void a_device_with_other_bytes_behind_its_first_mebibyte_gets_a_sound_header(ImageFormat format) throws Exception {
        ByteSize room = format == ImageFormat.LUKS // all of a device that is not header is disk
                ? DiskSizing.luksByQemu().containerFor(SIZE)
                : ByteSize.mebibytes(16);
        Path file = Disks.random(directory.resolve("disk"), room, 9);
        try (RandomAccessFile start = new RandomAccessFile(file.toFile(), "rw")) {
            start.write(new byte[1 << 20]);
        }
        Path device = Path.of(Disks.run("losetup", "--find", "--show", file.toString()));
        try (Secret key = Secret.random()) {
            Image image = Image.of(device, format).unlockedBy(key);
            try (ImageLock held = ImageLock.take(device)) {
                DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.create(image, SIZE));
                assertThat(e.failure()).as("%s", held).isEqualTo(Failure.IN_USE);
                assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                assertThat(Files.readAllBytes(file)).startsWith(new byte[1 << 20]);
            }

            qemuImg.create(image, SIZE);

            assertThat(commands).isEmpty();
            assertThat(qemuImg.unlocks(image)).isTrue();
            Image source = Image.raw(Disks.random(directory.resolve("source"), SIZE, 2));
            qemuImg.convert(ConvertRequest.of(source, image).onto(TargetState.EXISTS));
            assertThat(qemuImg.compare(source, image)).isEqualTo(qemuImg.compare(source, source));
            if (format == ImageFormat.QCOW2) {
                assertThat(qemuImg.check(image).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
            }
        } finally {
            Disks.run("losetup", "--detach", device.toString());
        }
    }

    private List<Image> images(String name, Secret key) {
        return List.of(
                Image.luks(directory.resolve(name + ".luks")).unlockedBy(key),
                Image.qcow2(directory.resolve(name + ".qcow2")).unlockedBy(key));
    }

    private static void assertHeader(Image image) {
        LuksHeader header = LuksHeader.read(image.requirePath()).orElseThrow();
        assertThat(header.container()).isEqualTo(image.format());
        assertThat(header.cipher() + "-" + header.mode()).isEqualTo(LuksCipher.AES_256_XTS.cryptSetupName());
        assertThat(header.keyBits()).isEqualTo(512);
        assertThat(header.hash()).isEqualTo("sha256");
        assertThat(header.payloadOffset()).isEqualTo(ImageCreation.QEMU_LUKS_HEADER);
        assertThat(header.keySlots()).containsExactly(new KeySlot(0, KeyDerivation.forRandomKeys(), "sha256", 4000));
    }

    private static byte[] luksHeader(Path image) throws Exception {
        byte[] start = new byte[1 << 20];
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            int length = file.read(start);
            String text = new String(start, 0, length, StandardCharsets.ISO_8859_1);
            file.seek(text.indexOf("LUKS\u00ba\u00be"));
            byte[] header = new byte[4096 + 256_000];
            file.readFully(header);
            return header;
        }
    }

    /** What cryptsetup says of a header, without what is random in it. */
    private static String dump(Path device) throws InterruptedException {
        return Disks.run("cryptsetup", "luksDump", device.toString())
                .replace(device.toString(), "it")
                .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "uuid")
                .replaceAll("([0-9a-f]{2} ){4,}", "hex");
    }
}
