package io.hvkit.catalog.spi;

/**
 * The bytes of a template in a pool. A template has one copy at most in each pool.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param template the template
 * @param zone the zone of the pool
 * @param state how it is
 * @param place the pool its bytes are in, and how they lie there
 */
public record TemplateCopyRecord(
        RecordId<TemplateCopyRecord> id,
        long version,
        RecordId<TemplateRecord> template,
        RecordId<ZoneRecord> zone,
        State state,
        VolumeRecord.Place place)
        implements CatalogRecord<TemplateCopyRecord> {

    /** How a copy is. */
    public enum State {
        /** It is being brought there. */
        LOADING,
        /** It is there, and volumes are made from it. */
        READY,
        /** It is being removed. */
        DELETING
    }

    /** By template. */
    public static final Field<TemplateCopyRecord, RecordId<TemplateRecord>> TEMPLATE =
            Field.of("template", TemplateCopyRecord::template);

    /** By zone. */
    public static final Field<TemplateCopyRecord, RecordId<ZoneRecord>> ZONE =
            Field.of("zone", TemplateCopyRecord::zone);

    /** By pool. */
    public static final Field<TemplateCopyRecord, RecordId<PoolRecord>> POOL =
            Field.of("pool", copy -> copy.place.pool());

    /** Returns this copy in another state. */
    public TemplateCopyRecord in(State other) {
        return new TemplateCopyRecord(id, version, template, zone, other, place);
    }

    /** Returns this copy as its pool was seen to have it. */
    public TemplateCopyRecord at(VolumeRecord.Place other) {
        return new TemplateCopyRecord(id, version, template, zone, state, other);
    }

    @Override
    public TemplateCopyRecord withVersion(long other) {
        return new TemplateCopyRecord(id, other, template, zone, state, place);
    }
}
