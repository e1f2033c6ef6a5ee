package io.hvkit.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** An image that a real process of QEMU has open for writing, until this is closed. */
final class HeldImage implements AutoCloseable {

    private final Process process;

    private HeldImage(Process process) {
        this.process = process;
    }

    static HeldImage of(Image image) {
        try {
            return hold(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HeldImage hold(Image image) throws IOException {
        Process process = new ProcessBuilder(
                        "qemu-io",
                        "-f",
                        image.format().qemuName(),
                        image.path().orElseThrow().toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().write("write -P 1 0 512\n".getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
        BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        String line = "";
        while (line != null && !line.contains("wrote")) {
            line = output.readLine();
        }
        if (line == null) {
            throw new AssertionError("qemu-io did not open " + image);
        }
        return new HeldImage(process);
    }

    boolean isHeld() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
