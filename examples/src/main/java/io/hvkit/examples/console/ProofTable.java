package io.hvkit.examples.console;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a demonstration did, what each step proved, and how long it took. */
public final class ProofTable {

    private enum Outcome {
        PROVED("ok"),
        FAILED("FAILED");

        private final String word;

        Outcome(String word) {
            this.word = word;
        }
    }

    private record Row(String step, String proof, Duration time, Outcome outcome) {}

    private final PrintStream out;
    private final List<Row> rows = new ArrayList<>();
    private String chapter = "";
    private String step = "";
    private Duration time = Duration.ZERO;

    public ProofTable(PrintStream out) {
        this.out = out;
    }

    /** A step of a demonstration. */
    public interface Work<R> {
        R done() throws InterruptedException;
    }

    /** Begins a part of the demonstration, whose steps bear its name in the table. */
    public void begin(String title) {
        out.printf(Locale.ROOT, "%n%s%n", title);
        chapter = title + ": ";
    }

    /** Does a step and takes its time; what it proved is said next. */
    public <R> R step(String name, Work<R> work) throws InterruptedException {
        out.printf(Locale.ROOT, "%2d. %s%n", rows.size() + 1, name);
        step = chapter + name;
        long start = System.nanoTime();
        try {
            return work.done();
        } finally {
            time = Duration.ofNanos(System.nanoTime() - start);
        }
    }

    /** Shows something as it is. */
    public void show(String text) {
        out.println(text.strip().indent(4).stripTrailing());
    }

    public void proved(String format, Object... arguments) {
        add(String.format(Locale.ROOT, format, arguments), Outcome.PROVED);
    }

    public void failed(String format, Object... arguments) {
        add(String.format(Locale.ROOT, format, arguments), Outcome.FAILED);
    }

    /** Adds a proof that holds or does not. */
    public void require(boolean holds, String proof) {
        add(proof, holds ? Outcome.PROVED : Outcome.FAILED);
    }

    private void add(String proof, Outcome outcome) {
        rows.add(new Row(step, proof, time, outcome));
        out.printf(Locale.ROOT, "    %s: %s%n", outcome.word, proof);
    }

    /** Returns whether every step proved what it should. */
    public boolean holds() {
        return !rows.isEmpty() && rows.stream().allMatch(row -> row.outcome == Outcome.PROVED);
    }

    /** Prints the table. */
    public void print() {
        int width = rows.stream().mapToInt(row -> row.step.length()).max().orElse(4);
        String line = "| %-" + width + "s | %6s | %-6s | %s%n";
        out.println();
        out.printf(Locale.ROOT, line, "step", "time", "", "what was proved");
        out.printf(Locale.ROOT, line, "-".repeat(width), "-----:", "------", "---------------");
        Duration total = Duration.ZERO;
        for (Row row : rows) {
            out.printf(Locale.ROOT, line, row.step, seconds(row.time), row.outcome.word, row.proof);
            total = total.plus(row.time);
        }
        out.printf(Locale.ROOT, line, "all", seconds(total), holds() ? "ok" : "FAILED", rows.size() + " steps");
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
}
