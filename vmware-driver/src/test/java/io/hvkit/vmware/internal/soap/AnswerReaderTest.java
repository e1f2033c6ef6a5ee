package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of an answer, and what is not. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AnswerReaderTest {

    private static final AnswerReader.Limits SMALL = new AnswerReader.Limits(1000, 20, 5);

    private static Node read(AnswerReader.Limits limits, String xml) throws IOException {
        return new AnswerReader(limits).read(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void names_types_references_and_texts_are_read() throws IOException {
        Node root = read(
                SMALL,
                "<a:x xmlns:a='urn:vim25' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>"
                        + "<obj type='VirtualMachine'>vm-1</obj><val i:type='q:VirtualDisk'><key>2&lt;<![CDATA[&]]></key></val></a:x>");

        assertThat(root.name()).isEqualTo("x");
        assertThat(root.at("obj").orElseThrow().ref()).isEqualTo(new Ref("VirtualMachine", "vm-1"));
        assertThat(root.at("val").orElseThrow().type()).isEqualTo("VirtualDisk");
        assertThat(root.text("val", "key")).isEqualTo("2<&");
        assertThat(root.text("val", "nothing", "there")).isEmpty();
    }

    @Test
    void a_file_of_this_machine_is_not_read_into_an_answer(@TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "canary");

        assertThatIOException()
                .isThrownBy(() ->
                        read(SMALL, "<!DOCTYPE x [<!ENTITY f SYSTEM '" + secret.toUri() + "'>]><x><y>&f;</y></x>"))
                .withMessageNotContaining("canary");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>",
                "<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'><x/>",
                "<!DOCTYPE x><x/>",
                "<x>&unknown;</x>",
                "<x><y></x>",
                "no XML",
                "",
                "<x>",
                "<x/><x/>"
            })
    void what_no_vcenter_sends_is_refused(String xml) {
        assertThatIOException().isThrownBy(() -> read(SMALL, xml));
    }

    @Test
    void an_answer_has_limits() throws IOException {
        assertThat(read(SMALL, "<x>" + "<y/>".repeat(19) + "</x>").children()).hasSize(19);
        assertThatIOException()
                .isThrownBy(() -> read(SMALL, "<x>" + "<y/>".repeat(20) + "</x>"))
                .withMessageContaining("too many");
        assertThat(read(SMALL, "<x>".repeat(5) + "</x>".repeat(5)).name()).isEqualTo("x");
        assertThatIOException()
                .isThrownBy(() -> read(SMALL, "<x>".repeat(6) + "</x>".repeat(6)))
                .withMessageContaining("too deep");
        assertThat(read(SMALL, "<x>" + "y".repeat(900) + "</x>").text()).hasSize(900);
        assertThatIOException()
                .isThrownBy(() -> read(SMALL, "<x>" + "y".repeat(20_000) + "</x>"))
                .withMessageContaining("longer");
    }

    @Test
    void texts_are_sent_as_they_are_or_not_at_all() throws IOException {
        String text = "a&b<c>\"d'\r\n\te\uD83D\uDE00ıİ";
        StringBuilder out = new StringBuilder();
        Data.write("x", text, out);

        assertThat(read(SMALL, out.toString()).text()).isEqualTo(text);
        for (String bad : new String[] {"\u0000", "\u001b", "\uD83D", "\uDE00", "\uFFFF"}) {
            assertThatIllegalArgumentException().isThrownBy(() -> Data.write("x", bad, new StringBuilder()));
        }
    }
}
