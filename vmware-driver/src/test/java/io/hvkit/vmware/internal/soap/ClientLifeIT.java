package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.internal.Trust;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whom a client believes, what it is told, and what is left of it. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClientLifeIT extends ClientCases {

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

    /** Nobody can remove what nobody was told of; it goes with the session, and is not held against who closed what it knew of. */
    @Test
    void what_was_made_by_a_lost_call_ends_with_its_session() throws Exception {
        VimClient client = client();
        Ref machine = machine(client);
        int abandoned = vcenter.count("abandoned");
        int unheard = vcenter.count("unheard");
        Call view = Call.changing(
                client.service("viewManager"), Data.of("CreateListView").with("obj", List.of(machine)));
        vcenter.next(1, "CreateListView", "dropafter", "");
        assertThatExceptionOfType(LostAnswer.class).isThrownBy(() -> client.call(view));
        assertThat(vcenter.count("objects")).as("one that nobody heard of").isEqualTo(1);

        opened.forEach(VimClient::close);

        assertThat(vcenter.count("unheard")).isEqualTo(unheard + 1);
        assertThat(vcenter.count("abandoned")).isEqualTo(abandoned);
        assertThat(vcenter.count("objects")).isZero();
        assertThat(vcenter.count("sessions")).isZero();
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
