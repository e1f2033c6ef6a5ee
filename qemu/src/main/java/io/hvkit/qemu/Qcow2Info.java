package io.hvkit.qemu;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a qcow2 image's header says beyond what every format has.
 *
 * @param compat the version of the layout, {@code 0.10} or {@code 1.1}; only the latter has bitmaps
 * @param traits what is so of it
 * @param refcountBits how many bits count who refers to a cluster
 * @param compressionType how compressed clusters are packed, {@code zlib} or {@code zstd}
 * @param dataFile the file that holds the guest's data, as the header names it, if it is not in the image itself
 * @param bitmaps its bitmaps; none if qemu cannot read them
 */
public record Qcow2Info(
        String compat,
        Set<Trait> traits,
        int refcountBits,
        Optional<String> compressionType,
        Optional<String> dataFile,
        List<DirtyBitmap> bitmaps) {

    /** Something that is so of some qcow2 images. */
    public enum Trait {
        /** Somebody found its tables to contradict each other: qemu only reads it. */
        CORRUPT,
        /** Counts of references are written late, so that they are rebuilt after a crash. */
        LAZY_REFCOUNTS,
        /** Clusters are allocated in 32 parts each. */
        EXTENDED_L2,
        /** The external data file is a raw disk by itself. */
        RAW_DATA_FILE
    }

    /** Copies the collections. */
    public Qcow2Info {
        traits = Set.copyOf(traits);
        bitmaps = List.copyOf(bitmaps);
    }
}
