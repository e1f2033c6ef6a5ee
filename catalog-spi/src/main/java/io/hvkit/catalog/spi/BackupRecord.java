package io.hvkit.catalog.spi;

import java.time.Instant;
import java.util.Optional;

/**
 * A copy of a volume in another store.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param volume the volume it was made of; nothing once that is gone
 * @param name unique among the backups
 * @param key the key that opens it, if it is encrypted with one; kept as long as this record is
 * @param createdAt when it was asked for
 */
public record BackupRecord(
        RecordId<BackupRecord> id,
        long version,
        Optional<RecordId<VolumeRecord>> volume,
        String name,
        Optional<RecordId<KeyRecord>> key,
        Instant createdAt)
        implements CatalogRecord<BackupRecord> {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public BackupRecord {
        Texts.name("a backup's name", name);
    }

    /** By volume. */
    public static final Field<BackupRecord, RecordId<VolumeRecord>> VOLUME =
            Field.optional("volume", BackupRecord::volume);

    /** By name. */
    public static final Field<BackupRecord, String> NAME = Field.of("name", BackupRecord::name);

    /** By key. */
    public static final Field<BackupRecord, RecordId<KeyRecord>> KEY = Field.optional("key", BackupRecord::key);

    @Override
    public BackupRecord withVersion(long other) {
        return new BackupRecord(id, other, volume, name, key, createdAt);
    }
}
