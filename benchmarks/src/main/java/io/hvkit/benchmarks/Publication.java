package io.hvkit.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Puts what a whole run measured into the pages that show it: tables are replaced, and nothing else is touched. */
final class Publication {

    static final String TABLE = "table.md";
    static final String GOALS = "goals.md";

    private final Path work;

    /** @param work where the run left its tables */
    Publication(Path work) {
        this.work = work;
    }

    /** Keeps the tables of a run. */
    void keep(List<String> table, List<String> goals) throws IOException {
        Files.write(work.resolve(TABLE), table);
        Files.write(work.resolve(GOALS), goals);
    }

    /**
     * Replaces the table of rows and that of goals in one page, and in another the lines of those rows that it shows.
     *
     * @throws IllegalArgumentException if a row or a goal that a page shows was not measured; no page is changed
     */
    void into(Path performance, Path readme) throws IOException {
        List<String> table = Files.readAllLines(work.resolve(TABLE));
        List<String> goals = Files.readAllLines(work.resolve(GOALS));
        List<String> page = Files.readAllLines(performance);
        List<String> first = Files.readAllLines(readme);
        page = replaced(page, table, performance);
        page = replaced(page, goals, performance);
        first = replaced(first, chosen(first, table, readme), readme);
        Files.write(performance, page);
        Files.write(readme, first);
    }

    /** Replaces the table that begins with the same cell by a new one, which must have all that it had. */
    private static List<String> replaced(List<String> page, List<String> table, Path where) {
        int from = start(page, table.get(0), where);
        int to = end(page, from);
        List<String> lost = cells(page.subList(from + 2, to));
        lost.removeAll(cells(table));
        boolean losesRows = cell(table.get(0)).equals("row") && !lost.isEmpty();
        if (losesRows) {
            throw new IllegalArgumentException(
                    where + " shows rows that were not measured: " + lost + "; measure them all, with ./hvkit bench");
        }
        List<String> whole = new ArrayList<>(page.subList(0, from));
        whole.addAll(table);
        whole.addAll(page.subList(to, page.size()));
        return whole;
    }

    /** Returns the new lines of the rows that a page shows. */
    private static List<String> chosen(List<String> page, List<String> table, Path where) {
        int from = start(page, table.get(0), where);
        Map<String, String> measured = table.stream().collect(Collectors.toMap(Publication::cell, line -> line));
        List<String> lines = new ArrayList<>(table.subList(0, 2));
        for (String name : cells(page.subList(from + 2, end(page, from)))) {
            String line = measured.get(name);
            if (line == null) {
                throw new IllegalArgumentException(where + " shows the row " + name + ", which was not measured;"
                        + " measure them all, with ./hvkit bench");
            }
            lines.add(line);
        }
        return lines;
    }

    private static int start(List<String> page, String head, Path where) {
        for (int at = 0; at < page.size(); at++) {
            if (page.get(at).startsWith("| " + cell(head) + " | " + head.split("\\|", -1)[2].strip() + " ")) {
                return at;
            }
        }
        throw new IllegalArgumentException(where + " has no table that begins with " + head);
    }

    private static int end(List<String> page, int from) {
        int to = from;
        while (to < page.size() && page.get(to).startsWith("|")) {
            to++;
        }
        return to;
    }

    private static List<String> cells(List<String> lines) {
        return lines.stream().map(Publication::cell).collect(Collectors.toCollection(ArrayList::new));
    }

    private static String cell(String line) {
        return line.split("\\|", -1)[1].strip();
    }
}
