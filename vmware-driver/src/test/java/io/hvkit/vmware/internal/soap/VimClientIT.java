package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.testkit.Await;
import io.hvkit.vmware.internal.simulator.Vcsim;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The client against a vCenter that loses answers, sessions and time. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VimClientIT {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static Vcsim vcenter;

    private final List<VimClient> opened = new ArrayList<>();

    @BeforeAll
    static void start() throws InterruptedException {
        vcenter = Vcsim.start("-machines", "120");
    }

    @AfterAll
    static void stop() {
        vcenter.close();
    }

    @AfterEach
    void close() {
        opened.forEach(VimClient::close);
        vcenter.reset();
    }

    private VimClient client() {
        return client(vcenter.sdk(), Trust.authorities(vcenter.certificate()), vcenter::account, KeepAlive.USUAL);
    }

    private VimClient client(URI sdk, SSLContext trust, Supplier<Account> account, Duration keepAlive) {
        VimClient client = new VimClient(sdk, trust, asked -> account.get(), LONG, keepAlive);
        opened.add(client);
        return client;
    }

    private static List<Properties.Found> hosts(VimClient client) throws Exception {
        return hosts(client, folder(client));
    }

    private static Ref folder(VimClient client) throws Exception {
        return client.call(Call.reading(
                        client.service("searchIndex"),
                        Data.of("FindByInventoryPath").with("inventoryPath", "DC0/host")))
                .at("returnval")
                .orElseThrow()
                .ref();
    }

    private static List<Properties.Found> hosts(VimClient client, Ref folder) throws Exception {
        return client.properties().readHosts(folder, "name", "vm");
    }

    /** A machine that is off. */
    private static Ref machine(VimClient client) throws Exception {
        for (Properties.Found host : hosts(client)) {
            for (Properties.Found found :
                    client.properties().readAll(host.ref(), "vm", "VirtualMachine", "name", "runtime.powerState")) {
                if (found.text("runtime.powerState").equals("poweredOff")) {
                    return found.ref();
                }
            }
        }
        Ref first =
                hosts(client).get(0).value("vm").orElseThrow().children().get(0).ref();
        client.tasks().run(Call.changing(first, Data.of("PowerOffVM_Task")), LONG);
        return first;
    }

    private static String power(VimClient client, Ref machine) throws Exception {
        return client.properties().read(machine, "runtime.powerState").text("runtime.powerState");
    }

    private static boolean isOn(VimClient client, Ref machine) throws InterruptedException {
        try {
            return client.properties()
                    .read(machine, "runtime.powerState")
                    .text("runtime.powerState")
                    .equals("poweredOn");
        } catch (VimFault | LostAnswer e) {
            throw new IllegalStateException(e);
        }
    }

    private static Call on(Ref machine) {
        return Call.changing(machine, Data.of("PowerOnVM_Task"));
    }

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

    @Test
    void nobody_is_believed_to_be_the_vcenter_without_a_proof() {
        String strange = "00".repeat(32);
        URI other = URI.create(vcenter.sdk().toString().replace("127.0.0.1", "127.0.0.2"));
        URI noName = URI.create(vcenter.sdk().toString().replace("127.0.0.1", "localhost"));

        refusesTrust(vcenter.sdk(), Trust.usual());
        refusesTrust(vcenter.sdk(), Trust.pinned(strange));
        refusesTrust(noName, Trust.authorities(vcenter.certificate()));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() ->
                        client(other, Trust.usual(), vcenter::account, LONG).service("rootFolder"));
        assertThat(vcenter.calls("RetrieveServiceContent")).isZero();
    }

    private void refusesTrust(URI sdk, SSLContext trust) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> client(sdk, trust, vcenter::account, LONG).service("rootFolder"))
                .withMessageContaining("not trusted")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED));
    }

    @Test
    void a_certificate_that_is_pinned_is_believed_whatever_name_it_bears() throws Exception {
        URI noName = URI.create(vcenter.sdk().toString().replace("127.0.0.1", "localhost"));

        VimClient client = client(noName, Trust.pinned(vcenter.fingerprint()), vcenter::account, LONG);

        assertThat(hosts(client)).isNotEmpty();
    }

    @Test
    void a_wrong_password_is_told_once_and_not_shown() {
        String wrong = "not-the-password";
        VimClient client = client(
                vcenter.sdk(),
                Trust.authorities(vcenter.certificate()),
                () -> new Account(Vcsim.USER, Secret.copyOf(wrong.getBytes(StandardCharsets.UTF_8))),
                LONG);

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> hosts(client))
                .withMessageContaining(Vcsim.USER)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.BAD_CREDENTIALS))
                .satisfies(e -> {
                    StringWriter text = new StringWriter();
                    e.printStackTrace(new PrintWriter(text));
                    assertThat(text.toString()).doesNotContain(wrong);
                });
        assertThat(vcenter.calls("Login")).isEqualTo(1);
    }

    @Test
    void passwords_are_wiped_when_the_login_has_ended() throws Exception {
        List<Account> lent = new ArrayList<>();
        VimClient client = client(
                vcenter.sdk(),
                Trust.authorities(vcenter.certificate()),
                () -> {
                    Account account = vcenter.account();
                    lent.add(account);
                    return account;
                },
                LONG);

        assertThat(hosts(client)).isNotEmpty();

        assertThat(lent).hasSize(1);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> lent.get(0).password().use(bytes -> bytes.remaining()));
    }

    @Test
    void an_idle_session_is_kept_while_the_client_is_open_and_no_longer() throws Exception {
        VimClient client = client(
                vcenter.sdk(), Trust.authorities(vcenter.certificate()), vcenter::account, Duration.ofMillis(50));
        assertThat(hosts(client)).isNotEmpty();

        Await.until("three signs of life", LONG, () -> vcenter.calls("CurrentTime") >= 3);
        client.close();
        Await.until("the end of its thread", LONG, () -> threads("hvkit vmware").isEmpty());

        int then = vcenter.calls("CurrentTime");
        assertThat(threads("hvkit vmware")).isEmpty();
        assertThat(vcenter.calls("CurrentTime")).isEqualTo(then);
    }

    private static List<String> threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith(prefix))
                .toList();
    }

    @Test
    void nothing_is_left_of_a_client_that_was_closed() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.tasksTake(300);
        client.tasks().run(on(machine), LONG);
        assertThat(vcenter.count("sessions")).isPositive();
        assertThat(vcenter.count("objects")).isPositive();
        int abandoned = vcenter.count("abandoned");

        opened.forEach(VimClient::close);
        client.close();

        Await.until(
                "the end of its threads", LONG, () -> threads("hvkit vmware").isEmpty());
        assertThat(vcenter.count("sessions")).isZero();
        assertThat(vcenter.count("objects")).isZero();
        assertThat(vcenter.count("abandoned")).isEqualTo(abandoned);
        assertThat(vcenter.count("tokens")).isZero();
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> hosts(client))
                .withMessageContaining("closed")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }

    @Test
    void whoever_waits_is_told_when_the_client_is_closed() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        vcenter.next(1, "PowerOnVM_Task", "hold", "");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<Node> task = thread.submit(() -> client.tasks().run(on(machine), LONG));
        Await.until("the first poll", LONG, () -> vcenter.calls("WaitForUpdatesEx") > 0);

        client.close();

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(task::get)
                .withMessageContaining("closed")
                .withCauseInstanceOf(DriverException.class);
        thread.shutdown();
    }

    @Test
    void no_setting_of_the_whole_process_is_touched() throws Exception {
        List<Object> before = processWide();

        VimClient client = client();
        assertThat(hosts(client)).isNotEmpty();
        client.close();

        assertThat(processWide()).isEqualTo(before);
    }

    private static List<Object> processWide() throws Exception {
        return new ArrayList<>(Arrays.asList(
                System.getProperties().clone(),
                CookieHandler.getDefault(),
                Authenticator.getDefault(),
                ProxySelector.getDefault(),
                SSLContext.getDefault(),
                HttpsURLConnection.getDefaultHostnameVerifier(),
                HttpsURLConnection.getDefaultSSLSocketFactory(),
                Arrays.asList(Security.getProviders())));
    }
}
