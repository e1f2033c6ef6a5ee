package io.hvkit.catalog.spi;

import java.util.Optional;

/**
 * What an operator has set, as text, for all or for one zone, cluster or pool.
 *
 * @param id its id, which follows from its name and what it is for: so there is at most one for each
 * @param version see {@link CatalogRecord#version}
 * @param name the name of the setting
 * @param zone the zone it is for, if it is for one
 * @param cluster the cluster it is for, if it is for one
 * @param pool the pool it is for, if it is for one
 * @param value what it is set to
 */
public record SettingRecord(
        RecordId<SettingRecord> id,
        long version,
        String name,
        Optional<RecordId<ZoneRecord>> zone,
        Optional<RecordId<ClusterRecord>> cluster,
        Optional<RecordId<PoolRecord>> pool,
        String value)
        implements CatalogRecord<SettingRecord> {

    /**
     * Checks the texts, and that it is for one thing at most.
     *
     * @throws IllegalArgumentException if it is for several, or a text is not {@linkplain Catalog as texts must be}
     */
    public SettingRecord {
        Texts.name("the name of a setting", name);
        Texts.text("a setting", value);
        if ((zone.isPresent() ? 1 : 0) + (cluster.isPresent() ? 1 : 0) + (pool.isPresent() ? 1 : 0) > 1) {
            throw new IllegalArgumentException("a setting is for all, or for one zone, cluster or pool: " + name);
        }
    }

    /** By name. */
    public static final Field<SettingRecord, String> NAME = Field.of("name", SettingRecord::name);

    /** By the zone it is for. */
    public static final Field<SettingRecord, RecordId<ZoneRecord>> ZONE = Field.optional("zone", SettingRecord::zone);

    /** By the cluster it is for. */
    public static final Field<SettingRecord, RecordId<ClusterRecord>> CLUSTER =
            Field.optional("cluster", SettingRecord::cluster);

    /** By the pool it is for. */
    public static final Field<SettingRecord, RecordId<PoolRecord>> POOL = Field.optional("pool", SettingRecord::pool);

    /** Returns a setting for all that is not kept yet. */
    public static SettingRecord ofAll(String name, String value) {
        return new SettingRecord(
                idOf(name, "all"), 0, name, Optional.empty(), Optional.empty(), Optional.empty(), value);
    }

    /** Returns a setting for a zone that is not kept yet. */
    public static SettingRecord ofZone(RecordId<ZoneRecord> zone, String name, String value) {
        return new SettingRecord(
                idOf(name, "zone " + zone), 0, name, Optional.of(zone), Optional.empty(), Optional.empty(), value);
    }

    /** Returns a setting for a cluster that is not kept yet. */
    public static SettingRecord ofCluster(RecordId<ClusterRecord> cluster, String name, String value) {
        return new SettingRecord(
                idOf(name, "cluster " + cluster),
                0,
                name,
                Optional.empty(),
                Optional.of(cluster),
                Optional.empty(),
                value);
    }

    /** Returns a setting for a pool that is not kept yet. */
    public static SettingRecord ofPool(RecordId<PoolRecord> pool, String name, String value) {
        return new SettingRecord(
                idOf(name, "pool " + pool), 0, name, Optional.empty(), Optional.empty(), Optional.of(pool), value);
    }

    private static RecordId<SettingRecord> idOf(String name, String owner) {
        return Digests.idOf(owner + " " + name);
    }

    /** Returns this setting with another value. */
    public SettingRecord setTo(String other) {
        return new SettingRecord(id, version, name, zone, cluster, pool, other);
    }

    @Override
    public SettingRecord withVersion(long other) {
        return new SettingRecord(id, other, name, zone, cluster, pool, value);
    }
}
