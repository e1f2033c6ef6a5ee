package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import java.time.Instant;

/**
 * What is at a path when links are followed.
 *
 * @param kind what it is
 * @param size how many bytes a file or block device holds; zero for all else
 * @param modified when it was last changed, to the second at least; 1970 where there is nothing
 * @param identity the same for two paths to one file or one block device of a host, and for no others; for comparison alone
 */
public record FileStatus(Kind kind, ByteSize size, Instant modified, String identity) {

    /** What can be at a path. */
    public enum Kind {
        /** Nothing at all: the name is free, or its folder is missing. */
        NOTHING,
        /** A file with bytes. */
        REGULAR_FILE,
        /** A disk, a partition, a mapped volume. */
        BLOCK_DEVICE,
        /** A folder. */
        FOLDER,
        /** A link that leads nowhere, or the node of a device that has gone: the name is taken all the same. */
        BROKEN_LINK,
        /** A pipe, a socket, or a device that is no disk. */
        OTHER
    }

    static final FileStatus NOTHING = new FileStatus(Kind.NOTHING, ByteSize.ZERO, Instant.EPOCH, "");

    static final FileStatus LEADS_NOWHERE = new FileStatus(Kind.BROKEN_LINK, ByteSize.ZERO, Instant.EPOCH, "");

    /** Returns whether nothing has the name, not even a link that leads nowhere. */
    public boolean isFree() {
        return kind == Kind.NOTHING;
    }

    /** Returns whether an image can be read there: it is a file or a block device. */
    public boolean holdsBytes() {
        return kind == Kind.REGULAR_FILE || kind == Kind.BLOCK_DEVICE;
    }

    /** Returns whether both are the same file or block device, whatever its names. */
    public boolean isSameAs(FileStatus other) {
        return holdsBytes() && kind == other.kind && identity.equals(other.identity);
    }
}
