package io.hvkit.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What was to be reached, and whether it was. Never the cause of a failure: it is printed, and read. */
final class Goals {

    private static final double MINUTES = 20;

    private Goals() {}

    /**
     * One goal.
     *
     * @param text what is to be
     * @param rows the rows that tell
     * @param value what of them counts
     * @param unit how it is written
     * @param least what it is to be at least
     */
    private record Goal(
            String text,
            List<String> rows,
            Function<Figures, Optional<Double>> value,
            Function<Double, String> unit,
            double least) {}

    private static final List<Goal> GOALS = List.of(
            new Goal(
                    "an encrypted image is made 400 times as fast as by the tools' defaults",
                    List.of("create-luks", "create-qcow2-luks"),
                    Figures::ratio,
                    Figures::times,
                    400),
            new Goal(
                    "a key is tried 200 times as fast",
                    List.of("unlock-luks", "unlock-qcow2-luks"),
                    Figures::ratio,
                    Figures::times,
                    200),
            new Goal(
                    "a machine with two encrypted disks starts as fast as with plain ones, within 5 %",
                    List.of("start-2-encrypted"), Figures::ofLimit, Figures::percent, 0.95),
            copied("raw to LUKS", "convert-raw-luks", 6),
            copied("LUKS to LUKS", "convert-luks-luks", 6),
            copied("LUKS to raw", "convert-luks-raw", 5),
            new Goal(
                    "these three are faster than qemu-img at its best",
                    List.of("convert-raw-luks", "convert-luks-luks", "convert-luks-raw"),
                    Figures::tunedRatio,
                    Figures::times,
                    1),
            new Goal(
                    "a live copy is 0.9 as fast as `qemu-img convert` of the same data",
                    List.of("live-copy-plain", "live-copy-luks"),
                    Figures::ofLimit,
                    Figures::percent,
                    0.9),
            new Goal(
                    "an encrypted live copy is 2.5 times as fast as one whose target libvirt formats",
                    List.of("live-copy-luks"),
                    Figures::ratio,
                    Figures::times,
                    2.5));

    private static Goal copied(String what, String row, double least) {
        return new Goal(
                "%s %.0f times as fast as by the tools' defaults".formatted(what, least),
                List.of(row),
                Figures::ratio,
                Figures::times,
                least);
    }

    /**
     * Returns a table of the goals; one whose rows were not measured says so.
     *
     * @param creations how many encrypted images were made, if any
     * @param seconds how long the run took
     * @param isWhole whether every row was wanted
     */
    static List<String> table(List<Figures> figures, int creations, double seconds, boolean isWhole) {
        Map<String, Figures> byName =
                figures.stream().collect(Collectors.toMap(Figures::name, each -> each, (one, other) -> other));
        List<String> lines = new ArrayList<>(List.of("| goal | measured | verdict |", "|---|---|---|"));
        for (Goal goal : GOALS) {
            lines.add(line(goal, byName));
        }
        lines.add(many(Optional.ofNullable(byName.get("create-many")), creations));
        for (String decision : List.of("select-", "place-", "snapshot-plan-")) {
            lines.add(growth(decision, byName));
        }
        String whole = String.format(Locale.ROOT, "the whole run in %.0f minutes, without building", MINUTES);
        lines.add(
                isWhole
                        ? judged(whole, String.format(Locale.ROOT, "%.1f", seconds / 60), seconds / 60 <= MINUTES)
                        : open(whole));
        return lines;
    }

    private static String line(Goal goal, Map<String, Figures> byName) {
        List<Figures> rows = goal.rows().stream()
                .flatMap(row -> Optional.ofNullable(byName.get(row)).stream())
                .toList();
        List<Double> values =
                rows.stream().flatMap(row -> goal.value().apply(row).stream()).toList();
        if (values.size() < goal.rows().size()) {
            return open(goal.text());
        }
        String measured = values.stream().map(goal.unit()).collect(Collectors.joining(", "));
        return judged(
                goal.text(), measured + allowed(goal, rows), values.stream().allMatch(value -> value >= goal.least()));
    }

    /** No copy that is on the disk when it ends is faster than writing it: what that allows belongs beside what was reached. */
    private static String allowed(Goal goal, List<Figures> rows) {
        return Stream.of(rows.get(0))
                .filter(row -> row.name().startsWith("convert-") && goal.least() > 1)
                .flatMap(row -> row.limit().flatMap(limit -> row.plain().map(limit::timesAsFastAs)).stream())
                .map(ratio -> "; the disk allows " + Figures.times(ratio))
                .findFirst()
                .orElse("");
    }

    /** That there are figures proves that none failed. */
    private static String many(Optional<Figures> row, int creations) {
        String goal = "none of 1,000 encrypted images fails to be made";
        return row.map(figures -> judged(
                        goal,
                        "none of %d failed; %s each"
                                .formatted(
                                        creations, Figures.time(figures.ours().median())),
                        creations >= 1_000))
                .orElseGet(() -> open(goal));
    }

    private static String growth(String decision, Map<String, Figures> byName) {
        String goal = "`%s*` at 100,000 costs at most 1.5 times as much as at 1,000".formatted(decision);
        Figures small = byName.get(decision + "1000");
        Figures large = byName.get(decision + "100000");
        if (small == null || large == null) {
            return open(goal);
        }
        double ratio = large.ours().median() / small.ours().median();
        return judged(goal, String.format(Locale.ROOT, "%.1f ×", ratio), ratio <= 1.5);
    }

    private static String judged(String goal, String measured, boolean isMet) {
        return "| %s | %s | %s |".formatted(goal, measured, isMet ? "met" : "**missed**");
    }

    private static String open(String goal) {
        return "| %s | not measured | open |".formatted(goal);
    }
}
