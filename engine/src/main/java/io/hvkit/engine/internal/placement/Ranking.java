package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.VolumeQuery;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Puts pools that qualify into order: those that are preferred first, then by the order that is wanted, then by lot. Pure.
 *
 * @param query what is wanted
 * @param order in which order pools are taken
 * @param seed what decides between equals
 */
record Ranking(VolumeQuery query, PlacementOrder order, long seed) {

    /**
     * What decides where nothing but wishes and lots do.
     *
     * @param pool the pool
     * @param wish its place among those that are preferred
     * @param drawn what it drew
     */
    record Lot(PoolRecord pool, int wish, long drawn) implements Comparable<Lot> {

        private static final Comparator<Lot> BY_WISH = Comparator.comparingInt(Lot::wish);
        private static final Comparator<Lot> BY_LOT = Comparator.comparingLong(Lot::drawn)
                .thenComparing(lot -> lot.pool.id().value());

        @Override
        public int compareTo(Lot other) {
            return BY_WISH.thenComparing(BY_LOT).compare(this, other);
        }
    }

    private record Drawn(PoolFacts facts, Lot lot) {}

    /** Returns pools in their order. */
    List<PoolFacts> sorted(List<PoolFacts> pools) {
        return pools.stream()
                .map(facts -> new Drawn(facts, lot(facts.pool())))
                .sorted(Comparator.comparing(Drawn::lot, Lot.BY_WISH)
                        .thenComparing(Drawn::facts, byOrder())
                        .thenComparing(Drawn::lot, Lot.BY_LOT))
                .map(Drawn::facts)
                .toList();
    }

    /** Returns what a pool draws: even over pools and seeds, and the same whichever other pools there are. */
    Lot lot(PoolRecord pool) {
        long drawn = new SplittableRandom(seed).nextLong();
        long lot = new SplittableRandom(drawn + pool.id().value().hashCode()).nextLong();
        return new Lot(pool, wish(pool), lot);
    }

    private Comparator<PoolFacts> byOrder() {
        return switch (order) {
            case RANDOM, USER_DISPERSING -> Comparator.comparingLong(this::volumesOfOwner);
            case FIRST_FIT_LEAST_CONSUMED ->
                (one, other) -> {
                    Optional<Room> room = room(one);
                    Optional<Room> others = room(other);
                    return room.isPresent() && others.isPresent()
                            ? room.get().compareShare(others.get())
                            : Boolean.compare(room.isEmpty(), others.isEmpty());
                };
        };
    }

    /** Where they do not count, pools are equals. */
    private long volumesOfOwner(PoolFacts facts) {
        boolean isCounted =
                order == PlacementOrder.USER_DISPERSING && query.owner().isPresent();
        return isCounted ? facts.load().ofOwner() : 0;
    }

    private static Optional<Room> room(PoolFacts facts) {
        return facts.answer().map(said -> Room.of(facts, said));
    }

    private int wish(PoolRecord pool) {
        int wish = new ArrayList<>(query.preferred()).indexOf(pool.id());
        return wish < 0 ? Integer.MAX_VALUE : wish;
    }

    /** Returns what gives a pool its place, for people. */
    String why(PoolFacts facts) {
        List<String> why = new ArrayList<>();
        int wish = wish(facts.pool());
        if (wish < Integer.MAX_VALUE) {
            why.add("preferred " + (wish + 1) + ".");
        }
        why.add(
                switch (order) {
                    case RANDOM -> "by lot";
                    case USER_DISPERSING ->
                        query.owner()
                                .map(owner -> "volumes of " + owner + " there: "
                                        + facts.load().ofOwner())
                                .orElse("by lot, since nobody is named as owner");
                    case FIRST_FIT_LEAST_CONSUMED ->
                        room(facts).map(Room::words).orElse("not asked");
                });
        return String.join(", ", why);
    }
}
