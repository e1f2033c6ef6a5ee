package io.hvkit.catalog.spi;

import io.hvkit.core.ByteSize;
import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot of a volume.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param volume the volume it was taken of; nothing once that is gone
 * @param name unique among the snapshots
 * @param key the key that opens it, if it is encrypted with one; kept as long as this record is
 * @param createdAt when it was asked for
 * @param chained how it stands among the snapshots of its volume; nothing if it was kept before there were chains
 */
public record SnapshotRecord(
        RecordId<SnapshotRecord> id,
        long version,
        Optional<RecordId<VolumeRecord>> volume,
        String name,
        Optional<RecordId<KeyRecord>> key,
        Instant createdAt,
        Optional<Chained> chained)
        implements CatalogRecord<SnapshotRecord> {

    /** How far a snapshot is, in the words that operators know. */
    public enum State {
        /** It has a place in the order, and nothing else. */
        ALLOCATED,
        /** It is being taken in the volume's pool. */
        CREATING,
        /** It is in the volume's pool. */
        CREATED_ON_PRIMARY,
        /** It is being copied to another store. */
        BACKING_UP,
        /** It is in another store. */
        BACKED_UP,
        /** It was asked to go, and not everything of it has gone. */
        DESTROYING,
        /** It is deleted for its user; a layer of it is kept for others. */
        DESTROYED,
        /** It was given up before it was whole. */
        ERROR
    }

    /** Whether a snapshot counts as used. */
    public enum Usage {
        /** Not yet. */
        NOT_STARTED,
        /** Yes. */
        RUNNING,
        /** No longer. */
        ENDED
    }

    /** What file systems of a guest are like in a snapshot. */
    public enum Consistency {
        /** No machine ran with the volume: they are as the last one left them. */
        AT_REST,
        /** Whole: the guest's agent held them frozen at the moment. What applications had in memory is there only if the agent asked them. */
        FILE_SYSTEM_CONSISTENT,
        /** As after a power cut: whole once the guest has gone through its journals. */
        CRASH_CONSISTENT,
        /** Nobody noted it, or nobody could say; count on no more than after a power cut. */
        UNKNOWN
    }

    /**
     * How a snapshot stands among those of its volume.
     *
     * @param chain the chain of its volume
     * @param sequence its place in the order, the newest has the greatest
     * @param takenIn the pool in which the volume was then
     * @param state how far it is
     * @param usage whether it counts as used
     * @param size what the volume's machine saw then
     * @param consistency what file systems are like in it
     */
    public record Chained(
            RecordId<ChainRecord> chain,
            long sequence,
            RecordId<PoolRecord> takenIn,
            State state,
            Usage usage,
            ByteSize size,
            Consistency consistency) {

        /** Returns the same with file systems that are like that in it. */
        public Chained being(Consistency seen) {
            return new Chained(chain, sequence, takenIn, state, usage, size, seen);
        }
    }

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public SnapshotRecord {
        Texts.name("a snapshot's name", name);
    }

    /** Makes one that stands in no chain. */
    public SnapshotRecord(
            RecordId<SnapshotRecord> id,
            long version,
            Optional<RecordId<VolumeRecord>> volume,
            String name,
            Optional<RecordId<KeyRecord>> key,
            Instant createdAt) {
        this(id, version, volume, name, key, createdAt, Optional.empty());
    }

    /** By volume. */
    public static final Field<SnapshotRecord, RecordId<VolumeRecord>> VOLUME =
            Field.optional("volume", SnapshotRecord::volume);

    /** By name. */
    public static final Field<SnapshotRecord, String> NAME = Field.of("name", SnapshotRecord::name);

    /** By key. */
    public static final Field<SnapshotRecord, RecordId<KeyRecord>> KEY = Field.optional("key", SnapshotRecord::key);

    /** By chain. */
    public static final Field<SnapshotRecord, RecordId<ChainRecord>> CHAIN =
            Field.optional("chain", snapshot -> snapshot.chained.map(Chained::chain));

    /** By the pool in which it was taken. */
    public static final Field<SnapshotRecord, RecordId<PoolRecord>> TAKEN_IN =
            Field.optional("takenIn", snapshot -> snapshot.chained.map(Chained::takenIn));

    /** Returns this snapshot, standing so in its chain. */
    public SnapshotRecord chained(Chained other) {
        return new SnapshotRecord(id, version, volume, name, key, createdAt, Optional.of(other));
    }

    /** Returns this snapshot once its volume is gone. */
    public SnapshotRecord withoutVolume() {
        return new SnapshotRecord(id, version, Optional.empty(), name, key, createdAt, chained);
    }

    @Override
    public SnapshotRecord withVersion(long other) {
        return new SnapshotRecord(id, other, volume, name, key, createdAt, chained);
    }
}
