package io.hvkit.catalog.spi;

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
 */
public record SnapshotRecord(
        RecordId<SnapshotRecord> id,
        long version,
        Optional<RecordId<VolumeRecord>> volume,
        String name,
        Optional<RecordId<KeyRecord>> key,
        Instant createdAt)
        implements CatalogRecord<SnapshotRecord> {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public SnapshotRecord {
        Texts.name("a snapshot's name", name);
    }

    /** By volume. */
    public static final Field<SnapshotRecord, RecordId<VolumeRecord>> VOLUME =
            Field.optional("volume", SnapshotRecord::volume);

    /** By name. */
    public static final Field<SnapshotRecord, String> NAME = Field.of("name", SnapshotRecord::name);

    /** By key. */
    public static final Field<SnapshotRecord, RecordId<KeyRecord>> KEY = Field.optional("key", SnapshotRecord::key);

    @Override
    public SnapshotRecord withVersion(long other) {
        return new SnapshotRecord(id, other, volume, name, key, createdAt);
    }
}
