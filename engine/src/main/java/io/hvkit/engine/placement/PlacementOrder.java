package io.hvkit.engine.placement;

import io.hvkit.core.Incubating;
import io.hvkit.core.internal.Names;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** In which order pools that qualify are taken. Pools that are preferred come first in each, and lots decide between equals. */
@Incubating(since = "0.1")
public enum PlacementOrder {
    /** By lot: each pool is as likely as each other one. */
    RANDOM("random"),
    /** The pool with the fewest volumes of the one it is for comes first; by lot if nobody says for whom it is. */
    USER_DISPERSING("userdispersing"),
    /** The pool of which the smallest share is allocated comes first. */
    FIRST_FIT_LEAST_CONSUMED("firstfitleastconsumed");

    private static final int NEAR = 2;

    private final String setting;

    PlacementOrder(String setting) {
        this.setting = setting;
    }

    /** Returns its name in settings, as operators know it. */
    public String setting() {
        return setting;
    }

    /**
     * Returns the order of that name in settings, in any case.
     *
     * @throws IllegalArgumentException if there is none, naming those there are and the nearest of them
     */
    public static PlacementOrder named(String setting) {
        String folded = Names.folded(setting);
        return Arrays.stream(values())
                .filter(order -> order.setting.equals(folded))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no order of pools is called '"
                        + Names.printable(setting) + "'"
                        + nearest(folded)
                                .map(near -> " (did you mean " + near + "?)")
                                .orElse("")
                        + "; known are " + settings()));
    }

    /** Whoever writes the beginning of a name, or mistypes two letters of it, means it. */
    private static Optional<String> nearest(String folded) {
        return settings().stream()
                .filter(known -> !folded.isEmpty())
                .filter(known -> known.startsWith(folded) || Names.distance(folded, known) <= NEAR)
                .min(Comparator.comparing(known -> Names.distance(folded, known)));
    }

    private static List<String> settings() {
        return Arrays.stream(values()).map(PlacementOrder::setting).toList();
    }

    @Override
    public String toString() {
        return setting;
    }
}
