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
                "row",
                ours,
                Optional.of(new Samples(List.of(2.0))),
                Optional.of(new Samples(List.of(1.0))),
                Optional.of(new Samples(List.of(0.25))),
                Optional.of(0.75),
                3);
        assertThat(whole.json())
                .isEqualTo("{\"name\":\"row\",\"ours\":0.5000,\"plain\":2.000,\"limit\":0.2500,\"ratio\":4.000,"
                        + "\"of_limit\":0.5000,\"tuned\":1.000,\"tuned_ratio\":2.000,\"first\":0.7500,\"spread\":0.000,"
                        + "\"rounds\":1,\"took\":3.000}");
        assertThat(whole.line())
                .isEqualTo("| row | 500.0 ms ± 0 % | 2.00 s | 1.00 s | 250.0 ms | 4.0 × | 2.0 × | 50 % |");
        Figures alone = figures("row", 2.5e-7);
        assertThat(alone.json())
                .contains("\"ours\":2.5E-7,\"plain\":null,\"limit\":null,\"ratio\":null")
                .contains("\"tuned\":null,\"tuned_ratio\":null,\"first\":null");
        assertThat(alone.line()).isEqualTo("| row | 250 ns ± 0 % |  |  |  |  |  |  |");
    }

    @Test
    void ways_are_gone_in_turn_after_one_to_warm_up() throws Exception {
        List<String> gone = new ArrayList<>();
        Figures figures = new Contest(2, 1)
                .run(
                        "row",
                        Ways.of(way("ours", gone))
                                .plain(way("plain", gone))
                                .tuned(way("tuned", gone))
                                .limit(way("limit", gone)));

        assertThat(gone).containsExactly("ours", "ours", "plain", "tuned", "limit", "ours", "plain", "tuned", "limit");
        assertThat(figures.ours().seconds()).hasSize(2);
        assertThat(figures.first()).contains(1.0);
    }

    @Test
    void what_is_short_is_warmed_up_for_as_long_as_is_said_and_not_for_ever() throws Exception {
        List<String> gone = new ArrayList<>();
        new Contest(1, 3.5).run("row", Ways.of(way("ours", gone)));
        assertThat(gone).hasSize(4 + 1);
        gone.clear();
        new Contest(1, 1_000).run("row", Ways.of(way("ours", gone)));
        assertThat(gone).hasSize(100 + 1);
    }

    @Test
    void a_goal_is_told_with_what_was_measured_if_its_rows_were() {
        List<Figures> rows = List.of(
                compared("create-luks", 0.01, 4.1),
                compared("create-qcow2-luks", 0.01, 3.9),
                figures("select-1000", 1e-6),
                figures("select-100000", 1.4e-6));

        List<String> goals = Goals.table(rows, 10, 60, false);
        assertThat(goals.subList(0, 3))
                .containsExactly(
                        "| goal | measured | verdict |",
                        "|---|---|---|",
                        "| an encrypted image is made 400 times as fast as by the tools' defaults | 410 ×, 390 × | **missed** |");
        assertThat(goals)
                .contains("| `select-*` at 100,000 costs at most 1.5 times as much as at 1,000 | 1.4 × | met |");
        assertThat(Goals.table(List.of(figures("create-many", 0.01)), 100, 1, false))
                .contains(
                        "| none of 1,000 encrypted images fails to be made | none of 100 failed; 10.0 ms each | **missed** |");
        assertThat(Goals.table(List.of(), 10, 21 * 60, true))
                .contains("| the whole run in 20 minutes, without building | 21.0 | **missed** |");
    }

    @Test
    void a_goal_whose_rows_or_whose_plain_way_were_not_measured_is_told_as_open() {
        List<String> goals =
                Goals.table(List.of(figures("live-copy-luks", 1), compared("create-luks", 0.01, 4.1)), 10, 60, false);

        assertThat(goals).hasSize(2 + 14);
        assertThat(goals.subList(2, goals.size())).allMatch(line -> line.endsWith(" | not measured | open |"));
    }

    @Test
    void what_is_long_needs_no_warming_up_and_its_first_time_counts() throws Exception {
        List<String> gone = new ArrayList<>();
        Figures figures =
                new Contest(5, 1).run("row", Ways.of(way("ours", gone, 3.5)).plain(way("plain", gone)));

        assertThat(gone.subList(0, 3)).containsExactly("ours", "plain", "ours");
        assertThat(figures.first()).contains(3.5);
        assertThat(figures.ours().seconds()).hasSize(3).containsOnly(3.5);
    }

    private static Figures compared(String name, double ours, double plain) {
        return new Figures(
                name,
                new Samples(List.of(ours)),
                Optional.of(new Samples(List.of(plain))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0);
    }

    private static Figures figures(String name, double ours) {
        return new Figures(
                name,
                new Samples(List.of(ours)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0);
    }

    private static Way way(String name, List<String> gone) {
        return way(name, gone, 1);
    }

    private static Way way(String name, List<String> gone, double seconds) {
        return () -> {
            gone.add(name);
            return seconds;
        };
    }
}
