package io.hvkit.benchmarks;

import java.util.Locale;
import java.util.Optional;

/**
 * What came out of one row.
 *
 * @param name the row's name
 * @param ours our way
 * @param plain the plain way, if there is one
 * @param limit what the machine can, if that can be measured
 */
record Figures(String name, Samples ours, Optional<Samples> plain, Optional<Samples> limit) {

    /** Returns how many times as fast as the plain way it is. */
    Optional<Double> ratio() {
        return plain.map(ours::timesAsFastAs);
    }

    /** Returns what share of the limit's speed it reaches. */
    Optional<Double> ofLimit() {
        return limit.map(ours::timesAsFastAs);
    }

    /** Returns the figures as one line of JSON; seconds, and null for what there is not. */
    String json() {
        return "{\"name\":\"%s\",\"ours\":%s,\"plain\":%s,\"limit\":%s,\"ratio\":%s,\"of_limit\":%s,\"spread\":%s,\"rounds\":%d}"
                .formatted(
                        name,
                        number(ours.median()),
                        plain.map(Samples::median).map(Figures::number).orElse("null"),
                        limit.map(Samples::median).map(Figures::number).orElse("null"),
                        ratio().map(Figures::number).orElse("null"),
                        ofLimit().map(Figures::number).orElse("null"),
                        number(ours.spread()),
                        ours.seconds().size());
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value).contains("e")
                ? Double.toString(value)
                : String.format(Locale.ROOT, "%.4g", value);
    }

    /** Returns the figures as a line of the table. */
    String line() {
        return "| %s | %s ± %.0f %% | %s | %s | %s | %s |"
                .formatted(
                        name,
                        time(ours.median()),
                        ours.spread() * 100,
                        plain.map(s -> time(s.median())).orElse(""),
                        limit.map(s -> time(s.median())).orElse(""),
                        ratio().map(r -> String.format(Locale.ROOT, r < 10 ? "%.1f ×" : "%.0f ×", r))
                                .orElse(""),
                        ofLimit()
                                .map(r -> String.format(Locale.ROOT, "%.0f %%", r * 100))
                                .orElse(""));
    }

    static String head() {
        return "| row | ours | plain | limit | faster | of the limit |\n|---|---|---|---|---|---|";
    }

    static String time(double seconds) {
        if (seconds >= 1) {
            return String.format(Locale.ROOT, "%.2f s", seconds);
        }
        if (seconds >= 1e-3) {
            return String.format(Locale.ROOT, "%.1f ms", seconds * 1e3);
        }
        return seconds >= 1e-6
                ? String.format(Locale.ROOT, "%.1f µs", seconds * 1e6)
                : String.format(Locale.ROOT, "%.0f ns", seconds * 1e9);
    }
}
