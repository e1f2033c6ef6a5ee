package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.powerflex.simulator.control.GatewayVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-java")
class SessionsIT extends GatewayCase {

    private static final String VOLUMES = "/api/types/Volume/instances";

    @ParameterizedTest
    @ValueSource(strings = {"3.5", "3.6", "4.0", "4.6"})
    void every_version_gives_a_token_as_a_json_string_and_takes_it_as_a_password(String version) {
        play(GatewayVersion.parse(version));
        String token = client.login().json().asText();
        assertThat(new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8))
                .matches("admin:[0-9]{13}:[0-9a-f]{32}");
        assertThat(token).doesNotContain("=");
        for (String user : new String[] {"", "admin", "anyone"}) {
            assertThat(client.send("GET", VOLUMES, "", Client.basic(user, token))
                            .text())
                    .isEqualTo("[]");
        }
        assertThat(client.get("/api/version").json().asText()).isEqualTo(version);
    }

    @Test
    void a_wrong_password_is_refused_by_both_logins() {
        Client.Reply reply = client.send("GET", "/api/login", "", Client.basic("admin", "wrong"));
        assertThat(reply.text()).isEqualTo("{\"message\":\"Unauthorized\",\"httpStatusCode\":401,\"errorCode\":0}");
        assertThat(reply.status()).isEqualTo(401);
        assertThat(client.send("GET", "/api/login", "", "").status()).isEqualTo(401);
        assertThat(client.post("/rest/auth/login", "{'username':'admin','password':'wrong'}")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void version_four_takes_either_token_as_a_bearer_and_version_three_knows_none() {
        Client.Reply reply = client.post("/rest/auth/login", "{'username':'admin','password':'simulator'}");
        String access = reply.field("access_token");
        assertThat(access.split("\\.", -1)).hasSize(3);
        assertThat(reply.json().path("expires_in").asInt()).isEqualTo(300);
        assertThat(client.send("GET", VOLUMES, "", "Bearer " + access).status()).isEqualTo(200);
        assertThat(client.send("GET", VOLUMES, "", Client.basic("", access)).status())
                .isEqualTo(401);
        String token = client.login().json().asText();
        assertThat(client.send("GET", VOLUMES, "", "Bearer " + token).status()).isEqualTo(200);
        play(GatewayVersion.V3_6);
        token = client.login().json().asText();
        assertThat(client.send("GET", VOLUMES, "", "Bearer " + token).status()).isEqualTo(401);
        assertThat(client.post("/rest/auth/login", "{}").status()).isEqualTo(404);
    }

    @Test
    void an_access_token_ends_after_its_time_and_by_logging_out() {
        client.use("Bearer " + access());
        assertThat(client.send("POST", "/rest/auth/logout", "{}", "Bearer " + access())
                        .status())
                .isEqualTo(204);
        pass(Duration.ofSeconds(299));
        assertThat(client.get(VOLUMES).status()).isEqualTo(200);
        pass(Duration.ofSeconds(1));
        assertThat(client.get(VOLUMES).status()).isEqualTo(401);
    }

    @Test
    void a_token_dies_of_ten_idle_minutes_and_of_eight_hours() {
        pass(Duration.ofSeconds(599));
        assertThat(client.get(VOLUMES).status()).isEqualTo(200);
        pass(Duration.ofSeconds(599));
        assertThat(client.get(VOLUMES).status()).isEqualTo(200);
        pass(Duration.ofMinutes(10));
        assertThat(client.get(VOLUMES).status()).isEqualTo(401);
        client = Client.loggedIn(simulator, system);
        for (int i = 0; i < 59; i++) {
            pass(Duration.ofMinutes(8));
            assertThat(client.get(VOLUMES).status()).isEqualTo(200);
        }
        pass(Duration.ofMinutes(8));
        assertThat(client.get(VOLUMES).status()).isEqualTo(401);
    }

    @Test
    void logging_out_and_expiry_on_demand_end_tokens() {
        assertThat(client.get("/api/logout").status()).isEqualTo(200);
        assertThat(client.get(VOLUMES).status()).isEqualTo(401);
        client = Client.loggedIn(simulator, system);
        system.expireTokens();
        assertThat(client.get(VOLUMES).status()).isEqualTo(401);
        client = Client.loggedIn(simulator, system);
        assertThat(client.get(VOLUMES).status()).isEqualTo(200);
    }

    @Test
    void whoever_is_not_logged_in_gets_html_from_version_four_and_json_from_three() {
        client.use("");
        assertThat(client.get(VOLUMES).contentType()).startsWith("text/html");
        assertThat(client.get("/api/version").status()).isEqualTo(401);
        play(GatewayVersion.V3_5);
        client.use("");
        assertThat(client.get(VOLUMES).message()).isEqualTo("Unauthorized");
        assertThat(client.get(VOLUMES).contentType()).startsWith("application/json");
        assertThat(client.get("/api/version").json().asText()).isEqualTo("3.5");
    }

    @Test
    void what_there_is_not_is_404() {
        for (String path : new String[] {"/api/nothing", "/api/types/Nothing/instances", "/dtapi/x", "/rest/v1/x"}) {
            assertThat(client.get(path).status()).as(path).isEqualTo(404);
        }
        assertThat(client.act("1", "doNothing", "{}").status()).isEqualTo(404);
    }

    private String access() {
        return client.post("/rest/auth/login", "{'username':'admin','password':'simulator'}")
                .field("access_token");
    }
}
