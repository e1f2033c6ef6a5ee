package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.ResolvedPoolType;
import java.util.Optional;
import java.util.Set;

/**
 * What was known of a pool at one moment, as far as the choice of one cares. Immutable. What is not said is not assumed: a pool that was
 * not asked does not qualify.
 *
 * @param pool its record
 * @param type what its type's id stands for now
 * @param hosts who reaches it, if that is not a whole zone
 * @param parent what it is a child of, if it is one
 * @param terms what an operator says of it
 * @param load what the catalog knows of its volumes
 * @param answer what it said of itself, if it was asked
 * @param trouble why there is no answer, or the answer is that it makes no such volume
 */
public record PoolFacts(
        PoolRecord pool,
        ResolvedPoolType type,
        Hosts hosts,
        Optional<PoolRecord> parent,
        Terms terms,
        Load load,
        Optional<PoolAnswer> answer,
        Optional<PoolRejection> trouble) {

    /**
     * Who alone reaches a pool.
     *
     * @param cluster the cluster, unless all hosts of the zone do
     * @param host the host, if no other does
     */
    public record Hosts(Optional<ClusterRecord> cluster, Optional<HostRecord> host) {}

    /**
     * What an operator says of a pool: by its settings, and by {@link io.hvkit.engine.placement.PlacementNotes}.
     *
     * @param tags its tags
     * @param overcommit how many times its capacity it may promise, at least once
     */
    public record Terms(Set<String> tags, Ratio overcommit) {

        /** What holds if nobody says anything. */
        public static final Terms USUAL = new Terms(Set.of(), Ratio.ONE);

        /**
         * Copies the set, and checks the factor.
         *
         * @throws IllegalArgumentException if a pool is to promise less than it has
         */
        public Terms {
            tags = Set.copyOf(tags);
            if (overcommit.compareTo(Ratio.ONE) < 0) {
                throw new IllegalArgumentException("a pool is overcommitted 1.0 times at least, not " + overcommit
                        + "; to promise less than there is, say how much may be allocated");
            }
        }
    }

    /**
     * What the catalog knows of a pool's volumes.
     *
     * @param expected the sizes of those that are recorded, and that the pool was not seen to have yet
     * @param ofOwner how many are of the one for whom the volume is
     */
    public record Load(ByteSize expected, long ofOwner) {

        /** No volumes. */
        public static final Load NONE = new Load(ByteSize.ZERO, 0);
    }

    /** Returns a pool that was not asked, of which nothing else is known. */
    public static PoolFacts of(PoolRecord pool, ResolvedPoolType type, Hosts hosts) {
        return new PoolFacts(
                pool, type, hosts, Optional.empty(), Terms.USUAL, Load.NONE, Optional.empty(), Optional.empty());
    }

    /** Returns these facts of a child. */
    public PoolFacts below(Optional<PoolRecord> other) {
        return new PoolFacts(pool, type, hosts, other, terms, load, answer, trouble);
    }

    /** Returns these facts under other terms. */
    public PoolFacts under(Terms other) {
        return new PoolFacts(pool, type, hosts, parent, other, load, answer, trouble);
    }

    /** Returns these facts with another load. */
    public PoolFacts loaded(Load other) {
        return new PoolFacts(pool, type, hosts, parent, terms, other, answer, trouble);
    }

    /** Returns these facts of a pool that said this of itself. */
    public PoolFacts saying(PoolAnswer said) {
        return new PoolFacts(pool, type, hosts, parent, terms, load, Optional.of(said), trouble);
    }

    /** Returns these facts of a pool that could not be asked, or that refused. */
    public PoolFacts failing(PoolRejection why) {
        return new PoolFacts(pool, type, hosts, parent, terms, load, answer, Optional.of(why));
    }

    /** Returns whether it has a trait: by its own word, or else by that of its type. */
    boolean has(PoolTrait trait) {
        return answer.map(said -> said.type().has(trait))
                .orElseGet(() -> type.match(known -> known.type().has(trait), unknown -> false));
    }

    /** Returns whether one host alone reaches it. */
    boolean isLocal() {
        return pool.reach().host().isPresent() || has(PoolTrait.LOCAL);
    }

    /** Returns how many times its capacity it may promise. */
    Ratio overcommit() {
        return has(PoolTrait.OVERPROVISIONS) ? terms.overcommit : Ratio.ONE;
    }
}
