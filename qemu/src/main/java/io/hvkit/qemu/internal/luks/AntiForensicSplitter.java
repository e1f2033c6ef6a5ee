package io.hvkit.qemu.internal.luks;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Spreads a key over so many bytes that losing a few of them loses it: a slot that was overwritten but for a spare sector of the
 * disk opens nothing (LUKS1 on-disk format specification 1.2.3, AFsplit and AFmerge). With SHA-256, for keys of whole hashes.
 */
final class AntiForensicSplitter {

    private static final int HASH_BYTES = 32;

    private final MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    private final byte[] numbered = new byte[Integer.BYTES + HASH_BYTES];
    private final int keyBytes;
    private final int stripes;

    /**
     * @param keyBytes how long the key is, a multiple of 32
     * @param stripes how many times that long it is when it is spread
     */
    AntiForensicSplitter(int keyBytes, int stripes) throws GeneralSecurityException {
        if (keyBytes % HASH_BYTES != 0) {
            throw new IllegalArgumentException("a key of " + keyBytes + " bytes is no whole number of hashes");
        }
        this.keyBytes = keyBytes;
        this.stripes = stripes;
    }

    /** Returns the key, spread with new noise. Whoever has all of it has the key: the caller encrypts or erases it. */
    byte[] split(byte[] key, SecureRandom random) {
        byte[] split = new byte[keyBytes * stripes];
        Noise.fill(split, random);
        byte[] mixed = mixed(split);
        try {
            for (int i = 0; i < keyBytes; i++) {
                split[lastStripe() + i] = (byte) (mixed[i] ^ key[i]);
            }
            return split;
        } finally {
            Arrays.fill(mixed, (byte) 0);
        }
    }

    /** Returns the key again. The caller erases it. */
    byte[] merge(byte[] split) {
        byte[] key = mixed(split);
        xor(key, split, lastStripe());
        return key;
    }

    private int lastStripe() {
        return keyBytes * (stripes - 1);
    }

    /** Returns what the last stripe hides the key with: all stripes before it, hashed together. */
    private byte[] mixed(byte[] split) {
        byte[] mixed = new byte[keyBytes];
        for (int stripe = 0; stripe < stripes - 1; stripe++) {
            xor(mixed, split, stripe * keyBytes);
            diffuse(mixed);
        }
        return mixed;
    }

    /** Replaces each part as long as a hash by the hash of its number, 32 bits of it, and itself. */
    private void diffuse(byte[] mixed) {
        try {
            for (int part = 0; part < keyBytes / HASH_BYTES; part++) {
                ByteBuffer.wrap(numbered).putInt(part).put(mixed, part * HASH_BYTES, HASH_BYTES);
                sha256.update(numbered);
                sha256.digest(mixed, part * HASH_BYTES, HASH_BYTES);
            }
        } catch (DigestException e) {
            throw new IllegalStateException("a hash that does not fit where it came from", e);
        } finally {
            Arrays.fill(numbered, (byte) 0);
        }
    }

    private static void xor(byte[] into, byte[] other, int at) {
        for (int i = 0; i < into.length; i++) {
            into[i] ^= other[at + i];
        }
    }
}
