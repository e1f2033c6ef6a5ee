package io.hvkit.kvm;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.TargetState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;

/** What a machine would write to the volumes of a directory, and read from them; by qemu-img, which knows nothing of pools. */
record VolumeBytes(Path directory, Secret key) {

    private static final int WRITTEN = Math.toIntExact(ByteSize.kibibytes(64).bytes());

    void write(VolumeId volume, byte content) throws InterruptedException {
        Path disk = scratch();
        try {
            byte[] bytes = new byte[WRITTEN];
            Arrays.fill(bytes, content);
            Files.write(disk, bytes);
            qemuImg().convert(ConvertRequest.of(Image.raw(disk), image(volume)).onto(TargetState.EXISTS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            remove(disk);
        }
    }

    byte read(VolumeId volume) throws InterruptedException {
        Path disk = scratch();
        try {
            qemuImg().convert(ConvertRequest.of(image(volume), Image.raw(disk)).intoPlaintext());
            return Files.readAllBytes(disk)[WRITTEN - 1];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            remove(disk);
        }
    }

    Path file(VolumeId volume) {
        for (ImageFormat format : new ImageFormat[] {ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.LUKS}) {
            Path file = directory.resolve(volume + "." + format.qemuName());
            if (Files.exists(file)) {
                return file;
            }
        }
        throw new AssertionError("there is no volume " + volume + " in " + directory);
    }

    private Image image(VolumeId volume) {
        Path file = file(volume);
        if (file.toString().endsWith(".raw")) {
            return Image.raw(file);
        }
        Image image = file.toString().endsWith(".luks") ? Image.luks(file) : Image.qcow2(file);
        return LuksHeader.read(file).isPresent() ? image.unlockedBy(key) : image;
    }

    private static QemuImg qemuImg() throws InterruptedException {
        return QemuImg.probe(CommandRunner.local());
    }

    private static Path scratch() {
        return Path.of(System.getProperty("java.io.tmpdir"), "hvkit-bytes-" + UUID.randomUUID());
    }

    private static void remove(Path disk) {
        try {
            Files.deleteIfExists(disk);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
