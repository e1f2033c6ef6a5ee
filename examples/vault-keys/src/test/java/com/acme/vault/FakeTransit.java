package com.acme.vault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * What of a Vault's Transit engine a provider meets, over HTTP: it keeps keys and their versions, checks tokens, encrypts for real, and refuses
 * as Vault does, in its words.
 */
final class FakeTransit implements AutoCloseable {

    static final String TOKEN = "hvs.CAESIJ-good";

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Pattern PATH = Pattern.compile("/v1/transit/(keys|encrypt|decrypt)/([^/]+)");

    private static final class Key {
        private final String type;
        private final List<byte[]> versions = new ArrayList<>();
        private int oldest = 1;

        Key(String type) {
            this.type = type;
            rotate();
        }

        void rotate() {
            byte[] fresh = new byte[32];
            RANDOM.nextBytes(fresh);
            versions.add(fresh);
        }
    }

    /** An answer. */
    private record Reply(int status, String body) {
        static Reply error(int status, String message) {
            return new Reply(status, message.isEmpty() ? "{\"errors\":[]}" : "{\"errors\":[\"" + message + "\"]}");
        }

        static Reply data(String fields) {
            return new Reply(200, "{\"request_id\":\"5e2f\",\"lease_id\":\"\",\"data\":{" + fields + "},\"warnings\":null}");
        }
    }

    private final Map<String, Key> keys = new HashMap<>();
    private final HttpServer server;
    private boolean sealed;

    FakeTransit() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    synchronized void make(String name, String type) {
        keys.put(name, new Key(type));
    }

    synchronized void rotate(String name) {
        keys.get(name).rotate();
    }

    synchronized void decryptOnlyFrom(String name, int version) {
        keys.get(name).oldest = version;
    }

    synchronized void seal(boolean nowSealed) {
        sealed = nowSealed;
    }

    synchronized boolean has(String name) {
        return keys.containsKey(name);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Reply reply = reply(exchange, body);
            byte[] bytes = reply.body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(reply.status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private synchronized Reply reply(HttpExchange exchange, String body) {
        if (sealed) {
            return Reply.error(503, "Vault is sealed");
        }
        if (!TOKEN.equals(exchange.getRequestHeaders().getFirst("X-Vault-Token"))) {
            return Reply.error(403, "permission denied");
        }
        Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
        if (!path.matches()) {
            return Reply.error(404, "");
        }
        try {
            return switch (path.group(1)) {
                case "keys" -> describe(path.group(2));
                case "encrypt" -> encrypt(path.group(2), body);
                default -> decrypt(path.group(2), body);
            };
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Reply.error(400, "cipher: message authentication failed");
        }
    }

    private Reply describe(String name) {
        Key key = keys.get(name);
        return key == null
                ? Reply.error(404, "")
                : Reply.data("\"name\":\"" + name + "\",\"type\":\"" + key.type + "\",\"min_decryption_version\":"
                        + key.oldest + ",\"latest_version\":" + key.versions.size() + ",\"min_encryption_version\":0");
    }

    /** Like Vault, it makes a key that is not there. */
    private Reply encrypt(String name, String body) throws GeneralSecurityException {
        Key key = keys.computeIfAbsent(name, absent -> new Key("aes256-gcm96"));
        byte[] nonce = new byte[12];
        RANDOM.nextBytes(nonce);
        int version = key.versions.size();
        byte[] sealedBytes = cipher(Cipher.ENCRYPT_MODE, key.versions.get(version - 1), nonce, body)
                .doFinal(decoded(body, "plaintext"));
        byte[] all = ByteBuffer.allocate(nonce.length + sealedBytes.length)
                .put(nonce)
                .put(sealedBytes)
                .array();
        String text = "vault:v" + version + ":" + Base64.getEncoder().encodeToString(all);
        return Reply.data("\"ciphertext\":\"" + text + "\",\"key_version\":" + version);
    }

    private Reply decrypt(String name, String body) throws GeneralSecurityException {
        Key key = keys.get(name);
        if (key == null) {
            return Reply.error(400, "encryption key not found");
        }
        Matcher text = Pattern.compile("vault:v(\\d+):(.*)").matcher(text(body, "ciphertext"));
        if (!text.matches()) {
            return Reply.error(400, "invalid ciphertext: no prefix");
        }
        int version = Integer.parseInt(text.group(1));
        if (version > key.versions.size()) {
            return Reply.error(400, "invalid ciphertext: version is too new");
        }
        if (version < key.oldest) {
            return Reply.error(400, "ciphertext or signature version is disallowed by policy (too old)");
        }
        byte[] all = Base64.getDecoder().decode(text.group(2));
        if (all.length < 12) {
            return Reply.error(400, "invalid ciphertext: could not decode");
        }
        byte[] plain = cipher(Cipher.DECRYPT_MODE, key.versions.get(version - 1), Arrays.copyOf(all, 12), body)
                .doFinal(all, 12, all.length - 12);
        return Reply.data("\"plaintext\" : \"" + Base64.getEncoder().encodeToString(plain) + "\"");
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce, String body) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(decoded(body, "associated_data"));
        return cipher;
    }

    private static byte[] decoded(String body, String field) {
        return Base64.getDecoder().decode(text(body, field));
    }

    private static String text(String body, String field) {
        Matcher found = Pattern.compile("\"" + field + "\":\"([^\"]*)\"").matcher(body);
        return found.find() ? found.group(1) : "";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
