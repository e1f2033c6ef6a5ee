package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request for a volume. Equal requests are the same request: sending one twice makes one volume. The key is lent for the
 * length of the call; two requests with keys are equal if all else is, since keys are not compared.
 */
public final class CreateVolume {

    private record Fields(String name, ByteSize size, ImageFormat format, VolumeEncryption encryption) {}

    private final Fields fields;
    private final @Nullable Secret key;

    private CreateVolume(Fields fields, @Nullable Secret key) {
        this.fields = fields;
        this.key = key;
    }

    /**
     * Returns a request for a plain, raw volume full of zeroes.
     *
     * @throws IllegalArgumentException if the size is zero or no whole number of 512 bytes, as disks come
     */
    public static CreateVolume blank(String name, ByteSize size) {
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(ByteSize.bytes(512))) {
            throw new IllegalArgumentException("a volume has a whole number of 512 bytes, at least one, not " + size);
        }
        return new CreateVolume(new Fields(name, size, ImageFormat.RAW, VolumeEncryption.NONE), null);
    }

    /**
     * Returns this request in another format.
     *
     * @throws IllegalArgumentException if it has a key already; say the format first
     */
    public CreateVolume as(ImageFormat format) {
        if (key != null) {
            throw new IllegalArgumentException("say the format before the key");
        }
        return new CreateVolume(new Fields(fields.name, fields.size, format, fields.encryption), null);
    }

    /**
     * Returns this request for a volume that nobody reads without {@code secret}: LUKS in front of the bytes if the format was
     * {@code RAW}, which then is {@code LUKS}; LUKS inside if it is {@code QCOW2}. A pool whose {@linkplain EncryptionSupport.HypervisorLuks#headerBy
     * headers} an end point writes only makes room for one.
     *
     * @throws IllegalArgumentException if the format holds no LUKS, or the storage is to encrypt it already
     */
    public CreateVolume encryptedBy(Secret secret) {
        if (fields.encryption == VolumeEncryption.BY_STORAGE) {
            throw new IllegalArgumentException("a volume is encrypted by the storage or with a key, not by both");
        }
        ImageFormat format = fields.format == ImageFormat.RAW ? ImageFormat.LUKS : fields.format;
        if (format != ImageFormat.LUKS && format != ImageFormat.QCOW2) {
            throw new IllegalArgumentException("a " + format + " volume cannot be encrypted; use RAW, LUKS or QCOW2");
        }
        return new CreateVolume(new Fields(fields.name, fields.size, format, VolumeEncryption.WITH_KEY), secret);
    }

    /**
     * Returns this request for a volume that the storage encrypts, with a key of its own; the hypervisor sees it plain.
     *
     * @throws IllegalArgumentException if it has a key already
     */
    public CreateVolume encryptedByStorage() {
        if (key != null) {
            throw new IllegalArgumentException("a volume is encrypted by the storage or with a key, not by both");
        }
        return new CreateVolume(new Fields(fields.name, fields.size, fields.format, VolumeEncryption.BY_STORAGE), null);
    }

    /** Returns the name: unique in the pool, and the caller's key for finding the volume after a lost reply. */
    public String name() {
        return fields.name;
    }

    /** Returns the least the volume must hold, as its machine sees it. */
    public ByteSize size() {
        return fields.size;
    }

    /** Returns how its bytes are laid out. */
    public ImageFormat format() {
        return fields.format;
    }

    /** Returns whether it is to be encrypted, and by whom. */
    public VolumeEncryption encryption() {
        return fields.encryption;
    }

    /** Returns the key, if it is to be encrypted with one. */
    public Optional<Secret> key() {
        return Optional.ofNullable(key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CreateVolume that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "CreateVolume" + fields;
    }
}
