package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuImgConvertIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);
    /** Fewer letters may meet by chance in what reads as noise. */
    private static final int SHORTEST = 8;

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
    void every_format_and_key_gives_the_same_disk() throws Exception {
        try (Secret one = Secret.random();
                Secret two = Secret.random()) {
            List<Image> chain = List.of(
                    source,
                    Image.qcow2(directory.resolve("plain")),
                    Image.luks(directory.resolve("luks-one")).unlockedBy(one),
                    Image.luks(directory.resolve("luks-two")).unlockedBy(two),
                    Image.qcow2(directory.resolve("qcow2-one")).unlockedBy(one),
                    Image.qcow2(directory.resolve("qcow2-two")).unlockedBy(two),
                    Image.luks(directory.resolve("luks-three")).unlockedBy(one));
            for (int i = 1; i < chain.size(); i++) {
                qemuImg.convert(ConvertRequest.of(chain.get(i - 1), chain.get(i)));
                assertThat(qemuImg.compare(source, chain.get(i)))
                        .as("%s", chain.get(i))
                        .isEqualTo(new Comparison.Identical());
            }
            assertThat(qemuImg.compare(chain.get(2), chain.get(3)).isIdentical())
                    .isTrue();
            assertThat(Disks.names(directory)).noneMatch(name -> name.startsWith("."));
            assertThat(qemuImg.info(chain.get(1)).actualSize()).isLessThan(SIZE);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"LUKS", "QCOW2"})
    void a_text_that_is_copied_under_a_key_is_not_readable_in_the_file(ImageFormat format) throws Exception {
        String text = "a-known-text-of-the-guest/";
        Image plain = Image.raw(directory.resolve("plain"));
        Files.writeString(plain.requirePath(), text.repeat((1 << 20) / text.length() + 1));
        Image unencrypted = Image.of(directory.resolve("open"), format == ImageFormat.LUKS ? ImageFormat.RAW : format);
        qemuImg.convert(ConvertRequest.of(plain, unencrypted));
        assertThat(occurrences(text, unencrypted)).as("without a key it is").isGreaterThan(1000);
        try (Secret key = Secret.random();
                Secret other = Secret.random()) {
            Image encrypted = Image.of(directory.resolve("encrypted"), format).unlockedBy(key);
            Image again = Image.of(directory.resolve("again"), format).unlockedBy(other);

            qemuImg.convert(ConvertRequest.of(unencrypted, encrypted));
            qemuImg.convert(ConvertRequest.of(encrypted, again));
            qemuImg.convert(ConvertRequest.of(unencrypted, again).onto(TargetState.EXISTS));

            for (Image image : List.of(encrypted, again)) {
                assertThat(qemuImg.compare(unencrypted, image).isIdentical()).isTrue();
                assertThat(occurrences(text.substring(0, SHORTEST), image)).isZero();
            }
        }
    }

    @Test
    void zeroes_overwrite_what_was_in_a_target_that_exists() throws Exception {
        try (Secret key = Secret.random()) {
            Image dirty = Image.raw(Disks.random(directory.resolve("dirty"), SIZE, 1));
            Image dirtyLuks = Image.luks(directory.resolve("dirty-luks")).unlockedBy(key);
            Image dirtyQcow2 = Image.qcow2(directory.resolve("dirty-qcow2")).unlockedBy(key);
            qemuImg.convert(ConvertRequest.of(dirty, dirtyLuks));
            qemuImg.convert(ConvertRequest.of(dirty, dirtyQcow2));
            for (Image target : List.of(dirty, dirtyLuks, dirtyQcow2)) {
                qemuImg.convert(ConvertRequest.of(source, target).onto(TargetState.EXISTS));
                assertThat(qemuImg.compare(source, target).isIdentical())
                        .as("%s", target)
                        .isTrue();
            }
        }
    }

    @Test
    void a_zeroed_target_may_be_any_but_luks() throws Exception {
        try (Secret key = Secret.random()) {
            Image plain = Image.raw(directory.resolve("plain"));
            Image qcow2 = Image.qcow2(directory.resolve("qcow2")).unlockedBy(key);
            for (Image target : List.of(plain, qcow2)) {
                qemuImg.create(target, SIZE);
                qemuImg.convert(ConvertRequest.of(source, target).onto(TargetState.EXISTS_ZEROED));
                assertThat(qemuImg.compare(source, target).isIdentical())
                        .as("%s", target)
                        .isTrue();
            }
        }
    }

    @Test
    void progress_never_goes_back_and_ends_at_the_whole() throws Exception {
        Image large = Image.raw(Disks.random(directory.resolve("large"), ByteSize.mebibytes(200), 3));
        List<Progress> heard = new ArrayList<>();
        Thread caller = Thread.currentThread();
        List<Thread> threads = new ArrayList<>();

        qemuImg.convert(ConvertRequest.of(large, Image.qcow2(directory.resolve("copy"))), progress -> {
            heard.add(progress);
            threads.add(Thread.currentThread());
        });

        assertThat(heard).hasSizeGreaterThan(10);
        assertThat(heard).isSortedAccordingTo(Comparator.comparing(Progress::done));
        assertThat(heard).extracting(Progress::total).containsOnly(ByteSize.mebibytes(200));
        assertThat(heard.get(heard.size() - 1).percent()).isEqualTo(100);
        assertThat(threads).containsOnly(caller);
    }

    @Test
    void a_listener_that_throws_ends_it_and_leaves_nothing() throws Exception {
        IllegalStateException thrown = catchThrowableOfType(
                IllegalStateException.class,
                () -> qemuImg.convert(ConvertRequest.of(source, Image.raw(directory.resolve("copy"))), progress -> {
                    throw new IllegalStateException("stop");
                }));

        assertThat(thrown).hasMessage("stop");
        assertThat(Disks.names(directory)).containsExactly("source");
    }

    @Test
    void interruption_in_the_middle_leaves_nothing() throws Exception {
        QemuImg slow = QemuImg.probe(CommandRunner.local(), slowConvert());
        Image target = Image.qcow2(directory.resolve("copy"));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch copying = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            try {
                slow.convert(ConvertRequest.of(source, target), progress -> copying.countDown());
            } catch (InterruptedException | RuntimeException e) {
                thrown.set(e);
            }
        });
        thread.start();
        copying.await();
        assertThat(Disks.names(directory)).anyMatch(name -> name.startsWith(".hvkit-"));
        thread.interrupt();
        thread.join();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(Disks.names(directory)).containsExactly("slow", "source");
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    @Test
    void the_limit_ends_it_and_leaves_nothing() throws Exception {
        QemuImg slow = QemuImg.probe(CommandRunner.local(), slowConvert());
        Image target = Image.qcow2(directory.resolve("copy"));

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> slow.convert(ConvertRequest.of(source, target).within(Duration.ofSeconds(1))));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(Disks.names(directory)).containsExactly("slow", "source");
    }

    @Test
    void a_target_that_appears_meanwhile_is_left_alone() throws Exception {
        Path target = directory.resolve("copy");

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.convert(ConvertRequest.of(source, Image.raw(target)), progress -> {
                    if (Files.notExists(target)) {
                        write(target);
                    }
                }));

        assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(target).hasContent("precious");
        assertThat(Disks.names(directory)).containsExactly("copy", "source");
    }

    @Test
    void a_file_system_without_direct_access_is_written_all_the_same() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("ramfs"));
        Disks.run("mount", "-t", "ramfs", "ramfs", mount.toString());
        try {
            Image target = Image.raw(mount.resolve("copy"));
            qemuImg.convert(ConvertRequest.of(source, target));
            assertThat(qemuImg.compare(source, target).isIdentical()).isTrue();
        } finally {
            Disks.run("umount", mount.toString());
        }
    }

    @Test
    void sources_that_are_no_whole_sectors_are_rounded_up() throws Exception {
        Path odd = Files.writeString(directory.resolve("odd"), "x".repeat(1000));
        Image target = Image.qcow2(directory.resolve("copy"));

        qemuImg.convert(ConvertRequest.of(Image.raw(odd), target));

        assertThat(qemuImg.info(target).virtualSize()).isEqualTo(ByteSize.bytes(1024));
        assertThat(qemuImg.compare(Image.raw(odd), target).isIdentical()).isTrue();
    }

    /** A qemu-img that copies in earnest but never comes to an end, by way of a child. */
    private Path slowConvert() throws Exception {
        String real = Disks.run("sh", "-c", "command -v qemu-img");
        return Scripts.write(
                directory.resolve("slow"),
                "case \"$*\" in *null-co*) exec " + real + " \"$@\" ;; esac", // what it can do is tried at once
                "if [ \"$1\" = convert ] && [ \"$2\" = -n ]; then shift; " + real
                        + " convert -r 65536 \"$@\" & sleep 600; fi",
                "exec " + real + " \"$@\"");
    }

    private static int occurrences(String text, Image image) throws IOException {
        String all = Files.readString(image.requirePath(), StandardCharsets.ISO_8859_1);
        int count = 0;
        for (int at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1)) {
            count++;
        }
        return count;
    }

    private static void write(Path path) {
        try {
            Files.writeString(path, "precious");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
