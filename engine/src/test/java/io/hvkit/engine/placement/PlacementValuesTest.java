package io.hvkit.engine.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.PoolSelection.Choice;
import io.hvkit.engine.placement.PoolSelection.Rejected;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PlacementValuesTest {

    private static final Reach ZONE = Reach.of(ZoneRecord.named("z"));
    private static final VolumeQuery ANY = VolumeQuery.of(ByteSize.gibibytes(20), ZONE);

    @ParameterizedTest
    @CsvSource({
        "random, RANDOM",
        "userdispersing, USER_DISPERSING",
        "firstfitleastconsumed, FIRST_FIT_LEAST_CONSUMED",
        "UserDispersing, USER_DISPERSING",
        "FIRSTFITLEASTCONSUMED, FIRST_FIT_LEAST_CONSUMED"
    })
    void orders_are_called_what_operators_call_them(String setting, PlacementOrder order) {
        assertThat(PlacementOrder.named(setting)).isEqualTo(order);
        assertThat(PlacementOrder.named(order.setting())).isEqualTo(order);
    }

    @ParameterizedTest
    @CsvSource({
        "radnom, random",
        "userdispersed, ",
        "user, userdispersing",
        "userdispersin, userdispersing",
        "firstfit, firstfitleastconsumed",
        "firstfitleastconsumd, firstfitleastconsumed",
        "roundrobin, ",
        "'', "
    })
    void an_unknown_order_is_refused_with_the_nearest(String setting, String nearest) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PlacementOrder.named(setting))
                .withMessage("no order of pools is called '" + setting + "'"
                        + (nearest == null ? "" : " (did you mean " + nearest + "?)")
                        + "; known are [random, userdispersing, firstfitleastconsumed]");
    }

    @ParameterizedTest
    @CsvSource({
        "0.85, 850000, 0.85",
        "2, 2000000, 2.0",
        "1.0, 1000000, 1.0",
        "0.000001, 1, 0.000001",
        "1000, 1000000000, 1000.0"
    })
    void ratios_are_read_and_written_exactly(String text, long millionths, String written) {
        Ratio ratio = Ratio.parse(text);

        assertThat(ratio.millionths()).isEqualTo(millionths);
        assertThat(ratio).hasToString(written);
        assertThat(Ratio.parse(written)).isEqualTo(ratio);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0", "-1", "0,85", "1e3", "0.0000001", "1000.000001", "99999999999999999999", "NaN", "٠.٥"})
    void what_is_no_ratio_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Ratio.parse(text));
    }

    @Test
    void a_policy_allocates_at_most_all_and_believes_for_a_while() {
        PlacementPolicy usual = PlacementPolicy.usual();

        assertThat(usual).hasToString("PlacementPolicy[order=random, allocated=0.85, used=0.85, freshFor=PT5M]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> usual.allocatingUpTo(Ratio.parse("1.1")))
                .withMessageContaining("say an overcommit");
        assertThatIllegalArgumentException().isThrownBy(() -> usual.usingUpTo(Ratio.parse("2")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PlacementPolicy(usual.order(), Ratio.ONE, Ratio.ONE, Duration.ZERO));
    }

    @Test
    void a_question_is_for_whole_sectors_and_keeps_the_order_of_wishes() {
        RecordId<PoolRecord> a = new RecordId<>("a");
        RecordId<PoolRecord> b = new RecordId<>("b");

        assertThatIllegalArgumentException().isThrownBy(() -> VolumeQuery.of(ByteSize.ZERO, ZONE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VolumeQuery.of(ByteSize.bytes(513), ZONE))
                .withMessageContaining("whole number of 512 bytes");
        assertThat(ANY.preferring(b).preferring(a).preferring(b).preferred()).containsExactly(b, a);
    }

    @Test
    void if_nothing_but_encryption_is_in_the_way_that_is_the_failure() {
        assertFails(
                Failure.UNSUPPORTED,
                "no pool within reach can lay out and encrypt it so, and nothing else is wrong with them for a volume of 20"
                        + " GiB, as RAW, ENCRYPTED: a: NO_ENCRYPTION; b: NO_SUCH_FORMAT, NO_ENCRYPTION; c: OUT_OF_REACH, NO_ROOM",
                ANY.encrypted(),
                rejected("a", Reason.NO_ENCRYPTION),
                rejected("b", Reason.NO_SUCH_FORMAT, Reason.NO_ENCRYPTION),
                rejected("c", Reason.OUT_OF_REACH, Reason.NO_ROOM));
    }

    @Test
    void if_one_may_qualify_once_it_answers_it_is_worth_another_try() {
        assertFails(
                Failure.UNREACHABLE,
                "no pool qualifies that answers for a volume of 20 GiB, as QCOW2, PLAIN, SHARED, tagged [gold, ssd]: a:"
                        + " NO_ROOM; b: NO_ANSWER",
                ANY.as(ImageFormat.QCOW2).shared().tagged("ssd").tagged("gold"),
                rejected("a", Reason.NO_ROOM),
                rejected("b", Reason.NO_ANSWER));
    }

    @Test
    void else_an_operator_must_see_to_it() {
        String wanted = "no pool qualifies for a volume of 20 GiB, as RAW, PLAIN: ";
        assertFails(Failure.EXHAUSTED, wanted + "none comes into question", ANY);
        assertFails(
                Failure.EXHAUSTED,
                wanted + "a: NO_ROOM; b: NO_SUCH_FORMAT; c: NO_ANSWER, LACKS_TAG",
                ANY,
                rejected("a", Reason.NO_ROOM),
                rejected("b", Reason.NO_SUCH_FORMAT),
                rejected("c", Reason.NO_ANSWER, Reason.LACKS_TAG));
        assertFails(Failure.EXHAUSTED, wanted + "a: OUT_OF_REACH", ANY, rejected("a", Reason.OUT_OF_REACH));
        assertFails(
                Failure.EXHAUSTED,
                wanted + "a: NO_SUCH_FORMAT, NO_ROOM",
                ANY,
                rejected("a", Reason.NO_SUCH_FORMAT, Reason.NO_ROOM));
        assertFails(
                Failure.EXHAUSTED,
                wanted + "a: EXCLUDED, NO_ANSWER",
                ANY,
                rejected("a", Reason.EXCLUDED, Reason.NO_ANSWER));
    }

    private static Rejected rejected(String name, Reason... reasons) {
        return new Rejected(
                new RecordId<>(name),
                name,
                Stream.of(reasons)
                        .map(reason -> new PoolRejection(reason, reason.name()))
                        .toList());
    }

    private static void assertFails(Failure failure, String message, VolumeQuery query, Rejected... rejected) {
        PoolSelection selection = new PoolSelection(query, PlacementPolicy.usual(), List.of(), List.of(rejected), 1);

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(selection::orThrow)
                .withMessage(message)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED));
    }

    @Test
    void an_answer_explains_itself_line_by_line() {
        PoolSelection selection = new PoolSelection(
                ANY,
                PlacementPolicy.usual(),
                List.of(
                        new Choice(new RecordId<>("1"), "fast", "by lot"),
                        new Choice(new RecordId<>("2"), "slow", "by lot")),
                List.of(rejected("old", Reason.NOT_IN_USE, Reason.NO_ROOM)),
                42);

        assertThat(selection.orThrow()).isEqualTo(new RecordId<>("1"));
        assertThat(selection.explain()).isEqualTo("""
                        fast: chosen, by lot
                        slow: qualifies too, by lot
                        old: NOT_IN_USE, NO_ROOM
                        order random, seed 42
                        """);
    }
}
