package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images over images, where each says its own format and key, and headers that lie. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImageLayersIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);
    private static final int WRITTEN = 1 << 16;

    @TempDir
    private static Path shared;

    private static QemuImg qemuImg;
    private static Secret lower;
    private static Secret upper;

    @TempDir
    private Path directory;

    private Path disk;
    private Path stolen;

    @BeforeAll
    static void makeImages() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        lower = Secret.random();
        upper = Secret.random();
        Image disk = Image.raw(Disks.random(shared.resolve("disk"), SIZE, 21));
        Path luks = shared.resolve("luks");
        Disks.run("truncate", "-s", "3M", luks.toString());
        CryptSetup.probe(CommandRunner.local()).format(luks, LuksType.LUKS1, lower);
        qemuImg.convert(
                ConvertRequest.of(disk, Image.luks(luks).unlockedBy(lower)).onto(TargetState.EXISTS));
        qemuImg.convert(ConvertRequest.of(disk, Image.qcow2(shared.resolve("qcow2"))));
        qemuImg.convert(
                ConvertRequest.of(disk, Image.qcow2(shared.resolve("locked")).unlockedBy(lower)));
        Image top = Image.qcow2(shared.resolve("top")).unlockedBy(upper);
        qemuImg.create(top, SIZE);
        String nowhere = shared.resolve("nowhere").toString();
        qemu(top, List.of("qemu-img", "rebase", "-u"), List.of("-b", nowhere, "-F", "raw"));
    }

    @AfterAll
    static void wipe() {
        lower.close();
        upper.close();
    }

    @BeforeEach
    void makeDisks() throws Exception {
        disk = copy("disk");
        stolen = Disks.random(directory.resolve("stolen"), SIZE, 22);
    }

    @ParameterizedTest
    @CsvSource({"disk, RAW", "luks, LUKS", "qcow2, QCOW2", "locked, QCOW2"})
    void each_layer_is_opened_with_its_own_format_and_key(String name, ImageFormat format) throws Exception {
        Image plain = Image.of(copy(name), format);
        Image base = name.startsWith("l") ? plain.unlockedBy(lower) : plain;
        for (Image top : List.of(lyingTop(), lockedTop())) {
            Image chain = top.over(base);
            write(chain, 7);
            Path copy = directory.resolve("copy");

            qemuImg.convert(ConvertRequest.of(chain, Image.raw(copy)).intoPlaintext());

            byte[] expected = Files.readAllBytes(disk);
            Arrays.fill(expected, 0, WRITTEN, (byte) 7);
            assertThat(Files.readAllBytes(copy)).as("%s", chain).isEqualTo(expected);
            assertThat(qemuImg.compare(base, Image.raw(disk)).isIdentical()).isTrue();
            Files.delete(copy);
        }
    }

    @Test
    void what_was_written_above_is_committed_into_an_encrypted_image_with_the_keys_of_both() throws Exception {
        Image base = Image.qcow2(copy("locked")).unlockedBy(lower);
        Image chain = lockedTop().over(base);
        write(chain, 9);

        qemu(chain, List.of("qemu-img", "commit", "-q"), List.of());

        byte[] expected = Files.readAllBytes(disk);
        Arrays.fill(expected, 0, WRITTEN, (byte) 9);
        Path changed = Files.write(directory.resolve("changed"), expected);
        assertThat(qemuImg.compare(base, Image.raw(changed)).isIdentical()).isTrue();
    }

    @Test
    void a_key_that_is_missing_below_is_missed_and_a_wrong_one_is_told() throws Exception {
        Image top = lockedTop();
        Image raw = Image.raw(directory.resolve("copy"));

        for (Image bare : List.of(Image.qcow2(copy("locked")), Image.luks(copy("luks")))) {
            DriverException missing = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(ConvertRequest.of(top.over(bare), raw).intoPlaintext()));
            DriverException wrong = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(ConvertRequest.of(top.over(bare.unlockedBy(upper)), raw)
                            .intoPlaintext()));

            assertThat(missing.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(wrong.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
        }
        assertThat(qemuImg.unlocks(top.over(Image.qcow2(directory.resolve("gone")))))
                .as("its own key alone is tried")
                .isTrue();
    }

    @Test
    void what_lies_encrypted_below_is_not_written_in_clear_unasked() throws Exception {
        Image chain = lyingTop().over(Image.luks(copy("luks")).unlockedBy(lower));
        Image clear = Image.raw(directory.resolve("clear"));

        DriverException e =
                catchThrowableOfType(DriverException.class, () -> qemuImg.convert(ConvertRequest.of(chain, clear)));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(clear.requirePath()).doesNotExist();
    }

    @Test
    void a_header_is_followed_unless_something_else_or_nothing_is_said() throws Exception {
        Image said = lyingTop();

        assertThat(content(said)).isEqualTo(Files.readAllBytes(stolen));
        assertThat(content(said.over(Image.raw(disk)))).isEqualTo(Files.readAllBytes(disk));
        assertThat(content(said.overNothing())).containsOnly(0);
    }

    @Test
    void a_failure_tells_what_failed_and_not_how_it_was_asked() throws Exception {
        Image locked = lockedTop().overNothing();

        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.compare(locked.unlockedBy(lower), Image.raw(disk)));

        assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
        assertThat(e).hasMessageNotContaining("deprecated").hasMessageContaining("cannot unlock");
    }

    @Test
    void headers_of_lower_layers_are_not_followed_either() throws Exception {
        Image liar = lyingTop();
        Path top = directory.resolve("upper");
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", top.toString(), "1M");

        assertThat(content(Image.qcow2(top).over(liar))).isEqualTo(Files.readAllBytes(stolen));
        assertThat(content(Image.qcow2(top).over(liar.overNothing()))).containsOnly(0);
        assertThat(content(Image.qcow2(top).over(liar.over(Image.raw(disk))))).isEqualTo(Files.readAllBytes(disk));
    }

    @Test
    void a_qcow2_header_that_a_guest_wrote_onto_its_raw_disk_is_data() throws Exception {
        Path guest = lyingTop().requirePath();
        byte[] written = Files.readAllBytes(guest);
        Path top = directory.resolve("upper");
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", top.toString(), "1M");

        assertThat(content(Image.raw(guest))).startsWith(written);
        assertThat(Arrays.copyOf(content(Image.qcow2(top).over(Image.raw(guest))), written.length))
                .isEqualTo(written);
    }

    @Test
    void a_running_qemu_takes_the_same_chain_with_one_key_for_all() throws Exception {
        Image base = Image.qcow2(copy("locked")).unlockedBy(lower).overNothing();
        Image middle = lyingTop().over(base);
        Path top = directory.resolve("upper");
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", top.toString(), "1M");
        QemuImageOptions options = Image.qcow2(top).over(middle).options();

        String json = options.naming(key -> "k").stating(HostFiles.local()).toBlockdevJson("n");
        CommandResult result = CommandRunner.local()
                .run(Command.of(
                                "qemu-storage-daemon",
                                "--object",
                                QemuObject.secretOnStdin("k").toOptionText(),
                                "--blockdev",
                                json,
                                "--blockdev",
                                json)
                        .feeding(lower));

        assertThat(options.secrets()).containsExactly(lower);
        assertThat(result.errors()).as("the first was taken").contains("Duplicate nodes with node-name='n'");
    }

    /** A qcow2 image whose header names a file of the host. */
    private Image lyingTop() throws Exception {
        Path path = directory.resolve("lying");
        Files.deleteIfExists(path);
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", stolen.toString(), "-F", "raw", path.toString());
        return Image.qcow2(path);
    }

    /** One that is encrypted, and whose header names what is not there. */
    private Image lockedTop() throws IOException {
        return Image.qcow2(copy("top")).unlockedBy(upper);
    }

    private byte[] content(Image image) throws Exception {
        Path copy = directory.resolve("content");
        try {
            qemuImg.convert(ConvertRequest.of(image, Image.raw(copy)));
            return Files.readAllBytes(copy);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static void write(Image image, int pattern) throws InterruptedException {
        qemu(image, List.of("qemu-io"), List.of("-c", "write -P " + pattern + " 0 " + WRITTEN));
    }

    private static void qemu(Image image, List<String> before, List<String> after) throws InterruptedException {
        try (QemuKeys keys = QemuKeys.of(image)) {
            List<String> argv = new ArrayList<>(before);
            argv.addAll(keys.arguments());
            argv.addAll(List.of("--image-opts", keys.open(image)));
            argv.addAll(after);
            CommandResult result = CommandRunner.local().run(keys.feed(Command.of(argv)));
            assertThat(result.succeeded()).as("%s: %s", argv, result).isTrue();
        }
    }

    private Path copy(String name) throws IOException {
        return Files.copy(shared.resolve(name), directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
}
