package io.hvkit.catalog.spi;

/**
 * What an operator offers: a kind of volume or of machine.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param name unique among offerings
 * @param kind what is offered
 * @param standing whether it can be had
 * @param terms what it is, as the engine writes it
 */
public record OfferingRecord(
        RecordId<OfferingRecord> id, long version, String name, Kind kind, Standing standing, Facts terms)
        implements CatalogRecord<OfferingRecord> {

    /** What is offered. */
    public enum Kind {
        /** Volumes. */
        DISK,
        /** Machines. */
        SERVICE
    }

    /** Whether an offering can be had. */
    public enum Standing {
        /** It can. */
        OFFERED,
        /** Nobody gets it any more; those who have it keep it. */
        RETIRED
    }

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is not {@linkplain Catalog as names must be}
     */
    public OfferingRecord {
        Texts.name("an offering's name", name);
    }

    /** By name. */
    public static final Field<OfferingRecord, String> NAME = Field.of("name", OfferingRecord::name);

    /** By kind. */
    public static final Field<OfferingRecord, Kind> KIND = Field.of("kind", OfferingRecord::kind);

    /** Returns an offering that can be had and is not kept yet. */
    public static OfferingRecord named(String name, Kind kind, Facts terms) {
        return new OfferingRecord(RecordId.random(), 0, name, kind, Standing.OFFERED, terms);
    }

    /** Returns this offering of another standing. */
    public OfferingRecord standing(Standing other) {
        return new OfferingRecord(id, version, name, kind, other, terms);
    }

    @Override
    public OfferingRecord withVersion(long other) {
        return new OfferingRecord(id, other, name, kind, standing, terms);
    }
}
