package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.engine.internal.operation.Outside.Mishap;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** A world in which one replacement is done, maybe by several processes one after the other, and something goes wrong with it. */
final class World {

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
        Replacement replacement = replacement(outside.with(() -> burn(fuse)));
        try (Operations operations = engine(fuse.around(catalog.another()), replacement)) {
            operations.begin(replacement, "a", "k").await();
        } catch (Fuse.Crash | RuntimeException e) {
            // dead, or ended as the scenario wants it: what is left says which
        }
        clock.pass(EngineOfTests.terms().lease());
    }

    /** Recovers in a process that dies when its fuse is burnt; returns nothing if it did. */
    Optional<RecoveryReport> recover(Fuse fuse) throws InterruptedException {
        Replacement replacement = replacement(outside.with(() -> burn(fuse)));
        try (Operations operations = engine(fuse.around(catalog.another()), replacement)) {
            return Optional.of(operations.recover());
        } catch (Fuse.Crash e) {
            return Optional.empty();
        } finally {
            clock.pass(EngineOfTests.terms().lease());
        }
    }

    Operations engine(Catalog seen, Replacement replacement) {
        Terms terms = EngineOfTests.terms().runBy(job -> {
            Thread thread = new Thread(job, job.toString());
            thread.setUncaughtExceptionHandler(
                    (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
            thread.start();
        });
        return new Operations(seen, List.of(replacement), terms, clock);
    }

    Replacement replacement(Outside seen) {
        return new Replacement(seen, Replacement.Looking.WITH_A_LOOK);
    }

    private void burn(Fuse fuse) {
        fuse.burn();
        cancelIfWanted();
    }

    /** Asks the operation to stop once its first thing is there, if the scenario has that. */
    void cancelIfWanted() {
        if (scenario == Scenario.CANCELLED && outside.calls().contains("make new a")) {
            cancel();
        }
    }

    InMemoryCatalog catalog() {
        return catalog;
    }

    Outside outside() {
        return outside;
    }

    EngineOfTests.Clock clock() {
        return clock;
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

    /** Checks that the world is as the scenario allows it. */
    void check() throws InterruptedException {
        Optional<OperationRecord> record =
                catalog.inTransaction(transaction -> transaction.journal().findBy("k"));
        boolean hasZone = catalog.inTransaction(
                transaction -> transaction.zones().find(Replacement.zone("a")).isPresent());
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

    /** Recovers again, and checks that nothing comes of it. */
    void checkThatNothingMoreHappens() throws InterruptedException {
        List<String> calls = outside.calls();
        assertThat(recover(Fuse.counting()).orElseThrow().findings()).isEmpty();
        assertThat(outside.calls()).isEqualTo(calls);
        check();
    }
}
