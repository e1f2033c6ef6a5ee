package io.hvkit.qemu.internal.luks;

import io.hvkit.qemu.internal.Meanwhile;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;

/** Makes keys from passphrases: PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2). Takes bytes; Java's own takes characters alone. */
final class Pbkdf2 {

    private static final String HMAC = "HmacSHA256";
    private static final int HASH_BYTES = 32;

    private Pbkdf2() {}

    /** Does {@link #derive} while the caller does something else; all arrays stay as they are until it is closed. */
    static Meanwhile<byte[]> deriving(byte[] passphrase, byte[] salt, int iterations, byte[] derived) {
        return Meanwhile.begin(() -> {
            try {
                derive(passphrase, salt, iterations, derived);
                return derived;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("a Java platform that lacks HMAC with SHA-256", e);
            }
        });
    }

    /** Fills {@code derived} with what follows from the rest. The caller erases it. */
    static void derive(byte[] passphrase, byte[] salt, int iterations, byte[] derived) throws GeneralSecurityException {
        ErasableKey key = new ErasableKey(HMAC, passphrase);
        Mac mac = Mac.getInstance(HMAC);
        byte[] last = new byte[HASH_BYTES];
        byte[] block = new byte[HASH_BYTES];
        try {
            mac.init(key);
            for (int at = 0, number = 1; at < derived.length; at += HASH_BYTES, number++) {
                mac.update(salt);
                mac.update(bigEndian(number));
                mac.doFinal(last, 0);
                System.arraycopy(last, 0, block, 0, HASH_BYTES);
                for (int i = 1; i < iterations; i++) {
                    mac.update(last);
                    mac.doFinal(last, 0);
                    xor(block, last);
                }
                System.arraycopy(block, 0, derived, at, Math.min(HASH_BYTES, derived.length - at));
            }
        } finally {
            key.destroy();
            Arrays.fill(last, (byte) 0);
            Arrays.fill(block, (byte) 0);
            mac.init(new ErasableKey(HMAC, last)); // writes over what it kept of the passphrase
        }
    }

    private static byte[] bigEndian(int number) {
        return new byte[] {(byte) (number >>> 24), (byte) (number >>> 16), (byte) (number >>> 8), (byte) number};
    }

    private static void xor(byte[] into, byte[] other) {
        for (int i = 0; i < into.length; i++) {
            into[i] ^= other[i];
        }
    }
}
