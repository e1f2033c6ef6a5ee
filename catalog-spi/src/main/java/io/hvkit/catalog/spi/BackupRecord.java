package io.hvkit.catalog.spi;

import io.hvkit.core.ByteSize;
import java.time.Instant;
import java.util.Optional;

/**
 * A copy of a volume in another store: one layer, of which snapshots are read.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param volume the volume it was made of; nothing once that is gone, or if it is a layer, whose chain says so
 * @param name unique among the backups
 * @param key the key that opens it, if it is encrypted with one; kept as long as this record is
 * @param createdAt when it was asked for
 * @param layer how it stands on others; nothing if it was kept before there were chains
 */
public record BackupRecord(
        RecordId<BackupRecord> id,
        long version,
        Optional<RecordId<VolumeRecord>> volume,
        String name,
        Optional<RecordId<KeyRecord>> key,
        Instant createdAt,
        Optional<Layer> layer)
        implements CatalogRecord<BackupRecord> {

    /** How a layer is. */
    public enum State {
        /** It is being written: it may be there, in part or not at all. */
        WRITING,
        /** It is whole. */
        READY,
        /** It is known to be damaged or lost, or stands on one that is. */
        UNUSABLE,
        /** It is to go, and may have gone already. */
        DELETING
    }

    /**
     * How a layer stands on others.
     *
     * @param chain the chain of the volume
     * @param store the pool that it is in
     * @param parent the layer that it stands on; nothing if it is full
     * @param state how it is
     * @param checkpoint since when its machine notes what is written, if that was noted; the next one can be of what changed since
     * @param counted how many bytes it counts for: as many as its disk has while it is written, then what it takes in its store;
     *     nothing if it was kept before that was known
     * @param because why it is full, or holds what was written alone, for people; nothing if it was kept before that was noted
     */
    public record Layer(
            RecordId<ChainRecord> chain,
            RecordId<PoolRecord> store,
            Optional<RecordId<BackupRecord>> parent,
            State state,
            Optional<String> checkpoint,
            Optional<ByteSize> counted,
            Optional<String> because) {

        /** Returns this layer in another state, over another one, with another checkpoint. */
        public Layer being(State other, Optional<RecordId<BackupRecord>> over, Optional<String> since) {
            return new Layer(chain, store, over, other, since, counted, because);
        }

        /** Returns this layer with so many bytes. */
        public Layer counting(ByteSize size) {
            return new Layer(chain, store, parent, state, checkpoint, Optional.of(size), because);
        }
    }

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public BackupRecord {
        Texts.name("a backup's name", name);
    }

    /** Makes one that stands in no chain. */
    public BackupRecord(
            RecordId<BackupRecord> id,
            long version,
            Optional<RecordId<VolumeRecord>> volume,
            String name,
            Optional<RecordId<KeyRecord>> key,
            Instant createdAt) {
        this(id, version, volume, name, key, createdAt, Optional.empty());
    }

    /** By volume. */
    public static final Field<BackupRecord, RecordId<VolumeRecord>> VOLUME =
            Field.optional("volume", BackupRecord::volume);

    /** By name. */
    public static final Field<BackupRecord, String> NAME = Field.of("name", BackupRecord::name);

    /** By key. */
    public static final Field<BackupRecord, RecordId<KeyRecord>> KEY = Field.optional("key", BackupRecord::key);

    /** By chain. */
    public static final Field<BackupRecord, RecordId<ChainRecord>> CHAIN =
            Field.optional("chain", backup -> backup.layer.map(Layer::chain));

    /** By store. */
    public static final Field<BackupRecord, RecordId<PoolRecord>> STORE =
            Field.optional("store", backup -> backup.layer.map(Layer::store));

    /** By the layer that it stands on. */
    public static final Field<BackupRecord, RecordId<BackupRecord>> PARENT =
            Field.optional("parent", backup -> backup.layer.flatMap(Layer::parent));

    /** Returns this layer, standing so on others. */
    public BackupRecord standing(Layer other) {
        return new BackupRecord(id, version, volume, name, key, createdAt, Optional.of(other));
    }

    /** Returns this backup, opened with a key. */
    public BackupRecord openedWith(RecordId<KeyRecord> other) {
        return new BackupRecord(id, version, volume, name, Optional.of(other), createdAt, layer);
    }

    @Override
    public BackupRecord withVersion(long other) {
        return new BackupRecord(id, other, volume, name, key, createdAt, layer);
    }
}
