package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.ProgressListener;
import java.util.Optional;

/**
 * Disk images on a host: made, copied, measured, looked at, grown. Never deleted, never made smaller.
 *
 * <p>Every call may fail in these ways, besides those it tells of; the effect says whether anything was changed:
 *
 * <table>
 * <caption>Failures</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>an image, or its folder, is not there</td><td>{@code NOT_FOUND}</td></tr>
 * <tr><td>an image is not in the stated format</td><td>{@code CORRUPT_DATA}, effect {@code NOT_APPLIED}</td></tr>
 * <tr><td>an image names a file that was not stated: what it lies over, a data file</td><td>{@code INVALID_REQUEST}, naming
 *     it</td></tr>
 * <tr><td>a key is missing for what is encrypted, or given for what is not</td><td>{@code INVALID_REQUEST}</td></tr>
 * <tr><td>a key does not open its image</td><td>{@code BAD_CREDENTIALS}</td></tr>
 * <tr><td>a process has the image open, and it would be written</td><td>{@code IN_USE}</td></tr>
 * <tr><td>the host has no room</td><td>{@code EXHAUSTED}</td></tr>
 * <tr><td>a tool is missing on the host, or may not read or write an image</td><td>{@code HOST_NOT_READY}</td></tr>
 * <tr><td>the host cannot open such a format, or such an attachment</td><td>{@code UNSUPPORTED}</td></tr>
 * <tr><td>the host does not answer</td><td>{@code UNREACHABLE}</td></tr>
 * </table>
 *
 * <p>An interrupted call ends what it started on the host. Whatever ends a call, even the end of this process, nothing is left that
 * passes for a whole image: a new file appears when it is complete, and an image that was there is {@linkplain #isIncomplete known
 * as incomplete} while it is written.
 */
@Incubating(since = "0.1")
public interface Images {

    /**
     * Makes an image, or returns the one that an equal request made: one at that place, of that format, size and backing, that the
     * key opens. A new one reads as zeroes, or as what it lies over; a {@code LUKS} image reads as noise. A file must not be there
     * yet; a device must hold nothing but zeroes where the header goes. With a key, its header proves that it is encrypted before
     * the image is given out.
     *
     * <table>
     * <caption>Failures; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the size is zero, no whole number of 512 bytes, or less than that of what it lies over</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>what it lies over is encrypted, and it has no key</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>it is {@linkplain DiskImage#laidOver laid over} something</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>there is something else</td><td>{@code EXISTS_DIFFERENTLY}; it is untouched</td></tr>
     * </table>
     *
     * @param size what a machine sees, headers come on top; a device that is larger shows all it has in {@code RAW} and {@code LUKS}
     */
    ImageReport create(DiskImage image, ByteSize size) throws InterruptedException;

    /**
     * Copies a disk from one image into another, whatever their formats and keys, and returns the target. Once it returns, the
     * target is on the disk, and if it has a key its header proves that it is encrypted. Takes as long as it takes; the caller's
     * way to cancel is to interrupt it, or to throw in the listener.
     *
     * <p>A target that is made anew and is there already is compared with the source to the last byte: it is the copy that an equal
     * request made, or it is something else.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the source is encrypted, the target has no key, and {@link CopyImage#intoPlaintext} was not said</td><td>{@code
     *     INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>an existing target is smaller than the source, or is the source, or one that it lies over</td><td>{@code
     *     INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>an existing target lies over something</td><td>{@code INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>something else is where the target is to be made</td><td>{@code EXISTS_DIFFERENTLY}; it is untouched</td></tr>
     * <tr><td>anything, half-way into an existing target</td><td>as it is, with effect {@code UNKNOWN}: what the target held is
     *     lost, it {@linkplain #isIncomplete is incomplete}, and an equal request begins again</td></tr>
     * </table>
     *
     * @param listener hears how much of the source's size is done
     */
    ImageReport copy(CopyImage request, ProgressListener listener) throws InterruptedException;

    /** Does the same as {@link #copy(CopyImage, ProgressListener)}, without telling how far it is. */
    default ImageReport copy(CopyImage request) throws InterruptedException {
        return copy(request, ProgressListener.NONE);
    }

    /**
     * Reads two disks to the last byte, each in its own format and with its own key, and returns whether a machine sees the same on both. If
     * one is larger, as a device is that its storage rounds up, what it has more must be zeroes. Changes nothing, and ends like a
     * {@linkplain #copy(CopyImage, ProgressListener) copy} when the caller says so.
     *
     * @param listener hears how much is done
     */
    boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) throws InterruptedException;

    /**
     * Makes an image the very same file as another one, byte for byte: what is encrypted stays so, under the same key and none other, and
     * where the source holds nothing of its disk, the target holds nothing either. So a layer of changes stays one, which no {@link #copy
     * copy} of a disk does. What the target held is lost; at each moment it is what it was, or all that it is to be. Doing it again changes
     * nothing. Takes as long as it takes; the caller's way to cancel is to interrupt it.
     *
     * <table>
     * <caption>Failures; the target is as it was</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>their formats differ, or one alone has a key; one is no file, or lies over something; both are the same file</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>a process writes to the source</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the host copies no files</td><td>{@code UNSUPPORTED}</td></tr>
     * </table>
     *
     * @param source what is read; its key opens it
     * @param target an image that is there, such as a new volume, with the source's key
     */
    default ImageReport copyAsIs(DiskImage source, DiskImage target) throws InterruptedException {
        throw DriverException.because(Failure.UNSUPPORTED)
                .effect(Effect.NOT_APPLIED)
                .message("this host copies disks and no files, so %s is not copied as it is", source.attachment());
    }

    /** Returns the work on images of changes that are found by reading, if the host does it. */
    default Optional<Deltas> deltas() throws InterruptedException {
        return Optional.empty();
    }

    /** Returns how much room an image of that size would take, that {@link #create} made; it need not be there. */
    ImageMeasure measure(DiskImage image, ByteSize size) throws InterruptedException;

    /** Returns how much room the target of a copy would take if it were made anew; it need not be there. */
    ImageMeasure measure(CopyImage request) throws InterruptedException;

    /**
     * Looks at what an image says of itself, and at nothing that it names; changes nothing. No key is needed, and none is tried. A
     * running process may have it open. What speaks against trusting the image is in the report, and no failure.
     */
    ImageReport inspect(DiskImage image) throws InterruptedException;

    /**
     * Returns how many bytes a file takes where it is kept, its headers included and its holes not; nothing of a device, or if the host
     * cannot tell. Changes nothing; a running process may have it open, and no key is needed.
     */
    default Optional<ByteSize> occupied(DiskImage image) throws InterruptedException {
        return Optional.empty();
    }

    /**
     * Returns how many bytes of its disk an image says itself, zeroes that were written to it among them, and what it is laid over not; or
     * nothing if the host cannot tell. One that says none of it reads as what it is laid over, wherever that is as large. Counts whole
     * clusters of the format, and all of a disk whose format says everything. Reads tables and no content; changes nothing. An image that is
     * encrypted needs its key; one that a process writes to is refused with {@code IN_USE}.
     */
    default Optional<ByteSize> allocated(DiskImage image) throws InterruptedException {
        return Optional.empty();
    }

    /**
     * Returns whether a copy into this image was begun and did not come to its end; then its content is of no use. Changes nothing;
     * a running process may have it open. An image that is encrypted needs its key.
     */
    boolean isIncomplete(DiskImage image) throws InterruptedException;

    /**
     * Makes a disk at least {@code size} large, as a machine sees it, and returns it; one that is that large already stays as it is.
     * What is on it stays. What is new reads as zeroes, in a {@code LUKS} image as noise. A device grows by its storage: then only
     * headers that tell the size are changed.
     *
     * <p>Failures: {@code INVALID_REQUEST} if the size is zero or no whole number of 512 bytes, or a device has no room for it;
     * {@code UNSUPPORTED} if images of that format do not grow.
     */
    ImageReport growTo(DiskImage image, ByteSize size) throws InterruptedException;
}
