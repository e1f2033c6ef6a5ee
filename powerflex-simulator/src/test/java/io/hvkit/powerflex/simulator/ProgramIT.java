package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgramIT {

    /** What the program says of itself, by the word that each line begins with. */
    private record Told(Map<String, String> lines) {

        String of(String word) {
            return lines.getOrDefault(word, "nothing about " + word);
        }
    }

    private static Process start(String... options) throws IOException {
        List<String> argv = new ArrayList<>(List.of(
                "env",
                "--default-signal=INT", // whoever runs the tests in the background has it ignored
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                PowerFlexSimulatorProgram.class.getName()));
        argv.addAll(List.of(options));
        return new ProcessBuilder(argv).redirectErrorStream(true).start();
    }

    /** Returns what the program says; of several lines with the same word the last one counts. */
    private static Told told(Process process) throws IOException {
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        Map<String, String> told = new LinkedHashMap<>();
        String line = lines.readLine();
        while (line != null && !line.startsWith("ready")) {
            List<String> words = List.of(line.strip().split(" +", 2));
            told.put(words.get(0), words.get(words.size() - 1));
            line = lines.readLine();
        }
        return new Told(told);
    }

    /** Returns what the gateway answers to OpenSSL, which checks the certificate as programs in other languages do. */
    private static String askByOpenSsl(Told told, String path, String authorization) throws Exception {
        String port = told.of("gateway").replaceAll(".*:", "");
        String request = "GET " + path + " HTTP/1.0\r\nAuthorization: " + authorization + "\r\n\r\n";
        Process process = new ProcessBuilder(List.of(
                        "openssl",
                        "s_client",
                        "-quiet",
                        "-ign_eof",
                        "-connect",
                        "localhost:" + port,
                        "-CAfile",
                        told.of("certificate"),
                        "-verify_return_error",
                        "-verify_hostname",
                        "localhost"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.getOutputStream().close();
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    private static String ask(String url, String authorization, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).header("Authorization", authorization);
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void a_client_on_another_tls_trusts_the_certificate_and_an_interrupt_ends_it_cleanly() throws Exception {
        Process process = start("--system", "east", "--system", "west", "--version", "3.6");
        Told told = told(process);
        try {
            assertThat(told.of("gateway")).startsWith("https://localhost:");
            String account = Client.basic(told.of("user"), told.of("password"));
            String token =
                    Client.basic("", askByOpenSsl(told, "/api/login", account).replace("\"", ""));
            assertThat(askByOpenSsl(told, "/api/version", token)).isEqualTo("\"3.6\"");
            assertThat(askByOpenSsl(told, "/api/types/System/instances", token)).contains("\"name\":\"west\"");
            assertThat(askByOpenSsl(told, "/simulator", "")).contains("\"version\":\"3.6\"");
        } finally {
            Programs.run("kill", "-INT", String.valueOf(process.pid()));
        }
        assertThat(process.waitFor()).isEqualTo(130);
        assertThat(Path.of(told.of("certificate")).resolve("..").normalize()).doesNotExist();
    }

    @Test
    void nothing_outlives_a_killed_process() throws Exception {
        Process process = start("--http", "--loop-devices", "--host", "only");
        Told told = told(process);
        Path home = Path.of(told.of("devices")).resolve("../../..").normalize();
        String types = told.of("gateway") + "/api/types/";
        String login = ask(told.of("gateway") + "/api/login", Client.basic("admin", "simulator"), "");
        String token = Client.basic("", login.replace("\"", ""));
        String key = "{'name':'pool1','protectionDomainName':'domain1'}";
        String pool = ask(types + "StoragePool/instances/action/queryIdByKey", token, key);
        String made = ask(types + "Volume/instances", token, "{'volumeSizeInGb':'8','storagePoolId':" + pool + "}");
        String volume = made.replaceAll(".*\"([0-9a-f]{16})\".*", "$1");
        ask(
                told.of("gateway") + "/api/instances/Volume::" + volume + "/action/addMappedSdc",
                token,
                "{'guid':'" + SimulatedHost.guidOf("only") + "'}");
        Programs.await("a device", () -> count(Path.of(told.of("devices"))) == 1);
        assertThat(Programs.run("losetup", "--list", "--output", "BACK-FILE")).contains(home.toString());
        process.destroyForcibly().waitFor();
        Programs.await("the folder is gone", () -> !Files.exists(home));
        assertThat(Programs.run("losetup", "--list", "--output", "BACK-FILE")).doesNotContain(home.toString());
    }

    private static long count(Path folder) {
        try (var files = Files.list(folder)) {
            return files.filter(one -> one.getFileName().toString().startsWith("emc-vol-"))
                    .count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void an_option_that_is_not_understood_ends_it_with_a_word() throws Exception {
        Process process = start("--nonsense");
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(output).isEqualTo("powerflex-simulator: there is no option '--nonsense'; see --help\n");
    }
}
