package io.hvkit.testkit.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;

/**
 * What the contracts of end points judge: a host, and what is needed to see what is on it by other means than its end point. Everything
 * is said of images of a few mebibytes.
 */
public interface EndPointUnderTest {

    /** Returns a new end point of the host, as after a restart of the process; whoever asks closes it. */
    EndPoint open() throws InterruptedException;

    /** Returns where the host would have a file of that name; nothing is made. */
    Attachment.ImageFile file(String name);

    /** Makes a file of zeroes that is so large. */
    void blank(Attachment.ImageFile file, ByteSize size) throws InterruptedException;

    /** Removes what is there; does nothing if there is nothing. */
    void remove(Attachment place) throws InterruptedException;

    /** Writes to a disk as its machine would, by other means than the end point; offset and length are whole sectors. */
    void write(DiskImage image, long offset, byte[] bytes) throws InterruptedException;

    /** Reads from a disk as its machine would, by other means than the end point; offset and length are whole sectors. */
    byte[] read(DiskImage image, long offset, int length) throws InterruptedException;

    /** Returns what lies at a place, headers and ciphertext and all: the first bytes, at most so many. */
    byte[] stored(Attachment place, int limit) throws InterruptedException;

    /** Has somebody use an image for writing, as a machine does, until it is closed. */
    Holding hold(DiskImage image) throws InterruptedException;

    /** A use of an image. */
    interface Holding extends AutoCloseable {
        /** Ends it; nobody has the image open when this returns. */
        @Override
        void close();
    }
}
