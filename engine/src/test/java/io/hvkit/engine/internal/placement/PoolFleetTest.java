package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.Judged.ANY;
import static io.hvkit.engine.internal.placement.Judged.USUAL;
import static io.hvkit.engine.internal.placement.Judged.expecting;
import static io.hvkit.engine.internal.placement.Judged.filled;
import static io.hvkit.engine.internal.placement.PoolsOfTests.NOW;
import static io.hvkit.engine.internal.placement.PoolsOfTests.THIN;
import static io.hvkit.engine.internal.placement.PoolsOfTests.ZONE;
import static io.hvkit.engine.internal.placement.PoolsOfTests.answer;
import static io.hvkit.engine.internal.placement.PoolsOfTests.id;
import static io.hvkit.engine.internal.placement.PoolsOfTests.overcommitted;
import static io.hvkit.engine.internal.placement.PoolsOfTests.pool;
import static io.hvkit.engine.internal.placement.PoolsOfTests.unasked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.placement.PoolFacts.Load;
import io.hvkit.engine.internal.placement.PoolFacts.Terms;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.PoolSelection.Choice;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.placement.VolumeQuery;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** In which order pools are taken. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolFleetTest {

    @Test
    void where_there_are_no_pools_none_is_chosen_in_any_order() {
        for (PlacementOrder order : PlacementOrder.values()) {
            PoolSelection selection = PoolFleet.of(List.of())
                    .select(ANY.preferring(id("gone")).forOwner("acme"), USUAL.ordered(order), NOW, 1);

            assertThat(selection.chosen()).as(order.toString()).isEmpty();
            assertThat(selection.qualified()).isEmpty();
            assertThat(selection.against(id("gone")))
                    .extracting(PoolRejection::reason)
                    .containsExactly(Reason.UNKNOWN_POOL);
        }
    }

    @Test
    void all_that_speaks_against_a_pool_is_told_at_once() {
        PoolFacts full = filled(THIN, 90, 90).under(new Terms(Set.of("slow"), Ratio.ONE));

        PoolSelection selection =
                PoolFleet.of(List.of(full)).select(ANY.tagged("ssd").local().as(ImageFormat.VMDK), USUAL, NOW, 1);

        assertThat(selection.against(id("p")))
                .extracting(PoolRejection::reason)
                .containsExactly(
                        Reason.OTHER_SHARING, Reason.LACKS_TAG, Reason.NO_SUCH_FORMAT, Reason.NO_ROOM, Reason.TOO_FULL);
    }

    @Test
    void pools_that_are_preferred_come_first_in_their_order_and_only_if_they_qualify() {
        List<PoolFacts> pools = List.of(pool("a"), pool("b"), pool("c"), filled(THIN, 90, 90));
        VolumeQuery query = ANY.preferring(id("gone"))
                .preferring(id("p"))
                .preferring(id("c"))
                .preferring(id("b"));

        for (PlacementOrder order : PlacementOrder.values()) {
            PoolSelection selection = PoolFleet.of(pools).select(query, USUAL.ordered(order), NOW, 3);

            assertThat(selection.qualified()).extracting(Choice::name).containsExactly("c", "b", "a");
            assertThat(selection.against(id("gone")))
                    .containsExactly(new PoolRejection(Reason.UNKNOWN_POOL, "is not known, perhaps removed"));
            assertThat(selection.against(id("p"))).isNotEmpty();
        }
    }

    @Test
    void volumes_of_an_owner_are_dispersed() {
        List<PoolFacts> pools = List.of(
                pool("a").loaded(new Load(ByteSize.ZERO, 3)),
                pool("b").loaded(new Load(ByteSize.ZERO, 1)),
                pool("c").loaded(new Load(ByteSize.ZERO, 2)));
        PlacementPolicy policy = USUAL.ordered(PlacementOrder.USER_DISPERSING);

        assertThat(PoolFleet.of(pools)
                        .select(ANY.forOwner("acme"), policy, NOW, 42)
                        .explain())
                .isEqualTo("""
                        b: chosen, volumes of acme there: 1
                        c: qualifies too, volumes of acme there: 2
                        a: qualifies too, volumes of acme there: 3
                        order userdispersing, seed 42
                        """);
        assertThat(PoolFleet.of(pools).select(ANY, policy, NOW, 42).explain())
                .contains("by lot, since nobody is named as owner");
    }

    @Test
    void the_least_consumed_comes_first_by_share_and_not_by_size() {
        PoolFacts small = unasked("small", Reach.of(ZONE), THIN)
                .saying(answer(THIN, ByteSize.gibibytes(100), ByteSize.ZERO, ByteSize.gibibytes(20)));
        PoolFacts large = unasked("large", Reach.of(ZONE), THIN)
                .saying(answer(THIN, ByteSize.gibibytes(1000), ByteSize.ZERO, ByteSize.gibibytes(300)));
        PoolFacts twice = unasked("twice", Reach.of(ZONE), THIN)
                .saying(answer(THIN, ByteSize.gibibytes(100), ByteSize.ZERO, ByteSize.gibibytes(30)))
                .under(overcommitted("2.0"));
        PoolFacts expecting = pool("expecting", THIN, ByteSize.gibibytes(100)).loaded(expecting(25));

        assertThat(PoolFleet.of(List.of(large, small, expecting, twice))
                        .select(ANY, USUAL.ordered(PlacementOrder.FIRST_FIT_LEAST_CONSUMED), NOW, 5)
                        .explain())
                .isEqualTo("""
                        twice: chosen, 15 % of 200 GiB are allocated
                        small: qualifies too, 20 % of 100 GiB are allocated
                        expecting: qualifies too, 25 % of 100 GiB are allocated
                        large: qualifies too, 30 % of 1000 GiB are allocated
                        order firstfitleastconsumed, seed 5
                        """);
    }

    @Test
    void a_pool_that_is_there_twice_would_draw_two_lots() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PoolFleet.of(List.of(pool("p"), pool("p"))))
                .withMessage("pool p is there twice");
    }
}
