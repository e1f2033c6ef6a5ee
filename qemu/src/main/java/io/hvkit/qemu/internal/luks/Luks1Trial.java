package io.hvkit.qemu.internal.luks;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/** Tries passphrases on headers of the kind that {@link Luks1HeaderWriter} makes. */
public final class Luks1Trial {

    private Luks1Trial() {}

    /**
     * Returns whether a passphrase opens key slot 0.
     *
     * @param header the first {@link Luks1HeaderWriter#WRITTEN_BYTES}, or more
     * @param passphrase its bytes, as they are; the caller erases them
     */
    public static boolean opens(byte[] header, byte[] passphrase) {
        ByteBuffer fields = ByteBuffer.wrap(header);
        byte[] derived = new byte[Luks1Layout.KEY_BYTES];
        byte[] material = Arrays.copyOfRange(
                header, Luks1HeaderWriter.FIELDS_BYTES, Luks1HeaderWriter.FIELDS_BYTES + Luks1Layout.MATERIAL_BYTES);
        byte[] master = {};
        try {
            Pbkdf2.derive(
                    passphrase,
                    bytes(fields, Luks1Layout.SLOTS_AT + Luks1Layout.SLOT_SALT_AT, Luks1Layout.SALT_BYTES),
                    fields.getInt(Luks1Layout.SLOTS_AT + Luks1Layout.SLOT_ITERATIONS_AT),
                    derived);
            AesXts.decrypt(derived, material);
            master = new AntiForensicSplitter(Luks1Layout.KEY_BYTES, Luks1Layout.STRIPES).merge(material);
            byte[] digest = new byte[Luks1Layout.DIGEST_BYTES];
            Pbkdf2.derive(
                    master,
                    bytes(fields, Luks1Layout.DIGEST_SALT_AT, Luks1Layout.SALT_BYTES),
                    fields.getInt(Luks1Layout.DIGEST_ITERATIONS_AT),
                    digest);
            return MessageDigest.isEqual(digest, bytes(fields, Luks1Layout.DIGEST_AT, Luks1Layout.DIGEST_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a Java platform that lacks SHA-256, HMAC or AES", e);
        } finally {
            Arrays.fill(derived, (byte) 0);
            Arrays.fill(material, (byte) 0);
            Arrays.fill(master, (byte) 0);
        }
    }

    private static byte[] bytes(ByteBuffer fields, int at, int count) {
        byte[] bytes = new byte[count];
        fields.get(at, bytes);
        return bytes;
    }
}
