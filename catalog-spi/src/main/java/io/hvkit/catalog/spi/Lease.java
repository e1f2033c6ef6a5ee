package io.hvkit.catalog.spi;

import java.time.Instant;

/**
 * The right to work on an operation, for a while.
 *
 * @param operation the operation
 * @param holder who has it: one engine in one process, under a name that no other has or will have
 * @param fence how often it was given away; what an earlier holder still tries to write is refused
 * @param until when it ends unless it is renewed, by the catalog's clock
 */
public record Lease(RecordId<OperationRecord> operation, String holder, long fence, Instant until) {

    /**
     * Checks the holder.
     *
     * @throws IllegalArgumentException if it is not {@linkplain Catalog as names must be}
     */
    public Lease {
        Texts.name("the holder of a lease", holder);
    }
}
