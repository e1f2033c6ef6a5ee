package io.hvkit.benchmarks;

import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.QemuImg;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One run of the benchmarks: where they work, how large they are, and what came out so far. For one thread. */
final class Bench {

    private final Path folder;
    private final Scale scale;
    private final List<String> wanted;
    private final PrintStream out;
    private final QemuImg qemuImg;
    private final long start = System.nanoTime();
    private final List<Figures> figures = new ArrayList<>();

    /** @param wanted names of rows, or beginnings of them; all if there is none */
    Bench(Path folder, Scale scale, List<String> wanted, PrintStream out) throws Exception {
        this.folder = Files.createDirectories(folder).toRealPath();
        this.scale = scale;
        this.wanted = List.copyOf(wanted);
        this.out = out;
        this.qemuImg = QemuImg.probe(CommandRunner.local());
    }

    Path folder() {
        return folder;
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    Scale scale() {
        return scale;
    }

    QemuImg qemuImg() {
        return qemuImg;
    }

    boolean wants(String name) {
        return wanted.isEmpty() || wanted.stream().anyMatch(name::startsWith);
    }

    /** Returns whether a line of this name, or one whose name begins so, may be wanted. */
    boolean mayWant(String name) {
        return wants(name) || wanted.stream().anyMatch(each -> each.startsWith(name));
    }

    /** Measures a line, if it is wanted, and prints it. */
    void row(String name, Ways ways) throws Exception {
        if (wants(name)) {
            measured(name, ways);
        }
    }

    /** Measures a line, prints it and returns it. */
    Figures measured(String name, Ways ways) throws Exception {
        Figures line = new Contest(scale.rounds(), scale.warmUp()).run(name, ways);
        add(line);
        return line;
    }

    /** Takes a line that was measured. */
    void add(Figures line) {
        figures.add(line);
        out.println(line.json());
    }

    List<Figures> figures() {
        return List.copyOf(figures);
    }

    /** Measures all that is wanted; the table comes last. */
    void run(List<Row> rows) throws Exception {
        for (Row row : rows) {
            if (row.names().stream().anyMatch(this::mayWant)) {
                row.measure(this);
            }
        }
        out.println();
        table().forEach(out::println);
        out.println();
        goals().forEach(out::println);
    }

    /** Returns the table, line by line. */
    List<String> table() {
        return Stream.concat(Figures.head().lines(), figures.stream().map(Figures::line))
                .toList();
    }

    /** Returns which goals are met, as far as their rows were measured. */
    List<String> goals() {
        return Goals.table(figures, scale.creations(), (System.nanoTime() - start) / 1e9, wanted.isEmpty());
    }
}
