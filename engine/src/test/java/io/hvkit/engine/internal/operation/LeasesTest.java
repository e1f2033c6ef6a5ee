package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.core.DriverException;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Two engines on one catalog, as two processes have them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LeasesTest {

    private final EngineOfTests.Clock clock = new EngineOfTests.Clock();
    private final InMemoryCatalog catalog = InMemoryCatalog.on(clock);
    private final Outside outside = new Outside();
    private final Replacement replacement = new Replacement(outside, Replacement.Looking.WITH_A_LOOK);
    private final Operations one = EngineOfTests.on(catalog.another(), clock, replacement);
    private final Operations other = EngineOfTests.on(catalog.another(), clock, replacement);

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    @Test
    void a_recovery_leaves_the_operations_of_live_processes_alone() throws Exception {
        outside.block("make link a");
        Job<String> job = one.begin(replacement, "a", "k");
        outside.awaitArrival("make link a");

        assertThat(other.recover().with(Verdict.LEFT_ALONE)).hasSize(1);
        assertThat(one.recover().with(Verdict.LEFT_ALONE)).hasSize(1);
        outside.open("make link a");
        assertThat(job.await()).isEqualTo("a of 7");
    }

    @Test
    void a_process_that_lost_its_lease_in_a_step_touches_nothing_more() throws Exception {
        outside.block("make turn a");
        Job<String> job = one.begin(replacement, "a", "k");
        outside.awaitArrival("make turn a");
        clock.pass(EngineOfTests.terms().lease());
        Replacement mended = new Replacement(outside.unblocked(), Replacement.Looking.WITH_A_LOOK);
        try (Operations third = EngineOfTests.on(catalog.another(), clock, mended)) {
            assertThat(third.recover().with(Verdict.FINISHED)).hasSize(1);
        }
        List<String> calls = outside.calls();
        outside.open("make turn a");

        assertThat(job.await()).isEqualTo("a of 7");
        Await.until(
                "the end of the run that lost its lease",
                EngineOfTests.LONG,
                () -> one.running(job.id()).isEmpty());
        assertThat(outside.calls()).isEqualTo(calls);
        assertThat(one.read(job.id()).state()).isEqualTo(State.SUCCEEDED);
    }

    @Test
    void a_job_of_another_process_is_waited_for_and_cancelled_by_its_id() throws Exception {
        outside.block("make link a");
        Job<String> job = one.begin(replacement, "a", "k");
        outside.awaitArrival("make link a");
        Job<?> seen = other.find(job.id()).orElseThrow();

        assertThat(seen.cancel(Duration.ZERO)).isInstanceOf(JobEnd.Detached.class);
        outside.open("make link a");
        assertThat(seen.await(EngineOfTests.LONG)).isInstanceOf(JobEnd.Stopped.class);
        assertThat(outside.things()).isEmpty();
    }

    @Test
    void an_engine_that_closes_lets_go_and_another_goes_on_at_once() throws Exception {
        outside.block("make link a");
        Job<String> job = one.begin(replacement, "a", "k");
        outside.awaitArrival("make link a");
        Thread closing = new Thread(one::close, "closing");
        closing.start();
        Await.until("the closing", EngineOfTests.LONG, () -> isClosed(one));
        outside.open("make link a");
        closing.join();

        assertThat(outside.things()).containsExactly("link a", "new a");
        assertThat(job.await(Duration.ZERO)).isInstanceOf(JobEnd.Detached.class);
        assertThat(other.recover().with(Verdict.FINISHED)).hasSize(1);
        assertThat(outside.calls().stream().filter("make link a"::equals)).hasSize(1);
    }

    @Test
    void an_engine_that_closes_interrupts_what_lasts() throws Exception {
        outside.block("make link a");
        Terms hasty = new Terms(
                Terms.usual().executor(),
                Duration.ofMinutes(10),
                Duration.ofMinutes(5),
                Duration.ofMillis(300),
                Duration.ofMillis(2));
        Operations third = new Operations(catalog.another(), List.of(replacement), hasty, clock);
        Job<String> job = third.begin(replacement, "a", "k");
        outside.awaitArrival("make link a");
        third.close();

        assertThat(third.running(job.id())).isEmpty();
        assertThat(one.read(job.id()).lease()).isEmpty();
        assertThat(outside.things()).containsExactly("new a");
    }

    @Test
    void a_lease_is_renewed_while_a_step_lasts_and_what_somebody_asked_elsewhere_is_heard() throws Exception {
        InMemoryCatalog real = InMemoryCatalog.empty();
        Terms quick = new Terms(
                Terms.usual().executor(),
                Duration.ofSeconds(5),
                Duration.ofMillis(20),
                Duration.ofSeconds(20),
                Duration.ofMillis(2));
        outside.block("make link a");
        try (Operations here = new Operations(real, List.of(replacement), quick, InstantSource.system());
                Operations there =
                        new Operations(real.another(), List.of(replacement), quick, InstantSource.system())) {
            Job<String> job = here.begin(replacement, "a", "k");
            outside.awaitArrival("make link a");
            var first = there.read(job.id()).lease().orElseThrow();
            Await.until(
                    "a renewal",
                    EngineOfTests.LONG,
                    () -> there.read(job.id())
                            .lease()
                            .filter(lease -> lease.until().isAfter(first.until()))
                            .isPresent());

            assertThat(there.find(job.id()).orElseThrow().cancel(EngineOfTests.LONG))
                    .isInstanceOf(JobEnd.Stopped.class);
        }
        assertThat(outside.things()).isEmpty();
    }

    @Test
    void an_equal_request_takes_up_what_a_dead_process_left() throws Exception {
        outside.plant("make note a", Outside.Mishap.REFUSED);
        Job<String> job = one.begin(replacement, "a", "k");
        job.await(EngineOfTests.LONG);
        outside.mend("make note a");

        assertThat(other.begin(replacement, "a", "k").await()).isEqualTo("a of 7");
    }

    @Test
    void kinds_that_an_engine_does_not_know_are_left_alone() throws Exception {
        outside.plant("make note a", Outside.Mishap.REFUSED);
        Job<String> job = one.begin(replacement, "a", "k");
        job.await(EngineOfTests.LONG);

        try (Operations ignorant = EngineOfTests.on(catalog.another(), clock)) {
            assertThat(ignorant.recover().with(Verdict.UNKNOWN_KIND)).hasSize(1);
            assertThatThrownBy(() -> ignorant.find(job.id()))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("test.replace");
        }
    }

    @Test
    void without_a_thread_to_run_it_an_operation_waits_for_a_recovery() throws Exception {
        Terms full = EngineOfTests.terms().runBy(job -> {
            throw new RejectedExecutionException("full");
        });
        try (Operations third = new Operations(catalog.another(), List.of(replacement), full, clock)) {
            assertThatThrownBy(() -> third.begin(replacement, "a", "k"))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("nothing is free");
        }
        assertThat(other.recover().with(Verdict.FINISHED)).hasSize(1);
    }

    @Test
    void a_job_that_no_thread_has_begun_is_let_go_of_when_its_engine_closes() throws Exception {
        Job<String> job;
        try (Operations third = new Operations(
                catalog.another(), List.of(replacement), EngineOfTests.terms().runBy(queued -> {}), clock)) {
            job = third.begin(replacement, "a", "k");
        }

        assertThat(one.read(job.id()).lease()).isEmpty();
        assertThat(outside.calls()).isEmpty();
    }

    private boolean isClosed(Operations operations) throws InterruptedException {
        try {
            operations.claiming("k", () -> "open");
            return false;
        } catch (DriverException e) {
            return true;
        }
    }
}
