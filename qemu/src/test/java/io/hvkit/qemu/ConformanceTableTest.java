package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The tables of docs/conformance.md: each case has a line, and each line names tests that exist or says why there is none. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConformanceTableTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| ([TE]?\\d+) \\| ([^|]+) \\| ([^|]+) \\|$");
    private static final Pattern TEST = Pattern.compile("`(\\w+)`");
    private static final Pattern REASON = Pattern.compile("\\b(open|later|does not apply: .+)$");

    @Test
    void every_case_has_a_line_with_tests_that_exist_or_with_a_reason() throws Exception {
        Set<String> tests = tests();
        assertThat(tests).hasSizeGreaterThan(100);
        String document = Files.readString(ROOT.resolve("docs").resolve("conformance.md"));

        assertThat(ROW.matcher(document).results().map(row -> row.group(1)))
                .containsExactlyElementsOf(Stream.of(numbered("", 48), numbered("T", 20), numbered("E", 14))
                        .flatMap(Function.identity())
                        .toList());
        for (MatchResult row : ROW.matcher(document).results().toList()) {
            Set<String> named = TEST.matcher(row.group(3))
                    .results()
                    .map(name -> name.group(1))
                    .collect(Collectors.toSet());
            assertThat(tests).as("case %s", row.group(1)).containsAll(named);
            assertThat(named.isEmpty() && !REASON.matcher(row.group(3)).find())
                    .as("case %s has neither a test nor a reason", row.group(1))
                    .isFalse();
        }
    }

    private static Stream<String> numbered(String table, int cases) {
        return IntStream.rangeClosed(1, cases).mapToObj(number -> table + number);
    }

    /** Returns the names of all tests and contracts of the project. */
    private static Set<String> tests() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            Set<String> names = new TreeSet<>();
            for (Path sources : modules.map(m -> m.resolve("src"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(sources)) {
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.matches("\\w+(Test|IT|Contract)\\.java"))
                            .forEach(name -> names.add(name.substring(0, name.length() - ".java".length())));
                }
            }
            return names;
        }
    }
}
