package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Outside.Mishap;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OperationsTest {

    private final EngineOfTests.Clock clock = new EngineOfTests.Clock();
    private final InMemoryCatalog catalog = InMemoryCatalog.on(clock).rerunning();
    private final Outside outside = new Outside();
    private final Replacement replacement = new Replacement(outside, Replacement.Looking.WITH_A_LOOK);
    private final Operations operations = EngineOfTests.on(catalog, clock, replacement);

    @AfterEach
    void close() {
        operations.close();
        catalog.close();
    }

    @Test
    void does_every_step_once_and_says_what_came_of_it() throws Exception {
        Job<String> job = operations.begin(replacement, "a", "k1");

        assertThat(job.await()).isEqualTo("a of 7");
        assertThat(outside.things()).containsExactly("link a", "new a", "note a", "turn a");
        assertThat(outside.calls())
                .containsExactly("make new a", "make link a", "make turn a", "make note a", "remove old a");
        assertThat(record(job).state()).isEqualTo(State.SUCCEEDED);
        assertThat(record(job).steps()).allMatch(step -> step.progress() == OperationRecord.Step.Progress.DONE);
        assertThat(hasZone("a")).isTrue();
    }

    @Test
    void an_equal_request_under_the_same_key_is_the_same_job_and_does_nothing_more() throws Exception {
        Job<String> first = operations.begin(replacement, "a", "k1");
        first.await();
        List<String> calls = outside.calls();
        Job<String> second = operations.begin(replacement, "a", "k1");

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.await()).isEqualTo("a of 7");
        assertThat(outside.calls()).isEqualTo(calls);
    }

    @Test
    void another_request_under_the_same_key_is_refused() throws Exception {
        operations.begin(replacement, "a", "k1").await();

        assertFailure(Failure.EXISTS_DIFFERENTLY, () -> operations.begin(replacement, "b", "k1"));
    }

    @Test
    void an_object_that_is_worked_on_is_refused_naming_the_operation() throws Exception {
        outside.block("make link a");
        Job<String> job = operations.begin(replacement, "a", "k1");
        outside.awaitArrival("make link a");

        assertThatThrownBy(() -> operations.begin(replacement, "a", "k2"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.OPERATION_PENDING))
                .hasMessageContaining(job.id().value());
        outside.open("make link a");
        job.await();
        operations.begin(replacement, "a", "k3").await(Duration.ZERO);
    }

    @Test
    void what_certainly_did_nothing_is_not_taken_back_and_the_rest_is_in_reverse() throws Exception {
        outside.plant("make link a", Mishap.REFUSED);
        Job<String> job = operations.begin(replacement, "a", "k1");

        assertFailure(Failure.EXHAUSTED, job::await);
        assertThat(outside.calls()).containsExactly("make new a", "make link a", "remove new a");
        assertThat(record(job).state()).isEqualTo(State.FAILED);
        assertThat(hasZone("a")).isFalse();
    }

    @Test
    void what_may_have_been_done_is_taken_back_first() throws Exception {
        outside.plant("make link a", Mishap.ANSWER_LOST);
        Job<String> job = operations.begin(replacement, "a", "k1");

        assertFailure(Failure.TIMED_OUT, job::await);
        assertThat(outside.calls()).containsExactly("make new a", "make link a", "remove link a", "remove new a");
        assertThat(outside.things()).isEmpty();
    }

    @Test
    void a_step_before_a_failed_undo_stays_as_it_may_be_in_use() throws Exception {
        outside.plant("make turn a", Mishap.REFUSED);
        outside.plant("remove link a", Mishap.CALL_LOST);
        JobEnd<String> end = operations.begin(replacement, "a", "k1").await(EngineOfTests.LONG);

        assertThat(outside.things()).containsExactly("link a", "new a");
        assertThat(stopped(end).leftovers())
                .containsExactly(
                        "step link was not taken back: remove link a: CALL LOST",
                        "step new was not taken back: step link may need it");
        assertThat(stopped(end).reason()).contains("make turn a");
        assertThat(hasZone("a")).isTrue();
    }

    @Test
    void a_look_that_finds_the_effect_lets_the_run_go_on() throws Exception {
        outside.plant("make turn a", Mishap.ANSWER_LOST);

        assertThat(operations.begin(replacement, "a", "k1").await()).isEqualTo("a of 7");
        assertThat(outside.calls()).contains("look for turn a", "make note a");
    }

    @Test
    void a_look_that_finds_nothing_turns_back() throws Exception {
        outside.plant("make turn a", Mishap.CALL_LOST);
        JobEnd<String> end = operations.begin(replacement, "a", "k1").await(EngineOfTests.LONG);

        assertThat(stopped(end).leftovers()).isEmpty();
        assertThat(outside.things()).isEmpty();
    }

    @Test
    void where_nobody_can_tell_nothing_is_deleted_until_a_recovery_can() throws Exception {
        outside.plant("make turn a", Mishap.ANSWER_LOST);
        outside.plant("look for turn a", Mishap.CALL_LOST);
        Job<String> job = operations.begin(replacement, "a", "k1");

        assertThat(detached(job.await(EngineOfTests.LONG)).halted()).isPresent();
        assertThat(outside.things()).containsExactly("link a", "new a", "turn a");
        outside.mend("make turn a");
        assertThat(operations.recover().with(Verdict.FINISHED)).hasSize(1);
        assertThat(job.await()).isEqualTo("a of 7");
        assertThat(operations.recover().findings()).isEmpty();
    }

    @Test
    void past_the_point_of_no_return_a_failure_halts_and_is_finished_forward() throws Exception {
        outside.plant("make note a", Mishap.REFUSED);
        Job<String> job = operations.begin(replacement, "a", "k1");

        assertThatThrownBy(job::await).isInstanceOfSatisfying(DriverException.class, e -> {
            assertThat(e.failure()).isEqualTo(Failure.OPERATION_PENDING);
            assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        });
        assertThat(operations.recover().with(Verdict.HALTED)).hasSize(1);
        assertThat(outside.things()).containsExactly("link a", "new a", "turn a");
        outside.mend("make note a");
        assertThat(operations.recover().with(Verdict.FINISHED)).hasSize(1);
        assertThat(outside.calls().stream().filter("make new a"::equals)).hasSize(1);
        assertThat(job.await()).isEqualTo("a of 7");
    }

    @Test
    void tidying_up_that_fails_is_a_leftover_and_no_failure() throws Exception {
        outside.plant("remove old a", Mishap.CALL_LOST);
        JobEnd<String> end = operations.begin(replacement, "a", "k1").await(EngineOfTests.LONG);

        List<String> leftovers = end.match(JobEnd.Done::leftovers, d -> List.of(), s -> List.of());
        assertThat(leftovers).containsExactly("old: remove old a: CALL LOST");
    }

    @Test
    void what_the_catalog_refuses_is_taken_back() throws Exception {
        catalog.inTransaction(transaction -> transaction.zones().insert(ZoneRecord.named("a")));
        Job<String> job = operations.begin(replacement, "a", "k1");

        assertFailure(Failure.EXISTS_DIFFERENTLY, job::await);
        assertThat(outside.calls()).containsExactly("make new a", "remove new a");
    }

    @Test
    void a_record_that_is_not_written_since_something_is_under_way_is_a_refusal_and_no_halt() throws Exception {
        Busy busy = new Busy();
        try (Operations own = EngineOfTests.on(catalog.another(), clock, busy)) {
            Job<String> job = own.begin(busy, "a", "k1");

            assertFailure(Failure.OPERATION_PENDING, job::await);

            assertThat(record(job).state()).isEqualTo(State.FAILED);
            assertThat(own.recover().findings()).isEmpty();
        }
    }

    @Test
    void what_is_done_and_not_kept_since_something_is_under_way_is_taken_back() throws Exception {
        Busy busy = new Busy();
        try (Operations own = EngineOfTests.on(catalog.another(), clock, busy)) {
            Job<String> job = own.begin(busy, Busy.AFTERWARDS, "k1");

            assertFailure(Failure.OPERATION_PENDING, job::await);

            assertThat(record(job).state()).isEqualTo(State.FAILED);
            assertThat(busy.takenBack).isTrue();
        }
    }

    /** Whatever it is asked for, somebody else works on it. */
    private static final class Busy implements Procedure<String, String> {

        private static final String AFTERWARDS = "afterwards";

        private final AtomicBoolean takenBack = new AtomicBoolean();

        @Override
        public String kind() {
            return "busy";
        }

        @Override
        public Facts facts(String request) {
            return Facts.of("request", request);
        }

        @Override
        public String request(Facts facts) {
            return facts.text("request");
        }

        @Override
        public SortedSet<String> objects(String request) {
            return new TreeSet<>(Set.of(request));
        }

        @Override
        public Facts run(String request, Run run) throws InterruptedException {
            return request.equals(AFTERWARDS)
                    ? run.step(Step.of("make", () -> Facts.of("made", request))
                            .undoneBy(evidence -> takenBack.set(true))
                            .keeping((transaction, evidence) -> refuse(request)))
                    : run.step(Step.recorded("mark", transaction -> refuse(request)));
        }

        private static Facts refuse(String request) {
            throw DriverException.because(Failure.OPERATION_PENDING).message("%s is being made", request);
        }

        @Override
        public String result(String request, Facts result) {
            return request;
        }
    }

    @Test
    void cancelling_interrupts_a_step_and_takes_everything_back() throws Exception {
        outside.block("make link a");
        Job<String> job = operations.begin(replacement, "a", "k1");
        outside.awaitArrival("make link a");
        JobEnd<String> end = job.cancel(EngineOfTests.LONG);

        assertThat(stopped(end).fault()).isEmpty();
        assertThat(record(job).state()).isEqualTo(State.CANCELLED);
        assertThat(outside.things()).isEmpty();
        assertThatThrownBy(job::await).isInstanceOf(CancellationException.class);
    }

    @Test
    void cancelling_past_the_point_of_no_return_sees_it_done() throws Exception {
        outside.block("make note a");
        Job<String> job = operations.begin(replacement, "a", "k1");
        outside.awaitArrival("make note a");
        detached(job.cancel(Duration.ZERO));
        outside.open("make note a");

        assertThat(job.await()).isEqualTo("a of 7");
    }

    @Test
    void a_job_that_is_to_be_cancelled_while_it_halts_where_nobody_can_look_is_finished() throws Exception {
        Replacement blind = new Replacement(outside, Replacement.Looking.WITHOUT);
        try (Operations own = EngineOfTests.on(catalog.another(), clock, blind)) {
            outside.plant("make turn a", Mishap.ANSWER_LOST);
            Job<String> job = own.begin(blind, "a", "k1");
            assertThat(detached(job.await(EngineOfTests.LONG)).halted()).isPresent();
            detached(job.cancel(Duration.ZERO));
            outside.mend("make turn a");

            assertThat(own.recover().with(Verdict.FINISHED)).hasSize(1);
            assertThat(job.await()).isEqualTo("a of 7");
        }
    }

    @Test
    void waiting_that_ends_leaves_the_job_alone() throws Exception {
        outside.block("make link a");
        Job<String> job = operations.begin(replacement, "a", "k1");
        outside.awaitArrival("make link a");

        assertThat(detached(job.await(Duration.ofMillis(1))).halted()).isEmpty();
        Thread.currentThread().interrupt();
        assertThatThrownBy(job::await).isInstanceOf(InterruptedException.class);
        outside.open("make link a");
        assertThat(job.await()).isEqualTo("a of 7");
    }

    @Test
    void a_job_is_found_by_its_id_after_a_restart() throws Exception {
        Job<String> job = operations.begin(replacement, "a", "k1");
        job.await();
        operations.close();

        try (Operations later = EngineOfTests.on(catalog.another(), clock, replacement)) {
            assertThat((Object) later.find(job.id()).orElseThrow().await()).isEqualTo("a of 7");
        }
    }

    @Test
    void a_closed_engine_begins_nothing() {
        operations.close();

        assertFailure(Failure.INVALID_REQUEST, () -> operations.begin(replacement, "a", "k1"));
    }

    private OperationRecord record(Job<?> job) throws InterruptedException {
        return operations.read(job.id());
    }

    private boolean hasZone(String name) throws InterruptedException {
        return catalog.inTransaction(
                transaction -> transaction.zones().find(Replacement.zone(name)).isPresent());
    }

    private static JobEnd.Stopped<String> stopped(JobEnd<String> end) {
        return end.match(
                done -> {
                    throw new AssertionError("it is done: " + done);
                },
                detached -> {
                    throw new AssertionError("it goes on: " + detached);
                },
                stopped -> stopped);
    }

    private static JobEnd.Detached<String> detached(JobEnd<String> end) {
        return end.match(
                done -> {
                    throw new AssertionError("it is done: " + done);
                },
                detached -> detached,
                stopped -> {
                    throw new AssertionError("it has stopped: " + stopped);
                });
    }

    private static void assertFailure(Failure failure, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }
}
