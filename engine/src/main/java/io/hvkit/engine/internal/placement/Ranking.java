package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
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

    Comparator<PoolFacts> comparator() {
        return Comparator.comparingInt(this::wish)
                .thenComparing(byOrder())
                .thenComparingLong(facts -> lot(facts.pool().id()))
                .thenComparing(facts -> facts.pool().id().value());
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

    private int wish(PoolFacts facts) {
        int wish = new ArrayList<>(query.preferred()).indexOf(facts.pool().id());
        return wish < 0 ? Integer.MAX_VALUE : wish;
    }

    /** Returns a number that a pool draws: even over pools and seeds, and the same whichever other pools there are. */
    private long lot(RecordId<PoolRecord> pool) {
        long drawn = new SplittableRandom(seed).nextLong();
        return new SplittableRandom(drawn + pool.value().hashCode()).nextLong();
    }

    /** Returns what gives a pool its place, for people. */
    String why(PoolFacts facts) {
        List<String> why = new ArrayList<>();
        int wish = wish(facts);
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
