package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.PoolsOfTests.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.PoolSelection.Choice;
import io.hvkit.engine.placement.PoolSelection.Rejected;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random pools and questions, judged by {@linkplain RulesAgain rules that are written a second time}. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RandomPoolsTest {

    private static final int WORLDS = Boolean.getBoolean("hvkit.thorough") ? 200_000 : 4_000;
    private static final long SEED = Long.getLong("hvkit.seed", System.nanoTime());

    @Test
    void the_chosen_keep_every_rule_and_the_rejected_break_each_that_is_held_against_them() {
        System.out.printf("%d worlds of pools, -Dhvkit.seed=%d%n", WORLDS, SEED);
        Map<Reason, Integer> seen = new EnumMap<>(Reason.class);
        int chosen = 0;
        Random seeds = new Random(SEED); // seeds that follow one another begin alike
        for (int i = 0; i < WORLDS; i++) {
            RandomPools world = RandomPools.of(seeds.nextLong());
            PoolSelection selection =
                    PoolFleet.of(world.pools()).select(world.query(), world.policy(), NOW, world.seed());
            for (PoolFacts facts : world.pools()) {
                Set<Reason> broken = RulesAgain.broken(world, facts);
                Set<Reason> told = new HashSet<>();
                selection.against(facts.pool().id()).forEach(rejection -> told.add(rejection.reason()));
                assertThat(told).as("%s of %s", facts, world).isEqualTo(broken);
                told.forEach(reason -> seen.merge(reason, 1, Integer::sum));
            }
            requireComplete(world, selection);
            requireOrder(world, selection);
            chosen += selection.qualified().size();
        }
        assertThat(chosen).as("pools that qualified").isGreaterThan(WORLDS / 20);
        assertThat(seen).as("each reason was met").containsOnlyKeys(possible());
    }

    private static Reason[] possible() {
        return List.of(Reason.values()).stream()
                .filter(reason -> reason != Reason.UNKNOWN_POOL)
                .toArray(Reason[]::new);
    }

    private static void requireComplete(RandomPools world, PoolSelection selection) {
        List<RecordId<PoolRecord>> all = new ArrayList<>();
        selection.qualified().stream().map(Choice::pool).forEach(all::add);
        selection.rejected().stream().map(Rejected::pool).forEach(all::add);
        assertThat(all)
                .as("%s", world)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(
                        world.pools().stream().map(facts -> facts.pool().id()).toList());
        for (Rejected rejected : selection.rejected()) {
            assertThat(rejected.reasons()).as("%s", world).isNotEmpty();
            assertThat(rejected.reasons())
                    .extracting(PoolRejection::detail)
                    .as("%s", world)
                    .doesNotContain("");
        }
    }

    /** Nobody is before one that is better by preference or, among equals in that, by the order. */
    private static void requireOrder(RandomPools world, PoolSelection selection) {
        List<PoolFacts> order = selection.qualified().stream()
                .map(choice -> world.pools().stream()
                        .filter(facts -> facts.pool().id().equals(choice.pool()))
                        .findAny()
                        .orElseThrow())
                .toList();
        for (int i = 1; i < order.size(); i++) {
            int before = wish(world, order.get(i - 1));
            int after = wish(world, order.get(i));
            assertThat(before).as("%s", world).isLessThanOrEqualTo(after);
            if (before == after) {
                assertThat(cost(world, order.get(i - 1)))
                        .as("%s", world)
                        .isLessThanOrEqualTo(cost(world, order.get(i)));
            }
        }
    }

    private static int wish(RandomPools world, PoolFacts facts) {
        int wish = List.copyOf(world.query().preferred()).indexOf(facts.pool().id());
        return wish < 0 ? RandomPools.MOST_POOLS : wish;
    }

    private static BigDecimal cost(RandomPools world, PoolFacts facts) {
        return switch (world.policy().order()) {
            case RANDOM -> BigDecimal.ZERO;
            case USER_DISPERSING ->
                world.query().owner().isPresent()
                        ? BigDecimal.valueOf(facts.load().ofOwner())
                        : BigDecimal.ZERO;
            case FIRST_FIT_LEAST_CONSUMED ->
                RulesAgain.promised(facts).divide(RulesAgain.promisable(facts), MathContext.DECIMAL128);
        };
    }
}
