package io.hvkit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What the documents show is what compiles and runs; links lead somewhere. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DocumentationTest {

    private static final int FOLDERS = 12;
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern QUOTE =
            Pattern.compile("<!-- from: (\\S+)#(\\S+) -->\n```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CASE = Pattern.compile("`([a-z]+(?:_[a-z]+){3,})`");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)\\)");

    @Test
    void every_quoted_example_is_the_region_of_the_program_it_names() throws IOException {
        int quotes = 0;
        for (Path document : documents()) {
            Matcher matcher = QUOTE.matcher(Files.readString(document));
            while (matcher.find()) {
                quotes++;
                assertThat(matcher.group(3))
                        .as("%s quotes %s#%s", document, matcher.group(1), matcher.group(2))
                        .isEqualTo(region(ROOT.resolve(matcher.group(1)), matcher.group(2)));
            }
        }
        assertThat(quotes).as("quoted examples").isPositive();
    }

    @Test
    void every_test_that_is_named_by_its_sentence_is_there() throws IOException {
        Set<String> tests = tests();
        List<String> named = new ArrayList<>();
        for (Path document : documents()) {
            Matcher matcher = CASE.matcher(Files.readString(document));
            while (matcher.find()) {
                named.add(matcher.group(1));
                assertThat(tests)
                        .as("the tests, of which %s names one", document)
                        .contains(matcher.group(1));
            }
        }
        assertThat(named).isNotEmpty();
    }

    /** Returns the names of all methods that could be tests. */
    private static Set<String> tests() throws IOException {
        Pattern method = Pattern.compile("void (\\w+)\\(");
        try (Stream<Path> files = Files.walk(ROOT, FOLDERS)) {
            Set<String> names = new HashSet<>();
            for (Path source :
                    files.filter(file -> file.toString().endsWith(".java")).toList()) {
                Matcher matcher = method.matcher(Files.readString(source));
                while (matcher.find()) {
                    names.add(matcher.group(1));
                }
            }
            return names;
        }
    }

    @Test
    void every_link_within_the_project_leads_to_something() throws IOException {
        List<String> links = new ArrayList<>();
        for (Path document : documents()) {
            Matcher matcher = LINK.matcher(Files.readString(document));
            while (matcher.find()) {
                links.add(matcher.group(1));
                assertThat(document.resolveSibling(matcher.group(1)))
                        .as("a link in %s", document)
                        .exists();
            }
        }
        assertThat(links).isNotEmpty();
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            List<Path> all = new ArrayList<>(docs.toList());
            all.add(ROOT.resolve("README.md"));
            return all;
        }
    }

    private static String region(Path program, String tag) throws IOException {
        List<String> lines = Files.readAllLines(program);
        int from = indexOf(lines, "// tag::" + tag + "[]") + 1;
        int to = indexOf(lines, "// end::" + tag + "[]");
        int indent = lines.get(from).length() - lines.get(from).stripLeading().length();
        StringBuilder text = new StringBuilder();
        for (String line : lines.subList(from, to)) {
            text.append(line.isBlank() ? "" : line.substring(indent)).append('\n');
        }
        return text.toString();
    }

    private static int indexOf(List<String> lines, String mark) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).strip().equals(mark)) {
                return i;
            }
        }
        throw new AssertionError("no line '" + mark + "'");
    }
}
