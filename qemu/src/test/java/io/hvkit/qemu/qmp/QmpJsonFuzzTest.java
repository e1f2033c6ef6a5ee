package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Whatever bytes come, in whatever pieces, they are objects of JSON or refused. */
class QmpJsonFuzzTest {

    @FuzzTest
    void lines_are_read_or_refused(byte[] data) {
        QmpLines lines = new QmpLines();
        try {
            lines.add(ByteBuffer.wrap(data, 0, data.length / 2));
            lines.add(ByteBuffer.wrap(data, data.length / 2, data.length - data.length / 2));
            for (Optional<ByteBuffer> line = lines.next(); line.isPresent(); line = lines.next()) {
                QmpValue value = QmpJson.parse(line.get());
                String json = value.toJson();
                assertThat(QmpJson.parse(StandardCharsets.US_ASCII.encode(json)))
                        .isEqualTo(value);
            }
        } catch (QmpViolation e) {
            // "null" alone may be in it: the reader of JSON names the words that it would have taken.
            assertThat(e.getMessage()).isNotBlank().doesNotContain("(null)");
        }
    }
}
