package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Files of a host that lets nobody remove what is in one of its folders. */
final class StickyFiles implements HostFiles {

    private final HostFiles files;
    private final Path folder;
    private final List<Path> left = new ArrayList<>();

    StickyFiles(HostFiles files, Path folder) {
        this.files = files;
        this.folder = folder;
    }

    /** Returns what should have been removed. */
    List<Path> left() {
        return left;
    }

    @Override
    public FileStatus status(Path path) throws InterruptedException {
        return files.status(path);
    }

    @Override
    public byte[] read(Path path, long offset, int count) throws InterruptedException {
        return files.read(path, offset, count);
    }

    @Override
    public void create(Path path) throws InterruptedException {
        files.create(path);
    }

    @Override
    public void publish(Path from, Path to) throws InterruptedException {
        files.publish(from, to);
    }

    @Override
    public void remove(Path path) throws InterruptedException {
        if (path.startsWith(folder)) {
            left.add(path);
            throw DriverException.because(Failure.HOST_NOT_READY).message("%s stays", path);
        }
        files.remove(path);
    }

    @Override
    public List<String> list(Path at) throws InterruptedException {
        return files.list(at);
    }
}
