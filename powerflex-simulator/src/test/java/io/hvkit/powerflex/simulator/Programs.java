package io.hvkit.powerflex.simulator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Programs that tests run, and waiting for what is soon to be. */
final class Programs {

    private Programs() {}

    /** Returns what a program printed. */
    static String run(String... argv) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(List.of(argv)).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", argv) + " failed: " + output);
        }
        return output;
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("half a minute, and still not: " + what);
            }
            Thread.sleep(10);
        }
    }

    /** Returns whether a link is there, wherever it leads. */
    static boolean isLink(Path path) {
        return Files.isSymbolicLink(path);
    }
}
