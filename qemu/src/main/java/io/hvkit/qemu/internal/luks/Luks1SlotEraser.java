package io.hvkit.qemu.internal.luks;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Erases key slots of LUKS1 headers of the kind that {@link Luks1Trial} opens, and never the last one that a given key opens. */
public final class Luks1SlotEraser {

    /**
     * Bytes that go somewhere.
     *
     * @param at where, from the start of the header
     * @param bytes what
     */
    public record Patch(int at, ByteBuffer bytes) {}

    /**
     * What is to be written, in this order, each on the disk before the next. From the first on the slot opens nothing; cut short
     * anywhere after it, the slot is {@linkplain #unfinished known} as one that is being erased, until it is free.
     *
     * @param slot its number
     * @param patches what is written
     */
    public record Erasing(int slot, List<Patch> patches) {

        /** Copies the list. */
        public Erasing {
            patches = List.copyOf(patches);
        }
    }

    private final byte[] header;
    private final Luks1Slots slots;
    private final SecureRandom random = new SecureRandom();

    /** @param header all that lies before the encrypted data */
    public Luks1SlotEraser(byte[] header) {
        this.header = header;
        this.slots = new Luks1Slots(header);
    }

    /** Returns the slots that somebody began to erase; no key opens them. */
    public SortedSet<Integer> unfinished() {
        SortedSet<Integer> found = new TreeSet<>();
        for (int slot = 0; slot < Luks1Layout.SLOTS; slot++) {
            if (slots.isBeingErased(slot)) {
                found.add(slot);
            }
        }
        return found;
    }

    /**
     * Returns how slots are erased.
     *
     * @param doomed their numbers
     * @param remaining what is to open another slot, before and afterwards; it is lent
     * @return nothing if {@code remaining} opens no other slot, or one does not lie where nobody is hurt by erasing it
     */
    public Optional<List<Erasing>> erase(SortedSet<Integer> doomed, byte[] remaining) {
        SortedSet<Integer> kept = Luks1Trial.slots(header, remaining);
        kept.removeAll(doomed);
        boolean isSafe = !kept.isEmpty() && doomed.stream().allMatch(slots::isApart);
        return isSafe ? Optional.of(doomed.stream().map(this::erasing).toList()) : Optional.empty();
    }

    private Erasing erasing(int slot) {
        int at = Luks1Slots.at(slot);
        byte[] noise = new byte[Luks1Layout.MATERIAL_BYTES];
        Noise.fill(noise, random);
        // The mark and the state lie within a sector of the disk each, so that each is written or is not.
        return new Erasing(
                slot,
                List.of(
                        new Patch(
                                at + Luks1Layout.SLOT_SALT_AT,
                                ByteBuffer.allocate(Long.BYTES)
                                        .putLong(Luks1Slots.BEING_ERASED)
                                        .flip()),
                        new Patch((int) slots.materialAt(slot), ByteBuffer.wrap(noise)),
                        new Patch(
                                at,
                                ByteBuffer.allocate(Integer.BYTES)
                                        .putInt(Luks1Layout.SLOT_DISABLED)
                                        .flip()),
                        new Patch(
                                at + Luks1Layout.SLOT_ITERATIONS_AT,
                                ByteBuffer.allocate(Integer.BYTES + Luks1Layout.SALT_BYTES))));
    }
}
