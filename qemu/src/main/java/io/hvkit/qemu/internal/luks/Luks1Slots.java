package io.hvkit.qemu.internal.luks;

import java.nio.ByteBuffer;

/** The eight key slots of a LUKS1 header, as they stand in its bytes. */
final class Luks1Slots {

    /**
     * How the salt of a slot begins that is being erased, in ASCII {@code ERASING!}. With a part of its salt gone no key opens it any
     * longer, and who comes after a crash knows it; a random salt begins so by no accident. All else stays as it was, so that nobody
     * takes the slot for a broken one: too few iterations are an error for some.
     */
    static final long BEING_ERASED = 0x45524153494E4721L;

    private final byte[] header;
    private final ByteBuffer fields;

    /** @param header all that lies before the encrypted data */
    Luks1Slots(byte[] header) {
        this.header = header;
        this.fields = ByteBuffer.wrap(header);
    }

    static int at(int slot) {
        return Luks1Layout.SLOTS_AT + slot * Luks1Layout.SLOT_BYTES;
    }

    boolean isFree(int slot) {
        return fields.getInt(at(slot)) == Luks1Layout.SLOT_DISABLED;
    }

    boolean isTaken(int slot) {
        return fields.getInt(at(slot)) == Luks1Layout.SLOT_ENABLED;
    }

    boolean isBeingErased(int slot) {
        return isTaken(slot) && fields.getLong(at(slot) + Luks1Layout.SLOT_SALT_AT) == BEING_ERASED;
    }

    long materialAt(int slot) {
        return Integer.toUnsignedLong(fields.getInt(at(slot) + Luks1Layout.SLOT_MATERIAL_AT)) * Luks1Layout.SECTOR;
    }

    /** Returns whether a slot has the usual size and its material lies between the fields and the data, and in no other slot. */
    boolean isApart(int slot) {
        long from = materialAt(slot);
        boolean usual = fields.getInt(at(slot) + Luks1Layout.SLOT_STRIPES_AT) == Luks1Layout.STRIPES
                && from >= at(Luks1Layout.SLOTS)
                && from + Luks1Layout.MATERIAL_BYTES <= header.length;
        for (int other = 0; usual && other < Luks1Layout.SLOTS; other++) {
            long distance = Math.abs(materialAt(other) - from);
            usual = other == slot || distance >= Luks1Layout.MATERIAL_BYTES;
        }
        return usual;
    }
}
