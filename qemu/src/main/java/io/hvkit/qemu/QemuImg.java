package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.ProgressListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One qemu-img program and what it can do. Immutable and safe for any number of threads; no call holds anything when it returns.
 *
 * <p>Every call may fail in these ways, besides those it tells of:
 *
 * <table>
 * <caption>Failures</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>the key does not open an image</td><td>{@code BAD_CREDENTIALS}; nothing was changed</td></tr>
 * <tr><td>a running process holds an image</td><td>{@code IN_USE}; nothing was changed</td></tr>
 * <tr><td>an image or its folder is missing</td><td>{@code NOT_FOUND}</td></tr>
 * <tr><td>an image's bytes are not of the stated format</td><td>{@code CORRUPT_DATA}</td></tr>
 * <tr><td>the disk is full</td><td>{@code EXHAUSTED}</td></tr>
 * <tr><td>a file may not be read or written, or the program lacks a format</td><td>{@code HOST_NOT_READY}</td></tr>
 * <tr><td>the limit has passed</td><td>{@code TIMED_OUT}</td></tr>
 * <tr><td>qemu-img fails in words that are not known here</td><td>{@code DEFECT}, with those words</td></tr>
 * </table>
 *
 * <p>Interruption ends the program and undoes what can be undone: new images do not appear. Only a JVM that is killed leaves
 * something: a file named {@code .hvkit-*.partial} in the target's folder, which nothing will read again and {@link
 * PartialFiles#sweep} removes.
 */
public final class QemuImg {

    private final QemuImgProgram program;

    private QemuImg(QemuImgProgram program) {
        this.program = program;
    }

    static QemuImg of(QemuImgProgram program) {
        return new QemuImg(program);
    }

    /**
     * Tries what the qemu-img in {@code PATH} can do and returns it; takes a tenth of a second. {@link QemuImgProbe} remembers.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it is not installed or does not answer like qemu-img
     */
    public static QemuImg probe(CommandRunner runner) throws InterruptedException {
        return new QemuImg(QemuImgTrials.probe(runner, "qemu-img"));
    }

    /**
     * Tries what {@code program} can do and returns it; takes a tenth of a second. {@link QemuImgProbe} remembers.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it is not there or does not answer like qemu-img
     */
    public static QemuImg probe(CommandRunner runner, Path program) throws InterruptedException {
        return new QemuImg(QemuImgTrials.probe(runner, QemuImgProgram.programName(program)));
    }

    /** Returns the version, as the program writes it, such as {@code 7.2.22}; for people, since distributions backport. */
    public String version() {
        return program.version();
    }

    /** Returns what this build can do. */
    public Set<QemuImgAbility> abilities() {
        return program.abilities();
    }

    /**
     * Returns the same program with a limit for each command that it runs. Otherwise {@link #create}, {@link #info} and {@link
     * #resize} may take two minutes, the others as long as they need.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public QemuImg within(Duration limit) {
        return new QemuImg(program.within(limit));
    }

    /**
     * Returns the same program with other limits on what each command may use of the host than {@link ToolLimits#usual}. Look at
     * images that anybody may have made within {@link ToolLimits#forUntrusted}. A command that reaches its processor time fails
     * with {@code TIMED_OUT}, one that gets no more memory with {@code EXHAUSTED}.
     */
    public QemuImg limitedTo(ToolLimits limits) {
        return new QemuImg(program.limitedTo(limits));
    }

    /**
     * Makes an image; with a key, one that is encrypted with AES-256-XTS, which is proven by its header before it is given out.
     * A new file is its owner's alone (mode 0600) and appears when it is complete. A block device is given a header if its first
     * MiB reads as zeroes.
     *
     * <p>It reads as zeroes; a LUKS image, and an encrypted qcow2 with preallocation, reads as noise. One that was said to lie
     * {@link Image#over over} another reads as that does: the other is named in its header and neither opened nor changed, may be
     * in use, and needs its key only to be known as encrypted.
     *
     * <p>A key that is random gets a cheap key derivation, since nothing is gained by a slow one: 1000 iterations, made here, so
     * that no program runs, in milliseconds. qemu-img itself makes what is left: with any other key, which gets qemu's own slow
     * derivation; with a cipher, hash, preallocation or qcow2 layout that is not the usual one, except for clusters larger than 64
     * KiB; and on other hosts. With a random key that takes some two seconds.
     *
     * <p>Failures: {@code EXISTS_DIFFERENTLY} if there is anything at its path, which is left alone; {@code NOT_FOUND} if what it
     * lies over is missing; {@code INVALID_REQUEST} if the size is missing, zero, no multiple of 512 bytes, or smaller than what
     * lies below, if it would hold in clear what is written over something encrypted and {@link CreateRequest#intoPlaintext} was
     * not said, if a device has no room or is to be preallocated, or if a LUKS image has no key. On failure no file is left; a
     * device may hold part of a header if the effect is {@code UNKNOWN}.
     */
    public void create(CreateRequest request) throws InterruptedException {
        new ImageCreation(program).create(request);
    }

    /** Does the same as {@link #create(CreateRequest)} for an image in its format's usual layout. */
    public void create(Image target, ByteSize size) throws InterruptedException {
        create(CreateRequest.of(target, size));
    }

    /**
     * Returns how much room an image takes that is made so; nothing is made.
     *
     * <p>Failures: {@code UNSUPPORTED} for {@code VMDK}, {@code VHD}, {@code VHDX} and {@code VDI}.
     */
    public Measurement measure(CreateRequest request) throws InterruptedException {
        return new ImageMeasure(program).ofSize(request);
    }

    /**
     * Returns how much room an image takes that is made so and filled from {@code source}; its own size counts for nothing.
     *
     * <p>Failures: as {@link #measure(CreateRequest)} has.
     */
    public Measurement measure(CreateRequest request, Image source) throws InterruptedException {
        return new ImageMeasure(program).ofContent(request, source);
    }

    /** Does the same as {@link #convert(ConvertRequest, ProgressListener)}, without telling how far it is. */
    public ConvertReport convert(ConvertRequest request) throws InterruptedException {
        return convert(request, ProgressListener.NONE);
    }

    /**
     * Copies a disk from one image into another. A target that is made anew is its owner's alone (mode 0600), and appears when it
     * is complete and on the disk; whatever ends the work before leaves nothing.
     *
     * <p>A target that exists begins with a mark from before the first byte is copied until all others are on the disk. So whatever
     * ends the work, even the end of this JVM, leaves a disk that nothing takes for a whole one, and that {@link #isIncomplete}
     * knows. qemu-img opens each image four times for that: with a key that is not a random one, each takes seconds.
     *
     * <p>Between raw and LUKS disks of this host, with random keys and the usual encryption, this process copies itself, with as
     * many threads as the profile has requests. It takes 5 MiB of memory for each, outlasts no call,
     * and goes on where an earlier copy onto the same target was ended: what is there already is read and not written again.
     * All else qemu-img copies; {@link ConvertRequest#by} chooses.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the source is encrypted and the target is not, and {@link ConvertRequest#intoPlaintext} was not
     *     said</td><td>{@code INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>a source is a VHD of which qemu would read only what its cylinders hold, as of one by VirtualBox</td><td>{@code
     *     INVALID_REQUEST}, before a byte is written; the message has what to say for the whole disk</td></tr>
     * <tr><td>a target is smaller than the source</td><td>{@code INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>a key is given for what is not encrypted, or missing for what is</td><td>{@code INVALID_REQUEST}, before a
     *     byte is written</td></tr>
     * <tr><td>what the request asks for does not go with its formats, or with a target that exists</td><td>{@code
     *     INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>there is something at a target that is to be made anew</td><td>{@code EXISTS_DIFFERENTLY}; it is left
     *     alone</td></tr>
     * <tr><td>the copy was to be {@link ConvertRequest#verified() verified}, and is not the same</td><td>{@code CORRUPT_DATA};
     *     as if anything else had ended the work</td></tr>
     * <tr><td>anything, half-way into a target that exists</td><td>as above, with effect {@code UNKNOWN}: its content is
     *     lost</td></tr>
     * </table>
     *
     * @param listener hears how much of the disk's size is done, on the calling thread, and of the whole only when it is; what it
     *     throws ends the work
     * @return what copied the bytes, and why
     */
    public ConvertReport convert(ConvertRequest request, ProgressListener listener) throws InterruptedException {
        return new Conversion(program, request, listener).run();
    }

    /**
     * Copies a LUKS image as it is stored, header, key slots and all: for a volume that moves and stays the same volume. Nothing is
     * decrypted and no key is needed, so it is as fast as copying any file. If the volume's key is to change with its place, change it
     * afterwards, with {@link #keySlots}.
     *
     * <p>Never for a clone: whatever opens one of the two opens the other, now and after any change of keys. Remove the source when
     * the copy is known to be there.
     *
     * <p>Failures: as {@link #convert(ConvertRequest)} has; {@code INVALID_REQUEST} if either is no LUKS image; {@code CORRUPT_DATA} if
     * the copy's header is not the source's, as if that was changed meanwhile: remove the copy then.
     *
     * @param source a LUKS image; its key does not matter
     * @param target where it goes: nothing, or with {@code EXISTS} a file or device that is no smaller than the source's
     */
    public ConvertReport relocate(Image source, Image target, TargetState state, ProgressListener listener)
            throws InterruptedException {
        return new Relocation(program, source, target).run(state, listener);
    }

    /**
     * Returns whether a conversion onto this image was begun and did not come to its end. Nothing is changed; a running process
     * may be using the image. Takes as long as deriving the key does.
     */
    public boolean isIncomplete(Image image) throws InterruptedException {
        return new IncompleteMark(program).isOn(image);
    }

    /**
     * Returns what an image's header says. Its key is not needed, and not tried; nor is what it lies over opened, nor an external
     * data file.
     *
     * <p>Of a file or block device, the header is read here before qemu-img is started, on another host too, and both must find the
     * same size, encryption and backing file. Anything is a raw image.
     *
     * <p>Failures: {@code CORRUPT_DATA} if the bytes are not of the stated format, in which case no program is started, or are read
     * in two ways and broken; {@code DEFECT} if they are read in two ways and seem sound; {@code INVALID_REQUEST} if there is
     * neither a file nor a block device at its path.
     */
    public ImageInfo info(Image image) throws InterruptedException {
        return new ImageReading(program, Sharing.ALONE).info(image);
    }

    /** Returns the work on overlays and what they lie over. */
    public ImageLayers layers() {
        return new ImageLayers(program);
    }

    /** Returns the work on the snapshots inside a qcow2 image; {@code UNSUPPORTED} for any other. */
    public InternalSnapshots snapshots(Image image) {
        return new InternalSnapshots(program, image);
    }

    /** Returns the work on the dirty bitmaps of a qcow2 image; {@code UNSUPPORTED} for any other. */
    public DirtyBitmaps bitmaps(Image image) {
        return new DirtyBitmaps(program, image);
    }

    /** Returns the work on the key slots of an encrypted image, which must come with its key. */
    public KeySlots keySlots(Image image) {
        return new KeySlots(program, image);
    }

    /** Returns what can be read of images that running processes hold. */
    public ImagesInUse whileInUse() {
        return new ImagesInUse(program);
    }

    /** Does the same as {@link #resize(Image, ByteSize, Preallocation)}, taking no room before it is written. */
    public void resize(Image image, ByteSize size) throws InterruptedException {
        resize(image, size, Preallocation.OFF);
    }

    /**
     * Makes a disk larger; does nothing if it has that size already. What is added reads as zeroes, except in a LUKS image, where
     * it reads as noise; of an encrypted qcow2 image, what is preallocated does so too.
     *
     * <p>Growth that is ended leaves what was in the image as it was, and an equal call does the rest. What was to be taken at once
     * ({@code FALLOC}, {@code FULL}) has its room then; only where a file system cannot reserve, as few can not, {@code FULL} that was
     * ended in a raw or LUKS image may have the new size and lack room. To that end the host needs {@code fallocate} (util-linux), and
     * a qcow2 image is checked first: leaks, which ended growth leaves, are given back.
     *
     * <p>Failures: {@code CORRUPT_DATA} if that check finds worse; {@code INVALID_REQUEST} if the new size is smaller, no multiple of 512 bytes, or the image is a block device that
     * cannot hold it; {@code UNSUPPORTED} for {@code VMDK}, {@code VHD}, {@code VHDX} and {@code VDI}, and for a preallocation that
     * the format has not; {@code DEFECT} if qemu-img reports success and the disk has another size.
     */
    public void resize(Image image, ByteSize size, Preallocation preallocation) throws InterruptedException {
        new ImageResize(program).grow(image, size, preallocation);
    }

    /**
     * Makes a disk smaller, which loses for good all that lies behind its new end: let no file system reach there. Does nothing if
     * it has that size already. A snapshot inside the image keeps its size and content.
     *
     * <p>Failures: as {@link #resize(Image, ByteSize)} tells, and {@code INVALID_REQUEST} if the new size is larger.
     */
    public void shrink(Image image, ByteSize size) throws InterruptedException {
        new ImageResize(program).shrink(image, size);
    }

    /**
     * Checks an image's own structure, changing nothing.
     *
     * <p>Failures: {@code UNSUPPORTED} if the format has no structure to check, as {@code RAW} and {@code LUKS}, or
     * qemu cannot check it, as {@code VHD}.
     */
    public CheckResult check(Image image) throws InterruptedException {
        return new ImageCheck(program, Sharing.ALONE).check(image);
    }

    /**
     * Checks an image's own structure and mends it as far as {@code repair} allows; changes nothing if there is nothing to mend. What
     * is still wrong afterwards is in the result, not a failure.
     *
     * <p>Failures: as {@link #check} has, {@code UNSUPPORTED} too if qemu only checks the format.
     */
    public RepairResult repair(Image image, Repair repair) throws InterruptedException {
        return new ImageCheck(program, Sharing.ALONE).repair(image, repair);
    }

    /**
     * Tells how a disk lies in its image and in all that it is built on: extent by extent, in the disk's order and without a gap.
     * Nothing is collected, so any image will do. An image from others is to be inspected first: its map may be endless.
     *
     * @param extents hears of each, on the calling thread; what it throws ends the work
     */
    public void map(MapRequest request, Consumer<Extent> extents) throws InterruptedException {
        new ImageMapping(program, Sharing.ALONE).map(request, extents);
    }

    /** Returns how much of a disk holds data, in the image itself or in what it is built on; the rest was never written, or is zero. */
    public ByteSize usedSize(Image image) throws InterruptedException {
        return new ImageMapping(program, Sharing.ALONE).usedSize(image);
    }

    /**
     * Returns whether its key opens an encrypted image; what it lies over is not opened. Nothing is changed; a running process
     * may be using the image. Takes as long as deriving the key does, seconds if the key is not a random one.
     *
     * <p>Failures: {@code INVALID_REQUEST} if {@code image} comes without a key, {@code CORRUPT_DATA} if it is not encrypted.
     */
    public boolean unlocks(Image image) throws InterruptedException {
        return new ImageUnlocking(program).unlocks(image);
    }

    /** Does the same as {@link #compare(Image, Image, ProgressListener)}, without telling how far it is. */
    public Comparison compare(Image first, Image second) throws InterruptedException {
        return compare(first, second, ProgressListener.NONE);
    }

    /**
     * Returns whether two images hold the same disk, whatever their formats and keys, up to the first difference. Nothing is changed.
     *
     * @param listener hears how much of the disks' size is compared, on the calling thread; what it throws ends the work
     */
    public Comparison compare(Image first, Image second, ProgressListener listener) throws InterruptedException {
        return new ImageComparison(program, Sharing.ALONE).compare(first, second, listener);
    }

    /**
     * Compares two disks like {@link #compare(Image, Image, ProgressListener)}, of which one may be larger, as a device is that its storage
     * rounds up: they are the same if what it has more is zeroes. Never answers {@link Comparison.DifferentSizes}.
     */
    public Comparison compareContent(Image first, Image second, ProgressListener listener) throws InterruptedException {
        return new ImageComparison(program, Sharing.ALONE).compareContent(first, second, listener);
    }
}
