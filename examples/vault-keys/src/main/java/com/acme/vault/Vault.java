package com.acme.vault;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Vault, spoken to over its HTTP API. Any number of threads may share one. */
public final class Vault implements AutoCloseable {

    static final int OK = 200;
    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;

    private static final int FORBIDDEN = 403;
    private static final int LONGEST_COMPLAINT = 300;

    private final URI address;
    private final Secret token;
    private final Duration patience;
    private final HttpClient client;

    /**
     * Makes one; connects to nothing yet.
     *
     * @param address such as {@code https://vault.example:8200}
     * @param token lent for the length of the call; a copy is kept until this is closed
     * @param patience how long to wait for each answer
     */
    public Vault(URI address, Secret token, Duration patience) {
        this.address = address;
        this.token = token.copy();
        this.patience = patience;
        this.client = HttpClient.newBuilder().connectTimeout(patience).build();
    }

    Answer get(String path) throws InterruptedException {
        return send(request(path).GET().build());
    }

    /** Posts an object of these fields, each as {@link #field} makes them; the fields are zeroed. */
    Answer post(String path, byte[] one, byte[] other) throws InterruptedException {
        byte[] body = ByteBuffer.allocate(one.length + other.length + 3)
                .put((byte) '{')
                .put(one)
                .put((byte) ',')
                .put(other)
                .put((byte) '}')
                .array();
        try {
            return send(request(path).POST(BodyPublishers.ofByteArray(body)).build());
        } finally {
            Arrays.fill(body, (byte) 0);
            Arrays.fill(one, (byte) 0);
            Arrays.fill(other, (byte) 0);
        }
    }

    /** Returns a field of an object, whose value takes no escapes. */
    static byte[] field(String name, byte[] value) {
        byte[] start = ("\"" + name + "\":\"").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(start.length + value.length + 1)
                .put(start)
                .put(value)
                .put((byte) '"')
                .array();
    }

    private HttpRequest.Builder request(String path) {
        String header = token.withArray(bytes -> new String(bytes, StandardCharsets.US_ASCII));
        return HttpRequest.newBuilder(address.resolve("/v1/" + path))
                .timeout(patience)
                .header("X-Vault-Request", "true")
                .header("X-Vault-Token", header);
    }

    private Answer send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("Vault at %s does not answer: %s", address, e);
        }
    }

    /** What Vault answered; zeroed when it is closed. */
    record Answer(int status, byte[] body) implements AutoCloseable {

        /** Refuses every answer but a good one. */
        void requireOk(String what) {
            if (status == OK) {
                return;
            }
            Failure failure =
                    switch (status) {
                        case FORBIDDEN -> Failure.BAD_CREDENTIALS;
                        case BAD_REQUEST -> Failure.INVALID_REQUEST;
                        case NOT_FOUND -> Failure.NOT_FOUND;
                        default -> Failure.UNREACHABLE; // sealed, standing by, overloaded
                    };
            throw DriverException.because(failure)
                    .effect(Effect.NOT_APPLIED)
                    .message("Vault does not %s: it answers %d, %s", what, status, errors());
        }

        String errors() {
            String text = new String(body, StandardCharsets.UTF_8).strip();
            return text.length() > LONGEST_COMPLAINT ? text.substring(0, LONGEST_COMPLAINT) + "..." : text;
        }

        /** Returns the value of a field that is no secret. */
        String text(String name) {
            return new String(bytes(name), StandardCharsets.US_ASCII);
        }

        int number(String name) {
            Matcher field = Pattern.compile("\"" + name + "\"\\s*:\\s*(\\d{1,9})\\b")
                    .matcher(new String(body, StandardCharsets.UTF_8));
            if (!field.find()) {
                throw lacking(name);
            }
            return Integer.parseInt(field.group(1));
        }

        /** Returns the value of a field without ever making a string of it; the caller zeroes it. */
        byte[] bytes(String name) {
            byte[] wanted = ("\"" + name + "\"").getBytes(StandardCharsets.US_ASCII);
            for (int at = 0; at + wanted.length < body.length; at++) {
                if (Arrays.equals(body, at, at + wanted.length, wanted, 0, wanted.length)) {
                    int colon = skip(at + wanted.length);
                    int start = colon < body.length && body[colon] == ':' ? skip(colon + 1) : body.length;
                    if (start < body.length && body[start] == '"') {
                        return until(start + 1, name);
                    }
                }
            }
            throw lacking(name);
        }

        private int skip(int from) {
            int at = from;
            while (at < body.length && Character.isWhitespace(body[at])) {
                at++;
            }
            return at;
        }

        private byte[] until(int start, String name) {
            for (int at = start; at < body.length; at++) {
                if (body[at] == '"') {
                    return Arrays.copyOfRange(body, start, at);
                }
            }
            throw lacking(name);
        }

        private static DriverException lacking(String name) {
            return DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message("Vault's answer has no field %s", name);
        }

        @Override
        public void close() {
            Arrays.fill(body, (byte) 0);
        }
    }

    @Override
    public void close() {
        token.close();
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
