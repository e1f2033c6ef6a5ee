package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
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
class LuksKeysIT {

    @TempDir
    private Path directory;

    private final Secret one = Secret.random();
    private final Secret two = Secret.random();
    private final Secret three = Secret.random();
    private CryptSetup cryptSetup;

    @BeforeEach
    void probe() throws Exception {
        cryptSetup = CryptSetup.probe(CommandRunner.local());
    }

    @AfterEach
    void wipe() {
        one.close();
        two.close();
        three.close();
    }

    @ParameterizedTest
    @EnumSource
    void keys_are_added_tried_changed_and_removed(LuksType type) throws Exception {
        Path device = formatted(type);

        assertThat(cryptSetup.addKey(device, one, two)).isEqualTo(1);
        assertThat(cryptSetup.addKey(device, one, two)).isEqualTo(1);
        assertThat(cryptSetup.keySlots(device, two)).containsExactly(1);
        assertThat(cryptSetup.keySlots(device, three)).isEmpty();
        assertThat(header(device).keySlots())
                .allSatisfy(slot -> assertThat(slot.derivation()).isEqualTo(KeyDerivation.forRandomKeys()));

        cryptSetup.changeKey(device, one, three);
        cryptSetup.changeKey(device, one, three);
        assertThat(cryptSetup.unlocks(device, one)).isFalse();
        assertThat(cryptSetup.unlocks(device, two)).isTrue();
        assertThat(cryptSetup.unlocks(device, three)).isTrue();

        cryptSetup.removeKey(device, two, three);
        cryptSetup.removeKey(device, two, three);
        assertThat(cryptSetup.unlocks(device, two)).isFalse();
        assertThat(cryptSetup.unlocks(device, three)).isTrue();
        assertThat(header(device).keySlots()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void the_last_key_is_never_removed(LuksType type) throws Exception {
        Path device = formatted(type);
        String before = Disks.hash(device, 1 << 25);

        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.removeKeySlot(device, 0, one));
        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.removeKey(device, one, two));
        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.removeKey(device, one, one));
        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.changeKey(device, one, one));

        assertThat(Disks.hash(device, 1 << 25)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void a_wrong_key_changes_nothing(LuksType type) throws Exception {
        Path device = formatted(type);
        cryptSetup.addKey(device, one, two);
        String before = Disks.hash(device, 1 << 25);

        assertRefused(Failure.BAD_CREDENTIALS, () -> cryptSetup.addKey(device, three, Secret.random()));
        assertRefused(Failure.BAD_CREDENTIALS, () -> cryptSetup.removeKeySlot(device, 0, three));
        // Its own key does not prove that another is left.
        assertRefused(Failure.BAD_CREDENTIALS, () -> cryptSetup.removeKeySlot(device, 0, one));
        assertRefused(Failure.BAD_CREDENTIALS, () -> cryptSetup.removeKey(device, one, three));
        assertRefused(Failure.BAD_CREDENTIALS, () -> cryptSetup.changeKey(device, three, Secret.random()));
        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.removeKeySlot(device, type.keySlots(), one));
        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.removeKeySlot(device, -1, one));
        cryptSetup.removeKeySlot(device, 5, one);

        assertThat(Disks.hash(device, 1 << 25)).isEqualTo(before);
    }

    @Test
    void a_header_whose_slots_are_all_in_use_takes_no_more() throws Exception {
        Path device = formatted(LuksType.LUKS1);
        List<Secret> others = new ArrayList<>();
        for (int slot = 1; slot < LuksType.LUKS1.keySlots(); slot++) {
            Secret other = Secret.random();
            others.add(other);
            assertThat(cryptSetup.addKey(device, one, other)).isEqualTo(slot);
        }

        assertRefused(Failure.EXHAUSTED, () -> cryptSetup.addKey(device, one, two));
        assertRefused(Failure.EXHAUSTED, () -> cryptSetup.changeKey(device, one, two));
        assertThat(cryptSetup.unlocks(device, one)).isTrue();
        others.forEach(Secret::close);
    }

    @Test
    void keys_of_every_length_and_with_every_byte_travel_in_pairs() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path device = formatted(LuksType.LUKS1);
        List<Secret> keys = new ArrayList<>(List.of(one.copy()));
        for (int length : new int[] {32, 33, 255, 256, 257, 512, 512}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            bytes[0] = '\n';
            bytes[1] = 0;
            bytes[length - 1] = '\n';
            Secret next = Secret.copyOfRandom(bytes);
            keys.add(next);

            cryptSetup.changeKey(device, keys.get(keys.size() - 2), next);

            assertThat(cryptSetup.keySlots(device, next))
                    .as("seed %s, %s bytes", seed, length)
                    .hasSize(1);
            assertThat(cryptSetup.unlocks(device, keys.get(keys.size() - 2))).isFalse();
        }
        keys.forEach(Secret::close);
    }

    @Test
    void a_line_feed_more_is_another_key() throws Exception {
        Path device = formatted(LuksType.LUKS1);
        try (Secret line = Secret.copyOfRandom(one.withArray(
                bytes -> (new String(bytes, StandardCharsets.US_ASCII) + "\n").getBytes(StandardCharsets.US_ASCII)))) {
            assertThat(cryptSetup.unlocks(device, line)).isFalse();
            cryptSetup.addKey(device, one, line);
            assertThat(cryptSetup.keySlots(device, line)).containsExactly(1);
            assertThat(cryptSetup.keySlots(device, one)).containsExactly(0);
        }
    }

    @Test
    void the_derivation_of_a_new_slot_is_as_said_and_never_too_fast_for_people() throws Exception {
        Path device = formatted(LuksType.LUKS2);
        KeyDerivation argon2 = new KeyDerivation.Argon2(KeyDerivation.Variant.ARGON2I, 4, ByteSize.mebibytes(64), 1);
        try (Secret person = Disks.key("correct horse")) {
            assertRefused(
                    Failure.INVALID_REQUEST,
                    () -> cryptSetup.addKey(device, one, person, KeyDerivation.forRandomKeys()));
            assertThat(cryptSetup.addKey(device, one, person, argon2)).isEqualTo(1);
            assertThat(cryptSetup.addKey(device, person, two)).isEqualTo(2);

            assertThat(header(device).keySlots())
                    .extracting(KeySlot::derivation)
                    .containsExactly(KeyDerivation.forRandomKeys(), argon2, KeyDerivation.forRandomKeys());
        }
        Path old = formatted(LuksType.LUKS1);
        assertRefused(Failure.INVALID_REQUEST, () -> cryptSetup.addKey(old, one, two, argon2));
    }

    @ParameterizedTest
    @EnumSource
    void a_change_that_is_killed_at_any_command_leaves_a_key_that_opens_and_is_finished_later(LuksType type)
            throws Exception {
        for (int kill = 1; ; kill++) {
            Path device = formatted(type);
            AtomicInteger left = new AtomicInteger(1 + kill); // the first only asks for the version
            CryptSetup dying = CryptSetup.probe(new DyingRunner(left));
            boolean done = false;
            try {
                dying.changeKey(device, one, two);
                done = true;
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("killed");
            }

            assertThat(cryptSetup.unlocks(device, one) || cryptSetup.unlocks(device, two))
                    .isTrue();
            cryptSetup.changeKey(device, one, two);
            assertThat(cryptSetup.unlocks(device, one)).isFalse();
            assertThat(cryptSetup.unlocks(device, two)).isTrue();
            if (done) {
                assertThat(kill).isGreaterThan(5);
                return;
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void when_two_remove_each_others_last_key_the_header_is_put_back(LuksType type) throws Exception {
        Path device = formatted(type);
        cryptSetup.addKey(device, one, two);
        CommandRunner local = CommandRunner.local();
        CryptSetup racing = CryptSetup.probe(command -> {
            CommandResult result = local.run(command);
            if (command.argv().contains("luksKillSlot")) {
                // The other one looked before this, and kills what it saw.
                Disks.run("cryptsetup", "luksErase", "--batch-mode", device.toString());
            }
            return result;
        });

        DriverException e = catchThrowableOfType(DriverException.class, () -> racing.removeKeySlot(device, 0, two));

        assertThat(e.failure()).isEqualTo(Failure.IN_USE);
        assertThat(e).hasMessageContaining("put back");
        assertThat(cryptSetup.unlocks(device, one)).isTrue();
        assertThat(cryptSetup.unlocks(device, two)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"luksAddKey", "luksKillSlot", "luksErase"})
    void a_device_that_goes_away_meanwhile_is_not_said_to_be_as_it_was(String verb) throws Exception {
        Path device = formatted(LuksType.LUKS1);
        String uuid = header(device).uuid();
        Path away = directory.resolve("away");
        CommandRunner local = CommandRunner.local();
        CryptSetup unplugged = CryptSetup.probe(command -> {
            CommandResult result = local.run(command);
            if (command.argv().contains(verb)) {
                assertThat(device.toFile().renameTo(away.toFile())).isTrue();
            }
            return result;
        });

        DriverException e = catchThrowableOfType(DriverException.class, () -> {
            if (verb.equals("luksErase")) {
                unplugged.destroyAllKeys(device, uuid);
            } else {
                unplugged.changeKey(device, one, two);
            }
        });

        assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
    }

    @Test
    void keys_are_destroyed_only_by_the_volumes_own_name() throws Exception {
        Path device = formatted(LuksType.LUKS2);
        String uuid = header(device).uuid();

        assertRefused(
                Failure.INVALID_REQUEST,
                () -> cryptSetup.destroyAllKeys(device, "00000000-0000-0000-0000-000000000000"));
        assertThat(cryptSetup.unlocks(device, one)).isTrue();
        cryptSetup.destroyAllKeys(device, uuid);
        cryptSetup.destroyAllKeys(device, uuid);

        assertThat(header(device).keySlots()).isEmpty();
        assertThat(cryptSetup.unlocks(device, one)).isFalse();
        assertThat(cryptSetup.keySlots(device, one)).isEmpty();
        assertRefused(Failure.BAD_CREDENTIALS, () -> cryptSetup.changeKey(device, one, two));
        assertRefused(Failure.BAD_CREDENTIALS, () -> cryptSetup.addKey(device, one, two));
    }

    @Test
    void a_device_that_a_machine_has_open_keeps_its_header_and_takes_new_keys() throws Exception {
        Path device = formatted(LuksType.LUKS1);
        String uuid = header(device).uuid();
        Path socket = directory.resolve("socket");
        Process daemon = new ProcessBuilder(
                        "qemu-storage-daemon",
                        "--blockdev",
                        "driver=raw,node-name=n,file.driver=file,file.filename=" + device,
                        "--export",
                        "type=vhost-user-blk,id=e,node-name=n,writable=on,addr.type=unix,addr.path=" + socket)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Await.until("the daemon holds the device", () -> Files.exists(socket));

            assertRefused(Failure.IN_USE, () -> cryptSetup.destroyAllKeys(device, uuid));
            assertThat(cryptSetup.addKey(device, one, two)).isEqualTo(1);
        } finally {
            daemon.destroyForcibly().waitFor();
        }
    }

    @Test
    void a_token_does_not_make_a_wrong_key_right() throws Exception {
        Path device = formatted(LuksType.LUKS2);
        KernelKeyRing.run(one, "hvkit-test-key", () -> {
            Disks.run("cryptsetup", "token", "add", "--key-description", "hvkit-test-key", device.toString());
            // Any key at all opens it, if cryptsetup is asked without more words.
            Path wrong = Files.writeString(directory.resolve("wrong"), "wrong");
            Disks.run("cryptsetup", "open", "--test-passphrase", "--key-file", wrong.toString(), device.toString());

            assertThat(cryptSetup.unlocks(device, two)).isFalse();
            assertThat(cryptSetup.keySlots(device, two)).isEmpty();
            assertThat(cryptSetup.keySlots(device, one)).containsExactly(0);
        });
    }

    @Test
    void a_header_inside_qcow2_is_left_to_qemu() throws Exception {
        byte[] luks = Files.readAllBytes(formatted(LuksType.LUKS1));
        ByteBuffer image = ByteBuffer.allocate(20 << 20);
        image.putInt(0, 0x514649FB).putInt(4, 3).putInt(20, 16).putInt(32, 2).putInt(100, 104);
        image.putInt(104, 0x0537BE77).putInt(108, 16).putLong(112, 1 << 16).putLong(120, 1 << 21);
        image.position(1 << 16).put(luks, 0, 1 << 21);
        Path path = Files.write(directory.resolve("qcow2"), image.array());

        assertRefused(Failure.UNSUPPORTED, () -> cryptSetup.addKey(path, one, two));
        assertRefused(Failure.UNSUPPORTED, () -> cryptSetup.unlocks(path, one));
        assertRefused(Failure.UNSUPPORTED, () -> cryptSetup.backUpHeader(path, directory.resolve("backup")));
        assertRefused(Failure.EXISTS_DIFFERENTLY, () -> cryptSetup.format(path, LuksType.LUKS1, two));
    }

    private Path formatted(LuksType type) throws Exception {
        Path path = Files.createTempFile(directory, "device", "");
        Disks.run("truncate", "-s", "20M", path.toString());
        cryptSetup.format(path, type, one);
        return path;
    }

    private static LuksHeader header(Path device) {
        return LuksHeader.read(device).orElseThrow();
    }

    private static void assertRefused(Failure failure, Attempt attempt) {
        DriverException e = catchThrowableOfType(DriverException.class, attempt::make);
        assertThat(e).isNotNull();
        assertThat(e.failure()).as("%s", e).isEqualTo(failure);
        assertThat(e.effect()).as("%s", e).isEqualTo(Effect.NOT_APPLIED);
    }

    /** Something that is to fail. */
    private interface Attempt {
        void make() throws InterruptedException;
    }

    /** Runs fewer commands than so many, and dies when the next one is due. */
    private static final class DyingRunner implements CommandRunner {

        private final AtomicInteger left;
        private final CommandRunner local = CommandRunner.local();

        private DyingRunner(AtomicInteger left) {
            this.left = left;
        }

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            int number = left.decrementAndGet();
            if (number == 0) {
                throw new IllegalStateException("killed");
            }
            return local.run(command);
        }
    }
}
