package io.hvkit.hypervisor.spi;

/** What a host does with a disk's data on its way, under QEMU's names. A guest's flush is honoured by all but the last. */
public enum DiskCache {
    /** The host's page cache is passed by: what live migration needs. */
    NONE,
    /** Written to the page cache; safe when the guest flushes. */
    WRITEBACK,
    /** Read from the page cache, written through it. */
    WRITETHROUGH,
    /** As {@link #NONE}, and each write is on the disk before it is confirmed. */
    DIRECTSYNC,
    /** Flushes are ignored: a crash of the host loses the disk. For what can be made again. */
    UNSAFE
}
