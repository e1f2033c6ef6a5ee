package io.hvkit.benchmarks;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * {@code ./hvkit bench [NAME]... [--size full|small|tiny]}: all rows, or those whose names begin so. {@code ./hvkit bench --publish} puts
 * what the last run measured into the pages that show it.
 */
public final class BenchCommand {

    /** Every row there is. */
    static final List<Row> ROWS = List.of(
            new ImageRows(),
            new ConvertRows(),
            new MachineRows(),
            new DecisionRows(),
            new JournalRows(),
            new OverheadRow());

    private BenchCommand() {}

    /** Measures, prints lines of JSON and then the table, and writes both below the folder that it works in. */
    public static void main(String[] arguments) throws Exception {
        Path work = Path.of(".hvkit", "bench");
        Scale scale = Scale.FULL;
        boolean publishes = false;
        List<String> names = new ArrayList<>();
        for (Iterator<String> left = List.of(arguments).iterator(); left.hasNext(); ) {
            String word = left.next();
            switch (word) {
                case "--work" -> work = Path.of(left.next());
                case "--size" -> scale = Scale.named(left.next());
                case "--publish" -> publishes = true;
                default -> names.add(word);
            }
        }
        requireKnown(names);
        if (publishes) {
            new Publication(work).into(Path.of("docs", "performance.md"), Path.of("README.md"));
            return;
        }
        measure(work, scale, names);
    }

    private static void measure(Path work, Scale scale, List<String> names) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Files.createDirectories(work);
        Bench bench = new Bench(Files.createTempDirectory(work, "run-"), scale, names, out);
        try {
            bench.run(ROWS);
        } finally {
            Folders.delete(bench.folder());
        }
        Files.write(
                work.resolve("bench.json"),
                bench.figures().stream().map(Figures::json).toList());
        new Publication(work).keep(bench.table(), bench.goals());
    }

    private static void requireKnown(List<String> names) {
        List<String> known = ROWS.stream().flatMap(row -> row.names().stream()).toList();
        for (String name : names) {
            if (known.stream().noneMatch(each -> each.startsWith(name) || name.startsWith(each))) {
                throw new IllegalArgumentException("there is no row '" + name + "'; there are " + known);
            }
        }
    }
}
