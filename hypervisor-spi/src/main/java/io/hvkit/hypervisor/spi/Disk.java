package io.hvkit.hypervisor.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import java.util.ArrayList;
import java.util.List;
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

    private record Fields(
            VolumeId volume,
            Attachment attachment,
            ImageFormat format,
            DiskDevice device,
            Lock lock,
            Optional<Disk> base) {}

    private final Fields fields;
    private final @Nullable Secret key;

    private Disk(Fields fields, @Nullable Secret key) {
        this.fields = fields;
        this.key = key;
    }

    /** Returns a plain virtio disk; the format is stated, since guessing it would let a guest choose. */
    public static Disk of(VolumeId volume, Attachment attachment, ImageFormat format) {
        return new Disk(
                new Fields(volume, attachment, format, DiskDevice.on(DiskBus.VIRTIO), Lock.PLAIN, Optional.empty()),
                null);
    }

    /** Returns this disk as another device. */
    public Disk as(DiskDevice device) {
        return new Disk(
                new Fields(
                        fields.volume,
                        fields.attachment,
                        fields.format,
                        device,
                        fields.lock,
                        fields.base.map(base -> base.as(device))),
                key);
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
                new Fields(fields.volume, fields.attachment, fields.format, fields.device, Lock.ENCRYPTED, fields.base),
                secret);
    }

    /**
     * Returns this disk as an overlay: it holds what was written since it was made, and {@code base} all else. Each layer has its
     * own key. A disk that was not said to lie over another lies over what its header names, if that is plain; what is encrypted
     * must be said.
     *
     * @param base what it lies over; it may lie over another itself. Which device it is counts for nothing
     * @throws IllegalArgumentException if this format lies over nothing; only {@code QCOW2} does. Or if it would lie over itself
     */
    public Disk over(Disk base) {
        if (fields.format != ImageFormat.QCOW2) {
            throw new IllegalArgumentException(
                    "a " + fields.format + " disk lies over nothing, only a QCOW2 disk does");
        }
        for (Disk layer : base.layers()) {
            if (layer.volume().equals(fields.volume) || layer.attachment().equals(fields.attachment)) {
                throw new IllegalArgumentException("disk " + fields.volume + " would lie over itself");
            }
        }
        return new Disk(
                new Fields(
                        fields.volume,
                        fields.attachment,
                        fields.format,
                        fields.device,
                        fields.lock,
                        Optional.of(base.as(fields.device))),
                key);
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

    /** Returns what it was said to lie over. */
    public Optional<Disk> base() {
        return fields.base;
    }

    /** Returns this disk and what it was said to lie over, from the top down. */
    public List<Disk> layers() {
        List<Disk> layers = new ArrayList<>();
        for (Optional<Disk> next = Optional.of(this); next.isPresent(); next = next.get().fields.base) {
            layers.add(next.get());
        }
        return List.copyOf(layers);
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
