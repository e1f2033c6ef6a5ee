package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A driver whose hosts are in memory, perhaps one with a fault. */
record InMemoryJudged(HypervisorDriver driver, HypervisorType type, Path directory) implements HypervisorUnderTest {

    private static final int SIZE = 4096;
    static final ByteSize TRACKABLE = ByteSize.bytes(SIZE);

    @Override
    public Disk disk(VolumeId volume) {
        return new DiskFiles(directory).of(volume, SIZE);
    }

    Disk trackableDisk(VolumeId volume) {
        return Disk.of(volume, disk(volume).attachment(), ImageFormat.QCOW2);
    }

    /** Holds bytes that name it. */
    Disk filledDisk(VolumeId volume) {
        Disk disk = trackableDisk(volume);
        byte[] name = volume.value().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file = new RandomAccessFile(file(disk).toFile(), "rw")) {
            file.seek(SIZE - name.length);
            file.write(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return disk;
    }

    Disk image(VolumeId volume, ByteSize size) {
        Disk made = new DiskFiles(directory).of(volume, (int) size.bytes());
        return Disk.of(volume, made.attachment(), ImageFormat.QCOW2);
    }

    /** Bytes that are 0 were not written. */
    static boolean readAs(Disk disk, List<Disk> images) {
        byte[] read = new byte[SIZE];
        for (Disk image : images) {
            byte[] bytes = bytes(image);
            for (int i = 0; i < SIZE; i++) {
                read[i] = read[i] == 0 ? bytes[i] : read[i];
            }
        }
        return Arrays.equals(read, bytes(disk));
    }

    private static byte[] bytes(Disk disk) {
        try {
            return Files.readAllBytes(file(disk));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Disk smallDisk(VolumeId volume) {
        return new DiskFiles(directory).of(volume, 1);
    }

    Disk largerDisk(VolumeId volume) {
        return new DiskFiles(directory).of(volume, SIZE + 1);
    }

    Disk encryptedDisk(VolumeId volume, Secret key) {
        Disk disk = disk(volume);
        InMemoryHypervisorDriver.encrypt(file(disk), key);
        return Disk.of(volume, disk.attachment(), ImageFormat.LUKS).unlockedBy(key);
    }

    Disk overlay(VolumeId volume, Disk base, int size) {
        Disk made = new DiskFiles(directory).of(volume, size);
        InMemoryHypervisorDriver.layOver(file(made), file(base));
        return Disk.of(volume, made.attachment(), ImageFormat.QCOW2);
    }

    Disk overlay(VolumeId volume, Disk base) {
        return overlay(volume, base, SIZE);
    }

    Disk smallOverlay(VolumeId volume, Disk base) {
        return overlay(volume, base, SIZE - 1);
    }

    Disk usedOverlay(VolumeId volume, Disk base) {
        Disk overlay = overlay(volume, base);
        try (RandomAccessFile file = new RandomAccessFile(file(overlay).toFile(), "rw")) {
            file.seek(SIZE - 1);
            file.write(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return overlay;
    }

    Disk encryptedOverlay(VolumeId volume, Disk base, Secret key) {
        Disk overlay = overlay(volume, base);
        InMemoryHypervisorDriver.encrypt(file(overlay), key);
        return overlay.unlockedBy(key);
    }

    @Override
    public Disk absentDisk() {
        return new DiskFiles(directory).absent(new VolumeId("absent"));
    }

    @Override
    public MachineSpec deaf(MachineSpec spec) {
        return InMemoryHypervisorDriver.deaf(spec);
    }

    /** Returns a folder beside that of the disks. */
    Path anotherStore() {
        try {
            return Files.createDirectories(directory.resolve("another-store"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void delete(MachineDisk disk) {
        try {
            Files.delete(disk.attachment()
                    .match(device -> device.path(), image -> image.path(), remote -> Path.of("/no/file")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ByteSize sizeOf(Disk disk) {
        return ByteSize.bytes(file(disk).toFile().length());
    }

    static String digest(Disk disk) {
        return Arrays.toString(bytes(disk));
    }

    static Path file(Disk disk) {
        return disk.attachment().match(device -> device.path(), file -> file.path(), remote -> Path.of("/no/file"));
    }
}
