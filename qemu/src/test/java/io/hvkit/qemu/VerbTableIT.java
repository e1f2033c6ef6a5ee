package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The table of docs/qemu.md: all that qemu-img offers is either offered here or left out for a reason that is told. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VerbTableIT {

    private static final Pattern SYNTAX = Pattern.compile("(?m)^  ([a-z]+) (.*)$");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])(--?[A-Za-z][A-Za-z-]*)");
    private static final Pattern FORMAT_OPTION = Pattern.compile("(?m)^  ([a-z0-9_.-]+)=");
    private static final Path DOCUMENT = Path.of("..", "docs", "qemu.md");

    @Test
    void every_verb_and_option_of_the_installed_program_has_a_line() throws Exception {
        String help = run("--help");
        String syntax = help.substring(help.indexOf("Command syntax:"), help.indexOf("Command parameters:"));
        List<String> missing = new ArrayList<>();
        int seen = 0;
        for (MatchResult line : SYNTAX.matcher(syntax).results().toList()) {
            Set<String> known = options(line.group(1));
            assertThat(known).as("lines of qemu-img %s", line.group(1)).isNotEmpty();
            known.addAll(options(VerbTable.ANY));
            for (MatchResult option : OPTION.matcher(line.group(2)).results().toList()) {
                seen++;
                if (!known.contains(option.group(1))) {
                    missing.add(line.group(1) + " " + option.group(1));
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(seen).as("options that the help lists").isGreaterThan(100);
    }

    @Test
    void every_option_of_a_format_has_a_line() throws Exception {
        List<String> missing = new ArrayList<>();
        int seen = 0;
        for (String format : List.of("raw", "qcow2", "luks", "vmdk", "vpc", "vhdx", "vdi")) {
            Set<String> known = options("-o of " + format);
            String help = run("create", "-f", format, "-o", "help");
            for (MatchResult option : FORMAT_OPTION.matcher(help).results().toList()) {
                seen++;
                if (!known.contains(option.group(1))) {
                    missing.add(format + " " + option.group(1));
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(seen).as("options that the formats list").isGreaterThan(40);
    }

    @Test
    void every_line_names_what_exists() throws Exception {
        for (VerbTable.Row row : VerbTable.rows()) {
            for (String member : row.members()) {
                String[] names = member.split("\\.", -1);
                Class<?> type = type(names[0]);
                assertThat(Modifier.isPublic(type.getModifiers())).as(member).isTrue();
                assertThat(Stream.concat(
                                Arrays.stream(type.getMethods()).map(Method::getName),
                                Arrays.stream(type.getFields()).map(Field::getName)))
                        .as("%s of %s %s", member, row.verb(), row.options())
                        .contains(names[1]);
            }
            assertThat(row.members().isEmpty() && row.remark().isBlank())
                    .as("%s %s is offered nowhere, and no reason is told", row.verb(), row.options())
                    .isFalse();
        }
    }

    @Test
    void the_document_shows_the_table() throws IOException {
        String text = Files.readString(DOCUMENT);
        String start = "<!-- verbs -->\n";
        String end = "<!-- end of verbs -->";
        assertThat(text).contains(start, end);
        assertThat(text.substring(text.indexOf(start) + start.length(), text.indexOf(end)))
                .as("the table of %s; this is how it should be:\n%s", DOCUMENT, VerbTable.markdown())
                .isEqualTo(VerbTable.markdown());
    }

    private static Set<String> options(String verb) {
        return VerbTable.rows().stream()
                .filter(row -> row.verb().equals(verb))
                .flatMap(row -> row.options().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        try {
            return Class.forName("io.hvkit.qemu." + name);
        } catch (ClassNotFoundException e) {
            return Class.forName("io.hvkit.core." + name);
        }
    }

    private static String run(String... arguments) throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of("qemu-img"));
        argv.addAll(List.of(arguments));
        return CommandRunner.local().run(Command.of(argv)).output();
    }
}
