package io.hvkit.catalog.spi;

import io.hvkit.core.PoolId;
import java.time.Instant;
import java.util.Optional;

/**
 * A pool of storage.
 *
 * @param id its id; the drivers know it as {@link #poolId}
 * @param version see {@link CatalogRecord#version}
 * @param reach who reaches it
 * @param name unique among pools
 * @param type the id of its type, whether or not a plug-in brings it now
 * @param options what its driver needs to open it, by the options' names; nothing that must be kept secret
 * @param standing what an operator decided
 * @param seen what was seen of it last
 * @param identity what identifies its storage, as its driver says, whatever the way to it; nothing if that says none, or was not asked yet
 * @param membership which pool it is a child of, if it is one
 */
public record PoolRecord(
        RecordId<PoolRecord> id,
        long version,
        Reach reach,
        String name,
        String type,
        Facts options,
        Standing standing,
        Sighting seen,
        Optional<String> identity,
        Optional<Membership> membership)
        implements CatalogRecord<PoolRecord> {

    /**
     * Who reaches a pool: all hosts of a zone, those of one of its clusters, or one host.
     *
     * @param zone the zone
     * @param cluster the cluster, unless all hosts of the zone reach it
     * @param host the host, if no other reaches it; its cluster is said too
     */
    public record Reach(
            RecordId<ZoneRecord> zone, Optional<RecordId<ClusterRecord>> cluster, Optional<RecordId<HostRecord>> host) {

        /** Returns the reach of a pool that all hosts of a zone reach. */
        public static Reach of(ZoneRecord zone) {
            return new Reach(zone.id(), Optional.empty(), Optional.empty());
        }

        /** Returns the reach of a pool that all hosts of a cluster reach. */
        public static Reach of(ClusterRecord cluster) {
            return new Reach(cluster.zone(), Optional.of(cluster.id()), Optional.empty());
        }

        /** Returns the reach of a pool on one host of a cluster. */
        public static Reach of(ClusterRecord cluster, HostRecord host) {
            return new Reach(cluster.zone(), Optional.of(cluster.id()), Optional.of(host.id()));
        }

        /**
         * Checks that whoever names a host names its cluster.
         *
         * @throws IllegalArgumentException if the cluster is missing
         */
        public Reach {
            if (host.isPresent() && cluster.isEmpty()) {
                throw new IllegalArgumentException(
                        "the host " + host.get() + " is in a cluster, which must be said too");
            }
        }
    }

    /**
     * Which pool another one is a child of. What an operator decided of the parent, its reach, and its secrets count for the child, too.
     *
     * @param parent the parent
     * @param absences how many looks in a row did not see the child there
     */
    public record Membership(RecordId<PoolRecord> parent, int absences) {

        /**
         * Checks the number.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public Membership {
            if (absences < 0) {
                throw new IllegalArgumentException("looks are counted from 0, and this is " + absences);
            }
        }

        /** Returns the membership of a child that was seen there. */
        public static Membership of(RecordId<PoolRecord> parent) {
            return new Membership(parent, 0);
        }

        /** Returns this membership after one more look that did not see the child. */
        public Membership missed() {
            return new Membership(parent, absences + 1);
        }
    }

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public PoolRecord {
        Texts.name("a pool's name", name);
        Texts.name("the type of a pool", type);
        identity.ifPresent(text -> Texts.name("the identity of a pool", text));
    }

    /** By zone. */
    public static final Field<PoolRecord, RecordId<ZoneRecord>> ZONE = Field.of("zone", pool -> pool.reach.zone);

    /** By cluster; pools that a whole zone reaches have none. */
    public static final Field<PoolRecord, RecordId<ClusterRecord>> CLUSTER =
            Field.optional("cluster", pool -> pool.reach.cluster);

    /** By host; most pools have none. */
    public static final Field<PoolRecord, RecordId<HostRecord>> HOST = Field.optional("host", pool -> pool.reach.host);

    /** By exactly who reaches it: what a whole zone reaches is not among what one of its clusters alone does. */
    public static final Field<PoolRecord, Reach> REACH = Field.of("reach", PoolRecord::reach);

    /** By name. */
    public static final Field<PoolRecord, String> NAME = Field.of("name", PoolRecord::name);

    /** By identity; pools of many types have none. */
    public static final Field<PoolRecord, String> IDENTITY = Field.optional("identity", PoolRecord::identity);

    /** By parent; most pools have none. */
    public static final Field<PoolRecord, RecordId<PoolRecord>> PARENT =
            Field.optional("parent", pool -> pool.membership.map(Membership::parent));

    /** Returns an enabled pool that was seen up and is not kept yet. */
    public static PoolRecord named(String name, Reach reach, String type, Facts options, Instant seenAt) {
        return new PoolRecord(
                RecordId.random(),
                0,
                reach,
                name,
                type,
                options,
                Standing.ENABLED,
                new Sighting(Sighting.State.UP, seenAt),
                Optional.empty(),
                Optional.empty());
    }

    /** Returns its id as the drivers know it. */
    public PoolId poolId() {
        return new PoolId(id.value());
    }

    /** Returns this pool as an operator decided. */
    public PoolRecord standing(Standing other) {
        return new PoolRecord(id, version, reach, name, type, options, other, seen, identity, membership);
    }

    /** Returns this pool as it was seen. */
    public PoolRecord seen(Sighting other) {
        return new PoolRecord(id, version, reach, name, type, options, standing, other, identity, membership);
    }

    /** Returns this pool with the identity of its storage; with the one that was known, if there is none now. */
    public PoolRecord identifiedBy(Optional<String> other) {
        return new PoolRecord(
                id, version, reach, name, type, options, standing, seen, other.or(() -> identity), membership);
    }

    /** Returns this pool as a child of another one, or of none. */
    public PoolRecord below(Optional<Membership> other) {
        return new PoolRecord(id, version, reach, name, type, options, standing, seen, identity, other);
    }

    /** Returns this pool as others reach it, and as its driver opens it. */
    public PoolRecord reached(Reach by, Facts with) {
        return new PoolRecord(id, version, by, name, type, with, standing, seen, identity, membership);
    }

    @Override
    public PoolRecord withVersion(long other) {
        return new PoolRecord(id, other, reach, name, type, options, standing, seen, identity, membership);
    }
}
