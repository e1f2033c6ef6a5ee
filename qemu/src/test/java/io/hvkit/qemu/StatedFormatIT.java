package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The stated format is the one that is used, and bytes that are not of it are told as that. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StatedFormatIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);

    @TempDir
    private static Path directory;

    private static final Map<Path, Optional<ImageFormat>> FILES = new LinkedHashMap<>();
    private static QemuImg qemuImg;

    @BeforeAll
    static void makeFiles() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        for (ImageFormat format : ImageFormat.values()) {
            Path path = directory.resolve(format.qemuName());
            if (format == ImageFormat.LUKS) {
                Disks.run("truncate", "-s", "4M", path.toString());
                try (Secret key = Secret.random()) {
                    CryptSetup.probe(CommandRunner.local()).format(path, LuksType.LUKS1, key);
                }
            } else {
                qemuImg.create(Image.of(path, format), SIZE);
            }
            FILES.put(path, Optional.of(format));
        }
        byte[] noise = new byte[1 << 22];
        new Random(31).nextBytes(noise);
        FILES.put(Files.write(directory.resolve("noise"), noise), Optional.empty());
        FILES.put(Files.write(directory.resolve("line"), new byte[] {'a', '\n'}), Optional.empty());
        FILES.put(Files.createFile(directory.resolve("empty")), Optional.empty());
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void bytes_of_any_other_format_are_corrupt(ImageFormat stated) throws Exception {
        for (Map.Entry<Path, Optional<ImageFormat>> file : FILES.entrySet()) {
            Image image = Image.of(file.getKey(), stated);
            if (stated == ImageFormat.RAW || file.getValue().equals(Optional.of(stated))) {
                assertThat(qemuImg.info(image).format()).as("%s", image).isEqualTo(stated);
            } else {
                DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.info(image));
                assertThat(e.failure()).as("%s", e).isEqualTo(Failure.CORRUPT_DATA);
                assertThat(e.effect()).as("%s", e).isEqualTo(Effect.NOT_APPLIED);
            }
        }
    }
}
