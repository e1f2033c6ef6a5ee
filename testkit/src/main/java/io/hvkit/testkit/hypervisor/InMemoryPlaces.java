package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where hosts in memory put disks that they make or move by themselves: files in the folder of the source, or in another one. */
final class InMemoryPlaces {

    private InMemoryPlaces() {}

    /** Returns where a copy of a disk is, as that volume. */
    static Path copyOf(Disk disk, VolumeId volume) {
        return InMemoryDisks.path(disk).resolveSibling(volume.value());
    }

    static void copy(Disk disk, Path target) {
        try {
            Files.copy(InMemoryDisks.path(disk), target);
        } catch (IOException e) {
            throw failed(disk, target, e);
        }
    }

    /** Moves a disk into a folder, unless it is there, and returns where it is then. */
    static Path move(Disk disk, Path folder) {
        Path now = InMemoryDisks.path(disk);
        Path target = folder.resolve(now.getFileName());
        try {
            return target.equals(now) ? now : Files.move(now, target);
        } catch (IOException e) {
            throw failed(disk, target, e);
        }
    }

    private static DriverException failed(Disk disk, Path target, IOException e) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .causedBy(e)
                .message("%s cannot be put at %s: %s", disk, target, e);
    }
}
