package io.hvkit.testkit.libvirt;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.internal.Tail;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The script that keeps a host. It ends the host when its stdin ends, so nothing outlives this JVM. One thread at a time. */
final class Supervisor {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration END_LIMIT = Duration.ofSeconds(40);

    private final Process process;
    private final Path log;
    private final StringBuilder unread = new StringBuilder();

    private Supervisor(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static Supervisor spawn(List<String> argv, String searchPath, Path log) {
        ProcessBuilder builder = new ProcessBuilder(argv).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().clear();
        builder.environment().put("PATH", searchPath);
        builder.environment().put("LC_ALL", "C");
        try {
            return new Supervisor(builder.start(), log);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the supervisor of a private libvirt host does not start: %s", e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Sends one command and returns the words after "ok". */
    String ask(String command) throws InterruptedException {
        try {
            OutputStream out = process.getOutputStream();
            out.write((command + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .causedBy(e)
                    .message(
                            "the private libvirt host is gone, so '%s' cannot be asked; its log ends: %s",
                            command, log());
        }
        return answer(command);
    }

    /** Returns the words after "ok" of the next answer. */
    String answer(String question) throws InterruptedException {
        Await.until("the answer to '" + question + "'", LIMIT, this::lineRead, this::log);
        int end = unread.indexOf("\n");
        if (end < 0) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "the private libvirt host ended instead of answering '%s'; its log ends: %s",
                            question, log());
        }
        String line = unread.substring(0, end);
        unread.delete(0, end + 1);
        if (!line.startsWith("ok")) {
            throw DriverException.because(failureOf(line))
                    .message("%s: %s", question, line.replaceFirst("^failed ", ""));
        }
        return line.substring(2).strip();
    }

    private static Failure failureOf(String line) {
        return line.startsWith("failed another host") ? Failure.IN_USE : Failure.HOST_NOT_READY;
    }

    private boolean lineRead() {
        boolean ended = !process.isAlive();
        try {
            InputStream in = process.getInputStream();
            int count = in.available();
            if (count > 0) {
                unread.append(new String(in.readNBytes(count), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .causedBy(e)
                    .message("the private libvirt host cannot be heard: %s", e);
        }
        return ended || unread.indexOf("\n") >= 0;
    }

    /** Ends the script, and with it everything that it keeps. Returns whether it went by itself. */
    boolean end() throws InterruptedException {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            process.destroyForcibly(); // a pipe that does not close is one that the script no longer reads
        }
        if (process.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            return true;
        }
        kill();
        return false;
    }

    void kill() {
        process.destroyForcibly();
    }

    boolean ended() {
        return !process.isAlive();
    }

    private String log() {
        return Tail.of(log, 10);
    }
}
