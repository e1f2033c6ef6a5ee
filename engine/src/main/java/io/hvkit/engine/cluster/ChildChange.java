package io.hvkit.engine.cluster;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import io.hvkit.storage.spi.PoolChild;

/** One thing that a look at a parent of pools has changed, or would change. Closed: a new case is a new major version. */
@Incubating(since = "0.1")
public sealed interface ChildChange {

    /** A child that no pool was known for is one now. */
    record Added(PoolRecord pool) implements ChildChange {}

    /** A pool that belonged to no parent is a child now; its id, its volumes and its own options stay. */
    record Reused(PoolRecord pool) implements ChildChange {}

    /**
     * A child left another parent, which does not list it any more, for this one; its id and its volumes stay.
     *
     * @param from the parent that it had
     */
    record Moved(PoolRecord pool, RecordId<PoolRecord> from) implements ChildChange {}

    /** A child is called otherwise by its storage now, and is opened by that. */
    record Renamed(PoolRecord pool) implements ChildChange {}

    /** A child that was not seen is seen again, before anything was done about it. */
    record Returned(PoolRecord pool) implements ChildChange {}

    /** A child was not seen. It takes nothing new, and goes if the next look does not see it either. */
    record Missed(PoolRecord pool) implements ChildChange {}

    /**
     * A child that was not seen stays, however often: something is in it. Somebody must look where it is.
     *
     * @param uses how many records of volumes, templates and backups name it
     */
    record Stranded(PoolRecord pool, long uses) implements ChildChange {}

    /** A child with nothing in it was not seen twice in a row, and is no pool any more. */
    record Removed(PoolRecord pool) implements ChildChange {}

    /** A new child that is not well; it becomes a pool when it is. */
    record Postponed(PoolChild child) implements ChildChange {}
}
