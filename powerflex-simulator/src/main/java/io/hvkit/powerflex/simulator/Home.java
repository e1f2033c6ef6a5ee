package io.hvkit.powerflex.simulator;

import io.hvkit.powerflex.simulator.internal.array.Memory;
import io.hvkit.powerflex.simulator.internal.device.Guard;
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
    private final Guard.Folder fate;

    private Home(Path folder, FileChannel lock, Guard.Folder fate) {
        this.folder = folder;
        this.lock = lock;
        this.fate = fate;
    }

    static Home temporary() {
        try {
            return at(Files.createTempDirectory("hvkit-powerflex-"), Guard.Folder.TEMPORARY);
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary folder can be made", e);
        }
    }

    /** Returns the home in a folder that stays. */
    static Home at(Path folder) {
        return at(folder, Guard.Folder.KEPT);
    }

    private static Home at(Path folder, Guard.Folder fate) {
        try {
            Files.createDirectories(folder);
            Path real = folder.toRealPath();
            FileChannel channel =
                    FileChannel.open(real.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new IllegalStateException("another simulator uses " + real + "; give each a folder of its own");
            }
            return new Home(real, channel, fate);
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

    /** Returns what becomes of the folder in the end. */
    Guard.Folder fate() {
        return fate;
    }

    Path folder() {
        return folder;
    }

    /** Returns the folder of a system's volumes. */
    Path volumesOf(String system) {
        return folder.resolve("systems").resolve(system);
    }

    /** Returns the certificate of the gateways with its key, if it is kept. */
    Path certificate() {
        return folder.resolve("gateway.p12");
    }

    /** Returns what a system knew in an earlier run and will know in the next; a temporary folder has neither. */
    Memory memoryOf(String system) {
        if (fate == Guard.Folder.TEMPORARY) {
            return Memory.none();
        }
        Path file = folder.resolve("arrays").resolve(system + ".json");
        MemoryFile memory = MemoryFile.at(file);
        if (memory.last().isEmpty() && hasFiles(volumesOf(system))) {
            throw new IllegalStateException("files are in " + volumesOf(system) + ", and " + file
                    + ", which knows what they are, is not there; bring it back, or give another folder");
        }
        return memory;
    }

    private static boolean hasFiles(Path volumes) {
        try (Stream<Path> all = Files.exists(volumes) ? Files.walk(volumes) : Stream.empty()) {
            return all.anyMatch(Files::isRegularFile);
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the volumes cannot be used: " + volumes, e);
        }
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
