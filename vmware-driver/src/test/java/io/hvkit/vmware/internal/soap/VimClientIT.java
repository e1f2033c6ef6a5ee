package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @ValueSource(strings = {"drop", "dropafter", "kill"})
    void a_page_that_is_lost_or_goes_with_its_session_is_read_again_with_all_before_it(String loss) throws Exception {
        VimClient client = client();
        Ref host = hosts(client).stream()
                .filter(each -> each.value("vm").orElseThrow().children().size() > 100)
                .findFirst()
                .orElseThrow()
                .ref();
        int all = client.properties()
                .read(host, "vm")
                .value("vm")
                .orElseThrow()
                .children()
                .size();
        vcenter.reset();
        vcenter.next(1, "ContinueRetrievePropertiesEx", loss, "");

        assertThat(client.properties().readAll(host, "vm", "VirtualMachine", "name"))
                .hasSize(all);
        assertThat(vcenter.calls("RetrievePropertiesEx")).isEqualTo(2);
        assertThat(vcenter.count("tokens")).isZero();
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

    /** Whatever the first call after a while finds dead, it is no change. */
    @Test
    void after_a_while_a_question_comes_before_a_change_and_is_lost_in_its_place() throws Exception {
        AtomicLong nanos = new AtomicLong();
        VimClient client = client(nanos, vcenter::account);
        Ref machine = machine(client);
        vcenter.reset();

        nanos.addAndGet(Waking.PAUSE.plusSeconds(1).toNanos());
        vcenter.next(1, "*", "drop", ""); // a connection that was closed meanwhile
        client.call(on(machine));
        assertThat(power(client, machine)).isEqualTo("poweredOn");
        assertThat(vcenter.calls("PowerOnVM_Task")).isEqualTo(1);
        assertThat(vcenter.calls("CurrentTime")).isGreaterThan(1);
        int asked = vcenter.calls("CurrentTime");

        nanos.addAndGet(Waking.PAUSE.plusSeconds(1).toNanos());
        assertThat(power(client, machine)).isEqualTo("poweredOn");
        assertThat(vcenter.calls("CurrentTime")).as("before a read").isEqualTo(asked);
        nanos.addAndGet(Waking.PAUSE.plusSeconds(1).toNanos());
        vcenter.killSessions();
        client.call(Call.changing(machine, Data.of("PowerOffVM_Task")));
        assertThat(power(client, machine)).isEqualTo("poweredOff");
        assertThat(vcenter.calls("PowerOffVM_Task"))
                .as("none on a session that is lost")
                .isEqualTo(1);
        nanos.addAndGet(Waking.PAUSE.plusSeconds(1).toNanos());
        vcenter.next(0, "CurrentTime", "drop", "");
        assertThatExceptionOfType(LostAnswer.class)
                .isThrownBy(() -> client.call(on(machine)))
                .satisfies(e -> assertThat(e.asFailure().effect()).isEqualTo(Effect.NOT_APPLIED));
        assertThat(vcenter.calls("PowerOnVM_Task")).isEqualTo(1);
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
        VimClient impatient = client(Duration.ofSeconds(3), Pace.USUAL);
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
