package io.hvkit.catalog.spi;

/**
 * A cluster: hosts of one type in one zone.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param zone the zone it is in
 * @param name unique in its zone
 * @param hypervisorType the id of the type of its hosts, whether or not a plug-in brings it now
 * @param policy whether its hosts take work
 */
public record ClusterRecord(
        RecordId<ClusterRecord> id,
        long version,
        RecordId<ZoneRecord> zone,
        String name,
        String hypervisorType,
        Policy policy)
        implements CatalogRecord<ClusterRecord> {

    /** Whether hosts of a cluster take work. */
    public enum Policy {
        /** They do. */
        ENABLED,
        /** They do, but no storage jobs. */
        NO_STORAGE_JOBS,
        /** They do not. */
        DISABLED
    }

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public ClusterRecord {
        Texts.name("a cluster's name", name);
        Texts.name("the type of a cluster", hypervisorType);
    }

    /** By zone. */
    public static final Field<ClusterRecord, RecordId<ZoneRecord>> ZONE = Field.of("zone", ClusterRecord::zone);

    /** By name; clusters of several zones may share one. */
    public static final Field<ClusterRecord, String> NAME = Field.of("name", ClusterRecord::name);

    /** Returns an enabled cluster that is not kept yet. */
    public static ClusterRecord named(String name, RecordId<ZoneRecord> zone, String hypervisorType) {
        return new ClusterRecord(RecordId.random(), 0, zone, name, hypervisorType, Policy.ENABLED);
    }

    /** Returns this cluster under another policy. */
    public ClusterRecord under(Policy other) {
        return new ClusterRecord(id, version, zone, name, hypervisorType, other);
    }

    @Override
    public ClusterRecord withVersion(long other) {
        return new ClusterRecord(id, other, zone, name, hypervisorType, policy);
    }
}
