package io.hvkit.testkit.guest;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the guest has said so far. Only whole lines count: half an acknowledgement is none. One thread at a time. */
final class Transcript {

    private static final int LINES_KEPT = 200;
    private static final int LONGEST_LINE = 4096;
    private static final Pattern READY =
            Pattern.compile("@@ READY .*\\bblocks=(\\d{1,18}) bs=(\\d{1,9}) stride=(\\d{1,18}) batch=(\\d{1,9})\\b.*");
    private static final Pattern ACKNOWLEDGED = Pattern.compile("@@ ACK (\\d{1,18})");
    private static final Pattern FATAL = Pattern.compile("@@ FATAL .*|.*Kernel panic.*");

    private final Deque<String> lines = new ArrayDeque<>();
    private final StringBuilder unfinished = new StringBuilder();
    private Optional<Layout> layout = Optional.empty();
    private Optional<String> fatal = Optional.empty();
    private long acknowledged;
    private long ioErrors;
    private int boots;
    private boolean done;

    void add(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            char c = (char) (bytes.get() & 0xff);
            if (c == '\n') {
                finish();
            } else if (unfinished.length() < LONGEST_LINE) {
                unfinished.append(c);
            }
        }
    }

    private void finish() {
        String line = unfinished.toString().stripTrailing();
        unfinished.setLength(0);
        if (line.isEmpty()) {
            return;
        }
        lines.addLast(line);
        if (lines.size() > LINES_KEPT) {
            lines.removeFirst();
        }
        interpret(line);
    }

    private void interpret(String line) {
        Matcher ready = READY.matcher(line);
        Matcher ack = ACKNOWLEDGED.matcher(line);
        if (ready.matches()) {
            boots++;
            layout = Optional.of(new Layout(
                    Long.parseLong(ready.group(1)),
                    Integer.parseInt(ready.group(2)),
                    Long.parseLong(ready.group(3)),
                    Integer.parseInt(ready.group(4))));
        } else if (ack.matches()) {
            acknowledged = Math.max(acknowledged, Long.parseLong(ack.group(1)));
        } else if (line.startsWith("@@ IOERR")) {
            ioErrors++;
        } else if (line.startsWith("@@ DONE")) {
            done = true;
        } else if (FATAL.matcher(line).matches()) {
            fatal = Optional.of(line);
        }
    }

    /** Returns how records lie on the disk, once the guest has said so. */
    Optional<Layout> layout() {
        return layout;
    }

    /** Returns the number of records that are safe: all with a lower sequence number. */
    long acknowledged() {
        return acknowledged;
    }

    long ioErrors() {
        return ioErrors;
    }

    int boots() {
        return boots;
    }

    boolean done() {
        return done;
    }

    /** Returns the line that says why the guest gave up, if it did. */
    Optional<String> fatal() {
        return fatal;
    }

    String tail(int most) {
        List<String> all = List.copyOf(lines);
        return String.join("\n", all.subList(Math.max(0, all.size() - most), all.size()));
    }
}
