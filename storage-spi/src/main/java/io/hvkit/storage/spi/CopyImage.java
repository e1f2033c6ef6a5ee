package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * A request to copy a disk from one image into another. Equal requests are the same request.
 *
 * @param source what is read
 * @param target what is written; it lies over nothing
 * @param before what is at the target before
 * @param plaintext whether what is encrypted at the source may lie in clear at the target
 * @param bandwidth how much is copied in a second at most; as much as goes if it is not said
 */
@Incubating(since = "0.1")
public record CopyImage(
        DiskImage source, DiskImage target, Before before, Plaintext plaintext, Optional<ByteSize> bandwidth) {

    /** What is at the target before. */
    public enum Before {
        /** Nothing; a file is made, of the source's size, and appears when it is complete. */
        NOTHING,
        /**
         * An image with room enough, such as a new volume, whose content is of no use. A rest that is larger than the source reads as
         * zeroes afterwards.
         */
        IMAGE
    }

    /** Whether what is encrypted may be written in clear. */
    public enum Plaintext {
        REFUSED,
        ALLOWED
    }

    /**
     * Looks at what is written, and how fast.
     *
     * @throws IllegalArgumentException if the target lies over something: a copy is whole; if the limit is zero
     */
    public CopyImage {
        if (target.base().isPresent()) {
            throw new IllegalArgumentException("a copy holds the whole disk, so its target lies over nothing");
        }
        if (bandwidth.filter(ByteSize.ZERO::equals).isPresent()) {
            throw new IllegalArgumentException("a copy at zero bytes a second never ends; leave the limit out");
        }
    }

    /** Returns a request for a new file. */
    public static CopyImage to(DiskImage source, DiskImage target) {
        return new CopyImage(source, target, Before.NOTHING, Plaintext.REFUSED, Optional.empty());
    }

    /** Returns a request to write over an image that is there, such as a volume that was just made. */
    public static CopyImage onto(DiskImage source, DiskImage target) {
        return new CopyImage(source, target, Before.IMAGE, Plaintext.REFUSED, Optional.empty());
    }

    /** Returns this request with leave to write in clear what is encrypted at the source. */
    public CopyImage intoPlaintext() {
        return new CopyImage(source, target, before, Plaintext.ALLOWED, bandwidth);
    }

    /** Returns this request with a limit on how much is copied in a second. */
    public CopyImage limitedTo(ByteSize perSecond) {
        return new CopyImage(source, target, before, plaintext, Optional.of(perSecond));
    }
}
