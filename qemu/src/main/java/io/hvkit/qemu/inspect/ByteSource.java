package io.hvkit.qemu.inspect;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;

/**
 * Bytes that may be read anywhere, wherever they are: the seam for images on another host. An inspection calls it from one
 * thread, reads a few small pieces, and never closes it.
 */
public interface ByteSource {

    /**
     * Returns how many bytes there are, whatever they say of themselves.
     *
     * @throws DriverException if nobody can tell, such as {@code NOT_FOUND} or {@code UNREACHABLE}
     */
    ByteSize length() throws InterruptedException;

    /**
     * Reads bytes.
     *
     * @param offset where to begin, zero or more; behind the end there is nothing
     * @param count the most bytes to return, at most 4 MiB
     * @return as many bytes as asked for; fewer only at the end
     * @throws DriverException if they cannot be read, such as {@code UNREACHABLE}
     */
    byte[] read(long offset, int count) throws InterruptedException;
}
