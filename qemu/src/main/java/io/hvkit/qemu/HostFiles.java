package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import java.nio.file.Path;
import java.util.List;

/**
 * The files of the host that a {@link CommandRunner}'s programs run on. Whoever drives programs looks at files through this,
 * never by Java's own file access, which knows this host alone. Safe for any number of threads.
 *
 * <p>Paths are absolute paths of that host. Every call may fail with {@code HOST_NOT_READY} if a file may not be read or
 * written, and, if the host is another one, with {@code UNREACHABLE}.
 */
public interface HostFiles {

    /** Returns what is at a path. */
    FileStatus status(Path path) throws InterruptedException;

    /**
     * Reads bytes of a file or block device, never waiting for anybody, as a pipe would.
     *
     * @param offset where to begin; behind the end there is nothing
     * @param count the most bytes to return, up to 16 MiB
     * @return as many bytes as asked for; fewer only at the end
     * @throws DriverException with {@code NOT_FOUND} if nothing is there, {@code INVALID_REQUEST} if it is neither a file nor a
     *     block device
     */
    byte[] read(Path path, long offset, int count) throws InterruptedException;

    /**
     * Makes an empty file that its owner alone may read and write (mode 0600).
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if the name is taken, {@code NOT_FOUND} if the folder is missing
     */
    void create(Path path) throws InterruptedException;

    /**
     * Gives a file another name in the same file system, never in place of what is there, and sees to it that the new name
     * outlives a loss of power. If {@code to} is a second name of {@code from} already, what is left is done: it may be called
     * again after a failure.
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if {@code to} is taken, which is left alone
     */
    void publish(Path from, Path to) throws InterruptedException;

    /**
     * Removes a file or link, never a folder. Does nothing if it is gone.
     */
    void remove(Path path) throws InterruptedException;

    /**
     * Returns the names in a folder, in no order, without those of the folder itself and its parent.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such folder
     */
    List<String> list(Path folder) throws InterruptedException;

    /** Returns the files of this host. */
    static HostFiles local() {
        return new LocalFiles();
    }
}
