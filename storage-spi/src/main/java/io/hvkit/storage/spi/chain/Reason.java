package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;

/**
 * Why a plan is as it is.
 *
 * @param why what decided, for programs
 * @param detail what was seen, for people
 */
@Incubating(since = "0.1")
public record Reason(Why why, String detail) {

    /** What decided. */
    public enum Why {
        /** Full: the volume has no older snapshot. */
        FIRST,
        /** Full: the older ones are in other stores. */
        PARENT_ELSEWHERE,
        /** Full: the newest one there was deleted. */
        PARENT_DELETED,
        /** Full: the newest one there is being written. */
        PARENT_UNFINISHED,
        /** Full: the newest one there was given up. */
        PARENT_FAILED,
        /** Full: the newest one there is damaged or lost. */
        PARENT_UNUSABLE,
        /** Full: the newest one there was taken when the volume was in another pool. */
        VOLUME_MOVED,
        /** Full: nothing is known of what was written. */
        TRACKING_BROKEN,
        /** Full: what was written since the newest one there is not known. */
        NOT_TRACKED,
        /** Full: the limit forbids deltas. */
        DELTAS_FORBIDDEN,
        /** Full: the chain is as long as it may be. */
        LIMIT_REACHED,
        /** Delta: nothing speaks against it. */
        DELTA,
        /** Shared: nothing was written. */
        NOTHING_WRITTEN,
        /** The copy stays hidden, since others read its layer. */
        HIDDEN,
        /** The copy goes and its layer stays, since it is another snapshot's own too. */
        SHARED,
        /** Others get what they need of the layer, so that it can go. */
        MERGED,
        /** A layer goes that was kept for others, who are gone. */
        COLLECTED,
        /** Full: so is what is copied. */
        SOURCE_FULL,
        /** A source: it is where the result is to be. */
        IN_POOL,
        /** A source: it is in another store. */
        IN_OTHER_STORE,
        /** No source: the volume has left the pool it is in. */
        LEFT_POOL,
        /** No source: it is being written. */
        COPY_UNFINISHED,
        /** No source: it was given up. */
        COPY_FAILED,
        /** No source: it was deleted. */
        COPY_DELETED,
        /** No source: it is damaged or lost. */
        COPY_UNUSABLE,
        /** A schedule wants the snapshot still. */
        KEPT,
        /** No schedule wants the snapshot any more: there are enough newer ones. */
        SUPERSEDED,
        /** What was taken for a schedule did not become whole. */
        RUN_FAILED,
        /** The schedules that the snapshot was taken for are no more. */
        NO_SCHEDULE,
        /** Something waits for a store that does not answer. */
        STORE_DOWN,
        /** There is nothing to do. */
        NOTHING_TO_DO
    }

    @Override
    public String toString() {
        return detail;
    }
}
