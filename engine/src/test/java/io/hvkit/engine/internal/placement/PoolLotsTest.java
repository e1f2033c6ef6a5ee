package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.PoolsOfTests.NOW;
import static io.hvkit.engine.internal.placement.PoolsOfTests.THIN;
import static io.hvkit.engine.internal.placement.PoolsOfTests.ZONE;
import static io.hvkit.engine.internal.placement.PoolsOfTests.answer;
import static io.hvkit.engine.internal.placement.PoolsOfTests.pool;
import static io.hvkit.engine.internal.placement.PoolsOfTests.unasked;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.internal.placement.PoolFacts.Load;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.PoolSelection.Choice;
import io.hvkit.engine.placement.VolumeQuery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Lots are even. Counts are judged by Pearson's chi-square: the sum of (seen - expected)² / expected, which for even lots is above the
 * bound of its degrees of freedom, one less than there are outcomes, once in a thousand. Seeds are fixed, so each count is the same
 * in each run: the bound divides lots that are even from those that are not, and never fails by chance.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolLotsTest {

    private static final int DRAWS = Boolean.getBoolean("hvkit.thorough") ? 12_000 : 4_000;
    private static final long SEED = 20_260_301;
    private static final VolumeQuery ANY = VolumeQuery.of(ByteSize.gibibytes(20), Reach.of(ZONE));
    private static final PlacementPolicy USUAL = PlacementPolicy.usual();

    /** The values that chi-square is above with a probability of 0.001, by degrees of freedom, as tables have them. */
    private static final Map<Integer, Double> ONE_IN_A_THOUSAND =
            Map.of(1, 10.828, 2, 13.816, 3, 16.266, 9, 27.877, 23, 49.728, 39, 72.055);

    private static double chiSquare(Collection<Integer> counts, int outcomes) {
        double expected = counts.stream().mapToInt(Integer::intValue).sum() / (double) outcomes;
        double seen = counts.stream()
                .mapToDouble(n -> (n - expected) * (n - expected) / expected)
                .sum();
        return seen + (outcomes - counts.size()) * expected; // those that were never seen
    }

    private static <K> Map<K, Integer> count(LongStream seeds, LongFunction<K> draw) {
        Map<K, Integer> counts = new HashMap<>();
        seeds.forEach(seed -> counts.merge(draw.apply(seed), 1, Integer::sum));
        return counts;
    }

    private static void assertEven(Map<?, Integer> counts, int outcomes) {
        assertThat(chiSquare(counts.values(), outcomes))
                .as("%s", counts)
                .isLessThan(ONE_IN_A_THOUSAND.get(outcomes - 1));
    }

    private static LongStream randomSeeds() {
        return new Random(SEED).longs(DRAWS);
    }

    private static LongStream seedsInARow() {
        return LongStream.range(SEED, SEED + DRAWS);
    }

    private static List<String> names(int pools, Function<Integer, String> name) {
        return IntStream.range(0, pools).boxed().map(name).toList();
    }

    private static PoolFleet fleet(List<String> names) {
        return PoolFleet.of(names.stream().map(PoolsOfTests::pool).toList());
    }

    private static String first(PoolFleet fleet, PlacementOrder order, long seed) {
        return fleet.select(ANY.forOwner("acme"), USUAL.ordered(order), NOW, seed)
                .orThrow()
                .value();
    }

    @ParameterizedTest(name = "of {0} pools")
    @CsvSource({"2", "3", "10", "40"})
    void each_pool_is_as_likely_as_each_other_one(int pools) {
        Random random = new Random(SEED + pools);
        PoolFleet alike = fleet(names(pools, i -> "pool-" + i));
        PoolFleet strange = fleet(names(pools, i -> new UUID(random.nextLong(), random.nextLong()).toString()));

        assertEven(count(seedsInARow(), seed -> first(alike, PlacementOrder.RANDOM, seed)), pools);
        assertEven(count(randomSeeds(), seed -> first(strange, PlacementOrder.RANDOM, seed)), pools);
    }

    @Test
    void each_order_of_the_others_is_as_likely_as_each_other_order() {
        PoolFleet fleet = fleet(names(4, i -> "pool-" + i));

        Map<List<String>, Integer> orders = count(
                randomSeeds(),
                seed -> fleet.select(ANY, USUAL, NOW, seed).qualified().stream()
                        .map(Choice::name)
                        .toList());

        assertEven(orders, 24);
    }

    @Test
    void what_came_last_says_nothing_of_what_comes_next() {
        PoolFleet fleet = fleet(List.of("a", "b"));

        Map<String, Integer> pairs = count(
                seedsInARow().map(seed -> 2 * seed),
                seed -> first(fleet, PlacementOrder.RANDOM, seed) + first(fleet, PlacementOrder.RANDOM, seed + 1));

        assertEven(pairs, 4);
    }

    @Test
    void lots_decide_among_pools_with_as_few_volumes_of_the_owner() {
        PoolFleet fleet =
                PoolFleet.of(List.of(owning("a", 2), owning("b", 3), owning("c", 2), owning("d", 200), owning("e", 2)));

        Map<String, Integer> counts = count(randomSeeds(), seed -> first(fleet, PlacementOrder.USER_DISPERSING, seed));

        assertThat(counts).containsOnlyKeys("a", "c", "e");
        assertEven(counts, 3);
    }

    private static PoolFacts owning(String name, long volumes) {
        return pool(name).loaded(new Load(ByteSize.ZERO, volumes));
    }

    @Test
    void lots_decide_among_pools_that_are_consumed_alike() {
        PoolFleet fleet = PoolFleet.of(List.of(
                consumed("a", 300, 100), consumed("b", 100, 34), consumed("c", 600, 200), consumed("d", 900, 300)));

        Map<String, Integer> counts =
                count(randomSeeds(), seed -> first(fleet, PlacementOrder.FIRST_FIT_LEAST_CONSUMED, seed));

        assertThat(counts).as("a third of each, which no fraction of two says").containsOnlyKeys("a", "c", "d");
        assertEven(counts, 3);
    }

    private static PoolFacts consumed(String name, long capacity, long provisioned) {
        return unasked(name, Reach.of(ZONE), THIN)
                .saying(answer(THIN, ByteSize.gibibytes(capacity), ByteSize.ZERO, ByteSize.gibibytes(provisioned)));
    }

    @Test
    void a_seed_gives_the_same_again_in_whichever_order_pools_are_known() {
        List<String> names = new ArrayList<>(names(10, i -> "pool-" + i));
        PoolFleet ordered = fleet(names);
        Collections.reverse(names);
        PoolFleet reversed = fleet(names);

        for (PlacementOrder order : PlacementOrder.values()) {
            randomSeeds().limit(500).forEach(seed -> {
                PoolSelection selection = ordered.select(ANY, USUAL.ordered(order), NOW, seed);
                assertThat(ordered.select(ANY, USUAL.ordered(order), NOW, seed)).isEqualTo(selection);
                assertThat(reversed.select(ANY, USUAL.ordered(order), NOW, seed))
                        .isEqualTo(selection);
            });
        }
    }

    @Test
    void a_pool_that_goes_leaves_the_others_in_their_order() {
        List<String> names = names(10, i -> "pool-" + i);
        PoolFleet all = fleet(names);
        PoolFleet fewer = fleet(names.subList(1, 10));

        randomSeeds()
                .limit(500)
                .forEach(seed -> assertThat(fewer.select(ANY, USUAL, NOW, seed).qualified())
                        .isEqualTo(all.select(ANY, USUAL, NOW, seed).qualified().stream()
                                .filter(choice -> !choice.name().equals("pool-0"))
                                .toList()));
    }

    @Test
    void lots_that_are_a_little_uneven_are_seen_to_be() {
        List<String> names = names(10, i -> "pool-" + i);
        PoolFleet fleet = fleet(names);
        Map<String, Integer> counts = count(
                randomSeeds(),
                // one draw in twenty goes to the first pool, whatever the lots say
                seed -> Math.floorMod(seed, 20) == 0 ? "pool-0" : first(fleet, PlacementOrder.RANDOM, seed));

        assertThat(chiSquare(counts.values(), 10)).isGreaterThan(ONE_IN_A_THOUSAND.get(9));
        assertThat(chiSquare(List.of(DRAWS), 2)).as("always the same one").isGreaterThan(ONE_IN_A_THOUSAND.get(1));
        assertThat(names.stream().collect(Collectors.toMap(name -> name, name -> DRAWS / 10)))
                .as("as even as can be, and still judged")
                .satisfies(even -> assertThat(chiSquare(even.values(), 10)).isZero());
    }
}
