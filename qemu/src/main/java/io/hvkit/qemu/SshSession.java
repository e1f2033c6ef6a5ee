package io.hvkit.qemu;

import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The output of one program on its way through a session, framed by lines that {@link SshScripts#RUN} prints. For one thread.
 */
final class SshSession implements Consumer<String> {

    private final String mark = "hvkit-" + UUID.randomUUID();
    private final Consumer<String> listener;
    private boolean started;
    private Optional<String> missing = Optional.empty();
    private Optional<Integer> exitCode = Optional.empty();

    SshSession(Consumer<String> listener) {
        this.listener = listener;
    }

    String mark() {
        return mark;
    }

    boolean isStarted() {
        return started;
    }

    /** Returns the program that the host does not have; nothing if it has all. */
    Optional<String> missing() {
        return missing;
    }

    /** Returns the program's exit code; nothing if it did not end before the session did. */
    Optional<Integer> exitCode() {
        return exitCode;
    }

    @Override
    public void accept(String piece) {
        if (!piece.startsWith(mark)) {
            if (started) { // what comes before is a login's own, such as a greeting
                listener.accept(piece);
            }
            return;
        }
        String[] words = piece.split(" ", 3);
        switch (words[1]) {
            case "started" -> started = true;
            case "missing" -> missing = Optional.of(words[2]);
            case "exit" -> exitCode = Optional.of(Integer.parseInt(words[2]));
            default -> throw new IllegalStateException("no word of ours: " + piece);
        }
    }

    /** Returns what the program itself said. */
    CommandResult result(CommandResult framed) {
        int code = exitCode.orElseThrow();
        String start = mark + " started\n";
        String end = "\n" + mark + " exit " + code + "\n";
        int at = framed.output().indexOf(start);
        String text = at < 0 ? framed.output() : framed.output().substring(at + start.length());
        int kept = end.length(); // of the last line, which is cut like all else where there is too much
        while (kept > 0 && !text.endsWith(end.substring(0, kept))) {
            kept--;
        }
        boolean cut = framed.dropped() > 0;
        if (!cut && kept < end.length()) {
            kept = 0;
        }
        return new CommandResult(
                code,
                text.substring(0, text.length() - kept),
                framed.errors(),
                cut ? Math.max(0, framed.dropped() - (end.length() - kept)) : 0);
    }
}
