package io.hvkit.qemu.internal.luks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;

/**
 * AES in XTS mode over sectors of 512 bytes, each with its number as 64 bits, little-endian, for its tweak: what LUKS calls
 * {@code aes-xts-plain64} (IEEE 1619-2018, 5). Java has the cipher, not the mode.
 */
final class AesXts {

    private static final String AES = "AES/ECB/NoPadding"; // the bare cipher; the mode is here
    private static final int SECTOR = 512;
    private static final int BLOCK = 16;

    /** What x^128 is in the field: x^7 + x^2 + x + 1 (IEEE 1619-2018, 5.2). */
    private static final int REDUCTION = 0x87;

    private AesXts() {}

    /** Encrypts whole sectors in place, the first of which has number 0. */
    static void encrypt(byte[] key, byte[] sectors) throws GeneralSecurityException {
        run(Cipher.ENCRYPT_MODE, key, sectors);
    }

    /** Decrypts whole sectors in place, the first of which has number 0. */
    static void decrypt(byte[] key, byte[] sectors) throws GeneralSecurityException {
        run(Cipher.DECRYPT_MODE, key, sectors);
    }

    private static void run(int direction, byte[] key, byte[] sectors) throws GeneralSecurityException {
        byte[] dataHalf = Arrays.copyOfRange(key, 0, key.length / 2);
        byte[] tweakHalf = Arrays.copyOfRange(key, key.length / 2, key.length);
        ErasableKey dataKey = new ErasableKey("AES", dataHalf);
        ErasableKey tweakKey = new ErasableKey("AES", tweakHalf);
        Cipher data = Cipher.getInstance(AES);
        Cipher tweak = Cipher.getInstance(AES);
        byte[] mask = new byte[SECTOR];
        try {
            data.init(direction, dataKey);
            tweak.init(Cipher.ENCRYPT_MODE, tweakKey);
            for (int sector = 0; sector < sectors.length / SECTOR; sector++) {
                fillMask(mask, tweak, sector);
                xor(sectors, sector * SECTOR, mask);
                data.doFinal(sectors, sector * SECTOR, SECTOR, sectors, sector * SECTOR);
                xor(sectors, sector * SECTOR, mask);
            }
        } finally {
            dataKey.destroy();
            tweakKey.destroy();
            Arrays.fill(dataHalf, (byte) 0);
            Arrays.fill(tweakHalf, (byte) 0);
            Arrays.fill(mask, (byte) 0);
            data.init(direction, dataKey); // zeroes now; they write over what the ciphers kept
            tweak.init(Cipher.ENCRYPT_MODE, tweakKey);
        }
    }

    /** Each block's mask is the one before it, times x. */
    private static void fillMask(byte[] mask, Cipher tweak, long sector) throws GeneralSecurityException {
        ByteBuffer buffer = ByteBuffer.wrap(mask).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(0, sector).putLong(8, 0);
        tweak.doFinal(mask, 0, BLOCK, mask, 0);
        for (int at = BLOCK; at < SECTOR; at += BLOCK) {
            long low = buffer.getLong(at - BLOCK);
            long high = buffer.getLong(at - BLOCK + 8);
            buffer.putLong(at, low << 1 ^ (high >>> 63) * REDUCTION);
            buffer.putLong(at + 8, high << 1 | low >>> 63);
        }
    }

    private static void xor(byte[] into, int at, byte[] mask) {
        for (int i = 0; i < mask.length; i++) {
            into[at + i] ^= mask[i];
        }
    }
}
