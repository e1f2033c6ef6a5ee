package io.hvkit.powerflex.simulator.internal.device;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A shell that waits for the end of this process, even by {@code kill -9}, and tidies up after it. */
public final class Guard implements AutoCloseable {

    private final Process process;

    private Guard(Process process) {
        this.process = process;
    }

    /** What becomes of the folder in the end. */
    public enum Folder {
        /** It stays, with the volumes. */
        KEPT,
        /** It goes. */
        TEMPORARY
    }

    /** Begins to wait, once the guard of an earlier run has ended and what that run left is tidied up. */
    public static Guard over(Path directory, Folder folder) {
        try (InputStream script = Guard.class.getResourceAsStream("guard")) {
            if (script == null) {
                throw new IllegalStateException("the guard is not in the jar");
            }
            String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
            String fate = folder == Folder.TEMPORARY ? "temporary" : "kept";
            ProcessBuilder builder =
                    new ProcessBuilder("sh", "-c", text, "powerflex-guard", directory.toString(), fate);
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
            Guard guard = new Guard(builder.start());
            if (!"ready"
                    .equals(guard.process.inputReader(StandardCharsets.UTF_8).readLine())) {
                throw new IOException("it ended with " + guard.process.waitFor());
            }
            return guard;
        } catch (IOException e) {
            throw new UncheckedIOException("the guard cannot be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted while the guard started", e));
        }
    }

    /** Has it tidy up, and waits until it has. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("the guard cannot be told", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
