package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An image and what is needed to read or write it: where it is, how it is laid out, and the key if it is encrypted. The format
 * is always stated; qemu is never left to guess it from bytes that a guest may have written. Immutable; nothing is opened.
 *
 * <p>A backing file named in an image's own header is followed by qemu: inspect an image from others before it is used.
 */
public final class Image {

    private record Fields(Path path, ImageFormat format, Optional<Secret> key) {}

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
        return new Image(new Fields(ImagePath.of(path), format, Optional.empty()));
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
                                fields.path);
            case VMDK, VHD, VHDX, VDI ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "qemu cannot encrypt a %s image, such as %s; use qcow2 or luks",
                                fields.format.qemuName(), fields.path);
        }
        if (!key.isText()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the key for %s is not UTF-8 text without NUL bytes, which is all that qemu takes; write it as"
                                    + " Base64, or use Secret.random()",
                            fields.path);
        }
        return new Image(new Fields(fields.path, fields.format, Optional.of(key)));
    }

    /** Returns where it is; always absolute. */
    public Path path() {
        return fields.path;
    }

    /** Returns how it is laid out. */
    public ImageFormat format() {
        return fields.format;
    }

    /** Returns what opens it, if it is encrypted. */
    public Optional<Secret> key() {
        return fields.key;
    }

    /** Returns the same at another place. */
    Image at(Path path) {
        return new Image(new Fields(path, fields.format, fields.key));
    }

    /** Returns whether all that is written to it is encrypted. */
    boolean encrypts() {
        return fields.format == ImageFormat.LUKS || fields.key.isPresent();
    }

    /** Returns how qemu opens it, with the key under {@code secretId} if it has one. */
    QemuImageOptions options(Optional<String> secretId) {
        QemuImageOptions options = QemuImageOptions.driver(fields.format.qemuName());
        if (secretId.isPresent()) {
            options = fields.format == ImageFormat.QCOW2
                    // Stated, since qemu ignores the key of a qcow2 that turns out not to be encrypted.
                    ? options.with("encrypt.format", "luks").with("encrypt.key-secret", secretId.get())
                    : options.with("key-secret", secretId.get());
        }
        return options.with("file.filename", fields.path.toString());
    }

    /** Returns whether both have the same path and format and the very same key. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Image image && image.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns format and path, for people; never the key. */
    @Override
    public String toString() {
        return fields.format.qemuName() + " " + fields.path + (fields.key.isPresent() ? " (encrypted)" : "");
    }
}
