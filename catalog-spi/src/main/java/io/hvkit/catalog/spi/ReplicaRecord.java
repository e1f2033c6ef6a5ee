package io.hvkit.catalog.spi;

/**
 * One copy of a snapshot in one store.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param chain the chain of the snapshot
 * @param snapshot the snapshot
 * @param layer what it is read from
 * @param state how it is
 */
public record ReplicaRecord(
        RecordId<ReplicaRecord> id,
        long version,
        RecordId<ChainRecord> chain,
        RecordId<SnapshotRecord> snapshot,
        RecordId<BackupRecord> layer,
        State state)
        implements CatalogRecord<ReplicaRecord> {

    /** How a copy is. */
    public enum State {
        /** It is being written. */
        CREATING,
        /** It can be read. */
        READY,
        /** Its snapshot was deleted; it is kept for those that stand on it. */
        HIDDEN,
        /** It is to go. */
        DESTROYING,
        /** It was given up before it was whole. */
        FAILED
    }

    /** By chain. */
    public static final Field<ReplicaRecord, RecordId<ChainRecord>> CHAIN = Field.of("chain", ReplicaRecord::chain);

    /** By snapshot. */
    public static final Field<ReplicaRecord, RecordId<SnapshotRecord>> SNAPSHOT =
            Field.of("snapshot", ReplicaRecord::snapshot);

    /** By layer. */
    public static final Field<ReplicaRecord, RecordId<BackupRecord>> LAYER = Field.of("layer", ReplicaRecord::layer);

    /** Returns this copy in another state. */
    public ReplicaRecord in(State other) {
        return new ReplicaRecord(id, version, chain, snapshot, layer, other);
    }

    @Override
    public ReplicaRecord withVersion(long other) {
        return new ReplicaRecord(id, other, chain, snapshot, layer, state);
    }
}
