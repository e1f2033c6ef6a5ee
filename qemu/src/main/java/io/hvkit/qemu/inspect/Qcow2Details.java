package io.hvkit.qemu.inspect;

/**
 * What a qcow2 header says besides what every image has.
 *
 * @param version 2 or 3
 * @param compression what compressed clusters are packed with
 * @param l2Entries whether clusters are divided further
 * @param refcounts how reference counts are kept
 * @param refcountBits the width of a reference count, a power of two from 1 to 64
 * @param snapshots how many older states of the disk are inside
 * @param bitmaps how many bitmaps of changed blocks are inside
 */
public record Qcow2Details(
        int version,
        Compression compression,
        L2Entries l2Entries,
        Refcounts refcounts,
        int refcountBits,
        long snapshots,
        long bitmaps) {

    /** How compressed clusters are packed. */
    public enum Compression {
        /** With DEFLATE. */
        ZLIB,
        /** With Zstandard. */
        ZSTD
    }

    /** How finely clusters are allocated. */
    public enum L2Entries {
        /** As a whole. */
        STANDARD,
        /** In 32 subclusters. */
        EXTENDED
    }

    /** How reference counts are kept. */
    public enum Refcounts {
        /** Written with the data. */
        STRICT,
        /** Written later; a crash makes the image dirty. */
        LAZY
    }
}
