package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import java.util.Optional;
import java.util.Set;

/**
 * A part of a disk that lies in an image in one way.
 *
 * @param start where it begins on the disk
 * @param length how long it is
 * @param depth which layer it comes from, 0 for the image itself, 1 for its backing file, and so on; what no layer holds has the
 *     depth of the last
 * @param traits how it lies
 * @param fileOffset where its bytes are in the layer's file, if they are there as they are: neither compressed nor absent; encrypted
 *     ones are encrypted there
 */
public record Extent(ByteSize start, ByteSize length, int depth, Set<Trait> traits, Optional<ByteSize> fileOffset) {

    /** Something that is so of an extent. */
    public enum Trait {
        /** Some layer says what is there. */
        PRESENT,
        /** Its bytes are stored. */
        DATA,
        /** It reads as zeroes. */
        ZERO,
        /** Its bytes are stored compressed; told by QEMU 8.2 and later. */
        COMPRESSED
    }

    /** Copies the traits. */
    public Extent {
        traits = Set.copyOf(traits);
    }

    /** Returns where it ends on the disk: the first byte behind it. */
    public ByteSize end() {
        return start.plus(length);
    }
}
