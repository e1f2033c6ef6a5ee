package io.hvkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PublicationTest {

    private static final List<String> TABLE =
            List.of("| row | ours | new |", "|---|---|---|", "| one | 1 |  |", "| two | 2 |  |", "| more | 3 |  |");
    private static final List<String> GOALS =
            List.of("| goal | measured | verdict |", "|---|---|---|", "| g | 1 | met |");

    @TempDir
    private Path folder;

    private Path page;
    private Path readme;
    private Publication publication;

    @BeforeEach
    void pages() throws Exception {
        page = folder.resolve("performance.md");
        readme = folder.resolve("README.md");
        Files.write(
                page,
                List.of(
                        "# Fast",
                        "",
                        "| row | ours |",
                        "|---|---|",
                        "| two | 9 |",
                        "",
                        "between",
                        "",
                        "| goal | measured | verdict |",
                        "|---|---|---|",
                        "| old | 9 | met |",
                        "",
                        "| row | what |",
                        "|---|---|",
                        "| two | text |"));
        Files.write(readme, List.of("# Kit", "| row | ours |", "|---|---|", "| two | 9 |", "", "the end"));
        publication = new Publication(folder);
    }

    @Test
    void tables_are_replaced_and_the_rest_stays() throws Exception {
        publication.keep(TABLE, GOALS);

        publication.into(page, readme);

        assertThat(Files.readAllLines(page))
                .containsExactly(
                        "# Fast",
                        "",
                        TABLE.get(0),
                        TABLE.get(1),
                        TABLE.get(2),
                        TABLE.get(3),
                        TABLE.get(4),
                        "",
                        "between",
                        "",
                        GOALS.get(0),
                        GOALS.get(1),
                        GOALS.get(2),
                        "",
                        "| row | what |",
                        "|---|---|",
                        "| two | text |");
        assertThat(Files.readAllLines(readme))
                .containsExactly("# Kit", TABLE.get(0), TABLE.get(1), TABLE.get(3), "", "the end");
    }

    @Test
    void a_row_that_a_page_shows_and_nobody_measured_is_named_and_no_page_changes() throws Exception {
        publication.keep(TABLE.subList(0, 3), GOALS);
        List<String> before = Files.readAllLines(page);

        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> publication.into(page, readme))
                .withMessageContaining("two")
                .withMessageContaining("./hvkit bench");

        assertThat(Files.readAllLines(page)).isEqualTo(before);
        Files.write(page, List.of("# Fast"));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> publication.into(page, readme))
                .withMessageContaining("no table");
    }
}
