package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One copy of a snapshot, judged as something to read from.
 *
 * @param replica the copy
 * @param fitness what it is good for
 * @param layers how many layers are read for it
 * @param reasons what was seen; of a copy that cannot be used, everything that speaks against it
 */
@Incubating(since = "0.1")
public record RankedSource(Replica replica, Fitness fitness, long layers, List<Reason> reasons) {

    /** What a copy is good for, the best first. */
    public enum Fitness {
        /** It is where the result is to be. */
        NEAR,
        /** It is in another store and can be read. */
        FAR,
        /** It cannot be used. */
        UNFIT
    }

    /** Copies the list. */
    public RankedSource {
        reasons = List.copyOf(reasons);
    }

    /** Returns whether it can be used. */
    public boolean isFit() {
        return fitness != Fitness.UNFIT;
    }

    @Override
    public String toString() {
        return replica.layer() + ": " + reasons.stream().map(Reason::toString).collect(Collectors.joining(", "));
    }
}
