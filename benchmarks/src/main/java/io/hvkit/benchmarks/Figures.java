package io.hvkit.benchmarks;

import java.util.Locale;
import java.util.Optional;

/**
 * What came out of one row.
 *
 * @param name the row's name
 * @param ours our way
 * @param plain the plain way, if there is one
 * @param tuned the tools at their best, if there is such a way
 * @param limit what the machine can, if that can be measured
 * @param first how long our way took the first time, before anything was warm, if that was measured
 * @param took how long measuring the row took, with all that proves it
 */
record Figures(
        String name,
        Samples ours,
        Optional<Samples> plain,
        Optional<Samples> tuned,
        Optional<Samples> limit,
        Optional<Double> first,
        double took) {

    /** Returns how many times as fast as the plain way it is. */
    Optional<Double> ratio() {
        return plain.map(ours::timesAsFastAs);
    }

    /** Returns how many times as fast as the tools at their best it is. */
    Optional<Double> tunedRatio() {
        return tuned.map(ours::timesAsFastAs);
    }

    /** Returns what share of the limit's speed it reaches. */
    Optional<Double> ofLimit() {
        return limit.map(ours::timesAsFastAs);
    }

    /** Returns the figures as one line of JSON; seconds, and null for what there is not. */
    String json() {
        return ("{\"name\":\"%s\",\"ours\":%s,\"plain\":%s,\"limit\":%s,\"ratio\":%s,\"of_limit\":%s,\"tuned\":%s,"
                        + "\"tuned_ratio\":%s,\"first\":%s,\"spread\":%s,\"rounds\":%d,\"took\":%s}")
                .formatted(
                        name,
                        number(ours.median()),
                        number(plain.map(Samples::median)),
                        number(limit.map(Samples::median)),
                        number(ratio()),
                        number(ofLimit()),
                        number(tuned.map(Samples::median)),
                        number(tunedRatio()),
                        number(first),
                        number(ours.spread()),
                        ours.seconds().size(),
                        number(took));
    }

    private static String number(Optional<Double> value) {
        return value.map(Figures::number).orElse("null");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value).contains("e")
                ? Double.toString(value)
                : String.format(Locale.ROOT, "%.4g", value);
    }

    /** Returns the figures as a line of the table. */
    String line() {
        return "| %s | %s ± %.0f %% | %s | %s | %s | %s | %s | %s |"
                .formatted(
                        name,
                        time(ours.median()),
                        ours.spread() * 100,
                        time(plain.map(Samples::median)),
                        time(tuned.map(Samples::median)),
                        time(limit.map(Samples::median)),
                        ratio().map(Figures::times).orElse(""),
                        tunedRatio().map(Figures::times).orElse(""),
                        ofLimit().map(Figures::percent).orElse(""));
    }

    static String head() {
        return "| row | ours | plain | tuned | limit | faster | than tuned | of the limit |\n"
                + "|---|---|---|---|---|---|---|---|";
    }

    static String times(double ratio) {
        return String.format(Locale.ROOT, ratio < 10 ? "%.1f ×" : "%.0f ×", ratio);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", share * 100);
    }

    private static String time(Optional<Double> seconds) {
        return seconds.map(Figures::time).orElse("");
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
