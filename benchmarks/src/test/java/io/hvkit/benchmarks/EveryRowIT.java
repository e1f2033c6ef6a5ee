package io.hvkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.qemu.Image;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each row runs, at a size that says nothing about speed. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EveryRowIT {

    @TempDir
    private Path folder;

    @Test
    void every_row_measures_prints_its_line_and_leaves_nothing() throws Exception {
        List<String> wanted =
                BenchCommand.ROWS.stream().flatMap(row -> row.names().stream()).toList();
        Run run = run(List.of());

        for (String name : wanted) {
            assertThat(run.json).as(name).anyMatch(line -> line.startsWith("{\"name\":\"" + name));
            assertThat(run.table).as(name).anyMatch(line -> line.startsWith("| " + name));
        }
        assertThat(run.json).allMatch(line -> line.matches("\\{\"name\":\"[a-z0-9-]+\",\"ours\":[0-9].*}"));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> folder.relativize(path).toString())).isSubsetOf("host", "pool");
        }
    }

    @Test
    void one_row_alone_is_measured_if_it_is_named() throws Exception {
        for (String name : List.of("image-no-op", "convert-qcow2-raw", "select-100")) {
            assertThat(run(List.of(name)).json).hasSize(1).allMatch(line -> line.contains('"' + name + '"'));
        }
    }

    @Test
    void a_copy_that_is_wrong_is_an_error_and_no_figure() throws Exception {
        Bench bench = bench(List.of(), new ByteArrayOutputStream());
        Path source = Content.mixed(folder.resolve("source"), bench.scale().disk());
        Path copy = Files.copy(source, folder.resolve("copy"));
        try (RandomAccessFile file = new RandomAccessFile(copy.toFile(), "rw")) {
            file.seek(1_234_567);
            file.write(file.read() ^ 1);
        }
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> bench.row("wrong", Ways.of(() -> {
                    ConvertRows.requireSame(bench, Image.raw(source), Image.raw(copy));
                    return 1;
                })));
        assertThat(bench.figures()).isEmpty();
    }

    @Test
    void a_name_that_no_row_has_is_refused_with_those_that_there_are() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> BenchCommand.main(new String[] {"convert-everything", "--work", folder.toString()}))
                .withMessageContaining("convert-raw-luks");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> BenchCommand.main(new String[] {"--size", "huge"}))
                .withMessageContaining("huge");
    }

    private record Run(List<String> json, List<String> table) {}

    private Run run(List<String> names) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bench(names, bytes).run(BenchCommand.ROWS);
        List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
        return new Run(
                lines.stream().filter(line -> line.startsWith("{")).toList(),
                lines.stream().filter(line -> line.startsWith("|")).toList());
    }

    private Bench bench(List<String> names, ByteArrayOutputStream bytes) throws Exception {
        return new Bench(folder, Scale.TINY, names, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }
}
