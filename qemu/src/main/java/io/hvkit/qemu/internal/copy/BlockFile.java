package io.hvkit.qemu.internal.copy;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A file or block device, read and written at any place. Safe for any number of threads. */
public interface BlockFile extends AutoCloseable {

    /** Fills a buffer from a place on; bytes are left over only at the file's end. */
    void read(ByteBuffer buffer, long at) throws IOException;

    /** Writes all of a buffer to a place. */
    void write(ByteBuffer buffer, long at) throws IOException;

    /**
     * Makes bytes read as zeroes without writing them.
     *
     * @return false, with nothing changed, if that is impossible here, so that zeroes must be written
     */
    boolean clear(long at, long length) throws IOException;

    /** Returns when all that was written or cleared is on the disk. */
    void flush() throws IOException;

    @Override
    void close() throws IOException;
}
