package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.PoolsOfTests.NOW;
import static io.hvkit.engine.internal.placement.PoolsOfTests.ZONE;
import static io.hvkit.engine.internal.placement.PoolsOfTests.answer;
import static io.hvkit.engine.internal.placement.PoolsOfTests.id;
import static io.hvkit.engine.internal.placement.PoolsOfTests.unasked;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.internal.placement.PoolFacts.Load;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.List;
import org.junit.jupiter.params.provider.Arguments;

/** A question, and rows of tables that say what a pool has against it. */
final class Judged {

    static final ByteSize SIZE = ByteSize.gibibytes(20);
    static final VolumeQuery ANY = VolumeQuery.of(SIZE, Reach.of(ZONE));
    static final PlacementPolicy USUAL = PlacementPolicy.usual();
    static final PlacementPolicy TO_THE_BRIM = USUAL.allocatingUpTo(Ratio.ONE).usingUpTo(Ratio.ONE);

    private Judged() {}

    static Arguments taken(String what, VolumeQuery query, PoolFacts facts) {
        return Arguments.of(what, query, USUAL, facts, List.of());
    }

    static Arguments not(String what, VolumeQuery query, PoolFacts facts, Reason reason, String detail) {
        return not(what, query, USUAL, facts, reason, detail);
    }

    static Arguments not(
            String what, VolumeQuery query, PlacementPolicy policy, PoolFacts facts, Reason reason, String detail) {
        return Arguments.of(what, query, policy, facts, List.of(new PoolRejection(reason, detail)));
    }

    static PoolFacts filled(StoragePoolType type, long used, long provisioned) {
        return unasked("p", Reach.of(ZONE), type)
                .saying(answer(
                        type, ByteSize.gibibytes(100), ByteSize.gibibytes(used), ByteSize.gibibytes(provisioned)));
    }

    static Load expecting(long gibibytes) {
        return new Load(ByteSize.gibibytes(gibibytes), 0);
    }

    /** Judges one pool, {@code p}, which is taken in each order if nothing speaks against it. */
    static void assertJudged(
            String what, VolumeQuery query, PlacementPolicy policy, PoolFacts facts, List<PoolRejection> reasons) {
        for (PlacementOrder order : PlacementOrder.values()) {
            PoolSelection selection = PoolFleet.of(List.of(facts)).select(query, policy.ordered(order), NOW, 7);

            assertThat(selection.against(id("p"))).as(what).isEqualTo(reasons);
            assertThat(selection.chosen().isPresent()).as(what).isEqualTo(reasons.isEmpty());
            reasons.forEach(reason -> assertThat(selection.explain()).contains(reason.detail()));
        }
    }
}
