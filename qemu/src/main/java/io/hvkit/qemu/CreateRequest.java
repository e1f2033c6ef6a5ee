package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.util.Optional;

/**
 * An image to make: where, how large, and laid out how. Without more words it has its format's usual layout and takes no room
 * before it is written. Immutable; every change is a new request.
 *
 * <pre>{@code
 * CreateRequest.of(Image.qcow2(path), ByteSize.gibibytes(40))
 *         .laidOutAs(Qcow2Layout.standard().withClusterSize(ByteSize.mebibytes(2)))
 *         .preallocated(Preallocation.METADATA);
 * CreateRequest.of(Image.qcow2(clone).unlockedBy(newKey).over(Image.luks(base).unlockedBy(oldKey)));
 * }</pre>
 */
public final class CreateRequest {

    private enum Plaintext {
        REFUSED,
        ALLOWED
    }

    private record Fields(
            Image target,
            Optional<ByteSize> size,
            Optional<ImageLayout> layout,
            Preallocation preallocation,
            BackingName backingName,
            Plaintext plaintext,
            Luks luks) {}

    private record Luks(LuksCipher cipher, Optional<LuksHash> hash) {}

    private final Fields fields;

    private CreateRequest(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a request for an image of a size.
     *
     * @param size how large the disk is that a guest sees, to the byte; headers come on top. A multiple of 512 bytes, not zero
     */
    public static CreateRequest of(Image target, ByteSize size) {
        return of(target).sized(size);
    }

    /** Returns a request for an image as large as what it lies over, or as what a conversion copies into it. */
    public static CreateRequest of(Image target) {
        return new CreateRequest(new Fields(
                target,
                Optional.empty(),
                Optional.empty(),
                Preallocation.OFF,
                BackingName.ABSOLUTE,
                Plaintext.REFUSED,
                new Luks(LuksCipher.AES_256_XTS, Optional.empty())));
    }

    /**
     * Returns this request with a layout.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is one of another format
     */
    public CreateRequest laidOutAs(ImageLayout layout) {
        if (!layout.fits(fields.target.format())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s cannot be laid out as %s, which is for another format", fields.target, layout);
        }
        return new CreateRequest(new Fields(
                fields.target,
                fields.size,
                Optional.of(layout),
                fields.preallocation,
                fields.backingName,
                fields.plaintext,
                fields.luks));
    }

    /**
     * Returns this request with room that is taken at once.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the format has no such thing; see {@link Preallocation}
     */
    public CreateRequest preallocated(Preallocation preallocation) {
        boolean possible = switch (fields.target.format()) {
            case QCOW2 -> true;
            case RAW, LUKS -> preallocation != Preallocation.METADATA;
            case VMDK, VHD, VHDX, VDI -> preallocation == Preallocation.OFF;
        };
        if (!possible) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s cannot be made with %s preallocation%s",
                            fields.target, preallocation.qemuName(), hint(fields.target.format()));
        }
        return new CreateRequest(new Fields(
                fields.target,
                fields.size,
                fields.layout,
                preallocation,
                fields.backingName,
                fields.plaintext,
                fields.luks));
    }

    /**
     * Returns this request with another cipher than AES-256.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the target has no key
     */
    public CreateRequest encryptedWith(LuksCipher cipher) {
        return luks(new Luks(cipher, fields.luks.hash));
    }

    /**
     * Returns this request with a hash of the caller's choice. Otherwise it is SHA-256, or SHA-512 where qemu-img makes the image
     * and fails to measure how fast the other is, as some versions do at random.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the target has no key
     */
    public CreateRequest hashedWith(LuksHash hash) {
        return luks(new Luks(fields.luks.cipher, Optional.of(hash)));
    }

    /** Returns this request with what the target lies over named another way in its header. */
    public CreateRequest naming(BackingName backingName) {
        return new CreateRequest(new Fields(
                fields.target,
                fields.size,
                fields.layout,
                fields.preallocation,
                backingName,
                fields.plaintext,
                fields.luks));
    }

    /** Returns this request with leave to write in clear over what is encrypted. */
    public CreateRequest intoPlaintext() {
        return new CreateRequest(new Fields(
                fields.target,
                fields.size,
                fields.layout,
                fields.preallocation,
                fields.backingName,
                Plaintext.ALLOWED,
                fields.luks));
    }

    /** Returns what is made. */
    public Image target() {
        return fields.target;
    }

    /** Returns how large it is to be; nothing if that follows from what goes into it. */
    public Optional<ByteSize> size() {
        return fields.size;
    }

    /** Returns how it is laid out; nothing for the usual layout. */
    public Optional<ImageLayout> layout() {
        return fields.layout;
    }

    /** Returns how much of its room is taken at once. */
    public Preallocation preallocation() {
        return fields.preallocation;
    }

    /** Returns what a target with a key is encrypted with. */
    public LuksCipher cipher() {
        return fields.luks.cipher;
    }

    /** Returns what a target's key is hashed with; nothing if whatever works will do. */
    public Optional<LuksHash> hash() {
        return fields.luks.hash;
    }

    /** Returns how the header names what the target lies over. */
    public BackingName backingName() {
        return fields.backingName;
    }

    /** Returns whether the target may hold in clear what is written over something encrypted. */
    public boolean allowsPlaintext() {
        return fields.plaintext == Plaintext.ALLOWED;
    }

    /** Returns the same, of a size that is known. */
    CreateRequest sized(ByteSize size) {
        return new CreateRequest(new Fields(
                fields.target,
                Optional.of(size),
                fields.layout,
                fields.preallocation,
                fields.backingName,
                fields.plaintext,
                fields.luks));
    }

    /** Returns the same, made at another place. */
    CreateRequest at(Image target) {
        return new CreateRequest(new Fields(
                target,
                fields.size,
                fields.layout,
                fields.preallocation,
                fields.backingName,
                fields.plaintext,
                fields.luks));
    }

    /** Returns whether it reads as zeroes when it is made; otherwise it reads as noise, since zeroes are decrypted. */
    boolean readsAsZeroes() {
        return switch (fields.target.format()) {
            case LUKS -> false;
            case QCOW2 -> fields.target.key().isEmpty() || fields.preallocation == Preallocation.OFF;
            case RAW, VMDK, VHD, VHDX, VDI -> true;
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CreateRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.target + fields.size.map(size -> " of " + size).orElse("");
    }

    private CreateRequest luks(Luks luks) {
        if (!fields.target.encrypts()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is not encrypted; say unlockedBy(key) of it first", fields.target);
        }
        return new CreateRequest(new Fields(
                fields.target,
                fields.size,
                fields.layout,
                fields.preallocation,
                fields.backingName,
                fields.plaintext,
                luks));
    }

    private static String hint(ImageFormat format) {
        return switch (format) {
            case RAW, LUKS -> ", since it has no tables; say FALLOC or FULL to have all of its room taken";
            case VHD, VHDX, VDI -> "; say laidOutAs(HardDiskLayout.FIXED) to have all of its room taken";
            case QCOW2, VMDK -> "";
        };
    }
}
