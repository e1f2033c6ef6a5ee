package io.hvkit.qemu.internal.luks;

/**
 * Where things lie in a LUKS1 header with a key of 512 bits, and what they are called there: LUKS1 on-disk format specification
 * 1.2.3, its tables of the partition header, of a key slot and of constants, whose names stand here. Numbers are big-endian.
 */
final class Luks1Layout {

    /** {@code SECTOR_SIZE}. */
    static final int SECTOR = 512;
    /** {@code LUKS_MAGIC}. */
    static final byte[] MAGIC = {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe};
    /** {@code version}, 16 bits. */
    static final short VERSION = 1;

    static final int VERSION_AT = 6;
    static final int CIPHER_NAME_AT = 8;
    static final int CIPHER_MODE_AT = 40;
    static final int HASH_SPEC_AT = 72;
    static final int PAYLOAD_OFFSET_AT = 104;
    static final int KEY_BYTES_AT = 108;
    static final int DIGEST_AT = 112;
    static final int DIGEST_SALT_AT = 132;
    static final int DIGEST_ITERATIONS_AT = 164;
    static final int UUID_AT = 168;

    /** {@code LUKS_DIGESTSIZE}. */
    static final int DIGEST_BYTES = 20;
    /** {@code LUKS_SALTSIZE}. */
    static final int SALT_BYTES = 32;

    /** {@code key-slot-1}; the others follow, of 48 bytes each. */
    static final int SLOTS_AT = 208;

    static final int SLOT_BYTES = 48;
    /** {@code LUKS_NUMKEYS}. */
    static final int SLOTS = 8;

    static final int SLOT_ITERATIONS_AT = 4;
    static final int SLOT_SALT_AT = 8;
    static final int SLOT_MATERIAL_AT = 40;
    static final int SLOT_STRIPES_AT = 44;
    /** {@code LUKS_KEY_ENABLED}. */
    static final int SLOT_ENABLED = 0x00AC71F3;
    /** {@code LUKS_KEY_DISABLED}. */
    static final int SLOT_DISABLED = 0x0000DEAD;
    /** {@code LUKS_STRIPES}. */
    static final int STRIPES = 4000;

    /** AES-256 in XTS mode takes two keys of 256 bits. */
    static final int KEY_BYTES = 64;
    /** What a key is when it is spread. */
    static final int MATERIAL_BYTES = KEY_BYTES * STRIPES;
    /** {@code LUKS_ALIGN_KEYSLOTS}: the header and each slot's material begin at multiples of it. */
    static final int ALIGNMENT = 4096;
    /** From one slot's material to the next, in sectors: 500 of material, aligned. */
    static final int MATERIAL_SECTORS = (MATERIAL_BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT / SECTOR;
    /** Where the first slot's material begins, in sectors. */
    static final int FIRST_MATERIAL = ALIGNMENT / SECTOR;
    /** Where the encrypted data begins, in sectors: right behind the last slot, as in headers that qemu makes. */
    static final int PAYLOAD = FIRST_MATERIAL + SLOTS * MATERIAL_SECTORS;

    private Luks1Layout() {}
}
