package io.hvkit.testkit.internal;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;

/**
 * Of each class of the tag {@code drawn} some tests run, and each class runs one at least: with {@code -Dhvkit.drawn=3} one test of three. Which
 * ones they are {@code -Dhvkit.drawn.seed} says; the next seed draws the next ones, so with three seeds in a row all run. Without
 * {@code hvkit.drawn}, or with 1, all tests run. It serves on the class path alone: a module that provided it would not resolve without the launcher.
 */
public final class DrawnTests implements PostDiscoveryFilter {

    private static final TestTag DRAWN = TestTag.create("drawn");

    private final int outOf;
    private final long seed;
    /** What is left of a class shrinks while it is filtered, so it is counted once. */
    private final Map<UniqueId, List<UniqueId>> methods = new ConcurrentHashMap<>();

    /** What the system properties say. */
    public DrawnTests() {
        this(Integer.getInteger("hvkit.drawn", 1), Long.getLong("hvkit.drawn.seed", 0));
    }

    DrawnTests(int outOf, long seed) {
        if (outOf < 1) {
            throw new IllegalArgumentException(
                    "hvkit.drawn is out of how many tests one is drawn, at least 1, not " + outOf);
        }
        this.outOf = outOf;
        this.seed = seed;
    }

    @Override
    public FilterResult apply(TestDescriptor test) {
        TestDescriptor parent = test.getParent().orElse(null);
        if (outOf == 1 || parent == null || !isDrawn(test)) {
            return FilterResult.included("not drawn by lot");
        }
        List<UniqueId> all = methods.computeIfAbsent(parent.getUniqueId(), unused -> methods(parent));
        return FilterResult.includedIf(
                isChosen(all.indexOf(test.getUniqueId()), all.size(), parent.getUniqueId()),
                () -> "the lot fell on it",
                () -> "the lot fell on others; hvkit.drawn is " + outOf);
    }

    private boolean isChosen(int index, int size, UniqueId of) {
        int apart = Math.min(outOf, size);
        return Math.floorMod(index + seed + of.toString().hashCode(), apart) == 0;
    }

    private static List<UniqueId> methods(TestDescriptor parent) {
        return parent.getChildren().stream()
                .filter(DrawnTests::isDrawn)
                .map(TestDescriptor::getUniqueId)
                .sorted((one, other) -> one.toString().compareTo(other.toString()))
                .toList();
    }

    private static boolean isDrawn(TestDescriptor test) {
        return test.getSource().filter(MethodSource.class::isInstance).isPresent()
                && test.getTags().contains(DRAWN);
    }
}
