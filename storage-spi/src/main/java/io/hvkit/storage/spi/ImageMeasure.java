package io.hvkit.storage.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;

/**
 * How much room an image takes, headers included.
 *
 * @param required what it takes as soon as it is made
 * @param full what it takes once its machine has written everywhere; never less than {@code required}
 */
@Incubating(since = "0.1")
public record ImageMeasure(ByteSize required, ByteSize full) {

    /**
     * Rejects what shrinks when it is written to.
     *
     * @throws IllegalArgumentException if it does
     */
    public ImageMeasure {
        if (full.compareTo(required) < 0) {
            throw new IllegalArgumentException("an image that takes " + required + " takes no less when it is full");
        }
    }
}
