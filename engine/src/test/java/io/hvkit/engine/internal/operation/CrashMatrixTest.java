package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.engine.RecoveryReport;
import io.hvkit.engine.internal.operation.Outside.Mishap;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process dies at each moment at which it meets its catalog or the world; another one recovers, and may die of that too. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CrashMatrixTest {

    private static final boolean THOROUGH = Boolean.getBoolean("hvkit.thorough");
    private static final int SLICE = 60;

    /** What else goes wrong, and how it may end. */
    enum Scenario {
        NOTHING("", Mishap.REFUSED, State.SUCCEEDED),
        FIRST_REFUSED("make new a", Mishap.REFUSED, State.FAILED),
        SECOND_REFUSED("make link a", Mishap.REFUSED, State.FAILED),
        SECOND_ANSWER_LOST("make link a", Mishap.ANSWER_LOST, State.FAILED),
        TURN_REFUSED("make turn a", Mishap.REFUSED, State.FAILED),
        TURN_CALL_LOST("make turn a", Mishap.CALL_LOST, State.FAILED),
        TURN_ANSWER_LOST("make turn a", Mishap.ANSWER_LOST, State.SUCCEEDED),
        TIDYING_FAILS("remove old a", Mishap.CALL_LOST, State.SUCCEEDED),
        CANCELLED("cancel", Mishap.REFUSED, State.CANCELLED);

        private final String call;
        private final Mishap mishap;
        private final State end;

        Scenario(String call, Mishap mishap, State end) {
            this.call = call;
            this.mishap = mishap;
            this.end = end;
        }
    }

    /** One run of the world. */
    private static final class World {
        private final EngineOfTests.Clock clock = new EngineOfTests.Clock();
        private final InMemoryCatalog catalog = InMemoryCatalog.on(clock);
        private final Outside outside = new Outside();
        private final Scenario scenario;

        World(Scenario scenario) {
            this.scenario = scenario;
            outside.plant(scenario.call, scenario.mishap);
        }

        /** Begins the operation in a process that dies when its fuse is burnt. */
        void begin(Fuse fuse) throws InterruptedException {
            Replacement replacement = replacement(fuse);
            try (Operations operations = engine(fuse, replacement)) {
                operations.begin(replacement, "a", "k").await();
            } catch (Fuse.Crash | RuntimeException e) {
                // dead, or ended as the scenario wants it: what is left says which
            }
            clock.pass(EngineOfTests.terms().lease());
        }

        Optional<RecoveryReport> recover(Fuse fuse) throws InterruptedException {
            try (Operations operations = engine(fuse, replacement(fuse))) {
                return Optional.of(operations.recover());
            } catch (Fuse.Crash e) {
                return Optional.empty();
            } finally {
                clock.pass(EngineOfTests.terms().lease());
            }
        }

        private Operations engine(Fuse fuse, Replacement replacement) {
            Terms terms = EngineOfTests.terms().runBy(job -> {
                Thread thread = new Thread(job, job.toString());
                thread.setUncaughtExceptionHandler(
                        (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
                thread.start();
            });
            return new Operations(fuse.around(catalog.another()), List.of(replacement), terms, clock);
        }

        private Replacement replacement(Fuse fuse) {
            Outside mine = outside.with(() -> {
                fuse.burn();
                if (scenario == Scenario.CANCELLED && outside.calls().contains("make new a")) {
                    cancel();
                }
            });
            return new Replacement(mine, Replacement.Looking.WITH_A_LOOK);
        }

        private void cancel() {
            try {
                catalog.inTransaction(transaction -> {
                    transaction
                            .journal()
                            .open()
                            .forEach(open -> transaction.journal().askToStop(open.id()));
                    return catalog;
                });
            } catch (InterruptedException e) {
                throw new AssertionError("nobody interrupts this", e);
            }
        }

        void check() throws InterruptedException {
            Optional<OperationRecord> record =
                    catalog.inTransaction(transaction -> transaction.journal().findBy("k"));
            boolean hasZone = catalog.inTransaction(transaction ->
                    transaction.zones().find(Replacement.zone("a")).isPresent());
            if (record.isEmpty()) {
                assertThat(outside.calls()).isEmpty();
                return;
            }
            assertThat(record.get().state()).isEqualTo(scenario.end);
            boolean succeeded = scenario.end == State.SUCCEEDED;
            assertThat(hasZone).isEqualTo(succeeded);
            assertThat(outside.things())
                    .isEqualTo(Collections.unmodifiableSortedSet(
                            new TreeSet<>(succeeded ? List.of("link a", "new a", "note a", "turn a") : List.of())));
            assertThat(record.get().outcome().orElseThrow().leftovers())
                    .hasSize(scenario == Scenario.TIDYING_FAILS ? 1 : 0);
        }

        void checkThatNothingMoreHappens() throws InterruptedException {
            List<String> calls = outside.calls();
            assertThat(recover(Fuse.counting()).orElseThrow().findings()).isEmpty();
            assertThat(outside.calls()).isEqualTo(calls);
            check();
        }
    }

    @ParameterizedTest
    @EnumSource(Scenario.class)
    void a_process_dies_and_another_one_recovers(Scenario scenario) throws Exception {
        int moments = moments(scenario);

        for (int moment = 1; moment <= moments; moment++) {
            World world = new World(scenario);
            world.begin(Fuse.burningAt(moment));
            RecoveryReport report = world.recover(Fuse.counting()).orElseThrow();
            assertThat(report.with(RecoveryReport.Verdict.HALTED))
                    .as("after a death at moment %s", moment)
                    .isEmpty();
            world.check();
            world.checkThatNothingMoreHappens();
        }
        assertThat(moments).isGreaterThan(10);
    }

    @ParameterizedTest
    @EnumSource(Scenario.class)
    void a_process_that_recovers_dies_too(Scenario scenario) throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        List<int[]> pairs = new ArrayList<>();
        int moments = moments(scenario);
        for (int first = 1; first <= moments; first++) {
            for (int second = 1; second <= moments; second++) {
                pairs.add(new int[] {first, second});
            }
        }
        Collections.shuffle(pairs, new Random(seed));
        int slice = THOROUGH ? pairs.size() : Math.min(SLICE, pairs.size());
        for (int[] pair : pairs.subList(0, slice)) {
            World world = new World(scenario);
            try {
                world.begin(Fuse.burningAt(pair[0]));
                world.recover(Fuse.burningAt(pair[1]));
                world.recover(Fuse.counting());
                world.check();
                world.checkThatNothingMoreHappens();
            } catch (AssertionError e) {
                throw new AssertionError(
                        "seed " + seed + ", deaths at moments " + pair[0] + " and " + pair[1] + ": " + e.getMessage(),
                        e);
            }
        }
    }

    private static int moments(Scenario scenario) throws InterruptedException {
        World world = new World(scenario);
        Fuse fuse = Fuse.counting();
        world.begin(fuse);
        world.check();
        world.checkThatNothingMoreHappens();
        return fuse.moments();
    }
}
