package io.hvkit.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What happened lately, and what must never happen. Any number of threads may share one. */
final class ChaosLog {

    private static final int KEPT = 60_000;
    private static final int SHOWN = 60;
    private static final String ASKED = "asked";

    private final Deque<String> lines = new ArrayDeque<>();
    private final List<String> violations = new ArrayList<>();
    private final Map<String, Map<String, Integer>> counts = new TreeMap<>();
    private final long start = System.nanoTime();
    private int asked;

    synchronized void say(String who, String what, Object... arguments) {
        if (lines.size() == KEPT) {
            lines.removeFirst();
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        lines.addLast(String.format(Locale.ROOT, "%d.%03d %s: ", millis / 1000, millis % 1000, who)
                + String.format(Locale.ROOT, what, arguments));
    }

    /** Counts something that is asked for, by its first word. */
    synchronized void asked(String what) {
        asked++;
        count(what, ASKED);
    }

    /** Returns how much was asked for. */
    synchronized int asked() {
        return asked;
    }

    /** Counts how something came out, by its first word. */
    synchronized void count(String what, String outcome) {
        counts.computeIfAbsent(what.split(" ", 2)[0], absent -> new TreeMap<>()).merge(outcome, 1, Integer::sum);
    }

    synchronized Map<String, Map<String, Integer>> counts() {
        return new TreeMap<>(counts);
    }

    synchronized void violation(String what, Object... arguments) {
        say("VIOLATION", what, arguments);
        violations.add(lines.getLast());
    }

    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    /** Returns the last lines in which one of the words is. */
    synchronized String about(List<String> words) {
        List<String> found = lines.stream()
                .filter(line -> words.stream().anyMatch(line::contains))
                .toList();
        return "\n" + String.join("\n", found.subList(Math.max(0, found.size() - SHOWN), found.size())) + "\n";
    }
}
