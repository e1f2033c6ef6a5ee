package io.hvkit.qemu.internal.luks;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * Noise that nobody can foretell, much of it: AES-256 in counter mode under a key that is drawn for each call and erased with it. The
 * generator of the platform draws the key; it would take longer for all the noise of a key slot than all the rest of a header does.
 */
final class Noise {

    private static final String CIPHER = "AES/CTR/NoPadding";
    private static final int KEY_BYTES = 32;
    private static final int BLOCK = 16;

    private Noise() {}

    /** Fills {@code bytes}, whatever they hold. */
    static void fill(byte[] bytes, SecureRandom random) {
        byte[] drawn = new byte[KEY_BYTES];
        random.nextBytes(drawn);
        ErasableKey key = new ErasableKey("AES", drawn);
        Arrays.fill(bytes, (byte) 0);
        try {
            Cipher cipher = Cipher.getInstance(CIPHER);
            IvParameterSpec start = new IvParameterSpec(new byte[BLOCK]);
            cipher.init(Cipher.ENCRYPT_MODE, key, start);
            int done = cipher.update(bytes, 0, bytes.length, bytes, 0);
            if (done != bytes.length) {
                throw new IllegalStateException(
                        "a cipher without padding took " + bytes.length + " bytes and gave " + done);
            }
            Arrays.fill(drawn, (byte) 0);
            cipher.init(
                    Cipher.ENCRYPT_MODE, new ErasableKey("AES", drawn), start); // written over what it kept of the key
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a Java platform that lacks AES", e);
        } finally {
            key.destroy();
            Arrays.fill(drawn, (byte) 0);
        }
    }
}
