package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.storage.spi.PoolChild;

/** One thing that differs between a parent as its storage shows it and the pools that are known. */
sealed interface PlannedChange {

    /** A child that no pool is known for. */
    record Add(PoolChild child) implements PlannedChange {}

    /** A pool that belongs to no parent. */
    record Reuse(KnownPool pool, PoolChild child) implements PlannedChange {}

    /** A child of another parent, which does not list it any more. */
    record Move(KnownPool pool, RecordId<PoolRecord> from, PoolChild child) implements PlannedChange {}

    /** A child that was missed, and is there. */
    record Return(KnownPool pool, PoolChild child) implements PlannedChange {}

    /** A child that is reached otherwise now. */
    record Rename(KnownPool pool, PoolChild child) implements PlannedChange {}

    /** A child that is not there. */
    record Miss(KnownPool pool) implements PlannedChange {}

    /** A child that is not there again, and has something in it. */
    record Strand(KnownPool pool) implements PlannedChange {}

    /** A child that is not there again. */
    record Remove(KnownPool pool) implements PlannedChange {}

    /** A child that no pool is known for, and that is not well. */
    record Postpone(PoolChild child) implements PlannedChange {}
}
