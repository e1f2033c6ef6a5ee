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
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeySlotsIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    @TempDir
    private static Path shared;

    @TempDir
    private Path directory;

    private final Secret first = Disks.fastKey("first");
    private final Secret second = Disks.fastKey("second");
    private final Secret third = Disks.fastKey("third");

    private QemuImg qemuImg;

    @BeforeAll
    static void make() throws Exception {
        try (Secret key = Disks.fastKey("first")) {
            QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
            for (ImageFormat format : List.of(ImageFormat.LUKS, ImageFormat.QCOW2)) {
                qemuImg.create(Image.of(shared.resolve(format.name()), format).unlockedBy(key), SIZE);
            }
        }
    }

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @AfterEach
    void wipe() {
        List.of(first, second, third).forEach(Secret::close);
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"LUKS", "QCOW2"})
    void a_key_is_changed_so_that_a_known_one_opens_the_image_at_every_moment(ImageFormat format) throws Exception {
        Image image = image(format);

        slots(image, first).add(second);
        assertThat(slots(image, first).active()).containsExactly(0, 1);
        assertThat(qemuImg.unlocks(image.unlockedBy(first))).isTrue();
        assertThat(qemuImg.unlocks(image.unlockedBy(second))).isTrue();

        slots(image, second).remove(first);
        assertThat(slots(image, second).active()).containsExactly(1);
        assertThat(qemuImg.unlocks(image.unlockedBy(first))).isFalse();
        assertThat(qemuImg.unlocks(image.unlockedBy(second))).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"LUKS", "QCOW2"})
    void all_slots_are_filled_without_a_program_and_every_key_opens_it_for_qemu_img(ImageFormat format)
            throws Exception {
        Image image = image(format);
        List<List<String>> commands = new ArrayList<>();
        QemuImg watched = QemuImg.probe(command -> {
            commands.add(command.argv());
            return CommandRunner.local().run(command);
        });
        List<Secret> keys = new ArrayList<>();
        try {
            for (int i = 1; i < 8; i++) {
                Secret key = Secret.random();
                keys.add(key);
                watched.keySlots(image.unlockedBy(first)).add(key);
            }
            assertThat(slots(image, first).active()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            assertThat(commands).noneMatch(argv -> argv.contains("amend"));
            for (Secret key : keys) {
                assertThat(qemuImg.unlocks(image.unlockedBy(key))).isTrue();
            }
            assertThat(qemuImg.unlocks(image.unlockedBy(first))).isTrue();
            if (format == ImageFormat.QCOW2) {
                assertThat(qemuImg.check(image.unlockedBy(first)).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
            } else {
                assertThat(CryptSetup.probe(CommandRunner.local()).keySlots(image.requirePath(), keys.get(6)))
                        .containsExactly(7);
            }
            DriverException full = catchThrowableOfType(
                    DriverException.class, () -> slots(image, first).add(second));
            assertThat(full.failure()).isEqualTo(Failure.EXHAUSTED);
        } finally {
            keys.forEach(Secret::close);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"LUKS", "QCOW2"})
    void what_is_so_already_changes_no_byte(ImageFormat format) throws Exception {
        Image image = image(format);
        slots(image, first).add(second);
        String before = Disks.hash(image.requirePath(), 1 << 23);

        slots(image, first).add(second);
        slots(image, first).add(first);
        slots(image, first).remove(third);
        slots(image, first).removeSlot(7);

        assertThat(Disks.hash(image.requirePath(), 1 << 23)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"LUKS", "QCOW2"})
    void a_wrong_key_changes_no_byte(ImageFormat format) throws Exception {
        Image image = image(format);
        String before = Disks.hash(image.requirePath(), 1 << 23);

        for (Failing attempt : List.<Failing>of(
                () -> slots(image, third).add(second),
                () -> slots(image, third).remove(first),
                () -> slots(image, third).removeSlot(0))) {
            DriverException e = catchThrowableOfType(DriverException.class, attempt::run);
            assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        }
        assertThat(Disks.hash(image.requirePath(), 1 << 23)).isEqualTo(before);
    }

    @Test
    void the_last_key_is_never_removed() throws Exception {
        Image image = image(ImageFormat.LUKS);
        String before = Disks.hash(image.requirePath(), 1 << 23);

        DriverException e = catchThrowableOfType(
                DriverException.class, () -> slots(image, first).remove(first));
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(Disks.hash(image.requirePath(), 1 << 23)).isEqualTo(before);

        slots(image, first).removeSlot(0);
        assertThat(slots(image, first).active()).containsExactly(1);
        assertThat(qemuImg.unlocks(image.unlockedBy(first))).isTrue();
    }

    @Test
    void a_slot_whose_key_is_lost_is_erased_by_its_number() throws Exception {
        Image image = image(ImageFormat.QCOW2);
        slots(image, first).add(second);

        slots(image, first).removeSlot(1);

        assertThat(qemuImg.unlocks(image.unlockedBy(second))).isFalse();
        assertThat(qemuImg.unlocks(image.unlockedBy(first))).isTrue();
        assertThat(slots(image, first).active()).doesNotContain(1);
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> slots(image, first).removeSlot(8));
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
    }

    @Test
    void a_ninth_key_finds_no_room() throws Exception {
        Image image = image(ImageFormat.LUKS);
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            for (int slot = 1; slot < 8; slot++) {
                file.seek(208 + 48L * slot); // where the slots begin, each as long
                file.writeInt(0x00AC71F3); // active
                file.writeInt(1000); // iterations
            }
        }
        String before = Disks.hash(image.requirePath(), 1 << 23);

        for (Failing attempt : List.<Failing>of(
                () -> slots(image, first).add(second), () -> slots(image, first).removeSlot(0))) {
            DriverException e = catchThrowableOfType(DriverException.class, attempt::run);
            assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        }
        assertThat(slots(image, first).active()).isEqualTo(Set.of(0, 1, 2, 3, 4, 5, 6, 7));
        assertThat(Disks.hash(image.requirePath(), 1 << 23)).isEqualTo(before);

        slots(image, first).removeSlot(3);
        assertThat(slots(image, first).active()).isEqualTo(Set.of(0, 1, 2, 4, 5, 6, 7));
        assertThat(qemuImg.unlocks(image.unlockedBy(first))).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"LUKS", "QCOW2"})
    void a_key_is_changed_without_a_program_that_changes_and_others_agree(ImageFormat format) throws Exception {
        Image image = image(format);
        List<List<String>> commands = new ArrayList<>();
        QemuImg watched = QemuImg.probe(command -> {
            commands.add(command.argv());
            return CommandRunner.local().run(command);
        });

        watched.keySlots(image.unlockedBy(first)).change(second);
        watched.keySlots(image.unlockedBy(first)).change(second); // as if its answer had been lost

        assertThat(commands).noneMatch(argv -> argv.contains("amend"));
        assertThat(qemuImg.unlocks(image.unlockedBy(second))).isTrue();
        assertThat(qemuImg.unlocks(image.unlockedBy(first))).isFalse();
        assertThat(slots(image, second).active()).containsExactly(1);
        if (format == ImageFormat.QCOW2) {
            assertThat(qemuImg.check(image.unlockedBy(second)).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
        } else {
            CryptSetup cryptSetup = CryptSetup.probe(CommandRunner.local());
            assertThat(cryptSetup.unlocks(image.requirePath(), second)).isTrue();
            assertThat(cryptSetup.unlocks(image.requirePath(), first)).isFalse();
        }
        for (Failing attempt : List.<Failing>of(
                () -> slots(image, first).change(third),
                () -> slots(image, third).change(first))) {
            assertThat(catchThrowableOfType(DriverException.class, attempt::run).failure())
                    .isEqualTo(Failure.BAD_CREDENTIALS);
        }
        assertThat(catchThrowableOfType(
                                DriverException.class,
                                () -> slots(image, second).change(second))
                        .failure())
                .isEqualTo(Failure.INVALID_REQUEST);
    }

    @Test
    void an_erasure_that_was_cut_short_opens_nothing_hinders_nobody_and_is_finished_by_the_next_one() throws Exception {
        Image image = image(ImageFormat.LUKS);
        slots(image, first).add(second);
        write(image, 208 + 8, "ERASING!"); // the salt of slot 0, which is tried before slot 1
        CryptSetup cryptSetup = CryptSetup.probe(CommandRunner.local());
        assertThat(qemuImg.unlocks(image.unlockedBy(first))).isFalse();
        assertThat(qemuImg.unlocks(image.unlockedBy(second))).isTrue();
        assertThat(cryptSetup.unlocks(image.requirePath(), first)).isFalse();
        assertThat(cryptSetup.unlocks(image.requirePath(), second)).isTrue();
        assertThat(slots(image, second).active()).containsExactly(0, 1);

        slots(image, second).remove(first);

        assertThat(slots(image, second).active()).containsExactly(1);
        assertThat(qemuImg.unlocks(image.unlockedBy(second))).isTrue();
    }

    @Test
    void a_slot_that_only_its_holder_can_open_stays_when_another_is_erased() throws Exception {
        Image image = image(ImageFormat.LUKS);
        slots(image, first).add(second);
        slots(image, first).add(third);
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            file.seek(208 + 48 * 2 + 4);
            file.writeInt(1); // an odd slot of somebody else
        }

        slots(image, first).remove(second);

        assertThat(slots(image, first).active()).containsExactly(0, 2);
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"LUKS", "QCOW2"})
    void what_is_erased_is_gone_from_the_disk_and_all_else_stays(ImageFormat format) throws Exception {
        Image image = image(format);
        slots(image, first).add(second);
        byte[] before = Files.readAllBytes(image.requirePath());

        slots(image, second).remove(first);

        byte[] after = Files.readAllBytes(image.requirePath());
        int header = format == ImageFormat.LUKS ? 0 : headerInside(before);
        int material = header + 4096;
        int end = material + 64 * 4000;
        for (int at = material; at < end; at += 64) {
            assertThat(Arrays.equals(before, at, at + 64, after, at, at + 64))
                    .as("material at %s", at)
                    .isFalse();
        }
        assertThat(after).hasSameSizeAs(before);
        assertThat(HexFormat.of().formatHex(after, header + 208, header + 248))
                .as("the slot's fields")
                .isEqualTo("0000dead" + "00".repeat(36));
        assertThat(Arrays.mismatch(before, 0, header + 208, after, 0, header + 208))
                .as("what lies before it")
                .isNegative();
        assertThat(Arrays.mismatch(before, header + 248, material, after, header + 248, material))
                .as("the other slots' fields")
                .isNegative();
        assertThat(Arrays.mismatch(before, end, before.length, after, end, after.length))
                .as("the other slots' material and the data")
                .isNegative();
    }

    /** Where the LUKS header lies that qcow2's extension tells of. */
    private static int headerInside(byte[] image) {
        ByteBuffer bytes = ByteBuffer.wrap(image);
        int at = bytes.getInt(100);
        while (bytes.getInt(at) != 0x0537BE77) {
            at += 8 + (bytes.getInt(at + 4) + 7) / 8 * 8;
        }
        return (int) bytes.getLong(at + 8);
    }

    private static void write(Image image, long at, String text) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            file.seek(at);
            file.writeBytes(text);
        }
    }

    @Test
    void a_change_of_keys_that_is_killed_anywhere_leaves_a_known_key_and_is_finished_by_another_run() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(2); round++) {
            Image image = image(ImageFormat.LUKS);
            QemuImg hurried = qemuImg.within(Duration.ofMillis(1 + random.nextInt(1500)));
            String told = "seed " + seed + ", round " + round;

            survive(() -> hurried.keySlots(image.unlockedBy(first)).add(second));
            assertThat(qemuImg.unlocks(image.unlockedBy(first))).as(told).isTrue();
            slots(image, first).add(second);
            survive(() -> hurried.keySlots(image.unlockedBy(second)).remove(first));
            assertThat(qemuImg.unlocks(image.unlockedBy(second))).as(told).isTrue();
            slots(image, second).remove(first);

            assertThat(qemuImg.unlocks(image.unlockedBy(first))).as(told).isFalse();
            assertThat(qemuImg.unlocks(image.unlockedBy(second))).as(told).isTrue();
            Files.delete(image.requirePath());
        }
    }

    private static void survive(Failing attempt) throws InterruptedException {
        try {
            attempt.run();
        } catch (DriverException e) {
            assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        }
    }

    @Test
    void what_is_not_encrypted_has_no_slots() throws Exception {
        DriverException raw =
                catchThrowableOfType(DriverException.class, () -> qemuImg.keySlots(Image.raw(directory.resolve("a"))));
        DriverException keyless = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.keySlots(image(ImageFormat.LUKS)).add(second));
        Image plain = Image.qcow2(directory.resolve("plain"));
        qemuImg.create(plain, SIZE);
        DriverException plainly = catchThrowableOfType(
                DriverException.class, () -> slots(plain, first).add(second));

        assertThat(List.of(raw.failure(), keyless.failure())).containsOnly(Failure.INVALID_REQUEST);
        assertThat(plainly.failure()).isEqualTo(Failure.CORRUPT_DATA);
    }

    private Image image(ImageFormat format) throws Exception {
        Path copy = Files.copy(shared.resolve(format.name()), directory.resolve(format.name()));
        return Image.of(copy, format);
    }

    private KeySlots slots(Image image, Secret key) {
        return qemuImg.keySlots(image.unlockedBy(key));
    }

    private interface Failing {
        void run() throws InterruptedException;
    }
}
