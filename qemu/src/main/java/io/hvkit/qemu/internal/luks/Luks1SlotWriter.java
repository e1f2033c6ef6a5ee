package io.hvkit.qemu.internal.luks;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/**
 * Fills free key slots of LUKS1 headers of the kind that {@link Luks1Trial} opens. The passphrase must be random: its derivation is the
 * fastest that LUKS1 allows and protects no other.
 */
public final class Luks1SlotWriter {

    /**
     * What is to be written, in this order, each on the disk before the next: cut short anywhere, the slot is still free, and no other
     * is touched.
     *
     * @param slot its number
     * @param material the key material
     * @param materialAt where that goes, from the start of the header
     * @param fields what describes it, behind the state
     * @param fieldsAt where those go
     * @param state what makes it count
     * @param stateAt where that goes
     */
    public record Filling(
            int slot,
            ByteBuffer material,
            int materialAt,
            ByteBuffer fields,
            int fieldsAt,
            ByteBuffer state,
            int stateAt) {}

    private final byte[] header;
    private final Luks1Slots slots;
    private final SecureRandom random = new SecureRandom();

    /** @param header all that lies before the encrypted data */
    public Luks1SlotWriter(byte[] header) {
        this.header = header;
        this.slots = new Luks1Slots(header);
    }

    /**
     * Returns how a free slot is filled, so that {@code added} opens the volume too.
     *
     * @param existing what opens it now; both are lent
     * @return nothing if {@code existing} opens no slot, or none is free that lies where it hurts nobody
     */
    public Optional<Filling> fill(byte[] existing, byte[] added) {
        return Luks1Trial.masterKey(header, existing).flatMap(master -> filled(master, added));
    }

    /** Fills the first slot that is free, and erases the master key. */
    private Optional<Filling> filled(byte[] master, byte[] added) {
        try {
            for (int slot = 0; slot < Luks1Layout.SLOTS; slot++) {
                if (slots.isFree(slot) && slots.isApart(slot)) {
                    return Optional.of(filling(slot, master, added));
                }
            }
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a Java platform that lacks SHA-256, HMAC or AES", e);
        } finally {
            Arrays.fill(master, (byte) 0);
        }
    }

    private Filling filling(int slot, byte[] master, byte[] added) throws GeneralSecurityException {
        byte[] salt = new byte[Luks1Layout.SALT_BYTES];
        random.nextBytes(salt);
        ByteBuffer described = ByteBuffer.allocate(Integer.BYTES + Luks1Layout.SALT_BYTES)
                .putInt(Luks1HeaderWriter.ITERATIONS)
                .put(salt);
        return new Filling(
                slot,
                ByteBuffer.wrap(SlotMaterial.of(master, added, salt, random)),
                (int) slots.materialAt(slot),
                described.flip(),
                Luks1Slots.at(slot) + Luks1Layout.SLOT_ITERATIONS_AT,
                ByteBuffer.allocate(Integer.BYTES)
                        .putInt(Luks1Layout.SLOT_ENABLED)
                        .flip(),
                Luks1Slots.at(slot));
    }
}
