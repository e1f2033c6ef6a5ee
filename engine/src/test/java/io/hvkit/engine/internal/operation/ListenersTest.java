package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.OperationListener;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who hears of operations, and the threads they run on. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ListenersTest {

    @TempDir
    private Path folder;

    private final EngineOfTests.Clock clock = new EngineOfTests.Clock();
    private final InMemoryCatalog catalog = InMemoryCatalog.on(clock);
    private final Outside outside = new Outside();
    private final Replacement replacement = new Replacement(outside, Replacement.Looking.WITHOUT);
    private final Operations operations = EngineOfTests.on(catalog, clock, replacement);

    @AfterEach
    void close() {
        operations.close();
    }

    @Test
    void a_listener_hears_the_beginning_and_the_end_and_one_that_fails_harms_nobody() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        operations.listen(new OperationListener() {
            @Override
            public void begun(OperationRecord operation) {
                throw new IllegalStateException("a listener of no use");
            }

            @Override
            public void finished(OperationRecord operation) {
                throw new IllegalStateException("a listener of no use");
            }
        });
        operations.listen(new OperationListener() {
            @Override
            public void begun(OperationRecord operation) {
                heard.add("begun " + operation.state());
            }

            @Override
            public void finished(OperationRecord operation) {
                heard.add("finished " + operation.state());
            }
        });
        operations.begin(replacement, "a", "k").await();

        Await.until("the last word", EngineOfTests.LONG, () -> heard.size() == 2);
        assertThat(heard).containsExactly("begun RUNNING", "finished SUCCEEDED");
    }

    @Test
    void a_listener_hears_of_an_operation_that_halts() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        operations.listen(new OperationListener() {
            @Override
            public void halted(OperationRecord operation, OperationRecord.Fault fault) {
                heard.add(fault.message());
            }
        });
        outside.plant("make turn a", Outside.Mishap.ANSWER_LOST);
        operations.begin(replacement, "a", "k").await(EngineOfTests.LONG);

        Await.until("the last word", EngineOfTests.LONG, () -> !heard.isEmpty());
        assertThat(heard).containsExactly("make turn a: ANSWER LOST");
        assertThat(outside.things()).contains("turn a", "new a", "link a");
    }

    @Test
    void closing_waits_until_listeners_have_heard_the_end() throws Exception {
        CountDownLatch heard = new CountDownLatch(1);
        Thread closing = new Thread(operations::close, "closing");
        operations.listen(new OperationListener() {
            @Override
            public void finished(OperationRecord operation) {
                try {
                    closing.start();
                    Await.until(
                            "an engine that waits",
                            EngineOfTests.LONG,
                            () -> closing.getState() == Thread.State.TIMED_WAITING);
                    heard.countDown();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        operations.begin(replacement, "a", "k").await();
        assertThat(heard.await(1, TimeUnit.MINUTES)).isTrue();
        closing.join();
    }

    @Test
    void progress_is_told_and_a_listener_that_fails_is_told_nothing_more() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        outside.block("make new a");
        Job<String> job = operations.begin(replacement, "a", "k");
        outside.awaitArrival("make new a");
        job.onProgress(progress -> {
            throw new IllegalStateException("a listener of no use");
        });
        job.onProgress(progress -> heard.add(progress.phase()));
        outside.open("make new a");
        job.await();

        assertThat(heard).containsExactly("linking");
    }

    @Test
    void a_flight_recording_has_the_operation_and_its_steps() throws Exception {
        Path file = folder.resolve("flight.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.hvkit.Operation");
            recording.enable("io.hvkit.Step");
            recording.start();
            Job<String> job = operations.begin(replacement, "a", "k");
            job.await();
            operations.close();
            recording.stop();
            recording.dump(file);
        }

        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.hvkit.Step"))
                .extracting(event -> event.getString("step"))
                .containsExactly("plan", "new", "link", "turn", "note", "old");
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.hvkit.Operation"))
                .extracting(event -> event.getString("state"))
                .containsExactly("SUCCEEDED");
    }

    @Test
    void a_job_has_a_named_thread_while_it_lasts_and_an_idle_engine_has_none() throws Exception {
        assertThat(threads()).isEmpty();
        outside.block("make new a");
        Job<String> job = operations.begin(replacement, "a", "k");
        outside.awaitArrival("make new a");

        assertThat(threads()).containsExactlyInAnyOrder("hvkit leases", "hvkit test.replace " + job.id());
        outside.open("make new a");
        job.await();
        Await.until(
                "the end of all threads", EngineOfTests.LONG, () -> threads().isEmpty());
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("hvkit "))
                .toList();
    }
}
