package io.hvkit.storage.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An image as a host finds it: where, how it is laid out, what opens it, and what it lies over. All of it is stated; nothing is
 * believed that the image's own bytes say. The key is lent for the length of a call. Two images with keys are equal if all else is,
 * since keys are not compared.
 *
 * <pre>{@code
 * DiskImage.at(pool.attach(volume, host), ImageFormat.LUKS).unlockedBy(key);
 * DiskImage.at(clone, ImageFormat.QCOW2).over(DiskImage.at(template, ImageFormat.QCOW2));
 * }</pre>
 */
@Incubating(since = "0.1")
public final class DiskImage {

    private enum Lock {
        PLAIN,
        ENCRYPTED
    }

    private enum Header {
        NAMES_BASE,
        NAMES_NOTHING
    }

    private record Fields(
            Attachment attachment, ImageFormat format, Lock lock, Optional<DiskImage> base, Header header) {}

    private final Fields fields;
    private final @Nullable Secret key;

    private DiskImage(Fields fields, @Nullable Secret key) {
        this.fields = fields;
        this.key = key;
    }

    /** Returns an image that holds a whole disk and is not encrypted; one in format {@code LUKS} still lacks its key. */
    public static DiskImage at(Attachment attachment, ImageFormat format) {
        return new DiskImage(new Fields(attachment, format, Lock.PLAIN, Optional.empty(), Header.NAMES_BASE), null);
    }

    /**
     * Returns this image, encrypted with LUKS and opened with {@code secret}.
     *
     * @throws IllegalArgumentException if its format holds no LUKS; only {@code LUKS} and {@code QCOW2} do
     */
    public DiskImage unlockedBy(Secret secret) {
        if (fields.format != ImageFormat.LUKS && fields.format != ImageFormat.QCOW2) {
            throw new IllegalArgumentException(
                    "a " + fields.format + " image has no key; a LUKS header and raw bytes after it are format LUKS");
        }
        return new DiskImage(
                new Fields(fields.attachment, fields.format, Lock.ENCRYPTED, fields.base, fields.header), secret);
    }

    /**
     * Returns this image as one that holds what was written since it was made, and {@code base} all else. Each has its own key.
     *
     * @throws IllegalArgumentException if this format lies over nothing, only {@code QCOW2} does; or if it would lie over itself
     */
    public DiskImage over(DiskImage base) {
        return over(base, Header.NAMES_BASE);
    }

    /**
     * Returns this image as one of changes, as hypervisors write it when they back up what changed: it holds those and names nothing,
     * and {@code base} holds all else. That it does, nobody but the caller knows. Each has its own key. It is read so, and not made so.
     *
     * @throws IllegalArgumentException as {@link #over}
     */
    public DiskImage laidOver(DiskImage base) {
        return over(base, Header.NAMES_NOTHING);
    }

    private DiskImage over(DiskImage base, Header header) {
        if (fields.format != ImageFormat.QCOW2) {
            throw new IllegalArgumentException(
                    "a " + fields.format + " image lies over nothing, only a QCOW2 image does");
        }
        if (base.layers().stream().anyMatch(layer -> layer.attachment().equals(fields.attachment))) {
            throw new IllegalArgumentException("the image at " + fields.attachment + " would lie over itself");
        }
        return new DiskImage(new Fields(fields.attachment, fields.format, fields.lock, Optional.of(base), header), key);
    }

    /** Returns where the host finds it. */
    public Attachment attachment() {
        return fields.attachment;
    }

    /** Returns how its bytes are laid out. */
    public ImageFormat format() {
        return fields.format;
    }

    /** Returns what opens it, if it is encrypted. */
    public Optional<Secret> key() {
        return Optional.ofNullable(key);
    }

    /** Returns what it lies over. */
    public Optional<DiskImage> base() {
        return fields.base;
    }

    /** Returns whether its header says what it lies over, if it lies over anything. */
    public boolean isBaseNamed() {
        return fields.header == Header.NAMES_BASE;
    }

    /** Returns this image and all that it lies over, from the top down. */
    public List<DiskImage> layers() {
        List<DiskImage> layers = new ArrayList<>();
        for (Optional<DiskImage> next = Optional.of(this); next.isPresent(); next = next.get().fields.base) {
            layers.add(next.get());
        }
        return List.copyOf(layers);
    }

    /** Returns whether what is written to it is encrypted. */
    public boolean isEncrypted() {
        return fields.format == ImageFormat.LUKS || fields.lock == Lock.ENCRYPTED;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DiskImage that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "DiskImage" + fields;
    }
}
