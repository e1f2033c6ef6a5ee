package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

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
 * something: a file named {@code .hvkit-*.partial} in the target's folder, which nothing will read again.
 */
public final class QemuImg {

    private final QemuImgProgram program;

    QemuImg(QemuImgProgram program) {
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
     * <p>A key that is random gets a cheap key derivation, since nothing is gained by a slow one; any other gets qemu's own.
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

    /** Does the same as {@link #convert(ConvertRequest, ProgressListener)}, without telling how far it is. */
    public void convert(ConvertRequest request) throws InterruptedException {
        convert(request, ProgressListener.NONE);
    }

    /**
     * Copies a disk from one image into another. A target that is made anew is its owner's alone (mode 0600), and appears when it
     * is complete and on the disk; whatever ends the work before leaves nothing.
     *
     * <p>A target that exists begins with a mark from before the first byte is copied until all others are on the disk. So whatever ends the work, even the end of this JVM, leaves a disk that nothing takes for a whole one, and
     * that {@link #isIncomplete} knows. Each image is opened four times for that: with a key that is not a random one, each takes
     * seconds.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the source is encrypted and the target is not, and {@link ConvertRequest#intoPlaintext} was not
     *     said</td><td>{@code INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>a target is smaller than the source</td><td>{@code INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>a key is given for what is not encrypted, or missing for what is</td><td>{@code INVALID_REQUEST}, before a
     *     byte is written</td></tr>
     * <tr><td>what the request asks for does not go with its formats, or with a target that exists</td><td>{@code
     *     INVALID_REQUEST}, before a byte is written</td></tr>
     * <tr><td>there is something at a target that is to be made anew</td><td>{@code EXISTS_DIFFERENTLY}; it is left
     *     alone</td></tr>
     * <tr><td>anything, half-way into a target that exists</td><td>as above, with effect {@code UNKNOWN}: its content is
     *     lost</td></tr>
     * </table>
     *
     * @param listener hears how much of the disk's size is done, on the calling thread, and of the whole only when it is; what it
     *     throws ends the work
     */
    public void convert(ConvertRequest request, ProgressListener listener) throws InterruptedException {
        new Conversion(this, program, request, listener).run();
    }

    /**
     * Returns whether a conversion onto this image was begun and did not come to its end. Nothing is changed; a running process
     * may be using the image. Takes as long as deriving the key does.
     */
    public boolean isIncomplete(Image image) throws InterruptedException {
        return new IncompleteMark(program).isOn(image);
    }

    /** Returns what an image's header says. Its key is not needed, and not tried; nor is what it lies over opened. */
    public ImageInfo info(Image image) throws InterruptedException {
        return info(image, List.of());
    }

    /** Returns what an image's header says, though a running process may just be changing it. */
    public ImageInfo infoWhileInUse(Image image) throws InterruptedException {
        return info(image, List.of("--force-share"));
    }

    /**
     * Makes a disk larger; does nothing if it has that size already. What is added reads as zeroes, except in a LUKS image, where
     * it reads as noise.
     *
     * <p>Failures: {@code INVALID_REQUEST} if the new size is smaller, no multiple of 512 bytes, or the image is a block device.
     */
    public void resize(Image image, ByteSize size) throws InterruptedException {
        new ImageCreation(program).require(image, size);
        ByteSize now = info(image).virtualSize();
        if (size.compareTo(now) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s has %s; shrinking it to %s would lose the data behind that, so it is never done: convert"
                                    + " what is needed into a smaller image",
                            image, now, size);
        }
        if (size.equals(now)) {
            return;
        }
        try (QemuKeys keys = QemuKeys.of(image)) {
            List<String> arguments = new ArrayList<>(List.of("resize", "-q"));
            arguments.addAll(keys.arguments());
            arguments.addAll(List.of("--image-opts", keys.open(image), Long.toString(size.bytes())));
            CommandResult result = program.runShort(keys, arguments);
            if (!result.succeeded()) {
                throw Complaint.of("qemu-img resize of " + image, result, Effect.UNKNOWN, image);
            }
        }
    }

    /**
     * Checks an image's own structure, changing nothing.
     *
     * <p>Failures: {@code UNSUPPORTED} if the format has no structure to check, as {@code RAW} and {@code LUKS}, or
     * qemu cannot check it, as {@code VHD}.
     */
    public CheckResult check(Image image) throws InterruptedException {
        switch (image.format()) {
            case QCOW2, VMDK, VHDX, VDI -> {}
            case RAW, LUKS, VHD ->
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "qemu-img cannot check the structure of a %s image",
                                image.format().qemuName());
        }
        try (QemuKeys keys = QemuKeys.of(image)) {
            List<String> arguments = new ArrayList<>(List.of("check", "--output=json"));
            arguments.addAll(keys.arguments());
            arguments.addAll(List.of("--image-opts", keys.open(image)));
            CommandResult result = program.run(keys, arguments, program.limit());
            return switch (result.exitCode()) {
                case 0 -> QemuImgReport.check(image, CheckResult.Verdict.CLEAN, result.output());
                case 2 -> QemuImgReport.check(image, CheckResult.Verdict.CORRUPT, result.output());
                case 3 -> QemuImgReport.check(image, CheckResult.Verdict.LEAKS, result.output());
                default -> throw Complaint.of("qemu-img check of " + image, result, Effect.NOT_APPLIED, image);
            };
        }
    }

    /**
     * Returns whether its key opens an encrypted image; what it lies over is not opened. Nothing is changed; a running process
     * may be using the image. Takes as long as deriving the key does, seconds if the key is not a random one.
     *
     * <p>Failures: {@code INVALID_REQUEST} if {@code image} comes without a key, {@code CORRUPT_DATA} if it is not encrypted.
     */
    public boolean unlocks(Image image) throws InterruptedException {
        if (image.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s comes without the key to try; add it with unlockedBy", image);
        }
        program.require(image);
        Image alone = image.overNothing(); // its own key is tried, and nothing else opened
        try (QemuKeys keys = QemuKeys.of(alone)) {
            List<String> arguments =
                    new ArrayList<>(List.of("map", "--force-share", "--output=json", "--max-length=512"));
            arguments.addAll(keys.arguments());
            arguments.addAll(List.of("--image-opts", keys.open(alone)));
            CommandResult result = program.run(keys, arguments, program.limit());
            if (result.succeeded()) {
                return true;
            }
            DriverException why = Complaint.of("qemu-img map of " + image, result, Effect.NOT_APPLIED, image);
            if (why.failure() == Failure.BAD_CREDENTIALS) {
                return false;
            }
            throw why;
        }
    }

    /** Returns whether two images hold the same disk, whatever their formats and keys. Nothing is changed. */
    public Comparison compare(Image first, Image second) throws InterruptedException {
        ImageCreation.requireKeys(first);
        ImageCreation.requireKeys(second);
        ByteSize firstSize = info(first).virtualSize();
        ByteSize secondSize = info(second).virtualSize();
        if (!firstSize.equals(secondSize)) {
            return new Comparison.DifferentSizes(firstSize, secondSize);
        }
        try (QemuKeys keys = QemuKeys.of(first, second)) {
            List<String> arguments = new ArrayList<>(List.of("compare"));
            arguments.addAll(keys.arguments());
            arguments.addAll(List.of("--image-opts", keys.open(first), keys.open(second)));
            CommandResult result = program.run(keys, arguments, program.limit());
            return switch (result.exitCode()) {
                case 0 -> new Comparison.Identical();
                case 1 -> QemuImgReport.mismatch(result);
                default ->
                    throw Complaint.of(
                            "qemu-img compare of " + first + " and " + second,
                            result,
                            Effect.NOT_APPLIED,
                            first,
                            second);
            };
        }
    }

    private ImageInfo info(Image image, List<String> extra) throws InterruptedException {
        program.require(image);
        try (QemuKeys keys = QemuKeys.ofHeader(image)) {
            List<String> arguments = new ArrayList<>(List.of("info", "--output=json"));
            arguments.addAll(extra);
            arguments.addAll(keys.arguments());
            arguments.addAll(List.of("--image-opts", keys.openHeader(image)));
            CommandResult result = program.runShort(keys, arguments);
            if (!result.succeeded()) {
                throw Complaint.of("qemu-img info of " + image, result, Effect.NOT_APPLIED, image);
            }
            return QemuImgReport.info(image, result.output());
        }
    }
}
