package io.hvkit.qemu;

import io.hvkit.core.ProgressListener;
import java.util.List;

/**
 * Work on overlays and what they lie over. No process may hold any of the layers. Immutable and safe for any number of threads.
 *
 * <p>Failures, besides those of {@link QemuImg}: {@code INVALID_REQUEST} if a layer is encrypted and comes without its key, or is
 * not and comes with one; or if what is encrypted would be written in clear and that was not allowed. Nothing is changed then.
 */
public final class ImageLayers {

    private final QemuImgProgram program;

    ImageLayers(QemuImgProgram program) {
        this.program = program;
    }

    /**
     * Returns what the headers of an image and of all that it lies over say, from the top down. No key is needed, and none is tried.
     * Below the last layer that {@code image} states, backing files are followed as headers name them; each is read as {@link
     * QemuImg#info} does, if its header's name is a path with a format.
     *
     * <p>Failures: {@code NOT_FOUND} if a layer is missing, {@code CORRUPT_DATA} if the chain goes round, {@code UNSUPPORTED} if a
     * layer has a format that is not known here.
     */
    public List<ImageInfo> chain(Image image) throws InterruptedException {
        return new ImageReading(program, Sharing.ALONE).chain(image);
    }

    /**
     * Writes what an overlay holds into an image below it, which grows to the overlay's size if it is smaller.
     *
     * <p>Whatever ends the work before its end, the disk as seen through the overlay is what it was, and an equal request does the
     * rest; but the image below is another one as soon as a byte is written, so the effect of a failure is {@code UNKNOWN} unless
     * nothing was opened. Nobody else may lie over the image below: for them the disk changes.
     *
     * <p>Failures: {@code INVALID_REQUEST} if the overlay lies over nothing or not over the image that was said, or that cannot grow,
     * as a block device; {@code EXHAUSTED} if there is no room for it.
     *
     * @param listener hears how much of the disk's size is done, on the calling thread; what it throws ends the work
     */
    public void commit(CommitRequest request, ProgressListener listener) throws InterruptedException {
        new ImageCommit(program, request).run(listener);
    }

    /**
     * Has an overlay lie over another image, or over none, and hold the same disk: what differs is copied into it first. Does nothing
     * if it is to lie over none and does not.
     *
     * <p>Whatever ends the work before its end leaves the disk as it was, over what it lay over; the overlay's file may be larger.
     *
     * <p>Failures: {@code INVALID_REQUEST} if the overlay would lie over itself; {@code UNSUPPORTED} if it is not {@code QCOW2}, or
     * the new base is encrypted, for which qemu-img takes no key.
     *
     * @param listener hears how much of the disk's size is done, on the calling thread; what it throws ends the work
     */
    public void rebase(RebaseRequest request, ProgressListener listener) throws InterruptedException {
        new ImageRebase(program).rebase(request, listener);
    }

    /**
     * Makes an image hold what differs between a disk and what the image is said to lie {@link Image#over}, and nothing else; over that it
     * reads as the disk does, and as zeroes past its end. Its header names nothing, as that of an image of changes which QEMU's backup wrote.
     * It is made anew beside the old one, under the same key, with the usual layout, and takes its name once it is whole and on the disk.
     * All keys go to one process; nothing of them is in a header, in arguments or in a file.
     *
     * <p>Failures; the image is as it was, and nothing is left beside it: {@code INVALID_REQUEST} if it lies over nothing, is smaller than
     * the disk, is no {@code QCOW2}, or lacks a key though something that is read has one; {@code UNSUPPORTED} if this qemu-img {@linkplain
     * QemuImgAbility#EXTERNAL_DATA cannot}.
     *
     * @param listener hears how much of the image's size is done, on the calling thread; what it throws ends the work
     */
    public void writeDifference(Image source, Image overlay, ProgressListener listener) throws InterruptedException {
        new ImageDifference(program, source, overlay).write(listener);
    }

    /**
     * Writes into an overlay's header that it lies over the request's base, and copies nothing: for an image that was moved or
     * converted. The disk stays the same only if the base holds the same as what the overlay lay over, which nobody looks at. The base
     * may be encrypted; its key is not needed.
     *
     * <p>Failures: {@code NOT_FOUND} or {@code CORRUPT_DATA} if the base, or what it lies over, is not there or not in the stated
     * format; {@code INVALID_REQUEST} if the overlay would lie over itself, if the request names no base, or if something below is
     * encrypted, the overlay is not, so that what is written to it would be in clear, and {@link RebaseRequest#intoPlaintext} was not
     * said; {@code UNSUPPORTED} if the overlay is not {@code QCOW2}.
     */
    public void changeBackingFile(RebaseRequest request) throws InterruptedException {
        new ImageRebase(program).changeBackingFile(request);
    }
}
