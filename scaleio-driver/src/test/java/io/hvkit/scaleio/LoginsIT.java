package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.SecretSource;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is told the password, how often, and what shows of it. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LoginsIT {

    private Simulated array;

    @BeforeEach
    void start() {
        array = Simulated.start(GatewayVersion.V4_5);
    }

    @AfterEach
    void stop() {
        array.close();
    }

    private long count(String operation) {
        return array.system().calls().of(operation);
    }

    @Test
    void a_gateway_of_4_is_logged_in_to_its_own_way_and_logged_out_of() throws InterruptedException {
        array.open().close();

        assertThat(count("restLogin")).isEqualTo(1);
        assertThat(count("login")).isZero();
        assertThat(count("restLogout")).isEqualTo(1);
    }

    @Test
    void a_gateway_of_4_without_that_way_is_logged_in_to_as_one_of_3() throws InterruptedException {
        array.system().faults().add(Fault.at("restLogin").answering(404));

        array.open().close();

        assertThat(count("login")).isEqualTo(1);
        assertThat(count("logout")).isEqualTo(1);
    }

    @Test
    void tokens_that_died_are_renewed_once_however_many_calls_find_out()
            throws InterruptedException, ExecutionException {
        StoragePool pool = array.open();
        array.system().expireTokens();
        array.system().faults().add(Fault.at("restLogin").slowBy(Duration.ofMillis(300)));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<List<Volume>>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            answers.add(threads.submit(pool::list));
        }

        for (Future<List<Volume>> answer : answers) {
            assertThat(answer.get()).isEmpty();
        }
        threads.shutdown();
        assertThat(count("restLogin")).isEqualTo(2);
        pool.close();
    }

    @Test
    void a_wrong_password_is_told_once_and_not_shown() {
        SecretSource wrong = () -> Secret.copyOf(Refused.WRONG.getBytes(StandardCharsets.UTF_8));

        Refused.as(Failure.BAD_CREDENTIALS).saying("user admin", () -> array.open(wrong, Map.of()));
        array.system().faults().add(Fault.at("restLogin").answering(404));
        Refused.as(Failure.BAD_CREDENTIALS).saying("user admin", () -> array.open(wrong, Map.of()));

        assertThat(count("restLogin") + count("login"))
                .as("accounts are locked by those who try again")
                .isEqualTo(3);
    }

    @Test
    void passwords_are_wiped_when_the_login_has_ended() throws InterruptedException {
        List<Secret> lent = new ArrayList<>();
        SecretSource vault = () -> {
            Secret secret = array.password();
            lent.add(secret);
            return secret;
        };

        array.open(vault, Map.of()).close();

        assertThat(lent).hasSize(1);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> lent.get(0).use(bytes -> bytes.remaining()));
    }

    @Test
    void a_password_that_was_changed_is_used_from_the_next_login_on() throws InterruptedException {
        AtomicBoolean late = new AtomicBoolean(true);
        SecretSource vault =
                () -> late.get() ? array.password() : Secret.copyOf(Refused.WRONG.getBytes(StandardCharsets.UTF_8));
        StoragePool pool = array.open(vault, Map.of());
        late.set(false);
        array.system().expireTokens();

        Refused.as(Failure.BAD_CREDENTIALS).saying("user admin", pool::list);
        late.set(true);
        assertThat(pool.list()).isEmpty();
        pool.close();
    }

    @Test
    void a_password_is_never_text_and_a_user_has_no_colon() {
        ServiceLoader<StorageDriver> found = ServiceLoader.load(StorageDriver.class);
        assertThat(found.stream().map(ServiceLoader.Provider::type)).contains(ScaleIoDriver.class);
        Refused.as(Failure.INVALID_REQUEST)
                .saying("never text", () -> array.open(Map.of("password", "not-the-password-either")));
        Refused.as(Failure.INVALID_REQUEST).saying("no colon", () -> array.open(Map.of("user", "a:b")));
        Refused.as(Failure.INVALID_REQUEST).saying("user is required", () -> array.open(Map.of("user", "")));
    }

    @Test
    void nobody_is_believed_to_be_the_gateway_without_a_proof() {
        String strange = "00".repeat(32);
        String plain = array.system().uri().toString().replace("https", "http");
        String other = array.system().uri().toString().replace("localhost", "127.0.0.2");

        Refused.as(Failure.UNREACHABLE).saying("not trusted", () -> array.open(Map.of("ca", "")));
        Refused.as(Failure.UNREACHABLE).saying("not trusted", () -> array.open(Map.of("ca", "", "pin", strange)));
        Refused.as(Failure.INVALID_REQUEST).saying("https", () -> array.open(Map.of("gateway", plain)));
        Refused.as(Failure.INVALID_REQUEST).saying("not both", () -> array.open(Map.of("pin", strange)));
        Refused.as(Failure.UNREACHABLE).saying("gateway", () -> array.open(Map.of("gateway", other)));

        assertThat(array.system().calls().all())
                .as("nobody is told the password")
                .isEmpty();
    }

    @Test
    void a_certificate_that_is_pinned_is_believed() throws InterruptedException, IOException, GeneralSecurityException {
        String pin = fingerprint(array.simulator().certificate().orElseThrow());

        array.open(Map.of("ca", "", "pin", pin)).close();

        assertThat(count("restLogout")).isEqualTo(1);
    }

    private static String fingerprint(Path certificate) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(certificate)) {
            byte[] encoded = CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getEncoded();
            return HexFormat.ofDelimiter(":")
                    .withUpperCase()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(encoded));
        }
    }
}
