package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.ProcessIdentity;
import io.hvkit.testkit.ssh.LoopbackSshd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The same operations as on this host, on another one, whose files do not exist here. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(180)
@Tag("drawn")
class RemoteImagesIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(2);

    @TempDir
    private static Path work;

    private static LoopbackSshd sshd;
    private static SshRunner runner;
    private static QemuImg qemuImg;
    private static CryptSetup cryptSetup;

    private Path folder;

    @BeforeAll
    static void connect() throws Exception {
        sshd = LoopbackSshd.start(work);
        runner = CommandRunner.ssh(Destinations.of(sshd));
        qemuImg = QemuImgProbe.of(runner).qemuImg();
        cryptSetup = CryptSetup.probe(runner);
    }

    @AfterAll
    static void disconnect() {
        runner.close();
        sshd.close();
    }

    @BeforeEach
    void makeFolder(TestInfo test) throws Exception {
        folder = sshd.folder().resolve(test.getTestMethod().orElseThrow().getName());
        there("mkdir", folder.toString());
    }

    @Test
    void a_build_there_shows_what_it_can_do() {
        assertThat(qemuImg.abilities()).contains(QemuImgAbility.LUKS, QemuImgAbility.QCOW2);
    }

    @Test
    void plain_images_are_made_copied_resized_and_looked_at() throws Exception {
        Image raw = Image.raw(folder.resolve("it's, a \"raw\" $disk\n2"));
        Image qcow2 = Image.qcow2(folder.resolve("disk.qcow2"));
        qemuImg.create(raw, SIZE);
        there(
                "dd",
                "if=/dev/urandom",
                "of=" + raw.path().orElseThrow(),
                "bs=64k",
                "count=20",
                "conv=notrunc",
                "status=none");

        qemuImg.convert(ConvertRequest.of(raw, qcow2));

        assertThat(qemuImg.compare(raw, qcow2).isIdentical()).isTrue();
        qemuImg.resize(qcow2, ByteSize.mebibytes(4));
        assertThat(qemuImg.info(qcow2).virtualSize()).isEqualTo(ByteSize.mebibytes(4));
        assertThat(qemuImg.check(qcow2).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
        assertThat(there("stat", "-c", "%a", qcow2.path().orElseThrow().toString()))
                .isEqualTo("600");
        assertThat(runner.files().list(folder)).hasSize(2);
        assertThat(folder).doesNotExist();
    }

    @Test
    void encrypted_images_are_made_and_copied_under_two_keys_and_attested() throws Exception {
        try (Secret one = Secret.random();
                Secret two = Secret.random()) {
            Image source = Image.luks(folder.resolve("source")).unlockedBy(one);
            Image target = Image.luks(folder.resolve("target")).unlockedBy(two);
            there("truncate", "-s", "4M", source.path().orElseThrow().toString());
            cryptSetup.format(source.path().orElseThrow(), LuksType.LUKS1, one);

            qemuImg.convert(ConvertRequest.of(source, target));

            assertThat(cryptSetup.unlocks(target.path().orElseThrow(), two)).isTrue();
            assertThat(cryptSetup.unlocks(target.path().orElseThrow(), one)).isFalse();
            assertThat(qemuImg.unlocks(target)).isTrue();
            assertThat(qemuImg.unlocks(target.unlockedBy(one))).isFalse();
            assertThat(LuksHeader.read(runner.files(), target.path().orElseThrow()))
                    .hasValueSatisfying(header -> assertThat(header.container()).isEqualTo(ImageFormat.LUKS));
            assertThat(qemuImg.compare(source, target).isIdentical()).isTrue();
            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> cryptSetup.format(target.path().orElseThrow(), LuksType.LUKS1, one));
            assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        }
    }

    @Test
    void an_encrypted_qcow2_is_made_and_attested() throws Exception {
        try (Secret key = Secret.random()) {
            Image image = Image.qcow2(folder.resolve("disk")).unlockedBy(key);

            qemuImg.create(image, SIZE);

            assertThat(LuksHeader.read(runner.files(), image.path().orElseThrow()))
                    .hasValueSatisfying(header -> assertThat(header.container()).isEqualTo(ImageFormat.QCOW2));
            DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.create(image, SIZE));
            assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        }
    }

    @Test
    void a_copy_that_is_interrupted_leaves_neither_file_nor_program() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        QemuImg slow = QemuImg.probe(runner, slowProgram());
        qemuImg.create(Image.raw(folder.resolve("source")), SIZE);
        Thread copy = new Thread(() -> {
            try {
                slow.convert(
                        ConvertRequest.of(Image.raw(folder.resolve("source")), Image.qcow2(folder.resolve("target"))));
            } catch (InterruptedException | RuntimeException e) {
                thrown.set(e);
            }
        });
        copy.start();
        Await.until("the copy is under way", this::copies);
        copy.interrupt();
        copy.join();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(copies()).isFalse();
        assertThat(runner.files().list(folder)).containsExactlyInAnyOrder("source", "slow-qemu-img");
    }

    @Test
    void a_copy_whose_time_is_over_leaves_neither_file_nor_program() throws Exception {
        QemuImg slow = QemuImg.probe(runner, slowProgram());
        qemuImg.create(Image.raw(folder.resolve("source")), SIZE);

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> slow.convert(
                        ConvertRequest.of(Image.raw(folder.resolve("source")), Image.qcow2(folder.resolve("target")))
                                .within(Duration.ofSeconds(2))));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(copies()).isFalse();
        assertThat(runner.files().list(folder)).containsExactlyInAnyOrder("source", "slow-qemu-img");
    }

    @Test
    void a_last_key_that_was_lost_there_is_put_back_from_what_lies_there() throws Exception {
        Path device = folder.resolve("device");
        List<String> restored = new ArrayList<>();
        try (Secret one = Secret.random();
                Secret two = Secret.random()) {
            there("truncate", "-s", "4M", device.toString());
            cryptSetup.format(device, LuksType.LUKS1, one);
            cryptSetup.addKey(device, one, two);
            CryptSetup racing = CryptSetup.probe(new CommandRunner() {
                @Override
                public CommandResult run(Command command) throws InterruptedException {
                    if (command.argv().contains("luksHeaderRestore")) {
                        restored.addAll(command.argv());
                    }
                    CommandResult result = runner.run(command);
                    if (command.argv().contains("luksKillSlot")) {
                        // The other one looked before this, and kills what it saw.
                        there("cryptsetup", "luksErase", "--batch-mode", device.toString());
                    }
                    return result;
                }

                @Override
                public HostFiles files() {
                    return runner.files();
                }
            });

            DriverException e = catchThrowableOfType(DriverException.class, () -> racing.removeKeySlot(device, 0, two));

            assertThat(e.failure()).isEqualTo(Failure.IN_USE);
            assertThat(cryptSetup.unlocks(device, one)).isTrue();
            assertThat(cryptSetup.unlocks(device, two)).isTrue();
        }
        assertThat(restored)
                .as("a path of this process means nothing there")
                .noneMatch(word -> word.contains("/proc/"))
                .anyMatch(word -> word.contains("/dev/shm/.hvkit-"));
        assertThat(runner.files().list(Path.of("/dev/shm"))).noneMatch(restored.toString()::contains);
    }

    @Test
    void two_keys_that_are_too_long_to_be_sent_at_once_are_refused() throws Exception {
        Path device = folder.resolve("device");
        try (Secret one = Disks.fastKey("1".repeat(300));
                Secret two = Disks.fastKey("2".repeat(300))) {
            there("truncate", "-s", "4M", device.toString());
            cryptSetup.format(device, LuksType.LUKS1, one);

            DriverException e = catchThrowableOfType(DriverException.class, () -> cryptSetup.addKey(device, one, two));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(cryptSetup.keySlots(device, two)).isEmpty();
        }
    }

    @Test
    void what_a_dead_process_of_this_machine_left_there_is_swept() throws Exception {
        ProcessIdentity own = ProcessIdentity.ofThisOne();
        ProcessIdentity dead =
                new ProcessIdentity(own.machine(), own.boot(), own.space(), Integer.MAX_VALUE, own.start());
        Path left = folder.resolve(new PartialName(dead, UUID.randomUUID()).toString());
        runner.files().create(left);
        runner.files().create(folder.resolve(PartialName.next().toString()));

        assertThat(PartialFiles.sweep(runner.files(), folder)).containsExactly(left);

        assertThat(runner.files().list(folder)).hasSize(1);
    }

    /** Returns a qemu-img that waits before it copies. */
    private Path slowProgram() throws InterruptedException {
        Path program = folder.resolve("slow-qemu-img");
        there(
                "sh",
                "-c",
                "printf '#!/bin/sh\\ncase \"$*\" in *null-co*) ;; convert*) sleep 600;; esac\\nexec qemu-img \"$@\"\\n' > $0;"
                        + " chmod 755 $0",
                program.toString());
        return program;
    }

    private boolean copies() {
        return ProcessHandle.allProcesses()
                .filter(process -> Await.lives(Long.toString(process.pid())))
                .anyMatch(process -> commandLine(process).contains(folder + "/slow-qemu-img\0convert"));
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "it ended just now";
        }
    }

    private static String there(String... argv) throws InterruptedException {
        CommandResult result = runner.run(Command.of(argv));
        assertThat(result.succeeded()).as("%s", result).isTrue();
        return result.output().strip();
    }
}
