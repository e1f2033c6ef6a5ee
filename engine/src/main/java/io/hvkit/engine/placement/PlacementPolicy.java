package io.hvkit.engine.placement;

import io.hvkit.core.Incubating;
import java.time.Duration;

/**
 * How pools are chosen. Immutable.
 *
 * @param order in which order they are taken
 * @param allocated how much of what a pool may promise is promised at most; a share
 * @param used how much of a pool that promises more than it has may be in use before it takes no more; a share
 * @param freshFor how long what a pool said of itself counts
 */
@Incubating(since = "0.1")
public record PlacementPolicy(PlacementOrder order, Ratio allocated, Ratio used, Duration freshFor) {

    private static final Ratio USUAL_SHARE = Ratio.parse("0.85");
    private static final Duration USUALLY_FRESH = Duration.ofMinutes(5);

    /**
     * Checks the shares and the time.
     *
     * @throws IllegalArgumentException if a share is more than a whole, or the time is not positive
     */
    public PlacementPolicy {
        requireShare("allocated", allocated);
        requireShare("used", used);
        if (freshFor.isNegative() || freshFor.isZero()) {
            throw new IllegalArgumentException("what a pool said counts for some time, not " + freshFor);
        }
    }

    private static void requireShare(String what, Ratio share) {
        if (share.compareTo(Ratio.ONE) > 0) {
            throw new IllegalArgumentException("at most all of a pool can be " + what + ", which is 1.0, not " + share
                    + "; to promise more than there is, say an overcommit");
        }
    }

    /** Returns the policy of those who say nothing: by lot, allocated and used up to 0.85. */
    public static PlacementPolicy usual() {
        return new PlacementPolicy(PlacementOrder.RANDOM, USUAL_SHARE, USUAL_SHARE, USUALLY_FRESH);
    }

    /** Returns this policy with another order. */
    public PlacementPolicy ordered(PlacementOrder other) {
        return new PlacementPolicy(other, allocated, used, freshFor);
    }

    /** Returns this policy with another limit of what is promised. */
    public PlacementPolicy allocatingUpTo(Ratio share) {
        return new PlacementPolicy(order, share, used, freshFor);
    }

    /** Returns this policy with another limit of what is in use. */
    public PlacementPolicy usingUpTo(Ratio share) {
        return new PlacementPolicy(order, allocated, share, freshFor);
    }
}
