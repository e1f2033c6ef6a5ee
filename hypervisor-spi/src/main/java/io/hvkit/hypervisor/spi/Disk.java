package io.hvkit.hypervisor.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A disk of a machine. The key is lent: a driver uses it inside the call it got the disk with, never keeps, copies or
 * closes it. Two disks with keys are equal if all else is, since keys are not compared.
 */
public final class Disk {

    private enum Lock {
        PLAIN,
        ENCRYPTED
    }

    private record Fields(VolumeId volume, Attachment attachment, ImageFormat format, DiskDevice device, Lock lock) {}

    private final Fields fields;
    private final @Nullable Secret key;

    private Disk(Fields fields, @Nullable Secret key) {
        this.fields = fields;
        this.key = key;
    }

    /** Returns a plain virtio disk; the format is stated, since guessing it would let a guest choose. */
    public static Disk of(VolumeId volume, Attachment attachment, ImageFormat format) {
        return new Disk(new Fields(volume, attachment, format, DiskDevice.on(DiskBus.VIRTIO), Lock.PLAIN), null);
    }

    /** Returns this disk as another device. */
    public Disk as(DiskDevice device) {
        return new Disk(new Fields(fields.volume, fields.attachment, fields.format, device, fields.lock), key);
    }

    /**
     * Returns this disk, encrypted with LUKS and opened with {@code secret}.
     *
     * @throws IllegalArgumentException if its format holds no LUKS; only {@code LUKS} and {@code QCOW2} do
     */
    public Disk unlockedBy(Secret secret) {
        if (fields.format != ImageFormat.LUKS && fields.format != ImageFormat.QCOW2) {
            throw new IllegalArgumentException(
                    "a " + fields.format + " disk has no key; a LUKS header and raw bytes after it are format LUKS");
        }
        return new Disk(
                new Fields(fields.volume, fields.attachment, fields.format, fields.device, Lock.ENCRYPTED), secret);
    }

    /** Returns the volume it is. */
    public VolumeId volume() {
        return fields.volume;
    }

    /** Returns where the host finds it. */
    public Attachment attachment() {
        return fields.attachment;
    }

    /** Returns the format of its bytes. */
    public ImageFormat format() {
        return fields.format;
    }

    /** Returns how the machine sees it and how the host serves it. */
    public DiskDevice device() {
        return fields.device;
    }

    /** Returns the key, if it is encrypted. */
    public Optional<Secret> key() {
        return Optional.ofNullable(key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Disk that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "Disk" + fields;
    }
}
