package io.hvkit.vmware.cluster;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;

/** One thing that differs between a cluster as it is seen and the pools that are known. Closed: a new case is a new major version. */
@Incubating(since = "0.1")
public sealed interface ClusterChange {

    /** A child that no pool is known for becomes one, of that cluster. */
    record Add(PoolId id, ClusterChild child) implements ClusterChange {}

    /** A pool that belongs to no cluster becomes a child of this one; its id and its volumes stay. */
    record Reuse(KnownPool pool, ClusterChild child) implements ClusterChange {}

    /** A pool leaves another cluster, which does not list it any more, and becomes a child of this one. */
    record Move(KnownPool pool, PoolId from, ClusterChild child) implements ClusterChange {}

    /** A child was not seen. It stays, and is removed if the next look does not see it either. */
    record Missed(KnownPool pool) implements ClusterChange {}

    /** A child that was not seen stays, however often: it has volumes. Somebody must look where it is. */
    record Stranded(KnownPool pool) implements ClusterChange {}

    /** A child without volumes was not seen twice in a row, and is no pool any more. */
    record Remove(KnownPool pool) implements ClusterChange {}

    /** A child that was not seen, and is seen again before anything was done about it. */
    record Return(KnownPool pool, ClusterChild child) implements ClusterChange {}

    /** A new child that is not well; it becomes a pool when it is. */
    record Postpone(ClusterChild child) implements ClusterChange {}
}
