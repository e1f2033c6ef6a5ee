package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.SnapshotId;
import java.util.Optional;
import java.util.Set;

/** Operations that have not ended, and may write or read layers of a chain, or give them to a host. */
final class LiveWork {

    private static final Set<String> REMOVING = Set.of("snapshot.delete", "snapshot.tidy");

    private LiveWork() {}

    /** Returns whether there is any. */
    static boolean isAny(ChainLedger ledger) {
        return isAny(ledger, Optional.empty());
    }

    /** Returns whether there is any but one. */
    static boolean isAnyBut(ChainLedger ledger, RecordId<OperationRecord> own) {
        return isAny(ledger, Optional.of(own));
    }

    private static boolean isAny(ChainLedger ledger, Optional<RecordId<OperationRecord>> own) {
        return ledger.transaction().journal().open().stream()
                .filter(operation -> !own.equals(Optional.of(operation.id())))
                .filter(operation -> !REMOVING.contains(operation.kind()))
                .anyMatch(operation -> isOf(ledger, operation));
    }

    private static boolean isOf(ChainLedger ledger, OperationRecord operation) {
        boolean isOfVolume = operation
                .request()
                .find("volume")
                .filter(ledger.chain().value()::equals)
                .isPresent();
        return isOfVolume
                || operation
                        .request()
                        .find("snapshot")
                        .map(SnapshotId::new)
                        .filter(ledger.snapshots()::containsKey)
                        .isPresent();
    }
}
