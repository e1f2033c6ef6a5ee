package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Waits for tasks at a vCenter that tells of a hundred at a time, loses what it told, or falls silent. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TaskWaitsIT extends ClientCases {

    private static final int MANY = 110; // more than one answer tells of
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String SNAPSHOT = "CreateSnapshot_Task";
    private static final String CHANGE = "ReconfigVM_Task";
    private static final String POLL = "WaitForUpdatesEx";
    private static final String LOOK = "RetrievePropertiesEx";
    private static final String LIST = "ModifyListView";

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        vcenter.letGo();
        threads.shutdownNow();
    }

    private static List<Ref> machines(VimClient client, int count) throws Exception {
        List<Ref> machines = new ArrayList<>();
        for (Properties.Found host : hosts(client)) {
            host.value("vm").orElseThrow().children().forEach(vm -> machines.add(vm.ref()));
        }
        return machines.subList(0, count);
    }

    private static Call snapshot(Ref machine) {
        return Call.changing(
                machine,
                Data.of(SNAPSHOT)
                        .with("name", "s")
                        .with("description", "")
                        .with("memory", false)
                        .with("quiesce", false));
    }

    private static Call change(Ref machine) {
        return Call.changing(
                machine,
                Data.of(CHANGE).with("spec", Data.of("VirtualMachineConfigSpec").with("numCPUs", 2)));
    }

    /** Begins tasks that end when {@link #vcenter} lets them go. */
    private static List<Ref> begin(VimClient client, List<Call> calls) throws Exception {
        vcenter.reset();
        List<Ref> tasks = new ArrayList<>();
        for (Call call : calls) {
            vcenter.next(1, call.method(), "gated", "");
            tasks.add(client.call(call).at("returnval").orElseThrow().ref());
        }
        return tasks;
    }

    private static List<Call> snapshots(VimClient client) throws Exception {
        return machines(client, MANY).stream().map(TaskWaitsIT::snapshot).toList();
    }

    private Future<Node> await(VimClient client, Ref task, Duration patience) {
        return threads.submit(() -> client.tasks().await(task, "a task", Deadline.in(patience)));
    }

    private Map<Ref, Future<Node>> awaitEach(VimClient client, List<Ref> tasks) throws Exception {
        Map<Ref, Future<Node>> waits = new LinkedHashMap<>();
        tasks.forEach(task -> waits.put(task, await(client, task, LONG)));
        Await.until("a look at each", LONG, () -> vcenter.done(LOOK) >= tasks.size());
        return waits;
    }

    private static void endSnapshots() throws Exception {
        vcenter.letGo(SNAPSHOT);
        Await.until("the end of all", LONG, () -> vcenter.done(SNAPSHOT) == MANY);
    }

    private static void awaitHeld(String what) throws Exception {
        Await.until(what, LONG, () -> vcenter.count("waiting") == 1);
    }

    /** What each got is compared with what the vCenter says of that task; there is one snapshot of each machine. */
    private static void requireOwnEnds(VimClient client, Map<Ref, Future<Node>> waits, int looks) throws Exception {
        List<Ref> heard = new ArrayList<>();
        for (Future<Node> wait : waits.values()) {
            assertThat(wait).succeedsWithin(LONG);
            heard.add(wait.get().ref());
        }
        assertThat(vcenter.calls(LOOK)).as("looks at single tasks").isEqualTo(looks);
        assertThat(vcenter.count("truncated")).isPositive();
        List<Ref> made = new ArrayList<>();
        for (Ref task : waits.keySet()) {
            made.add(client.properties()
                    .read(task, "info.result")
                    .value("info.result")
                    .orElseThrow()
                    .ref());
        }
        assertThat(heard).isEqualTo(made).doesNotHaveDuplicates().hasSize(MANY);
    }

    @Test
    void of_more_tasks_than_the_first_answer_tells_of_each_waiter_hears_its_own_end() throws Exception {
        VimClient client = client();
        List<Ref> tasks = begin(client, snapshots(client));
        vcenter.next(1, "CreateFilter", "wait", "");
        Map<Ref, Future<Node>> waits = awaitEach(client, tasks);
        endSnapshots();

        vcenter.letGo("CreateFilter");

        requireOwnEnds(client, waits, MANY);
        assertThat(vcenter.calls("CreatePropertyCollector")).isEqualTo(1);
        assertThat(vcenter.calls(POLL)).isLessThan(10);
    }

    @Test
    void of_more_tasks_than_a_later_answer_tells_of_each_waiter_hears_its_own_end() throws Exception {
        VimClient client = client();
        List<Call> calls = new ArrayList<>(snapshots(client));
        calls.add(change(machines(client, MANY + 1).get(MANY)));
        List<Ref> tasks = begin(client, calls);
        Map<Ref, Future<Node>> waits = awaitEach(client, tasks.subList(0, MANY));
        vcenter.next(1, POLL, "wait", "");
        Future<Node> last = await(client, tasks.get(MANY), LONG); // news, after which the next poll is held
        awaitHeld("the next poll");
        endSnapshots();

        vcenter.letGo(POLL);

        requireOwnEnds(client, waits, MANY + 1);
        assertThat(vcenter.calls("CreatePropertyCollector")).isEqualTo(1);
        assertThat(last).isNotDone();
        vcenter.letGo(CHANGE);
        assertThat(last).succeedsWithin(LONG);
    }

    /** What is left is looked at one by one. */
    @ParameterizedTest
    @ValueSource(strings = {"drop", "dropafter", "kill"})
    void where_the_rest_of_an_answer_is_lost_each_waiter_hears_its_own_end_all_the_same(String loss) throws Exception {
        VimClient client = client();
        List<Ref> tasks = begin(client, snapshots(client));
        vcenter.next(1, "CreateFilter", "wait", "");
        vcenter.stall(POLL, 0);
        vcenter.next(1, POLL, loss, "");
        Map<Ref, Future<Node>> waits = awaitEach(client, tasks);
        endSnapshots();

        vcenter.letGo("CreateFilter");

        requireOwnEnds(client, waits, MANY + MANY - 100);
    }

    /** The first waiter was the last one, for a moment, and so the task is being taken off the list. */
    @Test
    void who_comes_just_as_a_task_is_lost_sight_of_hears_of_its_end() throws Exception {
        VimClient client = client();
        List<Ref> machines = machines(client, 2);
        List<Ref> tasks = begin(client, List.of(snapshot(machines.get(0)), change(machines.get(1))));
        CountDownLatch gone = new CountDownLatch(1);
        Future<Node> first = threads.submit(() -> {
            try {
                return client.tasks().await(tasks.get(0), "a task", Deadline.in(LONG));
            } finally {
                gone.countDown();
            }
        });
        Await.until("the poll after its first news", LONG, () -> vcenter.calls(POLL) > 1);
        Future<Node> other = await(client, tasks.get(1), LONG);
        Await.until("the poll after those of the other one", LONG, () -> vcenter.calls(POLL) > 2);
        first.cancel(true);
        gone.await();
        vcenter.next(1, LIST, "wait", "");
        vcenter.letGo(CHANGE);
        assertThat(other).succeedsWithin(LONG);
        awaitHeld("what takes both off the list");

        CompletableFuture<Thread> its = new CompletableFuture<>();
        Future<Node> late = threads.submit(() -> {
            its.complete(Thread.currentThread());
            return client.tasks().await(tasks.get(0), "a task", Deadline.in(PATIENCE));
        });
        Thread thread = its.get();
        Await.until("its look", LONG, () -> vcenter.done(LOOK) >= 3);
        Await.until("its wait, the only one with an end", LONG, () -> thread.getState() == Thread.State.TIMED_WAITING);
        vcenter.letGo(LIST);
        Await.until("the list without them", LONG, () -> vcenter.done(LIST) > 1);
        vcenter.letGo(SNAPSHOT);

        assertThat(late).succeedsWithin(LONG);
        assertThat(vcenter.calls(LOOK)).as("none at the end of its patience").isEqualTo(3);
    }

    /** It is told of once, while the second waiter still reads that it goes on. */
    @Test
    void who_comes_just_as_a_task_ends_hears_of_it() throws Exception {
        VimClient client = client();
        Ref task = begin(client, List.of(snapshot(machines(client, 1).get(0)))).get(0);
        Future<Node> first = await(client, task, LONG);
        Await.until("the first poll", LONG, () -> vcenter.calls(POLL) > 0);
        vcenter.next(1, LOOK, "late", "");
        Future<Node> late = await(client, task, PATIENCE);
        awaitHeld("its look");
        vcenter.letGo(SNAPSHOT);
        assertThat(first).succeedsWithin(LONG);
        Await.until("the list without it", LONG, () -> vcenter.done(LIST) == 1);

        vcenter.letGo(LOOK);

        assertThat(late).succeedsWithin(LONG);
        assertThat(vcenter.calls(LOOK)).as("none at the end of its patience").isEqualTo(2);
    }

    @Test
    void a_poll_that_lasts_longer_than_a_call_may_is_not_taken_for_silence() throws Exception {
        Ref task = begin(client(), List.of(change(machine(client())))).get(0);
        VimClient client = client(Duration.ofSeconds(3), Pace.USUAL.polling(Duration.ofSeconds(4)));
        Future<Node> wait = await(client, task, LONG);
        Await.until("a poll without news", LONG, () -> vcenter.count("quiet") == 1);

        vcenter.letGo();

        assertThat(wait).succeedsWithin(LONG);
        assertThat(vcenter.calls("CreatePropertyCollector")).isEqualTo(1);
        assertThat(vcenter.calls(LOOK)).isEqualTo(1);
    }

    @Test
    void a_vcenter_that_falls_silent_is_noticed_and_heard_when_it_speaks_again() throws Exception {
        Ref task = begin(client(), List.of(change(machine(client())))).get(0);
        VimClient client = client(Duration.ofSeconds(2), Pace.USUAL.polling(Duration.ofSeconds(1)));
        Future<Node> patient = await(client, task, Duration.ofMinutes(5));
        Future<Node> brief = await(client, task, Duration.ofSeconds(2));
        Await.until("the first poll", LONG, () -> vcenter.calls(POLL) > 0);

        vcenter.next(0, "*", "hang", "");
        assertThat(brief)
                .failsWithin(LONG)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
        assertThat(patient).isNotDone();
        vcenter.reset();

        assertThat(patient).succeedsWithin(LONG);
    }

    /** Not even the poll for news ends then, which is all that this waiter hears. */
    @Test
    void a_poll_that_is_never_answered_is_noticed() throws Exception {
        Ref task = begin(client(), List.of(change(machine(client())))).get(0);
        VimClient client = client(Duration.ofSeconds(2), Pace.USUAL.polling(Duration.ofSeconds(1)));
        vcenter.next(1, POLL, "hang", "");
        Future<Node> wait = await(client, task, Duration.ofMinutes(5));
        Await.until("the poll", LONG, () -> vcenter.calls(POLL) == 1);

        vcenter.letGo();

        assertThat(wait).succeedsWithin(LONG);
        assertThat(vcenter.calls(LOOK)).as("a look at it since nobody told").isGreaterThan(1);
    }

    /** It may be somebody else's. */
    @Test
    void a_task_that_others_began_goes_on_when_patience_is_at_its_end() throws Exception {
        VimClient client = client();
        vcenter.next(1, CHANGE, "hold", "");
        Ref task = client.call(change(machine(client)))
                .at("returnval")
                .orElseThrow()
                .ref();

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> client.tasks().await(task, "a task", Deadline.in(Duration.ofMillis(300))))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
        assertThat(vcenter.calls("CancelTask")).isZero();
        assertThat(client.properties().read(task, "info.state").text("info.state"))
                .isEqualTo("running");
    }

    @Test
    void many_slow_tasks_are_waited_for_by_one_poll_and_none_is_asked_after() throws Exception {
        VimClient client = client();
        List<Ref> machines = new ArrayList<>();
        for (Properties.Found host : hosts(client)) {
            host.value("vm").orElseThrow().children().stream().limit(20).forEach(vm -> machines.add(vm.ref()));
        }
        vcenter.reset();
        vcenter.tasksTake(1000);

        atOnce(machines.stream()
                .<Callable<Node>>map(machine -> () -> client.tasks().run(change(machine), LONG))
                .toList());

        assertThat(vcenter.calls(CHANGE)).isEqualTo(machines.size()).isGreaterThan(20);
        assertThat(vcenter.calls("CreatePropertyCollector")).isEqualTo(1);
        assertThat(vcenter.calls(POLL)).isLessThan(machines.size());
        assertThat(vcenter.calls(LOOK)).as("one look each, at the beginning").isEqualTo(machines.size());
        assertThat(vcenter.count("peak")).isLessThanOrEqualTo(9);
    }

    @Test
    void a_session_that_is_lost_while_a_task_runs_loses_nothing() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.next(1, "PowerOnVM_Task", "gated", "");
        Future<Node> task = threads.submit(() -> client.tasks().run(on(machine), LONG));
        Await.until("the first poll", LONG, () -> vcenter.calls(POLL) > 1);

        vcenter.killSessions();
        Await.until("the next one", LONG, () -> vcenter.calls("CreatePropertyCollector") > 1);
        vcenter.letGo("PowerOnVM_Task");
        task.get();

        assertThat(power(client, machine)).isEqualTo("poweredOn");
    }

    @Test
    void all_who_wait_for_the_same_task_are_told_of_its_end_and_one_who_gives_up_takes_none_along() throws Exception {
        VimClient client = client();
        Ref task = begin(client, List.of(change(machine(client)))).get(0);
        List<Future<Node>> waits = new ArrayList<>();
        for (Duration patience : List.of(LONG, LONG, Duration.ofMillis(50), LONG)) {
            waits.add(await(client, task, patience));
        }
        assertThat(waits.get(2)).failsWithin(LONG);

        vcenter.letGo(CHANGE);

        for (int i : new int[] {0, 1, 3}) {
            assertThat(waits.get(i)).succeedsWithin(LONG);
        }
    }
}
