package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A JVM of its own that makes encrypted images, one after the other, until it is killed, and says of each that it is there. */
final class CreationProgram {

    private CreationProgram() {}

    /** Arguments: the folder for the images, the file to say them in. */
    public static void main(String[] arguments) throws InterruptedException {
        Path folder = Path.of(arguments[0]);
        Path said = Path.of(arguments[1]);
        try (Secret key = Disks.fastKey(KilledCreationIT.KEY)) {
            QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
            for (long number = 0; ; number++) {
                Path path = folder.resolve(number + (number % 2 == 0 ? ".luks" : ".qcow2"));
                qemuImg.create(KilledCreationIT.image(path, key), ByteSize.mebibytes(1));
                say(said, path);
            }
        }
    }

    private static void say(Path file, Path image) {
        try {
            Files.writeString(
                    file,
                    image.getFileName() + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
