package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.storage.spi.PoolChild;
import java.util.Optional;

/**
 * A pool that is known already, and is no parent.
 *
 * @param record as it is kept, with its identity if that was found out
 * @param uses how many records name it as the place where something is
 */
record KnownPool(PoolRecord record, long uses) {

    /** Returns whether it is what the storage shows as a child: by its identity, or, if nobody knows that, by the way to it. */
    boolean is(PoolRecord parent, PoolChild child) {
        return record.identity()
                .map(child.identity()::equals)
                .orElseGet(() -> record.type().equals(child.type().id())
                        && record.options().equals(ChildRecords.options(parent.options(), child)));
    }

    Optional<RecordId<PoolRecord>> parent() {
        return record.membership().map(PoolRecord.Membership::parent);
    }

    int absences() {
        return record.membership().map(PoolRecord.Membership::absences).orElse(0);
    }
}
