package io.hvkit.qemu.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A key encrypted under a master key, in the one way that qemu's secrets know: AES-256, CBC, PKCS padding. */
public final class WrappedKey {

    /** How long a master key is. */
    public static final int MASTER_BYTES = 32;

    private static final int IV_BYTES = 16;

    private final byte[] iv;
    private final byte[] encrypted;

    private WrappedKey(byte[] iv, byte[] encrypted) {
        this.iv = iv;
        this.encrypted = encrypted;
    }

    /**
     * Returns {@code key} encrypted under {@code master}, each time differently.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if this JVM lacks the cipher
     */
    public static WrappedKey of(byte[] master, Secret key) {
        byte[] iv = new byte[IV_BYTES];
        new SecureRandom().nextBytes(iv);
        try {
            return new WrappedKey(iv, key.withArray(bytes -> encrypt(master, iv, bytes)));
        } catch (GeneralSecurityException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("this JVM has no AES in CBC mode, under which keys are handed to qemu");
        }
    }

    /** Returns the first block's vector. */
    public byte[] iv() {
        return iv.clone();
    }

    /** Returns the encrypted bytes. */
    public byte[] encrypted() {
        return encrypted.clone();
    }

    /** Returns the first block's vector in Base64. */
    public String ivText() {
        return Base64.getEncoder().encodeToString(iv);
    }

    /** Returns the encrypted bytes in Base64. */
    public String encryptedText() {
        return Base64.getEncoder().encodeToString(encrypted);
    }

    private static byte[] encrypt(byte[] master, byte[] iv, byte[] key) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(master, "AES"), new IvParameterSpec(iv));
        return cipher.doFinal(key);
    }
}
