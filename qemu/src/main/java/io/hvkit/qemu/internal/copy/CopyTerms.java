package io.hvkit.qemu.internal.copy;

/**
 * How a copy is made.
 *
 * @param threads how many work at once
 * @param chunk what each does at a time, in bytes; a multiple of 64 KiB up to 1 MiB
 * @param zeroes what becomes of zeroes where the target is not encrypted
 * @param sparse the least run of zeroes that counts, in bytes; a multiple of 4096
 * @param perSecond how many bytes a second at most; zero for no limit
 * @param earlier what the target may hold already
 * @param proof whether the copy can be verified afterwards
 */
public record CopyTerms(
        int threads, int chunk, Zeroes zeroes, int sparse, long perSecond, Earlier earlier, Proof proof) {

    /** What becomes of zeroes where the target is not encrypted. Where it is, they are written, encrypted. */
    public enum Zeroes {
        /** The target reads as zeroes there already. */
        SPARED,
        /** They are made by the file system or the device, and written where neither can. */
        CLEARED,
        /** They are written. */
        WRITTEN
    }

    /** What the target may hold already. */
    public enum Earlier {
        /** Nothing of use. */
        NOTHING,
        /** A part of an equal copy that came to no end: it is read, and only what differs is written. */
        PART
    }

    /** Whether the copy can be verified afterwards. */
    public enum Proof {
        /** It cannot. */
        NONE,
        /** What is read of the source is digested on its way, eight bytes for each chunk. */
        DIGESTS
    }
}
