package io.hvkit.powerflex.simulator;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The simulator as a process of its own, and what it says of itself, by the word that each line begins with. */
record RunningProgram(Process process, Map<String, String> lines) {

    /** Returns it when it is ready; of several lines with the same word the last one counts. */
    static RunningProgram start(String... options) throws IOException {
        Process process = launch(options);
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        Map<String, String> told = new LinkedHashMap<>();
        String line = lines.readLine();
        while (line != null && !line.startsWith("ready")) {
            List<String> words = List.of(line.strip().split(" +", 2));
            told.put(words.get(0), words.get(words.size() - 1));
            line = lines.readLine();
        }
        return new RunningProgram(process, told);
    }

    /** Returns the process at once. */
    static Process launch(String... options) throws IOException {
        List<String> argv = new ArrayList<>(List.of(
                "env",
                "--default-signal=INT", // whoever runs the tests in the background has it ignored
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                PowerFlexSimulatorProgram.class.getName()));
        argv.addAll(List.of(options));
        return new ProcessBuilder(argv).redirectErrorStream(true).start();
    }

    String of(String word) {
        return lines.getOrDefault(word, "nothing about " + word);
    }

    /** Returns the header of a new session. */
    String login() throws Exception {
        String token = ask("/api/login", Client.basic(of("user"), of("password")), "");
        return Client.basic("", token.replace("\"", ""));
    }

    /** Returns the body of the answer; a request without a body is a GET. */
    String ask(String path, String authorization, String body) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(of("gateway") + path)).header("Authorization", authorization);
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Has it die at once, with nothing said to anybody. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}
