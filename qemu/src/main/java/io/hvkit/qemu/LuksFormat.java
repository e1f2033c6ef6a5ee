package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Optional;
import java.util.UUID;

/**
 * What kind of LUKS header {@link CryptSetup#format} writes. Without more words: AES-256 in XTS mode, SHA-256, sectors of 512
 * bytes, a derivation that fits the key, a random identifier, and nothing but zeroes where the header goes. What cryptsetup would
 * refuse cannot be said: each change throws {@link DriverException} with {@code INVALID_REQUEST} if it does not go with the type.
 * Immutable; every change is a new request.
 */
public final class LuksFormat {

    private static final int LONGEST_LABEL = 47;

    private enum Content {
        NONE,
        EXPENDABLE
    }

    private record Fields(
            LuksType type,
            LuksCipher cipher,
            LuksHash hash,
            Optional<KeyDerivation> derivation,
            ByteSize sectorSize,
            Optional<String> label,
            Optional<UUID> uuid,
            Content content) {}

    private final Fields fields;

    private LuksFormat(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request for a header of this type. */
    public static LuksFormat of(LuksType type) {
        return new LuksFormat(new Fields(
                type,
                LuksCipher.AES_256_XTS,
                LuksHash.SHA256,
                Optional.empty(),
                ByteSize.bytes(512),
                Optional.empty(),
                Optional.empty(),
                Content.NONE));
    }

    /** Returns this request with another cipher for the data. */
    public LuksFormat encryptedWith(LuksCipher cipher) {
        return new LuksFormat(new Fields(
                fields.type,
                cipher,
                fields.hash,
                fields.derivation,
                fields.sectorSize,
                fields.label,
                fields.uuid,
                fields.content));
    }

    /** Returns this request with another hash, to derive and to check keys with. */
    public LuksFormat hashedWith(LuksHash hash) {
        return new LuksFormat(new Fields(
                fields.type,
                fields.cipher,
                hash,
                fields.derivation,
                fields.sectorSize,
                fields.label,
                fields.uuid,
                fields.content));
    }

    /**
     * Returns this request with a stated key derivation, in place of one that fits the key: the least for a random key,
     * cryptsetup's own measure for any other. One that is too fast for a key which is not random is refused by {@link
     * CryptSetup#format}.
     */
    public LuksFormat derivedBy(KeyDerivation derivation) {
        DerivationArguments.requireFor(fields.type, derivation);
        return new LuksFormat(new Fields(
                fields.type,
                fields.cipher,
                fields.hash,
                Optional.of(derivation),
                fields.sectorSize,
                fields.label,
                fields.uuid,
                fields.content));
    }

    /**
     * Returns this request with other sectors, in LUKS2 alone: larger ones are faster, and the disk must be a whole number of
     * them.
     *
     * @param size 512, 1024, 2048 or 4096 bytes
     */
    public LuksFormat inSectorsOf(ByteSize size) {
        requireLuks2("sectors of " + size);
        if (size.bytes() < 512 || size.bytes() > 4096 || Long.bitCount(size.bytes()) != 1) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a sector has 512, 1024, 2048 or 4096 bytes, not %s", size);
        }
        return new LuksFormat(new Fields(
                fields.type,
                fields.cipher,
                fields.hash,
                fields.derivation,
                size,
                fields.label,
                fields.uuid,
                fields.content));
    }

    /**
     * Returns this request with a name for people, in LUKS2 alone. Everybody can read it.
     *
     * @param label up to 47 characters of printable ASCII
     */
    public LuksFormat labelled(String label) {
        requireLuks2("a label");
        if (!label.matches("[ -~]{1," + LONGEST_LABEL + "}")) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a label has 1 to %d characters of printable ASCII, unlike '%s'", LONGEST_LABEL, label);
        }
        return new LuksFormat(new Fields(
                fields.type,
                fields.cipher,
                fields.hash,
                fields.derivation,
                fields.sectorSize,
                Optional.of(label),
                fields.uuid,
                fields.content));
    }

    /** Returns this request with a stated identifier; no two volumes should have the same. */
    public LuksFormat identifiedBy(UUID uuid) {
        return new LuksFormat(new Fields(
                fields.type,
                fields.cipher,
                fields.hash,
                fields.derivation,
                fields.sectorSize,
                fields.label,
                Optional.of(uuid),
                fields.content));
    }

    /**
     * Returns this request with leave to write over what is there, which is lost. A LUKS header is never written over, not even
     * with this.
     */
    public LuksFormat losingContent() {
        return new LuksFormat(new Fields(
                fields.type,
                fields.cipher,
                fields.hash,
                fields.derivation,
                fields.sectorSize,
                fields.label,
                fields.uuid,
                Content.EXPENDABLE));
    }

    /** Returns the layout. */
    public LuksType type() {
        return fields.type;
    }

    /** Returns how the data is encrypted. */
    public LuksCipher cipher() {
        return fields.cipher;
    }

    /** Returns the hash. */
    public LuksHash hash() {
        return fields.hash;
    }

    /** Returns the stated key derivation; nothing if it is to fit the key. */
    public Optional<KeyDerivation> derivation() {
        return fields.derivation;
    }

    /** Returns what is encrypted at once. */
    public ByteSize sectorSize() {
        return fields.sectorSize;
    }

    /** Returns the name for people, if there is to be one. */
    public Optional<String> label() {
        return fields.label;
    }

    /** Returns the stated identifier; nothing if it is to be random. */
    public Optional<UUID> uuid() {
        return fields.uuid;
    }

    /** Returns whether what is there may be lost. */
    public boolean mayLoseContent() {
        return fields.content == Content.EXPENDABLE;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LuksFormat format && format.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "%s with %s and %s, %s".formatted(fields.type, fields.cipher, fields.hash, fields.sectorSize);
    }

    private void requireLuks2(String what) {
        if (fields.type != LuksType.LUKS2) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s has no place for %s; use LUKS2", fields.type, what);
        }
    }
}
