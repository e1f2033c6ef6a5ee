package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Killed at any moment again and again: what was answered is there, and what was not is there whole or not at all. */
class KilledProgramIT {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int ROUNDS = Boolean.getBoolean("hvkit.thorough") ? 60 : 2;

    @TempDir
    Path folder;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final Map<String, Integer> answered = new HashMap<>();
    private int names;

    @Test
    void what_was_answered_survives_any_number_of_kills() throws Exception {
        int requests = 0;
        for (int round = 0; round < ROUNDS; round++) {
            RunningProgram program = RunningProgram.start("--http", "--directory", folder.toString());
            check(program, "round " + round + ", seed " + seed);
            requests += work(program);
        }
        RunningProgram last = RunningProgram.start("--http", "--directory", folder.toString());
        check(last, "the end, seed " + seed);
        last.kill();
        assertThat(requests).as("requests that were answered").isGreaterThan(ROUNDS);
    }

    /** Makes, grows and removes volumes until the process is killed, some moments later. Returns how many were answered. */
    private int work(RunningProgram program) throws Exception {
        String token = program.login();
        String pool = program.ask(
                "/api/types/StoragePool/instances/action/queryIdByKey",
                token,
                "{'name':'pool1','protectionDomainName':'domain1'}");
        CompletableFuture<Void> end = CompletableFuture.runAsync(
                () -> program.process().destroyForcibly(),
                CompletableFuture.delayedExecutor(200 + random.nextInt(800), TimeUnit.MILLISECONDS));
        int requests = 0;
        try {
            while (true) {
                change(program, token, pool);
                requests++;
            }
        } catch (IOException e) {
            end.join();
            program.process().waitFor();
            return requests;
        }
    }

    private void change(RunningProgram program, String token, String pool) throws Exception {
        List<String> all = new ArrayList<>(answered.keySet());
        int dice = all.isEmpty() ? 0 : random.nextInt(4);
        if (dice < 2) {
            String made = program.ask(
                    "/api/types/Volume/instances",
                    token,
                    "{'name':'v" + names++ + "','volumeType':'ThinProvisioned','volumeSizeInGb':'8','storagePoolId':"
                            + pool + "}");
            answered.put(MAPPER.readTree(made).get("id").asText(), 8);
            return;
        }
        String id = all.get(random.nextInt(all.size()));
        int size = answered.getOrDefault(id, 0);
        if (dice == 2) {
            answered.put(id, -size - 8); // either size until it is answered
            act(program, token, id, "setVolumeSize", "{'sizeInGB':'" + (size + 8) + "'}");
            answered.put(id, size + 8);
        } else {
            answered.put(id, 0); // there or not until it is answered
            act(program, token, id, "removeVolume", "{'removeMode':'ONLY_ME'}");
            answered.remove(id);
        }
    }

    private static void act(RunningProgram program, String token, String id, String action, String body)
            throws Exception {
        assertThat(program.ask("/api/instances/Volume::" + id + "/action/" + action, token, body))
                .isEqualTo("{}");
    }

    /** Compares what there is with what was answered; at most one request was under way. */
    private void check(RunningProgram program, String when) throws Exception {
        Map<String, Integer> found = new HashMap<>();
        for (JsonNode volume : MAPPER.readTree(program.ask("/api/types/Volume/instances", program.login(), ""))) {
            found.put(volume.get("id").asText(), volume.get("sizeInKb").asInt() >> 20);
        }
        answered.forEach((id, size) -> {
            if (size > 0) {
                assertThat(found).as(when).containsEntry(id, size);
            } else if (size < 0) {
                assertThat(found.get(id)).as(when).isIn(-size, -size - 8);
            }
        });
        assertThat(found.size() - answered.size()).as(when).isBetween(-1, 1);
        Programs.await(
                "files are those of the volumes",
                () -> files().equals(found.keySet().stream().sorted().toList()));
        answered.clear();
        answered.putAll(found);
    }

    private List<String> files() {
        try (Stream<Path> all = Files.list(folder.resolve("systems/powerflex1"))) {
            return all.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
