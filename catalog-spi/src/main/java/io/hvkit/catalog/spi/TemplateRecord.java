package io.hvkit.catalog.spi;

import io.hvkit.core.ByteSize;
import java.time.Instant;
import java.util.Optional;

/**
 * An image that volumes are made from.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param name unique among templates
 * @param place the pool its bytes are in, and how they lie there
 * @param size what a machine sees
 * @param key the key that opens it, if it is encrypted with one; kept as long as this record is
 * @param createdAt when it was asked for
 */
public record TemplateRecord(
        RecordId<TemplateRecord> id,
        long version,
        String name,
        VolumeRecord.Place place,
        ByteSize size,
        Optional<RecordId<KeyRecord>> key,
        Instant createdAt)
        implements CatalogRecord<TemplateRecord> {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public TemplateRecord {
        Texts.name("a template's name", name);
    }

    /** By name. */
    public static final Field<TemplateRecord, String> NAME = Field.of("name", TemplateRecord::name);

    /** By pool. */
    public static final Field<TemplateRecord, RecordId<PoolRecord>> POOL =
            Field.of("pool", template -> template.place.pool());

    /** By key. */
    public static final Field<TemplateRecord, RecordId<KeyRecord>> KEY = Field.optional("key", TemplateRecord::key);

    @Override
    public TemplateRecord withVersion(long other) {
        return new TemplateRecord(id, other, name, place, size, key, createdAt);
    }
}
