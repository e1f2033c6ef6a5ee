package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
