package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import java.util.function.Function;

/** Whether two images hold the same disk, whatever their formats and keys. */
public sealed interface Comparison {

    /** The disks have the same size and the same bytes. */
    record Identical() implements Comparison {}

    /**
     * The disks have the same size and different bytes.
     *
     * @param offset where the first difference is found, in bytes; a multiple of 512 at or before the differing byte
     */
    record DifferentAt(long offset) implements Comparison {}

    /**
     * The disks have different sizes; their bytes were not compared.
     *
     * @param first the first disk's size
     * @param second the second disk's size
     */
    record DifferentSizes(ByteSize first, ByteSize second) implements Comparison {}

    /** Returns whether the disks are the same. */
    default boolean isIdentical() {
        return this instanceof Identical;
    }

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(
            Function<? super Identical, ? extends R> identical,
            Function<? super DifferentAt, ? extends R> differentAt,
            Function<? super DifferentSizes, ? extends R> differentSizes) {
        if (this instanceof Identical same) {
            return identical.apply(same);
        }
        if (this instanceof DifferentAt at) {
            return differentAt.apply(at);
        }
        return differentSizes.apply((DifferentSizes) this);
    }
}
