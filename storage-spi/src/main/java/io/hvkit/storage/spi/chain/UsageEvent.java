package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;

/**
 * Something that whoever counts usage must know. Each is told once: by the step whose application changes the graph.
 *
 * @param kind what happened
 * @param snapshot to which snapshot
 */
@Incubating(since = "0.1")
public record UsageEvent(Kind kind, SnapshotId snapshot) {

    /** What happened. */
    public enum Kind {
        /** A snapshot is whole. */
        CREATED,
        /** A snapshot is deleted for its user. */
        DELETED
    }
}
