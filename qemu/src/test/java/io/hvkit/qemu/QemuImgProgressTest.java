package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuImgProgressTest {

    private static final ByteSize TOTAL = ByteSize.bytes(1000);

    private final List<Progress> heard = new ArrayList<>();
    private final QemuImgProgress progress = new QemuImgProgress("converting", TOTAL, heard::add);

    @Test
    void per_cents_of_parts_add_up() {
        Consumer<String> first = progress.part(800);
        first.accept("    (0.00/100%)");
        first.accept("    (50.00/100%)");
        first.accept("    (100.00/100%)");
        Consumer<String> second = progress.part(200);
        second.accept("    (0.00/100%)");
        second.accept("    (50.00/100%)");
        progress.finish();

        assertThat(bytes()).containsExactly(0L, 400L, 800L, 900L, 1000L);
    }

    @Test
    void the_whole_is_told_only_when_all_has_succeeded() {
        progress.part(1000).accept("(100.00/100%)");
        assertThat(bytes()).containsExactly(999L);
        progress.finish();
        progress.finish();
        assertThat(bytes()).containsExactly(999L, 1000L);
    }

    @Test
    void it_never_goes_back() {
        Consumer<String> part = progress.part(1000);
        for (String piece : List.of("(30.00/100%)", "(20.00/100%)", "(30.00/100%)", "(31.00/100%)")) {
            part.accept(piece);
        }
        assertThat(bytes()).containsExactly(300L, 310L);
    }

    @Test
    void several_in_one_piece_are_all_heard() {
        progress.part(1000).accept("(10.00/100%)    (20.00/100%)\b\b(30.00/100%)");
        assertThat(bytes()).containsExactly(100L, 200L, 300L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "(",
                "(/100%)",
                "(.5/100%)",
                "(-1/100%)",
                "(NaN/100%)",
                "(1e9/100%)",
                "(1,5/100%)",
                "(50.00/100)",
                "50.00/100%",
                "(1234/100%)",
                "(12.1234567890123456789/100%)",
                "\u0000\uffff(\ud800"
            })
    void garbage_is_no_progress(String piece) {
        progress.part(1000).accept(piece);
        assertThat(heard).isEmpty();
    }

    @Test
    void more_than_all_is_almost_all() {
        progress.part(1000).accept("(999.99/100%)");
        assertThat(bytes()).containsExactly(999L);
    }

    @Test
    void whatever_a_program_prints_it_stays_within_bounds_and_never_goes_back() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String letters = "(0123456789./%)100\b \u00e9\n";
        for (int round = 0; round < Campaign.rounds(500); round++) {
            heard.clear();
            QemuImgProgress fuzzed = new QemuImgProgress("converting", TOTAL, heard::add);
            for (int part = 0; part < 3; part++) {
                Consumer<String> listener = fuzzed.part(random.nextInt(600));
                StringBuilder piece = new StringBuilder();
                for (int i = 0; i < 200; i++) {
                    piece.append(
                            random.nextInt(9) == 0
                                    ? "(" + random.nextInt(200) + "/100%)"
                                    : letters.charAt(random.nextInt(letters.length())));
                }
                listener.accept(piece.toString());
            }
            assertThat(heard).as("seed %s", seed).isSortedAccordingTo(Comparator.comparing(Progress::done));
            assertThat(bytes()).as("seed %s", seed).allMatch(bytes -> bytes >= 0 && bytes < 1000);
        }
    }

    private List<Long> bytes() {
        return heard.stream().map(progress -> progress.done().bytes()).toList();
    }
}
