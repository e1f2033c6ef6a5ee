package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The manual's table of formats is what the readers say of themselves. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FormatTableTest {

    private static final String BEGIN = "<!-- formats -->\n";
    private static final String END = "<!-- /formats -->";

    @Test
    void the_manual_says_what_the_readers_say() throws Exception {
        Path manual = Path.of("..", "docs", "qemu.md");
        String text = Files.readString(manual);
        assertThat(text).contains(BEGIN).contains(END);
        String shown = text.substring(text.indexOf(BEGIN) + BEGIN.length(), text.indexOf(END));
        assertThat(shown)
                .as("put this between the marks in docs/qemu.md:\n%s", table())
                .isEqualTo(table());
    }

    @Test
    void every_format_has_one_reader_but_raw_which_needs_none() {
        assertThat(Inspection.READERS).extracting(FormatReader::format).doesNotHaveDuplicates();
        Set<FileFormat> read =
                Inspection.READERS.stream().map(FormatReader::format).collect(Collectors.toSet());
        assertThat(read).isEqualTo(EnumSet.complementOf(EnumSet.of(FileFormat.RAW)));
    }

    private static String table() {
        StringBuilder table =
                new StringBuilder("| format | recognised by | read | a finding, at once |\n|---|---|---|---|\n");
        for (FormatReader reader : Inspection.READERS) {
            FormatReader.Row row = reader.row();
            table.append(String.format(
                    "| %s | %s | %s | %s |%n", reader.format(), row.recognisedBy(), row.reads(), row.refuses()));
        }
        table.append("| raw | none of the others | size, partition table | no bytes, no whole number of sectors, a"
                + " partition table that contradicts itself or reaches behind the end |\n");
        return table.toString();
    }
}
