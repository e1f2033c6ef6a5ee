package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.internal.Trust;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The client against a vCenter that loses answers, sessions and time. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VimClientIT extends ClientCases {

    @Test
    void machines_are_listed_page_by_page_and_one_is_started_by_a_task() throws Exception {
        VimClient client = client();
        int machines = 0;
        for (Properties.Found host : hosts(client)) {
            List<Properties.Found> found =
                    client.properties().readAll(host.ref(), "vm", "VirtualMachine", "name", "config.hardware.device");
            assertThat(found).allSatisfy(each -> assertThat(each.text("name")).isNotEmpty());
            machines += found.size();
        }

        assertThat(machines).isEqualTo(240);
        assertThat(vcenter.calls("ContinueRetrievePropertiesEx")).isPositive();
        assertThat(vcenter.count("tokens")).isZero();

        Ref machine = machine(client);
        client.tasks().run(on(machine), LONG);
        assertThat(power(client, machine)).isEqualTo("poweredOn");
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
                .<Callable<Node>>map(machine -> () -> client.tasks()
                        .run(
                                Call.changing(
                                        machine,
                                        Data.of("ReconfigVM_Task")
                                                .with(
                                                        "spec",
                                                        Data.of("VirtualMachineConfigSpec")
                                                                .with("numCPUs", 2))),
                                LONG))
                .toList());

        assertThat(vcenter.calls("ReconfigVM_Task")).isEqualTo(machines.size()).isGreaterThan(20);
        assertThat(vcenter.calls("CreatePropertyCollector")).isEqualTo(1);
        assertThat(vcenter.calls("WaitForUpdatesEx")).isLessThan(machines.size());
        assertThat(vcenter.calls("RetrievePropertiesEx"))
                .as("one look each, at the beginning")
                .isEqualTo(machines.size());
        assertThat(vcenter.count("peak")).isLessThanOrEqualTo(9);
    }

    private static <T> List<T> atOnce(List<Callable<T>> work) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(work.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> each : threads.invokeAll(work)) {
                results.add(each.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_session_that_is_lost_is_renewed_once_however_many_calls_find_out() throws Exception {
        VimClient client = client();
        assertThat(hosts(client)).isNotEmpty();
        vcenter.killSessions();
        vcenter.stall("Login", 300);

        List<Callable<Integer>> reads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            reads.add(() -> hosts(client).size());
        }
        assertThat(atOnce(reads)).doesNotContain(0);

        assertThat(vcenter.calls("Login")).isEqualTo(2);
    }

    @Test
    void reads_that_come_back_empty_on_a_lost_session_are_not_believed() throws Exception {
        VimClient client = client();
        Ref folder = folder(client);
        int found = hosts(client, folder).size();
        vcenter.killSessions();
        String empty =
                "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>"
                        + "<RetrievePropertiesExResponse xmlns=\"urn:vim25\"></RetrievePropertiesExResponse></e:Body></e:Envelope>";
        vcenter.next(1, "RetrievePropertiesEx", "raw", empty);

        assertThat(hosts(client, folder)).hasSize(found).isNotEmpty();
        assertThat(vcenter.calls("Login")).isEqualTo(2);
    }

    @Test
    void reads_on_sessions_that_are_lost_again_and_again_are_not_believed_either() throws Exception {
        VimClient client = client();
        Ref folder = folder(client);
        int found = hosts(client, folder).size();
        vcenter.next(2, "RetrievePropertiesEx", "kill", "");
        assertThat(hosts(client, folder)).hasSize(found).isNotEmpty();

        vcenter.next(3, "RetrievePropertiesEx", "kill", "");
        assertThatExceptionOfType(LostAnswer.class)
                .isThrownBy(() -> hosts(client, folder))
                .satisfies(e -> assertThat(e.asFailure().failure()).isEqualTo(Failure.UNREACHABLE))
                .satisfies(e -> assertThat(e.asFailure().effect()).isEqualTo(Effect.NOT_APPLIED));
    }

    @Test
    void a_change_on_a_lost_session_is_made_once() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.killSessions();

        client.tasks().run(on(machine), LONG);

        assertThat(power(client, machine)).isEqualTo("poweredOn");
        assertThat(vcenter.calls("Login")).isEqualTo(2);
    }

    @Test
    void a_session_that_is_lost_while_a_task_runs_loses_nothing() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.tasksTake(1500);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<Node> task = thread.submit(() -> client.tasks().run(on(machine), LONG));
        Await.until("the first poll", LONG, () -> vcenter.calls("WaitForUpdatesEx") > 1);

        vcenter.killSessions();
        task.get();
        thread.shutdown();

        assertThat(power(client, machine)).isEqualTo("poweredOn");
    }

    @Test
    void all_who_wait_for_the_same_task_are_told_of_its_end_and_one_who_gives_up_takes_none_along() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.stubborn("PowerOnVM_Task", 400);
        Ref task = client.call(on(machine)).at("returnval").orElseThrow().ref();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<Node>> waits = new ArrayList<>();
        for (Duration patience : List.of(LONG, LONG, Duration.ofMillis(50), LONG)) {
            waits.add(threads.submit(() -> client.tasks().await(task, "a start", Deadline.in(patience))));
        }

        for (int i : new int[] {0, 1, 3}) {
            assertThat(waits.get(i)).succeedsWithin(LONG);
        }
        assertThat(waits.get(2)).failsWithin(LONG);
        threads.shutdown();
    }

    @Test
    void a_task_that_fails_says_why() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.next(1, "PowerOnVM_Task", "task", "InsufficientMemoryResourcesFault");

        assertThatExceptionOfType(VimFault.class)
                .isThrownBy(() -> client.tasks().run(on(machine), LONG))
                .satisfies(e -> assertThat(e.type()).isEqualTo("InsufficientMemoryResourcesFault"))
                .satisfies(e -> assertThat(e.asFailure().failure()).isEqualTo(Failure.EXHAUSTED));
        assertThat(power(client, machine)).isEqualTo("poweredOff");
    }

    @Test
    void a_task_that_does_not_end_is_cancelled_looked_at_and_given_up() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.next(1, "PowerOnVM_Task", "hold", "");

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> client.tasks().run(on(machine), Duration.ofMillis(500)))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
        assertThat(vcenter.calls("CancelTask")).isEqualTo(1);
        client.tasks().run(on(machine), LONG);
        assertThat(power(client, machine)).isEqualTo("poweredOn");
    }

    @Test
    void reads_are_sent_again_and_changes_are_not() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.reset();
        vcenter.next(2, "RetrievePropertiesEx", "drop", "");

        assertThat(power(client, machine)).isEqualTo("poweredOff");
        assertThat(vcenter.calls("RetrievePropertiesEx")).isEqualTo(3);

        vcenter.next(1, "PowerOnVM_Task", "dropafter", "");
        assertThatExceptionOfType(LostAnswer.class)
                .isThrownBy(() -> client.call(on(machine)))
                .satisfies(e -> assertThat(e.mayHaveWorked()).isTrue())
                .satisfies(e -> assertThat(e.asFailure().effect()).isEqualTo(Effect.UNKNOWN));
        assertThat(vcenter.calls("PowerOnVM_Task")).isEqualTo(1);
        assertThat(power(client, machine)).isEqualTo("poweredOn");
    }

    @Test
    void an_answer_that_is_late_or_from_somebody_else_is_lost() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        VimClient impatient = new VimClient(
                vcenter.sdk(),
                Trust.authorities(vcenter.certificate()),
                asked -> vcenter.account(),
                Duration.ofSeconds(3));
        opened.add(impatient);
        assertThat(power(impatient, machine)).isEqualTo("poweredOff");
        vcenter.stall("PowerOnVM_Task", 4000);
        assertThatExceptionOfType(LostAnswer.class)
                .isThrownBy(() -> impatient.call(on(machine)))
                .satisfies(e -> assertThat(e.asFailure().failure()).isEqualTo(Failure.TIMED_OUT));
        Await.until("what the late call does", LONG, () -> isOn(client, machine));

        for (String body : List.of("", "<html>busy</html>", "<!DOCTYPE html><html></html>")) {
            vcenter.next(1, "PowerOffVM_Task", "raw", body);
            assertThatExceptionOfType(LostAnswer.class)
                    .isThrownBy(() -> client.call(Call.changing(machine, Data.of("PowerOffVM_Task"))));
        }
        vcenter.status("PowerOffVM_Task", 503);
        assertThatExceptionOfType(LostAnswer.class)
                .isThrownBy(() -> client.call(Call.changing(machine, Data.of("PowerOffVM_Task"))))
                .withMessageContaining("503");
    }
}
