package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Disks of hosts in memory: files. */
record DiskFiles(Path directory) {

    Disk of(VolumeId volume, int size) {
        Disk disk = absent(volume);
        try {
            Files.write(directory.resolve(volume.value()), new byte[size]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return disk;
    }

    Disk absent(VolumeId volume) {
        return Disk.of(volume, new Attachment.ImageFile(directory.resolve(volume.value())), ImageFormat.RAW);
    }
}
