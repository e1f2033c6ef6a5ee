package io.hvkit.catalog.spi;

/**
 * A zone: hosts and storage that share their fate.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param name unique among zones
 */
public record ZoneRecord(RecordId<ZoneRecord> id, long version, String name) implements CatalogRecord<ZoneRecord> {

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is {@linkplain Catalog no name}
     */
    public ZoneRecord {
        Texts.name("a zone's name", name);
    }

    /** By name. */
    public static final Field<ZoneRecord, String> NAME = Field.of("name", ZoneRecord::name);

    /** Returns a zone that is not kept yet. */
    public static ZoneRecord named(String name) {
        return new ZoneRecord(RecordId.random(), 0, name);
    }

    @Override
    public ZoneRecord withVersion(long other) {
        return new ZoneRecord(id, other, name);
    }
}
