package io.hvkit.powerflex.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folder that all files of a simulator are below, for one simulator at a time. */
final class Home implements AutoCloseable {

    private final Path folder;
    private final FileChannel lock;

    private Home(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    static Home temporary() {
        try {
            return at(Files.createTempDirectory("hvkit-powerflex-"));
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary folder can be made", e);
        }
    }

    static Home at(Path folder) {
        try {
            Files.createDirectories(folder);
            Path real = folder.toRealPath();
            FileChannel channel =
                    FileChannel.open(real.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new IllegalStateException("another simulator uses " + real + "; give each a folder of its own");
            }
            return new Home(real, channel);
        } catch (IOException e) {
            throw new UncheckedIOException("the folder cannot be used: " + folder, e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    Path folder() {
        return folder;
    }

    /** Returns the folder of a system's volumes; what an array knew of older ones is lost, so it must be empty. */
    Path volumesOf(String system) {
        Path volumes = folder.resolve("systems").resolve(system);
        try {
            Files.createDirectories(volumes);
            try (Stream<Path> older = Files.list(volumes)) {
                if (older.findAny().isPresent()) {
                    throw new IllegalStateException("volumes of an earlier run are in " + volumes
                            + ", and nothing is known of them any more; move them away, or give another folder");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the volumes cannot be used: " + volumes, e);
        }
        return volumes;
    }

    Path hosts() {
        return folder.resolve("hosts");
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the lock cannot be given back", e);
        }
    }
}
