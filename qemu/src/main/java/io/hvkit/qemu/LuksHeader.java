package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.ImageFormat;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The proof, read from the bytes themselves, that a volume is encrypted: its LUKS header, at the start of a file or device or
 * inside a qcow2 image. Reading takes no key, starts no program and opens nothing that the header names. It speaks of this file
 * alone: a qcow2 image may read what it does not hold itself from a backing file in clear. Immutable.
 */
public final class LuksHeader {

    record Fields(
            LuksType type,
            ImageFormat container,
            String cipher,
            String mode,
            int keyBits,
            String hash,
            String uuid,
            Optional<String> label,
            ByteSize payloadOffset,
            ByteSize sectorSize,
            List<KeySlot> keySlots,
            String keyDigest) {}

    private final Fields fields;

    LuksHeader(Fields fields) {
        this.fields = fields;
    }

    /**
     * Reads the header of a file or block device of this host, or of the LUKS inside a qcow2 image.
     *
     * @return the header; nothing if there is neither a LUKS header nor a qcow2 image that is encrypted with LUKS
     * @throws DriverException with {@code CORRUPT_DATA} if what is there claims to be LUKS and contradicts itself, or encrypts
     *     nothing (a null cipher, a decrypted segment); {@code NOT_FOUND} if nothing is there; {@code INVALID_REQUEST} if it is
     *     neither a regular file nor a block device; {@code HOST_NOT_READY} if it cannot be read
     */
    public static Optional<LuksHeader> read(Path path) {
        try {
            return read(HostFiles.local(), path);
        } catch (InterruptedException e) {
            throw new AssertionError("this host's files are read without waiting", e);
        }
    }

    /**
     * Does the same for a file or block device of the host that {@code files} are of.
     *
     * @throws DriverException as {@link #read(Path)} does
     */
    public static Optional<LuksHeader> read(HostFiles files, Path path) throws InterruptedException {
        return LuksHeaderReader.of(files, ImagePath.of(path)).read();
    }

    /** Returns the layout. */
    public LuksType type() {
        return fields.type;
    }

    /** Returns {@code LUKS} for a header at the start, {@code QCOW2} for one inside such an image. */
    public ImageFormat container() {
        return fields.container;
    }

    /** Returns the cipher, such as {@code aes}. */
    public String cipher() {
        return fields.cipher;
    }

    /** Returns how the cipher is chained, such as {@code xts-plain64}. */
    public String mode() {
        return fields.mode;
    }

    /** Returns the length of the volume's own key in bits; XTS uses half of it, so 512 means AES-256. */
    public int keyBits() {
        return fields.keyBits;
    }

    /** Returns the hash that the key is checked with, such as {@code sha256}. */
    public String hash() {
        return fields.hash;
    }

    /** Returns the identifier that the volume was given when it was formatted. */
    public String uuid() {
        return fields.uuid;
    }

    /** Returns where the encrypted data begins, counted from the start of the header. */
    public ByteSize payloadOffset() {
        return fields.payloadOffset;
    }

    /** Returns the name that people gave it; nothing if they did not, as always in LUKS1. */
    public Optional<String> label() {
        return fields.label;
    }

    /** Returns what is encrypted at once, 512 to 4096 bytes; the data is a whole number of these. */
    public ByteSize sectorSize() {
        return fields.sectorSize;
    }

    /** Returns the slots that hold a key, by number. */
    public List<KeySlot> keySlots() {
        return fields.keySlots;
    }

    /** Returns the numbers of the slots that hold a key. */
    public SortedSet<Integer> activeKeySlots() {
        return Collections.unmodifiableSortedSet(
                fields.keySlots.stream().map(KeySlot::number).collect(Collectors.toCollection(TreeSet::new)));
    }

    /**
     * Returns whether both headers open the same data: the same volume, at the same place, encrypted with the same key of its
     * own. Their key slots may differ.
     */
    public boolean opensSameDataAs(LuksHeader other) {
        return uuid().equals(other.uuid())
                && type() == other.type()
                && payloadOffset().equals(other.payloadOffset())
                && cipher().equals(other.cipher())
                && mode().equals(other.mode())
                && sectorSize().equals(other.sectorSize())
                && fields.keyDigest.equals(other.fields.keyDigest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LuksHeader header && header.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "%s%s, %s-%s, %d-bit key, %s, uuid %s, data at %s, key slots %s"
                .formatted(
                        type(),
                        container() == ImageFormat.LUKS
                                ? ""
                                : " inside " + container().qemuName(),
                        cipher(),
                        mode(),
                        keyBits(),
                        hash(),
                        uuid(),
                        payloadOffset(),
                        activeKeySlots());
    }
}
