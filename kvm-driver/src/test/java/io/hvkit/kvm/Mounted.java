package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system that is really mounted, until it is taken away. */
public final class Mounted {

    private final Path point;

    private Mounted(Path point) {
        this.point = point;
    }

    /** Mounts an empty one that lives in memory. */
    public static Mounted memory(Path point) throws InterruptedException, IOException {
        Files.createDirectories(point);
        run("mount", "-t", "tmpfs", "-o", "size=256m", "hvkit-test", point.toString());
        return new Mounted(point);
    }

    /** Mounts a directory once more. */
    public static Mounted again(Path directory, Path point) throws InterruptedException, IOException {
        Files.createDirectories(point);
        run("mount", "--bind", directory.toString(), point.toString());
        return new Mounted(point);
    }

    /** Mounts one in a file, such as one of {@code btrfs} or {@code xfs}. */
    public static Mounted made(String type, Path file, Path point) throws InterruptedException, IOException {
        Files.createDirectories(point);
        try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(ByteSize.mebibytes(400).bytes());
        }
        run("mkfs." + type, "-q", file.toString());
        run("mount", "-t", type, "-o", "loop", file.toString(), point.toString());
        return new Mounted(point);
    }

    /** Returns where it is mounted. */
    public Path point() {
        return point;
    }

    /** Takes it away, though files of it may be open. */
    public void unmount() throws InterruptedException {
        run("umount", "--lazy", point.toString());
    }

    private static void run(String... words) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(words));
        assertThat(result.exitCode()).as(result.errors()).isZero();
    }
}
