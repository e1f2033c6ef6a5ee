package io.hvkit.powerflex.simulator.internal.device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs a small program of the machine's and waits for it. */
final class Tool {

    private Tool() {}

    /** Returns what it printed. */
    static String run(String... argv) {
        ProcessBuilder builder = new ProcessBuilder(List.of(argv)).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw new UncheckedIOException(
                        new IOException(String.join(" ", argv) + " ended with " + code + ": " + output.strip()));
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(argv[0] + " cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted while " + argv[0] + " ran", e));
        }
    }
}
