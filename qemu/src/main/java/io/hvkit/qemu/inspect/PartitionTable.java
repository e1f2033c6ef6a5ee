package io.hvkit.qemu.inspect;

/** How the disk in a raw image is divided, as far as its first sectors say. */
public enum PartitionTable {
    /** A master boot record. */
    MBR,
    /** A GUID partition table. */
    GPT
}
