package io.hvkit.qemu.internal.luks;

import io.hvkit.qemu.internal.Meanwhile;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

/** What lies in a key slot: the master key, spread, and encrypted with what follows from a passphrase. */
final class SlotMaterial {

    private SlotMaterial() {}

    /** Returns it, as it is stored. The passphrase must be random: its derivation is the fastest that LUKS1 allows. */
    static byte[] of(byte[] master, byte[] passphrase, byte[] salt, SecureRandom random)
            throws GeneralSecurityException {
        byte[] derived = new byte[Luks1Layout.KEY_BYTES];
        byte[] material = {};
        boolean encrypted = false;
        try (Meanwhile<byte[]> deriving = Pbkdf2.deriving(passphrase, salt, Luks1HeaderWriter.ITERATIONS, derived)) {
            material = new AntiForensicSplitter(Luks1Layout.KEY_BYTES, Luks1Layout.STRIPES).split(master, random);
            try (AesXts xts = AesXts.encrypting(deriving.result())) {
                xts.run(material, 0, material.length, 0);
            }
            encrypted = true;
            return material;
        } finally {
            Arrays.fill(derived, (byte) 0);
            if (!encrypted) {
                Arrays.fill(material, (byte) 0);
            }
        }
    }
}
