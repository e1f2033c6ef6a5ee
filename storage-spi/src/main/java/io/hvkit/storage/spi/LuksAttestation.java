package io.hvkit.storage.spi;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Incubating;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import java.util.Set;

/**
 * The proof that a volume is encrypted: what its LUKS header says, read back from the bytes. It opens nothing and may be kept
 * anywhere.
 *
 * @param container {@code LUKS} for a header in front of the bytes, {@code QCOW2} for one inside such an image
 * @param version the layout of the header
 * @param uuid what tells this volume from others, given when it was formatted
 * @param cipher what the data is encrypted with, such as {@code aes-xts-plain64}
 * @param keyBits the length of the volume's own key; XTS uses half of it, so 512 means AES-256
 * @param keySlots the numbers of the slots that hold a key; the rest are free
 */
@Incubating(since = "0.1")
public record LuksAttestation(
        ImageFormat container, LuksVersion version, String uuid, String cipher, int keyBits, Set<Integer> keySlots) {

    /** Copies the set. */
    public LuksAttestation {
        keySlots = Set.copyOf(keySlots);
    }
}
