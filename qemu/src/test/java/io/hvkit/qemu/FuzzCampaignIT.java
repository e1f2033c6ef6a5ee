package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.code_intelligence.jazzer.Jazzer;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets Jazzer look for inputs that break a parser, each parser in a JVM of its own, since it fuzzes one to a JVM. A slice is one
 * parser, drawn, for a few seconds; a thorough run is every parser for a minute, two of them at once.
 */
@Tag("campaign")
class FuzzCampaignIT {

    private record Target(Class<?> type, String method) {

        String name() {
            return type.getSimpleName() + "." + method;
        }

        Path corpus(Path classes) {
            return classes.resolve(type.getName().replace('.', '/') + "Inputs").resolve(method);
        }
    }

    private final ExecutorService atOnce = Executors.newFixedThreadPool(2);

    @TempDir
    private Path directory;

    @AfterEach
    void endThem() {
        atOnce.shutdownNow();
    }

    @TestFactory
    List<DynamicTest> no_input_breaks_a_parser() throws Exception {
        long seed = System.nanoTime();
        List<Target> targets = targets();
        assertThat(targets).isNotEmpty();
        Collections.shuffle(targets, new Random(seed));
        return targets.stream()
                .limit(Campaign.rounds(1) == 1 ? 1 : targets.size())
                .map(target -> {
                    Future<String> end = atOnce.submit(() -> fuzz(target, seed));
                    return dynamicTest(target.name() + ", drawn with " + seed, () -> see(end));
                })
                .toList();
    }

    private static void see(Future<String> end) throws Throwable {
        try {
            assertThat(end.get()).containsPattern("Done [0-9]+ runs");
        } catch (ExecutionException e) {
            throw Objects.requireNonNull(e.getCause());
        }
    }

    private String fuzz(Target target, long seed) throws Exception {
        int seconds = Campaign.rounds(3);
        Path work = Files.createDirectory(directory.resolve(target.name()));
        Path log = work.resolve("log");
        List<String> command = new ArrayList<>(List.of(
                "nice", // the tests beside it have limits, and it has all the time there is
                "-n",
                "19",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Jazzer.class.getName(),
                "--target_class=" + target.type().getName(),
                "--target_method=" + target.method(),
                "--max_duration=" + seconds + "s",
                "--instrumentation_includes=io.hvkit.**",
                "-seed=" + Math.floorMod(seed, Integer.MAX_VALUE),
                "-timeout=10",
                // It goes by the peak that the kernel passes on from this JVM through fork and exec; the heap is
                // bounded above.
                "-rss_limit_mb=0",
                "-artifact_prefix=" + work + "/",
                Files.createDirectory(work.resolve("found")).toString()));
        Path corpus = target.corpus(classes());
        if (Files.isDirectory(corpus)) {
            command.add(corpus.toString());
        }
        Process jazzer = new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            boolean ended = jazzer.waitFor(seconds + 120L, TimeUnit.SECONDS);
            String said = Files.readString(log);
            assertThat(ended).as("Jazzer came to an end: %s", said).isTrue();
            assertThat(jazzer.exitValue()).as(said).isZero();
            return said;
        } finally {
            jazzer.destroyForcibly();
        }
    }

    private static List<Target> targets() throws Exception {
        Path classes = classes();
        try (Stream<Path> files = Files.walk(classes)) {
            List<Target> targets = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith("FuzzTest.class"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList()) {
                String path = classes.relativize(file).toString();
                Class<?> type = Class.forName(
                        path.substring(0, path.length() - ".class".length()).replace('/', '.'));
                Arrays.stream(type.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(FuzzTest.class))
                        .map(Method::getName)
                        .sorted()
                        .forEach(method -> targets.add(new Target(type, method)));
            }
            return targets;
        }
    }

    private static Path classes() throws IOException {
        try {
            return Path.of(FuzzCampaignIT.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
