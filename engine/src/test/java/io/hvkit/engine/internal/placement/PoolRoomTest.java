package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.Judged.ANY;
import static io.hvkit.engine.internal.placement.Judged.SIZE;
import static io.hvkit.engine.internal.placement.Judged.TO_THE_BRIM;
import static io.hvkit.engine.internal.placement.Judged.USUAL;
import static io.hvkit.engine.internal.placement.Judged.assertJudged;
import static io.hvkit.engine.internal.placement.Judged.expecting;
import static io.hvkit.engine.internal.placement.Judged.filled;
import static io.hvkit.engine.internal.placement.Judged.not;
import static io.hvkit.engine.internal.placement.Judged.taken;
import static io.hvkit.engine.internal.placement.PoolsOfTests.NOW;
import static io.hvkit.engine.internal.placement.PoolsOfTests.THICK;
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
import io.hvkit.engine.internal.placement.PoolFacts.Load;
import io.hvkit.engine.internal.placement.PoolFacts.Terms;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.PoolSelection.Choice;
import io.hvkit.engine.placement.VolumeQuery;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What speaks against a pool, by how full it is. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolRoomTest {

    static Stream<Arguments> promises() {
        PoolFacts twice = filled(THIN, 10, 188).under(overcommitted("2.0"));
        PoolFacts thin = filled(THIN, 10, 65);
        PoolFacts steps = thin.saying(thin.answer().orElseThrow().taking(ByteSize.gibibytes(24)));
        return Stream.of(
                Arguments.of("exactly what is left", ANY, TO_THE_BRIM, filled(THIN, 10, 80), List.of()),
                not(
                        "a GiB less is left",
                        ANY,
                        TO_THE_BRIM,
                        filled(THIN, 10, 81),
                        Reason.NO_ROOM,
                        "has 19 GiB left of 100 GiB at overcommit 1.0 and threshold 1.0, and 20 GiB are wanted"),
                not(
                        "overcommitted",
                        ANY,
                        TO_THE_BRIM,
                        twice,
                        Reason.NO_ROOM,
                        "has 12 GiB left of 100 GiB at overcommit 2.0 and threshold 1.0, and 20 GiB are wanted"),
                not(
                        "overcommitted, with a threshold that was passed long ago",
                        ANY,
                        twice,
                        Reason.NO_ROOM,
                        "has 0 B left of 100 GiB at overcommit 2.0 and threshold 0.85, and 20 GiB are wanted"),
                Arguments.of("overcommitted thrice", ANY, USUAL, twice.under(overcommitted("3")), List.of()),
                taken("up to the threshold", ANY, thin),
                not(
                        "above the threshold by what is expected",
                        ANY,
                        thin.loaded(expecting(1)),
                        Reason.NO_ROOM,
                        "has 19 GiB left of 100 GiB at overcommit 1.0 and threshold 0.85, and 20 GiB are wanted"),
                not(
                        "more is taken than is asked for",
                        ANY,
                        steps,
                        Reason.NO_ROOM,
                        "has 20 GiB left of 100 GiB at overcommit 1.0 and threshold 0.85, and 24 GiB are taken by a"
                                + " volume of 20 GiB"),
                not(
                        "a byte is missing, and is told of",
                        ANY,
                        TO_THE_BRIM,
                        unasked("p", Reach.of(ZONE), THIN)
                                .saying(answer(THIN, ByteSize.bytes(SIZE.bytes() - 1), ByteSize.ZERO, ByteSize.ZERO)),
                        Reason.NO_ROOM,
                        "has 19.99 GiB left of 19.99 GiB at overcommit 1.0 and threshold 1.0, and 20 GiB are wanted"),
                not(
                        "no capacity at all",
                        ANY,
                        pool("p", THIN, ByteSize.ZERO),
                        Reason.NO_ROOM,
                        "has 0 B left of 0 B at overcommit 1.0 and threshold 0.85, and 20 GiB are wanted"));
    }

    static Stream<Arguments> uses() {
        return Stream.of(
                taken("thin, in use up to the limit", ANY, filled(THIN, 85, 20)),
                not(
                        "thin, in use above the limit",
                        ANY,
                        filled(THIN, 86, 20),
                        Reason.TOO_FULL,
                        "is in use to 86 % of 100 GiB, and takes new volumes up to 85 %"),
                Arguments.of(
                        "thin, promised little, and used by others",
                        ANY,
                        USUAL,
                        filled(THIN, 86, 70),
                        List.of(
                                new PoolRejection(
                                        Reason.NO_ROOM,
                                        "has 15 GiB left of 100 GiB at overcommit 1.0 and threshold 0.85, and 20 GiB"
                                                + " are wanted"),
                                new PoolRejection(
                                        Reason.TOO_FULL,
                                        "is in use to 86 % of 100 GiB, and takes new volumes up to 85 %"))),
                taken("thick, with room", ANY, filled(THICK, 65, 20)),
                not(
                        "thick: what others use is not there to be promised",
                        ANY,
                        filled(THICK, 66, 20),
                        Reason.NO_ROOM,
                        "has 19 GiB left of 100 GiB at overcommit 1.0 and threshold 0.85, and 20 GiB are wanted"),
                not(
                        "thick: whatever anybody says, it is not overcommitted",
                        ANY,
                        filled(THICK, 66, 66).under(overcommitted("4.0")),
                        Reason.NO_ROOM,
                        "has 19 GiB left of 100 GiB at overcommit 1.0 and threshold 0.85, and 20 GiB are wanted"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"promises", "uses"})
    void a_pool_is_taken_or_has_exactly_these_reasons(
            String what, VolumeQuery query, PlacementPolicy policy, PoolFacts facts, List<PoolRejection> reasons) {
        assertJudged(what, query, policy, facts, reasons);
    }

    @Test
    void nothing_overflows_at_the_largest_sizes() {
        ByteSize largest = ByteSize.bytes(Long.MAX_VALUE);
        PoolFacts huge = unasked("p", Reach.of(ZONE), THIN)
                .saying(answer(THIN, largest, largest, largest))
                .under(overcommitted("1000"))
                .loaded(new Load(largest, Long.MAX_VALUE));
        ByteSize most = ByteSize.bytes(Long.MAX_VALUE - 511);

        for (PlacementOrder order : PlacementOrder.values()) {
            assertThat(PoolFleet.of(List.of(huge, pool("q")))
                            .select(VolumeQuery.of(most, Reach.of(ZONE)), TO_THE_BRIM.ordered(order), NOW, 1)
                            .qualified())
                    .extracting(Choice::name)
                    .containsExactly("p");
            assertThat(PoolFleet.of(List.of(huge.under(Terms.USUAL)))
                            .select(VolumeQuery.of(most, Reach.of(ZONE)), TO_THE_BRIM.ordered(order), NOW, 1)
                            .against(id("p")))
                    .extracting(PoolRejection::toString)
                    .containsExactly("has 0 B left of 8388607.99 TiB at overcommit 1.0 and threshold 1.0, and 8388608"
                            + " TiB are wanted");
        }
        assertThat(Figures.sum(largest, ByteSize.bytes(1))).isEqualTo(largest);
    }

    @Test
    void a_pool_is_never_overcommitted_less_than_once() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> overcommitted("0.9"))
                .withMessageContaining("1.0 times at least, not 0.9");
    }
}
