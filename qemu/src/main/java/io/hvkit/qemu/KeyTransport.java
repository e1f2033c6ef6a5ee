package io.hvkit.qemu;

import io.hvkit.qemu.internal.MemoryFile;

/**
 * How a key reaches a program, best first. None puts it into an environment, or readable into an argument; the last alone puts it
 * on a disk, and is never taken unless the caller names it.
 */
public enum KeyTransport {
    /** On standard input: nothing to clean up, whatever happens. */
    STDIN,
    /** Encrypted in the arguments, under a random key on standard input: as good, for any number of keys; qemu alone can. */
    WRAPPED,
    /** In a file without a name, in memory, that is gone with this process. */
    MEMFD,
    /** In a file on a file system that lives in memory: the last resort, since it outlives a killed process. */
    TMPFS_FILE,
    /** In a file on a disk, where it may be read long after it was removed: {@link KeyFile#onDiskAtOwnRisk} alone does that. */
    DISK_FILE;

    /**
     * A transport and why it was taken.
     *
     * @param transport how the key goes
     * @param reason for people
     */
    public record Choice(KeyTransport transport, String reason) {}

    /** Returns how {@code keys} keys, one or more, reach one command of qemu's tools. */
    public static Choice forQemu(int keys) {
        return keys == 1
                ? new Choice(STDIN, "the command takes one key, and its standard input is free")
                : new Choice(WRAPPED, "the command takes " + keys + " keys and has only one standard input");
    }

    /** Returns how a key reaches a program that must be given a path to it. */
    public static Choice forPath() {
        return MemoryFile.obstacle()
                .map(obstacle ->
                        new Choice(TMPFS_FILE, "the key needs a path, and memfd does not work here: " + obstacle))
                .orElseGet(() -> new Choice(MEMFD, "the key needs a path, and memfd works here"));
    }
}
