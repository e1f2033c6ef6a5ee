package io.hvkit.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AttachmentTest {

    static Stream<Attachment> all() {
        return Stream.of(
                new Attachment.BlockDevice(Path.of("/dev/disk/by-id/emc-vol-1")),
                new Attachment.ImageFile(Path.of("/srv/my images/web.qcow2")),
                new Attachment.ImageFile(Path.of("/srv/ led by a space ")),
                new Attachment.Remote(URI.create("nbd://node1:10809/web")));
    }

    @ParameterizedTest
    @MethodSource("all")
    void what_is_written_down_is_read_again(Attachment attachment) {
        assertThat(Attachment.parse(attachment.text())).isEqualTo(attachment);
    }

    @Test
    void it_says_in_one_line_what_it_is_and_where() {
        assertThat(new Attachment.ImageFile(Path.of("/srv/images/web.qcow2")).text())
                .isEqualTo("file /srv/images/web.qcow2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "/srv/images/web.qcow2", "file", "disk /dev/sda", " file /srv/web"})
    void what_is_no_attachment_is_refused_by_its_text(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Attachment.parse(text))
                .withMessageContaining("an attachment is")
                .withMessageContaining("'" + text + "'");
    }
}
