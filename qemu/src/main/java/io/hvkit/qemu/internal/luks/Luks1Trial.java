package io.hvkit.qemu.internal.luks;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Tries passphrases on LUKS1 headers of the kind that {@link Luks1HeaderWriter} makes, and qemu and cryptsetup too: AES-256-XTS,
 * SHA-256, 4000 stripes. The caller has looked that it is one.
 */
public final class Luks1Trial {

    private final byte[] header;
    private final ByteBuffer fields;
    private final Luks1Slots slots;

    private Luks1Trial(byte[] header) {
        this.header = header;
        this.fields = ByteBuffer.wrap(header);
        this.slots = new Luks1Slots(header);
    }

    /**
     * Returns whether a passphrase opens key slot 0.
     *
     * @param header the first {@link Luks1HeaderWriter#WRITTEN_BYTES}, or more
     * @param passphrase its bytes, as they are; the caller erases them
     */
    public static boolean opens(byte[] header, byte[] passphrase) {
        Optional<byte[]> master = new Luks1Trial(header).open(0, passphrase);
        master.ifPresent(bytes -> Arrays.fill(bytes, (byte) 0));
        return master.isPresent();
    }

    /**
     * Returns the key that the volume is encrypted with, which the caller erases; nothing if a passphrase opens no slot.
     *
     * @param header all that lies before the encrypted data
     * @param passphrase its bytes, as they are; the caller erases them
     */
    public static Optional<byte[]> masterKey(byte[] header, byte[] passphrase) {
        Luks1Trial trial = new Luks1Trial(header);
        for (int slot = 0; slot < Luks1Layout.SLOTS; slot++) {
            if (trial.slots.isTaken(slot)) {
                Optional<byte[]> master = trial.open(slot, passphrase);
                if (master.isPresent()) {
                    return master;
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Returns the numbers of the slots that a passphrase opens.
     *
     * @param header all that lies before the encrypted data
     * @param passphrase its bytes, as they are; the caller erases them
     */
    public static SortedSet<Integer> slots(byte[] header, byte[] passphrase) {
        Luks1Trial trial = new Luks1Trial(header);
        SortedSet<Integer> opened = new TreeSet<>();
        for (int slot = 0; slot < Luks1Layout.SLOTS; slot++) {
            if (trial.slots.isTaken(slot)) {
                Optional<byte[]> master = trial.open(slot, passphrase);
                master.ifPresent(bytes -> Arrays.fill(bytes, (byte) 0));
                if (master.isPresent()) {
                    opened.add(slot);
                }
            }
        }
        return opened;
    }

    private Optional<byte[]> open(int slot, byte[] passphrase) {
        long from = slots.materialAt(slot);
        if (from + Luks1Layout.MATERIAL_BYTES > header.length) {
            return Optional.empty();
        }
        byte[] derived = new byte[Luks1Layout.KEY_BYTES];
        byte[] material = Arrays.copyOfRange(header, (int) from, (int) from + Luks1Layout.MATERIAL_BYTES);
        try {
            Pbkdf2.derive(
                    passphrase,
                    bytes(Luks1Slots.at(slot) + Luks1Layout.SLOT_SALT_AT, Luks1Layout.SALT_BYTES),
                    fields.getInt(Luks1Slots.at(slot) + Luks1Layout.SLOT_ITERATIONS_AT),
                    derived);
            try (AesXts xts = AesXts.decrypting(derived)) {
                xts.run(material, 0, material.length, 0);
            }
            byte[] master = new AntiForensicSplitter(Luks1Layout.KEY_BYTES, Luks1Layout.STRIPES).merge(material);
            if (isMaster(master)) {
                return Optional.of(master);
            }
            Arrays.fill(master, (byte) 0);
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a Java platform that lacks SHA-256, HMAC or AES", e);
        } finally {
            Arrays.fill(derived, (byte) 0);
            Arrays.fill(material, (byte) 0);
        }
    }

    private boolean isMaster(byte[] key) throws GeneralSecurityException {
        byte[] digest = new byte[Luks1Layout.DIGEST_BYTES];
        Pbkdf2.derive(
                key,
                bytes(Luks1Layout.DIGEST_SALT_AT, Luks1Layout.SALT_BYTES),
                fields.getInt(Luks1Layout.DIGEST_ITERATIONS_AT),
                digest);
        return MessageDigest.isEqual(digest, bytes(Luks1Layout.DIGEST_AT, Luks1Layout.DIGEST_BYTES));
    }

    private byte[] bytes(int at, int count) {
        byte[] bytes = new byte[count];
        fields.get(at, bytes);
        return bytes;
    }
}
