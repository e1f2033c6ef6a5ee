package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.engine.internal.operation.Outside.Mishap;
import io.hvkit.engine.job.Job;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two engines on one catalog that begin, ask again, cancel, recover, close and open as dice have it, while calls fail. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RandomScheduleTest {

    private static final int ACTIONS = 120;

    private final EngineOfTests.Clock clock = new EngineOfTests.Clock();
    private final InMemoryCatalog catalog = InMemoryCatalog.on(clock);
    private final Outside outside = new Outside();
    private final Replacement replacement = new Replacement(outside, Replacement.Looking.WITH_A_LOOK);
    private final List<Mishap> mishaps = List.of(Mishap.values());
    private final List<Job<String>> jobs = new ArrayList<>();
    private final Operations[] engines = {open(), open()};

    static LongStream seeds() {
        long given = Long.getLong("hvkit.seed", 0);
        return given != 0 ? LongStream.of(given) : new Random().longs(Boolean.getBoolean("hvkit.thorough") ? 200 : 10);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatever_happens_each_operation_is_done_or_taken_back_whole(long seed) throws Exception {
        Random dice = new Random(seed);
        for (int i = 0; i < ACTIONS; i++) {
            act(dice);
        }
        for (Operations engine : engines) {
            engine.close();
        }
        try (Operations last = open()) {
            last.recover();
            assertThat(last.open()).isEmpty();
            for (int i = 0; i < jobs.size(); i++) {
                check(last.read(jobs.get(i).id()), "t" + i);
            }
        }
        assertThat(jobs).isNotEmpty();
    }

    private void act(Random dice) throws InterruptedException {
        int which = dice.nextInt(2);
        Operations engine = engines[which];
        int action = dice.nextInt(10);
        if (action < 5 || jobs.isEmpty()) {
            begin(engine, dice);
        } else if (action < 6) {
            int again = dice.nextInt(jobs.size());
            Job<String> same = engine.begin(replacement, "t" + again, "k" + again);
            assertThat(same.id()).isEqualTo(jobs.get(again).id());
        } else if (action < 8) {
            engine.find(jobs.get(dice.nextInt(jobs.size())).id()).orElseThrow().cancel(Duration.ZERO);
        } else if (action < 9) {
            engine.recover();
        } else {
            engine.close();
            engines[which] = open();
        }
    }

    private void begin(Operations engine, Random dice) throws InterruptedException {
        String name = "t" + jobs.size();
        List<String> calls = List.of("make new ", "make link ", "make turn ", "remove old ", "nothing ");
        Mishap mishap = mishaps.get(dice.nextInt(mishaps.size()));
        outside.plant(calls.get(dice.nextInt(calls.size())) + name, mishap);
        jobs.add(engine.begin(replacement, name, "k" + jobs.size()));
    }

    private void check(OperationRecord operation, String name) throws InterruptedException {
        boolean succeeded = operation.state() == State.SUCCEEDED;
        boolean hasZone = catalog.inTransaction(
                transaction -> transaction.zones().find(Replacement.zone(name)).isPresent());
        assertThat(hasZone).as(operation.toString()).isEqualTo(succeeded);
        for (String what : List.of("link ", "new ", "note ", "turn ")) {
            assertThat(outside.things().contains(what + name))
                    .as("%s%s: %s", what, name, operation)
                    .isEqualTo(succeeded);
        }
    }

    private Operations open() {
        return EngineOfTests.on(catalog.another(), clock, replacement);
    }
}
