package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image and what is needed to read or write it: where it is, how it is laid out, the key if it is encrypted, and what lies
 * below it. The format is always stated; qemu is never left to guess it from bytes that a guest may have written. Immutable;
 * nothing is opened.
 *
 * <pre>{@code
 * Image.raw(Path.of("/dev/vg/disk"));
 * Image.qcow2(top).unlockedBy(newKey).over(Image.luks(base).unlockedBy(oldKey));
 * Image.at(QemuImageOptions.nbd(socket, "disk"), ImageFormat.LUKS).unlockedBy(key);
 * }</pre>
 *
 * <p>A backing file that is named in an image's own header is followed by qemu, in the format named there or guessed, unless
 * {@link #over} or {@link #overNothing} is said. Inspect an image from others before it is used.
 */
public final class Image {

    private enum Below {
        AS_THE_HEADER_SAYS,
        STATED,
        NOTHING
    }

    private record Fields(
            QemuImageOptions location,
            ImageFormat format,
            Optional<Secret> key,
            Below below,
            Optional<Image> backing) {}

    private final Fields fields;

    private Image(Fields fields) {
        this.fields = fields;
    }

    /** Returns the image whose bytes are the disk's bytes: a file or a block device, not encrypted. */
    public static Image raw(Path path) {
        return of(path, ImageFormat.RAW);
    }

    /** Returns an image in qemu's own format, not encrypted unless {@link #unlockedBy} follows. */
    public static Image qcow2(Path path) {
        return of(path, ImageFormat.QCOW2);
    }

    /** Returns a LUKS header followed by encrypted bytes: a file or a block device; {@link #unlockedBy} says the key. */
    public static Image luks(Path path) {
        return of(path, ImageFormat.LUKS);
    }

    /**
     * Returns an image in a format that is known only when the program runs.
     *
     * @param path any path; a relative one is made absolute now
     * @throws DriverException with {@code INVALID_REQUEST} if this JVM's locale cannot hand the path to a program unchanged
     */
    public static Image of(Path path, ImageFormat format) {
        return at(QemuImageOptions.path(ImagePath.of(path)), format);
    }

    /**
     * Returns an image anywhere that qemu reaches: on an NBD server, in a Ceph cluster, in a part of a file.
     *
     * <p>It must be there: {@link QemuImg} makes nothing there. A key for what it holds is said with {@link #unlockedBy}; a key
     * for the way there belongs to {@code location}.
     *
     * @param location where its bytes are, without its format
     */
    public static Image at(QemuImageOptions location, ImageFormat format) {
        return new Image(new Fields(location, format, Optional.empty(), Below.AS_THE_HEADER_SAYS, Optional.empty()));
    }

    /**
     * Returns this image, encrypted with {@code key}. The key is lent: it must stay open as long as the image is used, and the
     * caller closes it.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the format is neither {@code QCOW2} nor {@code LUKS}, since the
     *     others have no encryption, or the key is not UTF-8 text without NUL bytes, which qemu would cut or refuse
     */
    public Image unlockedBy(Secret key) {
        switch (fields.format) {
            case QCOW2, LUKS -> {}
            case RAW ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "a raw image has no encryption, so the key would be ignored; for a LUKS header and"
                                        + " encrypted bytes at %s say Image.luks(path)",
                                place());
            case VMDK, VHD, VHDX, VDI ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "qemu cannot encrypt a %s image, such as %s; use qcow2 or luks",
                                fields.format.qemuName(), place());
        }
        QemuText.requireKey(place(), key);
        return new Image(new Fields(fields.location, fields.format, Optional.of(key), fields.below, fields.backing));
    }

    /**
     * Returns this image over {@code backing}, which is read where nothing was written to this one. What this image's own header
     * says about that is ignored, so that neither names nor formats in it are trusted. {@code backing} comes with its own format
     * and key, and may lie over another; the lowest image follows its own header, unless {@link #overNothing} is said of it.
     *
     * <p>It must be the image that this one was made over, or a copy of it: with any other, the disk is another one.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if this format is not {@code QCOW2}, or this image is in the chain
     *     below
     */
    public Image over(Image backing) {
        if (fields.format != ImageFormat.QCOW2) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s cannot lie over %s: only a qcow2 image has a backing file", this, backing);
        }
        if (backing.layers().stream().anyMatch(layer -> layer.isWhere(this))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s cannot lie over itself, as it would in %s", place(), backing);
        }
        return new Image(new Fields(fields.location, fields.format, fields.key, Below.STATED, Optional.of(backing)));
    }

    /**
     * Returns this image as one that holds the whole disk: a backing file is not opened, whatever the header says. What such a
     * file would add reads as zeroes, so say this of images that must not have one, such as those from others.
     */
    public Image overNothing() {
        return new Image(new Fields(fields.location, fields.format, fields.key, Below.NOTHING, Optional.empty()));
    }

    /** Returns the file or block device of the host that it is; always absolute. Nothing if it is anywhere else. */
    public Optional<Path> path() {
        return fields.location.path();
    }

    /** Returns where its bytes are. */
    public QemuImageOptions location() {
        return fields.location;
    }

    /** Returns how it is laid out. */
    public ImageFormat format() {
        return fields.format;
    }

    /** Returns what opens it, if it is encrypted. */
    public Optional<Secret> key() {
        return fields.key;
    }

    /** Returns what it lies over, if that was said; its header may still name something. */
    public Optional<Image> backing() {
        return fields.backing;
    }

    /** Returns this image and those that it was said to lie over, the topmost first. */
    public List<Image> layers() {
        List<Image> layers = new ArrayList<>(List.of(this));
        for (Optional<Image> next = fields.backing;
                next.isPresent();
                next = next.get().backing()) {
            layers.add(next.get());
        }
        return List.copyOf(layers);
    }

    /** Returns how qemu opens it and what it lies over, with the keys lent: for commands and monitors of one's own. */
    public QemuImageOptions options() {
        QemuImageOptions options = QemuImageOptions.format(fields.format);
        if (fields.key.isPresent()) {
            options = fields.format == ImageFormat.QCOW2
                    // Stated, since qemu ignores the key of a qcow2 that turns out not to be encrypted.
                    ? options.with("encrypt.format", "luks").with("encrypt.key-secret", fields.key.get())
                    : options.with("key-secret", fields.key.get());
        }
        options = options.over(fields.location);
        return switch (fields.below) {
            case AS_THE_HEADER_SAYS -> options;
            case STATED -> options.over("backing", fields.backing.orElseThrow().options());
            case NOTHING -> canLieOverSomething() ? options.overNothing() : options;
        };
    }

    /** Returns how qemu opens it to read its header alone: without its own key, and without what it lies over. */
    QemuImageOptions headerOptions() {
        return QemuImageOptions.format(fields.format).over(fields.location);
    }

    /** Returns whether qemu reads from its header what it lies over. */
    boolean followsItsHeader() {
        return canLieOverSomething() && fields.below == Below.AS_THE_HEADER_SAYS;
    }

    /** Returns this image with its key, and what it lies over left to its header. */
    Image alone() {
        return new Image(
                new Fields(fields.location, fields.format, fields.key, Below.AS_THE_HEADER_SAYS, Optional.empty()));
    }

    /** Returns the same in another file. */
    Image at(Path path) {
        return new Image(
                new Fields(QemuImageOptions.path(path), fields.format, fields.key, fields.below, fields.backing));
    }

    /**
     * Returns where it is, for what works on files and block devices of the host alone.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is anywhere else
     */
    Path requirePath() {
        return path().orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                .message("this needs a file or a block device of the host, and %s is neither", this));
    }

    /** Returns where it is, for people. */
    String place() {
        return path().map(Path::toString).orElseGet(fields.location::toString);
    }

    /** Returns whether both are in the same place, as far as their names tell. */
    boolean isWhere(Image other) {
        return path().isPresent() ? path().equals(other.path()) : fields.location.equals(other.fields.location);
    }

    /** Returns whether all that is written to it is encrypted. */
    boolean encrypts() {
        return fields.format == ImageFormat.LUKS || fields.key.isPresent();
    }

    /** Returns whether some of what is read from it is encrypted, here or in what it was said to lie over. */
    boolean readsEncrypted() {
        return layers().stream().anyMatch(Image::encrypts);
    }

    /** Returns whether both have the same place, format and layers, and the very same keys. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Image image && image.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns formats and places, for people; never a key. */
    @Override
    public String toString() {
        String alone = fields.format.qemuName() + " " + place() + (fields.key.isPresent() ? " (encrypted)" : "");
        return fields.backing.map(backing -> alone + " over " + backing).orElse(alone);
    }

    private boolean canLieOverSomething() {
        return switch (fields.format) {
            case QCOW2, VMDK -> true;
            case RAW, LUKS, VHD, VHDX, VDI -> false;
        };
    }
}
