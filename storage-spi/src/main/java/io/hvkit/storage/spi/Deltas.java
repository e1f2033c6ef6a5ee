package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.ProgressListener;

/**
 * Images of changes, found by reading: what differs between two disks, of which nobody noted what was written. Every call may fail in the
 * ways that {@link Images} tells of.
 */
@Incubating(since = "0.1")
public interface Deltas {

    /**
     * Makes an image hold what differs between a disk and what the image is {@linkplain DiskImage#laidOver laid over}, and nothing else: laid
     * over that it reads as the disk does, and as zeroes past its end. It names nothing, and its key opens it and none other. What it held is
     * lost; at each moment it is what it was, or all that it is to be. An equal request does the same again. Both disks are read whole, so it
     * takes as long as it takes; the caller's way to cancel is to interrupt it, or to throw in the listener.
     *
     * <table>
     * <caption>Failures; the image is as it was</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the image is no file, or is not laid over anything; it is smaller than the disk; it is the disk, or what that lies
     *     over</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the disk, or what the image is laid over, is encrypted, and the image has no key</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a process writes to the disk</td><td>{@code IN_USE}</td></tr>
     * </table>
     *
     * @param source the disk, in any format and with its own key
     * @param delta an image that is there, such as a new volume, with its key, and laid over what it follows on
     * @param listener hears how much of the image's size is done
     */
    ImageReport write(DiskImage source, DiskImage delta, ProgressListener listener) throws InterruptedException;
}
