package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CryptSetupIT {

    @TempDir
    private Path directory;

    private CryptSetup cryptSetup;
    private Path device;

    @BeforeEach
    void probe() throws Exception {
        cryptSetup = CryptSetup.probe(CommandRunner.local());
        device = directory.resolve("device");
        Disks.run("truncate", "-s", "20M", device.toString());
    }

    @ParameterizedTest
    @EnumSource
    void what_is_formatted_opens_with_its_key_alone_and_is_never_formatted_again(LuksType type) throws Exception {
        try (Secret key = Secret.random();
                Secret other = Secret.random()) {
            assertThat(cryptSetup.isLuks(device)).isFalse();
            cryptSetup.format(device, type, key);
            String before = Disks.hash(device, 1 << 25);

            assertThat(cryptSetup.isLuks(device)).isTrue();
            assertThat(cryptSetup.unlocks(device, key)).isTrue();
            assertThat(cryptSetup.unlocks(device, other)).isFalse();
            for (LuksType again : LuksType.values()) {
                DriverException e =
                        catchThrowableOfType(DriverException.class, () -> cryptSetup.format(device, again, other));
                assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
            }
            assertThat(Disks.hash(device, 1 << 25)).isEqualTo(before);
        }
    }

    @Test
    void a_broken_header_is_left_alone() throws Exception {
        try (Secret key = Secret.random()) {
            cryptSetup.format(device, LuksType.LUKS1, key);
            byte[] bytes = Files.readAllBytes(device);
            bytes[208] = 1;
            Files.write(device, bytes);

            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> cryptSetup.format(device, LuksType.LUKS1, key));

            assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
            assertThat(device).hasBinaryContent(bytes);
        }
    }

    @Test
    void keys_may_hold_any_bytes() throws Exception {
        try (Secret key = Secret.copyOfRandom(
                        "\0\n\r\u00ff\t0123456789012345678901234567\n".getBytes(StandardCharsets.ISO_8859_1));
                Secret cut = Secret.copyOfRandom(
                        "\0\n\r\u00ff\t0123456789012345678901234567".getBytes(StandardCharsets.ISO_8859_1))) {
            cryptSetup.format(device, LuksType.LUKS1, key);

            assertThat(cryptSetup.unlocks(device, key)).isTrue();
            assertThat(cryptSetup.unlocks(device, cut)).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_device_that_the_header_would_fill_is_refused(LuksType type) throws Exception {
        Path small = directory.resolve("small");
        Disks.run("truncate", "-s", Long.toString(type.headerSize().bytes()), small.toString());
        String before = Disks.hash(small, 1 << 25);
        try (Secret key = Secret.random()) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> cryptSetup.format(small, type, key));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(Disks.hash(small, 1 << 25)).isEqualTo(before);
        }
    }

    @Test
    void what_is_asked_for_is_what_the_header_says() throws Exception {
        UUID uuid = UUID.randomUUID();
        KeyDerivation derivation =
                new KeyDerivation.Argon2(KeyDerivation.Variant.ARGON2ID, 4, ByteSize.mebibytes(64), 1);
        try (Secret person = Disks.key("correct horse")) {
            cryptSetup.format(
                    device,
                    LuksFormat.of(LuksType.LUKS2)
                            .encryptedWith(LuksCipher.AES_128_XTS)
                            .hashedWith(LuksHash.SHA512)
                            .derivedBy(derivation)
                            .inSectorsOf(ByteSize.kibibytes(4))
                            .labelled("-a, b=c")
                            .identifiedBy(uuid),
                    person);
            LuksHeader header = LuksHeader.read(device).orElseThrow();

            assertThat(header.keyBits()).isEqualTo(256);
            assertThat(header.hash()).isEqualTo("sha512");
            assertThat(header.keySlots()).containsExactly(new KeySlot(0, derivation, "sha512", 4000));
            assertThat(header.sectorSize()).isEqualTo(ByteSize.kibibytes(4));
            assertThat(header.label()).contains("-a, b=c");
            assertThat(header.uuid()).isEqualTo(uuid.toString());
            assertThat(cryptSetup.unlocks(device, person)).isTrue();
        }
    }

    @Test
    void a_fast_derivation_is_refused_for_what_a_person_may_have_chosen() throws Exception {
        for (KeyDerivation fast : List.of(
                KeyDerivation.forRandomKeys(),
                new KeyDerivation.Argon2(KeyDerivation.Variant.ARGON2ID, 4, ByteSize.mebibytes(1), 1))) {
            try (Secret person = Disks.key("correct horse")) {
                assertFails(
                        Failure.INVALID_REQUEST,
                        () -> cryptSetup.format(
                                device, LuksFormat.of(LuksType.LUKS2).derivedBy(fast), person));
            }
        }
        assertThat(LuksHeader.read(device)).isEmpty();
    }

    @Test
    void what_a_device_holds_is_lost_only_where_that_is_said() throws Exception {
        try (Secret key = Secret.random()) {
            byte[] bytes = new byte[20 << 20];
            bytes[(1 << 20) - 1] = 1;
            Files.write(device, bytes);

            assertFails(Failure.EXISTS_DIFFERENTLY, () -> cryptSetup.format(device, LuksType.LUKS1, key));
            assertThat(device).hasBinaryContent(bytes);
            cryptSetup.format(device, LuksFormat.of(LuksType.LUKS1).losingContent(), key);
            assertThat(cryptSetup.unlocks(device, key)).isTrue();
            assertFails(
                    Failure.EXISTS_DIFFERENTLY,
                    () -> cryptSetup.format(
                            device, LuksFormat.of(LuksType.LUKS1).losingContent(), key));
        }
    }

    @Test
    void a_disk_that_is_no_whole_number_of_sectors_is_refused() throws Exception {
        Disks.run("truncate", "-s", Long.toString((17 << 20) + 512), device.toString());
        try (Secret key = Secret.random()) {
            assertFails(
                    Failure.INVALID_REQUEST,
                    () -> cryptSetup.format(
                            device, LuksFormat.of(LuksType.LUKS2).inSectorsOf(ByteSize.kibibytes(4)), key));
            cryptSetup.format(device, LuksType.LUKS2, key);
            assertThat(DiskSizing.of(LuksHeader.read(device).orElseThrow())
                            .payloadIn(ByteSize.bytes(Files.size(device))))
                    .isEqualTo(ByteSize.bytes((1 << 20) + 512));
        }
    }

    @Test
    void a_block_device_is_formatted_unless_it_is_mounted() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("mounted"));
        Disks.run("mkfs.ext2", "-q", device.toString());
        String loop = Disks.run("losetup", "--find", "--show", device.toString());
        Path block = Files.createSymbolicLink(directory.resolve("by-id"), Path.of(loop));
        LuksFormat format = LuksFormat.of(LuksType.LUKS1).losingContent();
        try (Secret key = Secret.random();
                Secret other = Secret.random()) {
            Disks.run("mount", loop, folder.toString());
            try {
                assertFails(Failure.IN_USE, () -> cryptSetup.format(block, format, key));
            } finally {
                Disks.run("umount", folder.toString());
            }
            cryptSetup.format(block, format, key);
            assertThat(cryptSetup.addKey(block, key, other)).isEqualTo(1);
            cryptSetup.changeKey(block, key, other);
            assertThat(cryptSetup.unlocks(block, other)).isTrue();
            assertThat(cryptSetup.unlocks(block, key)).isFalse();
        } finally {
            Disks.run("losetup", "--detach", loop);
        }
    }

    @Test
    void an_exit_code_speaks_where_words_do_not() throws Exception {
        Map<Integer, Failure> codes = Map.of(
                1, Failure.DEFECT,
                2, Failure.BAD_CREDENTIALS,
                3, Failure.EXHAUSTED,
                4, Failure.NOT_FOUND,
                5, Failure.IN_USE);
        CommandRunner local = CommandRunner.local();
        try (Secret key = Secret.random()) {
            for (Map.Entry<Integer, Failure> code : codes.entrySet()) {
                CryptSetup odd = CryptSetup.probe(command -> command.argv().contains("luksFormat")
                        ? CommandResult.of(code.getKey(), "", "ein unbekanntes Wort")
                        : local.run(command));
                DriverException e =
                        catchThrowableOfType(DriverException.class, () -> odd.format(device, LuksType.LUKS1, key));
                assertThat(e.failure()).isEqualTo(code.getValue());
                assertThat(e.vendorCode()).contains("exit " + code.getKey());
            }
        }
    }

    @Test
    void a_limit_ends_what_takes_longer() throws Exception {
        try (Secret key = Disks.key("correct horse")) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> cryptSetup.within(Duration.ofMillis(50)).format(device, LuksType.LUKS1, key));

            assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        }
    }

    @Test
    void what_is_missing_or_no_luks_is_said_so() throws Exception {
        Path missing = directory.resolve("missing");
        try (Secret key = Secret.random()) {
            assertThat(catchThrowableOfType(
                                    DriverException.class, () -> cryptSetup.format(missing, LuksType.LUKS1, key))
                            .failure())
                    .isEqualTo(Failure.NOT_FOUND);
            assertThat(catchThrowableOfType(DriverException.class, () -> cryptSetup.unlocks(missing, key))
                            .failure())
                    .isEqualTo(Failure.NOT_FOUND);
            assertThat(catchThrowableOfType(DriverException.class, () -> cryptSetup.isLuks(missing))
                            .failure())
                    .isEqualTo(Failure.NOT_FOUND);
            assertThat(catchThrowableOfType(DriverException.class, () -> cryptSetup.unlocks(device, key))
                            .failure())
                    .isEqualTo(Failure.CORRUPT_DATA);
        }
    }

    private static void assertFails(Failure failure, ThrowingCallable attempt) {
        DriverException e = catchThrowableOfType(DriverException.class, attempt);
        assertThat(e).isNotNull();
        assertThat(e.failure()).as("%s", e).isEqualTo(failure);
        assertThat(e.effect()).as("%s", e).isEqualTo(Effect.NOT_APPLIED);
    }
}
