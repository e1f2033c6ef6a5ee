package io.hvkit.engine.key;

import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Wraps keys with AES-256-GCM. A wrapping is one byte that says how hard the key is to guess, twelve random ones, and the sealed key; the
 * first byte, the name of the master key and the binding are authenticated with it.
 */
final class Envelope {

    static final int MASTER_KEY_BYTES = 32;

    private static final byte RANDOM = 1;
    private static final byte UNKNOWN = 2;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom GENERATOR = new SecureRandom();

    private Envelope() {}

    /** Returns a short name of a master key, from which nobody learns the key. */
    static String fingerprint(Secret masterKey) {
        return masterKey.withArray(bytes -> {
            MessageDigest digest = sha256();
            digest.update("hvkit master key".getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(bytes), 0, 8);
        });
    }

    static WrappedBytes seal(Secret key, Secret masterKey, String name, String binding) {
        byte kind = key.strength() == Secret.Strength.RANDOM ? RANDOM : UNKNOWN;
        byte[] nonce = new byte[NONCE_BYTES];
        GENERATOR.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, masterKey, nonce, associated(kind, name, binding));
            ByteBuffer out = ByteBuffer.allocate(1 + NONCE_BYTES + cipher.getOutputSize(key.length()));
            out.put(kind).put(nonce);
            key.<Integer, GeneralSecurityException>use(bytes -> cipher.doFinal(bytes, out));
            return WrappedBytes.of(Arrays.copyOf(out.array(), out.position()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    /** Returns the key; the caller closes it. */
    static Secret open(WrappedBytes wrapped, Secret masterKey, String name, String binding) {
        byte[] bytes = wrapped.bytes();
        if (bytes.length <= 1 + NONCE_BYTES + TAG_BITS / 8 || (bytes[0] != RANDOM && bytes[0] != UNKNOWN)) {
            throw corrupt(binding, null);
        }
        byte[] nonce = Arrays.copyOfRange(bytes, 1, 1 + NONCE_BYTES);
        byte[] key = {};
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, masterKey, nonce, associated(bytes[0], name, binding));
            key = cipher.doFinal(bytes, 1 + NONCE_BYTES, bytes.length - 1 - NONCE_BYTES);
            return bytes[0] == RANDOM ? Secret.copyOfRandom(key) : Secret.copyOf(key);
        } catch (AEADBadTagException | IllegalArgumentException e) {
            throw corrupt(binding, e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The JDK keeps a copy of the master key in its key specification until that is collected; it offers no way to wipe it. */
    private static Cipher cipher(int mode, Secret masterKey, byte[] nonce, byte[] associated)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        masterKey.<Boolean, GeneralSecurityException>withArray(bytes -> {
            cipher.init(mode, new SecretKeySpec(bytes, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
            return true;
        });
        cipher.updateAAD(associated);
        return cipher;
    }

    private static byte[] associated(byte kind, String name, String binding) {
        return (kind + "\n" + name + "\n" + binding).getBytes(StandardCharsets.UTF_8);
    }

    private static DriverException corrupt(String binding, @Nullable Throwable cause) {
        DriverException.Draft draft =
                DriverException.because(Failure.CORRUPT_DATA).effect(Effect.NOT_APPLIED);
        return (cause == null ? draft : draft.causedBy(cause))
                .message("the wrapped key of %s was changed, or belongs to something else", binding);
    }
}
