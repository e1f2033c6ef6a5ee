package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What cryptsetup locks with some bytes, qemu opens with the same, whichever way they go, and with no others. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeyBytesIT {

    private static final String LETTERS = "0123456789abcdef".repeat(32);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private CryptSetup cryptSetup;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        cryptSetup = CryptSetup.probe(new CheapDerivation());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 32, 512})
    void keys_around_the_block_of_the_cipher_that_wraps_them_open_what_they_locked(int length) throws Exception {
        opensAlone(LETTERS.substring(0, length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ends with a line feed\n", "\n", " blanks ", "a,b=c", "gr\u00fc\u00df\u20ac", "\r\n\t"})
    void every_character_of_a_key_counts(String text) throws Exception {
        opensAlone(text);
    }

    @Test
    void luks_of_the_second_version_is_refused_as_what_qemu_cannot_open() throws Exception {
        Path path = directory.resolve("luks2");
        try (Secret key = Secret.random()) {
            Disks.run("truncate", "-s", "17M", path.toString());
            cryptSetup.format(path, LuksType.LUKS2, key);
            Image image = Image.luks(path).unlockedBy(key);

            for (Attempt attempt : List.<Attempt>of(() -> qemuImg.info(image), () -> qemuImg.unlocks(image))) {
                DriverException e = catchThrowableOfType(DriverException.class, attempt::make);
                assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
                assertThat(e).hasMessageContaining("LUKS version 2 is not supported");
            }
        }
    }

    /** By standard input, where it is the only key, and wrapped, where it is one of two. */
    private void opensAlone(String text) throws Exception {
        try (Secret key = Disks.key(text);
                Secret close = Disks.key(text.length() > 1 ? text.substring(0, text.length() - 1) : text + "\n");
                Secret other = Disks.key("other")) {
            Image image = locked("image", key);
            Image second = locked("second", other);
            qemuImg.convert(ConvertRequest.of(image, second).onto(TargetState.EXISTS));

            assertThat(qemuImg.unlocks(image)).isTrue();
            assertThat(qemuImg.unlocks(image.unlockedBy(close))).isFalse();
            assertThat(qemuImg.compare(image, second).isIdentical()).isTrue();
            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.compare(image.unlockedBy(close), second));
            assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS);
            assertThat(e.getMessage()).doesNotContain(LETTERS.substring(0, 16));
        }
    }

    private Image locked(String name, Secret key) throws Exception {
        Path path = directory.resolve(name);
        Disks.run("truncate", "-s", "3M", path.toString());
        cryptSetup.format(path, LuksType.LUKS1, key);
        return Image.luks(path).unlockedBy(key);
    }

    /** Something that is to fail. */
    private interface Attempt {
        void make() throws InterruptedException;
    }
}
