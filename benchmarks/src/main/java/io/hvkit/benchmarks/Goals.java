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
     * Returns a table of the goals whose rows were measured.
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
            List<Figures> rows = goal.rows().stream()
                    .flatMap(row -> Optional.ofNullable(byName.get(row)).stream())
                    .toList();
            if (rows.size() == goal.rows().size()) {
                lines.add(line(goal, rows));
            }
        }
        Optional.ofNullable(byName.get("create-many")).ifPresent(row -> lines.add(many(row, creations)));
        for (String decision : List.of("select-", "place-", "snapshot-plan-")) {
            growth(decision, byName).ifPresent(lines::add);
        }
        if (isWhole) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| the whole run in %.0f minutes | %.1f | %s |",
                    MINUTES,
                    seconds / 60,
                    verdict(seconds / 60 <= MINUTES)));
        }
        return lines;
    }

    private static String line(Goal goal, List<Figures> rows) {
        List<Double> values =
                rows.stream().flatMap(row -> goal.value().apply(row).stream()).toList();
        String measured = values.stream().map(goal.unit()).collect(Collectors.joining(", "));
        boolean isMet = values.size() == rows.size() && values.stream().allMatch(value -> value >= goal.least());
        return "| %s | %s%s | %s |".formatted(goal.text(), measured, allowed(goal, rows), verdict(isMet));
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
    private static String many(Figures row, int creations) {
        return "| none of 1,000 encrypted images fails to be made | none of %d failed; %s each | %s |"
                .formatted(creations, Figures.time(row.ours().median()), verdict(creations >= 1_000));
    }

    private static Optional<String> growth(String decision, Map<String, Figures> byName) {
        Figures small = byName.get(decision + "1000");
        Figures large = byName.get(decision + "100000");
        if (small == null || large == null) {
            return Optional.empty();
        }
        double ratio = large.ours().median() / small.ours().median();
        return Optional.of("| `%s` at 100,000 costs at most 1.5 times as much as at 1,000 | %s | %s |"
                .formatted(decision + "*", String.format(Locale.ROOT, "%.1f ×", ratio), verdict(ratio <= 1.5)));
    }

    private static String verdict(boolean isMet) {
        return isMet ? "met" : "**missed**";
    }
}
