package io.hvkit.powerflex.simulator.internal.array;

/** Where a migration is. */
public enum MigrationStatus {
    PENDING_MIGRATION("PendingMigration"),
    PENDING_REBALANCE("PendingRebalance"),
    NORMAL("MigrationNormal"),
    INTERNAL_PAUSING("InternalPausing"),
    PENDING_RETRY("PendingRetry"),
    GRACEFULLY_PAUSING("GracefullyPausing"),
    FORCEFULLY_PAUSING("ForcefullyPausing"),
    PAUSED("Paused");

    private final String word;

    MigrationStatus(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
