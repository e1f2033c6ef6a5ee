package com.acme.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Storage of one's own takes a hundred and fifty lines besides its imports, and no trick makes them fewer. */
class FlatFilesSizeTest {

    private static final int MOST_LINES = 150;
    private static final int LONGEST_LINE = 120;

    @Test
    void itIsWhollyWrittenInAHundredAndFiftyLines() throws IOException {
        List<String> lines = lines();

        assertThat(lines).filteredOn(line -> !line.matches("(import|package) [\\w. ]+;")).hasSizeBetween(75, MOST_LINES);
        assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(LONGEST_LINE));
        assertThat(lines).filteredOn(line -> line.startsWith("import")).allSatisfy(line -> assertThat(line)
                .doesNotContain("*"));
        assertThat(lines).allSatisfy(line -> assertThat(line.chars().filter(c -> c == ';').count())
                .as(line)
                .isLessThanOrEqualTo(1));
    }

    /** All lines of all sources with something in them, but for the marks of the parts that the documents quote. */
    private static List<String> lines() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            List<Path> sources = files.filter(Files::isRegularFile).toList();
            assertThat(sources).isNotEmpty();
            return sources.stream()
                    .flatMap(FlatFilesSizeTest::read)
                    .filter(line -> !line.isBlank())
                    .filter(line -> !line.strip().matches("// (tag|end)::[a-z]+\\[]"))
                    .toList();
        }
    }

    private static Stream<String> read(Path source) {
        try {
            return Files.readAllLines(source).stream();
        } catch (IOException e) {
            throw new AssertionError(source + " cannot be read", e);
        }
    }
}
