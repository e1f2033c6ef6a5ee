package io.hvkit.benchmarks;

import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** The plain way: the tools with their defaults, one process a call, keys in files of memory. */
final class Plain {

    private static final int TRIES = 20;

    private Plain() {}

    /** Returns how many seconds a program takes, which must succeed. QEMU's bad luck with fast processors is tried again, uncounted. */
    static double seconds(String... argv) throws Exception {
        for (int tries = 1; ; tries++) {
            long start = System.nanoTime();
            Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code == 0) {
                return (System.nanoTime() - start) / 1e9;
            }
            if (tries == TRIES || !said.contains("accurate CPU usage")) {
                throw new IOException(List.of(argv) + " failed with " + code + ": " + said);
            }
        }
    }

    /** Returns how many seconds programs take that run at once, all of which must succeed. */
    static double together(List<String[]> programs) throws Exception {
        long start = System.nanoTime();
        List<Process> started = new ArrayList<>();
        for (String[] argv : programs) {
            started.add(new ProcessBuilder(argv)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
        }
        for (Process process : started) {
            if (process.waitFor() != 0) {
                throw new IOException(
                        List.of(programs.get(started.indexOf(process))) + " failed with " + process.exitValue());
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** Returns what a program prints. */
    static String output(String... argv) throws Exception {
        Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(List.of(argv) + " failed: " + said);
        }
        return said;
    }

    /** A key in a file of memory, for as long as it is open. */
    record KeyFile(Path path) implements AutoCloseable {

        static KeyFile of(Secret key) throws IOException {
            Path path = Files.createTempFile(
                    Path.of("/dev/shm"),
                    ".hvkit-bench-",
                    "",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            key.<Path, IOException>withArray(bytes -> Files.write(path, bytes));
            return new KeyFile(path);
        }

        String object(String id) {
            return "secret,id=" + id + ",file=" + path;
        }

        @Override
        public void close() throws IOException {
            Files.delete(path);
        }
    }
}
