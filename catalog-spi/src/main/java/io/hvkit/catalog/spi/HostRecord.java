package io.hvkit.catalog.spi;

import io.hvkit.core.HostId;
import java.time.Instant;
import java.util.Optional;

/**
 * A host: what a hypervisor driver opens a connection to.
 *
 * @param id its id; the drivers know it as {@link #hostId}
 * @param version see {@link CatalogRecord#version}
 * @param cluster the cluster it is in, which says its type
 * @param name unique among hosts
 * @param options what its driver needs to open it, by the options' names; nothing that must be kept secret
 * @param standing what an operator decided
 * @param dedicatedTo whom it is kept for, if it is
 * @param seen what was seen of it last
 */
public record HostRecord(
        RecordId<HostRecord> id,
        long version,
        RecordId<ClusterRecord> cluster,
        String name,
        Facts options,
        Standing standing,
        Optional<String> dedicatedTo,
        Sighting seen)
        implements CatalogRecord<HostRecord> {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public HostRecord {
        Texts.name("a host's name", name);
        dedicatedTo.ifPresent(owner -> Texts.name("whom a host is kept for", owner));
    }

    /** By cluster. */
    public static final Field<HostRecord, RecordId<ClusterRecord>> CLUSTER = Field.of("cluster", HostRecord::cluster);

    /** By name. */
    public static final Field<HostRecord, String> NAME = Field.of("name", HostRecord::name);

    /** Returns an enabled host that is kept for nobody, was seen up, and is not kept yet. */
    public static HostRecord named(String name, RecordId<ClusterRecord> cluster, Facts options, Instant seenAt) {
        return new HostRecord(
                RecordId.random(),
                0,
                cluster,
                name,
                options,
                Standing.ENABLED,
                Optional.empty(),
                new Sighting(Sighting.State.UP, seenAt));
    }

    /** Returns its id as the drivers know it. */
    public HostId hostId() {
        return new HostId(id.value());
    }

    /** Returns this host as an operator decided. */
    public HostRecord standing(Standing other) {
        return new HostRecord(id, version, cluster, name, options, other, dedicatedTo, seen);
    }

    /** Returns this host, kept for one owner, or for nobody. */
    public HostRecord dedicatedTo(Optional<String> owner) {
        return new HostRecord(id, version, cluster, name, options, standing, owner, seen);
    }

    /** Returns this host as it was seen. */
    public HostRecord seen(Sighting other) {
        return new HostRecord(id, version, cluster, name, options, standing, dedicatedTo, other);
    }

    @Override
    public HostRecord withVersion(long other) {
        return new HostRecord(id, other, cluster, name, options, standing, dedicatedTo, seen);
    }
}
