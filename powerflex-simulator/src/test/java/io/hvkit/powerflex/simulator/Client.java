package io.hvkit.powerflex.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/** A client as other people's: it knows the REST interface alone. */
final class Client {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final SimulatedSystem system;
    private final HttpClient http;
    private String authorization = "";

    /** What came back. */
    record Reply(int status, String contentType, String text) {

        JsonNode json() {
            try {
                return text.isEmpty() ? MissingNode.getInstance() : MAPPER.readTree(text);
            } catch (IOException e) {
                throw new AssertionError("this is no JSON: " + text, e);
            }
        }

        String field(String name) {
            return json().path(name).asText();
        }

        int code() {
            return json().path("errorCode").asInt(-1);
        }

        String message() {
            return field("message");
        }
    }

    private Client(SimulatedSystem system, HttpClient http) {
        this.system = system;
        this.http = http;
    }

    static Client of(PowerFlexSimulator simulator, SimulatedSystem system) {
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (system.uri().getScheme().equals("https")) {
            builder.sslContext(simulator.trust());
        }
        return new Client(system, builder.build());
    }

    /** Returns a client that is logged in by the call that all versions have. */
    static Client loggedIn(PowerFlexSimulator simulator, SimulatedSystem system) {
        Client client = of(simulator, system);
        client.use(basic("", client.login().json().asText()));
        return client;
    }

    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    void use(String header) {
        authorization = header;
    }

    Reply login() {
        return send("GET", "/api/login", "", basic(system.user(), system.password()));
    }

    Reply get(String path) {
        return send("GET", path, "", authorization);
    }

    Reply post(String path, String body) {
        return send("POST", path, body.replace('\'', '"'), authorization);
    }

    Reply send(String method, String path, String body, String header) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(system.uri() + path))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json;version=3.6")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!header.isEmpty()) {
            request.header("Authorization", header);
        }
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(
                    answer.statusCode(),
                    answer.headers().firstValue("Content-Type").orElse(""),
                    answer.body());
        } catch (IOException e) {
            return new Reply(0, "", "");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Makes a thin volume of 8 GiB in {@code pool1} and returns its id. */
    String create(String name) {
        Reply reply = post(
                "/api/types/Volume/instances",
                "{'name':'" + name + "','storagePoolId':'" + system.poolId("pool1")
                        + "','volumeSizeInGb':'8','volumeType':'ThinProvisioned'}");
        if (reply.status() != 200) {
            throw new AssertionError(reply.text());
        }
        return reply.field("id");
    }

    Reply act(String volume, String action, String body) {
        return post("/api/instances/Volume::" + volume + "/action/" + action, body);
    }

    JsonNode volume(String id) {
        return get("/api/instances/Volume::" + id).json();
    }
}
