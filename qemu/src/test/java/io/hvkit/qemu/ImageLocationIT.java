package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Images that are no file of the host. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImageLocationIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    private static QemuImg qemuImg;
    private static Secret key;

    @TempDir
    private Path directory;

    @BeforeAll
    static void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        key = Secret.random();
    }

    @AfterAll
    static void wipe() {
        key.close();
    }

    @Test
    void an_image_on_an_nbd_server_is_read_and_written_like_a_device() throws Exception {
        Path file = Disks.random(directory.resolve("a,b"), SIZE, 3);
        Image copy = Image.qcow2(directory.resolve("copy"));
        Path blank = directory.resolve("blank");
        Disks.run("truncate", "-s", "1M", blank.toString());
        try (NbdServer full = NbdServer.start(file, directory.resolve("No space left on device, full"));
                NbdServer empty = NbdServer.start(blank, directory.resolve("empty"))) {
            Image source = Image.at(full.location(), ImageFormat.RAW);
            Image target = Image.at(empty.location(), ImageFormat.RAW);

            assertThat(source.path()).isEmpty();
            assertThat(qemuImg.info(source).virtualSize()).isEqualTo(SIZE);
            qemuImg.convert(ConvertRequest.of(source, copy));
            qemuImg.convert(ConvertRequest.of(copy, target).onto(TargetState.EXISTS));
            assertThat(qemuImg.compare(source, target).isIdentical()).isTrue();
            assertThat(Files.mismatch(file, blank)).isEqualTo(-1);
        }
    }

    @Test
    void luks_on_an_nbd_server_opens_with_its_key_and_is_told_to_be_encrypted() throws Exception {
        Image plain = Image.raw(Disks.random(directory.resolve("plain"), SIZE, 4));
        try (Secret other = Secret.random();
                NbdServer server = NbdServer.start(luks("luks"), directory.resolve("socket"))) {
            Image luks = Image.at(server.location(), ImageFormat.LUKS).unlockedBy(key);
            qemuImg.convert(ConvertRequest.of(plain, luks).onto(TargetState.EXISTS));

            assertThat(qemuImg.info(luks).isEncrypted()).isTrue();
            assertThat(qemuImg.unlocks(luks)).isTrue();
            assertThat(qemuImg.unlocks(luks.unlockedBy(other))).isFalse();
            assertThat(qemuImg.compare(plain, luks).isIdentical()).isTrue();
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(ConvertRequest.of(luks, Image.raw(directory.resolve("leak")))));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void what_is_not_encrypted_on_an_nbd_server_is_never_taken_for_luks() throws Exception {
        Image plain = Image.raw(Disks.random(directory.resolve("plain"), SIZE, 4));
        Path file = Disks.random(directory.resolve("file"), ByteSize.mebibytes(4), 5);
        String before = Disks.hash(file, 1 << 23);
        try (NbdServer server = NbdServer.start(file, directory.resolve("socket"))) {
            Image luks = Image.at(server.location(), ImageFormat.LUKS).unlockedBy(key);

            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(ConvertRequest.of(plain, luks).onto(TargetState.EXISTS)));

            assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
            assertThat(Disks.hash(file, 1 << 23)).isEqualTo(before);
        }
    }

    @Test
    void a_server_with_tls_is_reached_with_certificates_and_not_without() throws Exception {
        Path certificates = certificates();
        QemuObject server = QemuObject.tlsServer("tls", certificates);
        QemuObject client = QemuObject.tlsClient("tls", certificates).withPriority("NORMAL");
        try (NbdServer nbd = NbdServer.start(
                luks("luks"),
                directory.resolve("socket"),
                "--object=" + server.toOptionText(),
                "--tls-creds=" + server.id())) {
            QemuImageOptions bare = nbd.location();
            QemuImageOptions safe = bare.with("tls-creds", client).with("tls-hostname", "localhost");
            Image luks = Image.at(safe, ImageFormat.LUKS).unlockedBy(key);

            assertThat(qemuImg.info(luks).isEncrypted()).isTrue();
            assertThat(qemuImg.unlocks(luks)).isTrue();
            DriverException refused =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.info(Image.at(bare, ImageFormat.LUKS)));
            DriverException another = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.info(Image.at(safe.with("tls-hostname", "elsewhere"), ImageFormat.LUKS)));
            assertThat(refused.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(refused).hasMessageContaining("TLS");
            assertThat(another.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
        }
    }

    @Test
    void what_needs_a_file_of_the_host_says_so() throws Exception {
        try (NbdServer server = NbdServer.start(luks("luks"), directory.resolve("socket"))) {
            Image there = Image.at(server.location(), ImageFormat.LUKS).unlockedBy(key);
            Image plain = Image.raw(Disks.random(directory.resolve("plain"), SIZE, 4));

            for (Attempt attempt : List.<Attempt>of(
                    () -> qemuImg.create(there, SIZE), () -> qemuImg.convert(ConvertRequest.of(plain, there)))) {
                DriverException e = catchThrowableOfType(DriverException.class, attempt::make);
                assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                assertThat(e).hasMessageContaining("nbd");
            }
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.resize(there, ByteSize.mebibytes(9)));
            assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
        }
    }

    @Test
    void a_server_that_is_not_there_is_told_from_one_that_does_not_have_it() throws Exception {
        assertThat(failure(QemuImageOptions.nbd(directory.resolve("none"), "x")))
                .isEqualTo(Failure.NOT_FOUND);
        assertThat(failure(QemuImageOptions.nbd("127.0.0.1", 1, "x"))).isEqualTo(Failure.UNREACHABLE);
        try (NbdServer server = NbdServer.start(luks("luks"), directory.resolve("socket"))) {
            assertThat(failure(server.location().with("export", "another"))).isEqualTo(Failure.NOT_FOUND);
        }
    }

    @Test
    void a_part_of_a_file_is_an_image() throws Exception {
        Path whole = Disks.random(directory.resolve("whole"), ByteSize.mebibytes(4), 6);
        Path luks = luks("luks");
        Image plain = Image.raw(Disks.random(directory.resolve("plain"), SIZE, 7));
        try (RandomAccessFile out = new RandomAccessFile(whole.toFile(), "rw")) {
            out.seek(1 << 20);
            out.write(Files.readAllBytes(luks));
        }
        byte[] before = Files.readAllBytes(whole);
        Image part = Image.at(
                        QemuImageOptions.part(
                                QemuImageOptions.file(whole), ByteSize.mebibytes(1), ByteSize.bytes(Files.size(luks))),
                        ImageFormat.LUKS)
                .unlockedBy(key);

        qemuImg.convert(ConvertRequest.of(plain, part).onto(TargetState.EXISTS));

        assertThat(qemuImg.compare(part, plain).isIdentical()).isTrue();
        byte[] after = Files.readAllBytes(whole);
        assertThat(after).startsWith(Arrays.copyOf(before, 1 << 20)).hasSameSizeAs(before);
    }

    @Test
    void a_block_device_may_be_said_to_be_one_and_a_file_is_none() throws Exception {
        Path file = Disks.random(directory.resolve("file"), SIZE, 8);
        String device = Disks.run("losetup", "--find", "--show", file.toString());
        try {
            Image stated = Image.at(QemuImageOptions.blockDevice(Path.of(device)), ImageFormat.RAW);
            Image looked = Image.raw(Path.of(device));

            assertThat(qemuImg.info(stated).virtualSize()).isEqualTo(SIZE);
            assertThat(qemuImg.info(looked).virtualSize()).isEqualTo(SIZE);
            assertThat(looked.options().stating(HostFiles.local())).isEqualTo(stated.options());
            assertThat(Image.raw(file).options().stating(HostFiles.local()))
                    .isEqualTo(Image.at(QemuImageOptions.file(file), ImageFormat.RAW)
                            .options());
            for (QemuImageOptions wrong :
                    List.of(QemuImageOptions.file(Path.of(device)), QemuImageOptions.blockDevice(file))) {
                DriverException e = catchThrowableOfType(
                        DriverException.class, () -> qemuImg.info(Image.at(wrong, ImageFormat.RAW)));
                assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            }
        } finally {
            Disks.run("losetup", "--detach", device);
        }
    }

    /** QEMU checks each name and type against its schema before it connects; the objects are not there, and it says so. */
    @ParameterizedTest
    @MethodSource("places")
    void the_options_of_every_place_are_those_of_the_schema(QemuImageOptions place) throws Exception {
        List<String> argv = new ArrayList<>(List.of("qemu-storage-daemon", "--blockdev"));
        argv.add(place.toBlockdevJson("n"));

        CommandResult result = CommandRunner.local().run(Command.of(argv));

        assertThat(result.succeeded()).isFalse();
        assertThat(result.errors())
                .containsAnyOf("No secret with id 'k'", "No TLS credentials with id 'k'", "Unknown driver")
                .doesNotContain("unexpected", "missing", "Invalid parameter type");
    }

    static List<QemuImageOptions> places() {
        return List.of(
                QemuImageOptions.rbd("pool", "image")
                        .with("user", "me")
                        .with("key-secret", "k")
                        .with("server.0.host", "127.0.0.1")
                        .with("server.0.port", "6789")
                        .with("server.1.host", "::1")
                        .with("server.1.port", "6789"),
                QemuImageOptions.iscsi("127.0.0.1:3260", "iqn.2001-04.com.example:disk", 7)
                        .with("user", "me")
                        .with("password-secret", "k"),
                QemuImageOptions.nbd("127.0.0.1", 10_809, "disk").with("tls-creds", "k"));
    }

    private static Failure failure(QemuImageOptions location) {
        return catchThrowableOfType(DriverException.class, () -> qemuImg.info(Image.at(location, ImageFormat.RAW)))
                .failure();
    }

    private Path luks(String name) throws InterruptedException {
        Path path = directory.resolve(name);
        Disks.run("truncate", "-s", "3M", path.toString());
        CryptSetup.probe(CommandRunner.local()).format(path, LuksType.LUKS1, key);
        return path;
    }

    /** Makes an authority, and a server and a client that it vouches for. */
    private Path certificates() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("tls, certificates"));
        String newKey = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        for (String command : List.of(
                "req -x509 " + newKey + " -keyout ca-key.pem -out ca-cert.pem -days 2 -subj /CN=ca",
                "req " + newKey + " -keyout server-key.pem -out s.csr -subj /CN=s -addext subjectAltName=DNS:localhost",
                "req " + newKey + " -keyout client-key.pem -out c.csr -subj /CN=c -addext subjectAltName=DNS:localhost",
                "x509 -req -in s.csr -CA ca-cert.pem -CAkey ca-key.pem -days 2 -copy_extensions copy -out server-cert.pem",
                "x509 -req -in c.csr -CA ca-cert.pem -CAkey ca-key.pem -days 2 -copy_extensions copy -out client-cert.pem")) {
            Disks.run("env", "--chdir=" + folder, "sh", "-c", "openssl " + command);
        }
        return folder;
    }

    /** Something that is to fail. */
    private interface Attempt {
        void make() throws InterruptedException;
    }
}
