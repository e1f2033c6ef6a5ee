package io.hvkit.storage.spi.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The promises, kept over many random lives. To live one again: {@code -Dhvkit.chain.seed=SEED}. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChainHistoriesTest {

    private static final int HISTORIES = Boolean.getBoolean("hvkit.thorough") ? 3_000_000 : 100_000;

    static LongStream seeds() {
        return LongStream.of(Long.getLong("hvkit.chain.seed", new Random().nextLong() >>> 16));
    }

    /** It takes seconds; on a machine that is busy with much else, minutes. */
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatever_happens_nothing_is_lost_nothing_is_left_and_everything_counts_once(long seed) {
        LongAdder lived = new LongAdder();
        List<String> failures = new CopyOnWriteArrayList<>();
        LongStream.range(seed, seed + HISTORIES)
                .parallel()
                .filter(one -> failures.isEmpty())
                .forEach(one -> {
                    live(one).ifPresent(failures::add);
                    lived.increment();
                });
        assertThat(failures).isEmpty();
        assertThat(lived.sum()).as("histories from seed %s on", seed).isEqualTo(HISTORIES);
    }

    /** Returns what is wrong with it, if something is. */
    private static Optional<String> live(long seed) {
        History history = new History(seed);
        try {
            history.live();
            return Optional.empty();
        } catch (AssertionError | RuntimeException e) {
            StringWriter stack = new StringWriter();
            e.printStackTrace(new PrintWriter(stack, true));
            return Optional.of("history " + seed + "\n" + history.trace() + "\n" + history.graph() + stack);
        }
    }
}
