package io.hvkit.engine;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Of the moments at which a process may die those that are tried: some, which a seed draws, or with {@code -Dhvkit.thorough=true} all. */
final class Moments {

    static final boolean ARE_ALL_TRIED = Boolean.getBoolean("hvkit.thorough");

    private static final long SEED = Long.getLong("hvkit.seed", System.nanoTime());

    private Moments() {}

    /** Returns 1 if all are tried, or else how far those are apart that are. */
    static int apart(int usually) {
        return ARE_ALL_TRIED ? 1 : usually;
    }

    /** Returns each so manieth of that many, counted from 1; with which one they begin is drawn. */
    static List<Integer> each(int apart, int of) {
        int first = 1 + draw(0, Math.min(apart, of));
        return IntStream.iterate(first, moment -> moment <= of, moment -> moment + Math.min(apart, of))
                .boxed()
                .toList();
    }

    /** Returns one from 0 on, below a bound; a salt makes it another one. */
    static int draw(int salt, int bound) {
        return new Random(SEED + salt).nextInt(bound);
    }

    /** Says how the same are drawn again. */
    static String seed() {
        return "with -Dhvkit.seed=" + SEED;
    }
}
