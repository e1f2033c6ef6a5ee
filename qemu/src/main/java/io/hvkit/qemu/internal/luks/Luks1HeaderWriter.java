package io.hvkit.qemu.internal.luks;

import io.hvkit.qemu.internal.Meanwhile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.UUID;

/**
 * Writes LUKS1 headers as qemu and cryptsetup do: AES-256-XTS, SHA-256, a master key of 512 random bits, and one passphrase in
 * key slot 0. The passphrase must be random: its derivation is the fastest that LUKS1 allows and protects no other.
 *
 * <p>Every header has a master key, salts, noise and an identifier of its own; nothing is shared between two volumes.
 */
public final class Luks1HeaderWriter {

    /** Where the encrypted data begins, in bytes from the start of the header. */
    public static final int PAYLOAD_OFFSET = Luks1Layout.PAYLOAD * Luks1Layout.SECTOR;

    /** The fields at the start, which make it a header; what follows is key material. */
    public static final int FIELDS_BYTES = Luks1Layout.ALIGNMENT;

    /** The fields and the material of slot 0; from there to the payload, bytes mean nothing until other slots are filled. */
    public static final int WRITTEN_BYTES = FIELDS_BYTES + Luks1Layout.MATERIAL_BYTES;

    /** The least that cryptsetup and qemu make, and that RFC 8018 (4.2) recommends. */
    static final int ITERATIONS = 1000;

    private final SecureRandom random = new SecureRandom(); // the kernel's generator on Linux, which does not block

    /**
     * Returns the first {@link #WRITTEN_BYTES} of a new header. They hold nothing that opens the volume without the passphrase.
     *
     * @param passphrase its bytes, as they are; the caller erases them
     */
    public byte[] header(byte[] passphrase) {
        byte[] master = new byte[Luks1Layout.KEY_BYTES];
        random.nextBytes(master);
        byte[] digestSalt = salt();
        try (Meanwhile<byte[]> digest =
                Pbkdf2.deriving(master, digestSalt, ITERATIONS, new byte[Luks1Layout.DIGEST_BYTES])) {
            ByteBuffer header = ByteBuffer.allocate(WRITTEN_BYTES);
            byte[] salt = salt();
            putSlots(header, salt);
            header.put(FIELDS_BYTES, SlotMaterial.of(master, passphrase, salt, random));
            putVolume(header, digest.result(), digestSalt);
            return header.array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a Java platform that lacks SHA-256, HMAC or AES", e);
        } finally {
            Arrays.fill(master, (byte) 0);
        }
    }

    private static void putVolume(ByteBuffer header, byte[] digest, byte[] salt) {
        header.put(0, Luks1Layout.MAGIC).putShort(Luks1Layout.VERSION_AT, Luks1Layout.VERSION);
        putText(header, Luks1Layout.CIPHER_NAME_AT, "aes");
        putText(header, Luks1Layout.CIPHER_MODE_AT, "xts-plain64");
        putText(header, Luks1Layout.HASH_SPEC_AT, "sha256");
        header.putInt(Luks1Layout.PAYLOAD_OFFSET_AT, Luks1Layout.PAYLOAD)
                .putInt(Luks1Layout.KEY_BYTES_AT, Luks1Layout.KEY_BYTES)
                .put(Luks1Layout.DIGEST_AT, digest)
                .put(Luks1Layout.DIGEST_SALT_AT, salt)
                .putInt(Luks1Layout.DIGEST_ITERATIONS_AT, ITERATIONS);
        putText(header, Luks1Layout.UUID_AT, UUID.randomUUID().toString());
    }

    private static void putSlots(ByteBuffer header, byte[] salt) {
        for (int number = 0; number < Luks1Layout.SLOTS; number++) {
            int at = Luks1Layout.SLOTS_AT + number * Luks1Layout.SLOT_BYTES;
            header.putInt(at, Luks1Layout.SLOT_DISABLED)
                    .putInt(
                            at + Luks1Layout.SLOT_MATERIAL_AT,
                            Luks1Layout.FIRST_MATERIAL + number * Luks1Layout.MATERIAL_SECTORS)
                    .putInt(at + Luks1Layout.SLOT_STRIPES_AT, Luks1Layout.STRIPES);
        }
        header.putInt(Luks1Layout.SLOTS_AT, Luks1Layout.SLOT_ENABLED)
                .putInt(Luks1Layout.SLOTS_AT + Luks1Layout.SLOT_ITERATIONS_AT, ITERATIONS)
                .put(Luks1Layout.SLOTS_AT + Luks1Layout.SLOT_SALT_AT, salt);
    }

    private byte[] salt() {
        byte[] salt = new byte[Luks1Layout.SALT_BYTES];
        random.nextBytes(salt);
        return salt;
    }

    /** Puts a text; the zeroes behind it are there. */
    private static void putText(ByteBuffer header, int at, String text) {
        header.put(at, text.getBytes(StandardCharsets.US_ASCII));
    }
}
