package io.hvkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FiguresTest {

    @Test
    void ratios_are_those_of_the_same_round_and_not_of_the_medians() {
        Samples ours = new Samples(List.of(1.0, 2.0, 4.0));
        Samples plain = new Samples(List.of(10.0, 12.0, 8.0));

        assertThat(ours.timesAsFastAs(plain)).isEqualTo(6.0);
        assertThat(ours.median()).isEqualTo(2.0);
        assertThat(ours.spread()).isEqualTo(0.75);
        assertThat(new Samples(List.of(3.0, 1.0)).median()).isEqualTo(2.0);
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> new Samples(List.of()));
    }

    @Test
    void a_line_is_json_in_seconds_and_says_null_for_what_there_is_not() {
        Samples ours = new Samples(List.of(0.5));
        Figures whole = new Figures(
                "row", ours, Optional.of(new Samples(List.of(2.0))), Optional.of(new Samples(List.of(0.25))));
        assertThat(whole.json())
                .isEqualTo("{\"name\":\"row\",\"ours\":0.5000,\"plain\":2.000,\"limit\":0.2500,\"ratio\":4.000,"
                        + "\"of_limit\":0.5000,\"spread\":0.000,\"rounds\":1}");
        assertThat(whole.line()).isEqualTo("| row | 500.0 ms ± 0 % | 2.00 s | 250.0 ms | 4.0 × | 50 % |");
        Figures alone = new Figures("row", new Samples(List.of(2.5e-7)), Optional.empty(), Optional.empty());
        assertThat(alone.json()).contains("\"ours\":2.5E-7,\"plain\":null,\"limit\":null,\"ratio\":null");
        assertThat(alone.line()).isEqualTo("| row | 250 ns ± 0 % |  |  |  |  |");
    }

    @Test
    void ways_are_gone_in_turn_after_one_to_warm_up() throws Exception {
        List<String> gone = new ArrayList<>();
        Figures figures = new Contest(2)
                .run("row", way("ours", gone), Optional.of(way("plain", gone)), Optional.of(way("limit", gone)));

        assertThat(gone).containsExactly("ours", "ours", "plain", "limit", "ours", "plain", "limit");
        assertThat(figures.ours().seconds()).hasSize(2);
    }

    private static Way way(String name, List<String> gone) {
        return () -> {
            gone.add(name);
            return 1;
        };
    }
}
