package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuImageOptionsTest {

    @Test
    void text_doubles_commas_and_nothing_else() {
        QemuImageOptions options = QemuImageOptions.driver("qcow2")
                .on("read-only")
                .with("encrypt.format", "luks")
                .with("encrypt.key-secret", "key0")
                .with("cache-size", 1024)
                .over(QemuImageOptions.file(Path.of("/pool/a,b=c")).off("locking"));

        assertThat(options.toOptionText())
                .isEqualTo("driver=qcow2,read-only=on,encrypt.format=luks,encrypt.key-secret=key0,cache-size=1024,"
                        + "file.driver=file,file.filename=/pool/a,,b=c,file.locking=off");
        assertThat(options.toJson())
                .isEqualTo("json:{\"driver\":\"qcow2\",\"read-only\":true,\"encrypt\":{\"format\":\"luks\","
                        + "\"key-secret\":\"key0\"},\"cache-size\":1024,"
                        + "\"file\":{\"driver\":\"file\",\"filename\":\"/pool/a,b=c\",\"locking\":false}}");
    }

    @Test
    void any_value_survives_both_ways_of_writing_it() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(2_000); round++) {
            String value = WeirdNames.random(random) + (char) (random.nextInt(0xD000) + 1);
            QemuImageOptions options = QemuImageOptions.driver("luks")
                    .with("label", value)
                    .over(QemuImageOptions.driver("file").with("filename", value));

            assertThat(parsed(options.toOptionText()))
                    .as("seed %s, round %s", seed, round)
                    .containsExactly(
                            Map.entry("driver", "luks"),
                            Map.entry("label", value),
                            Map.entry("file.driver", "file"),
                            Map.entry("file.filename", value));
            assertThat(options.toJson()).as("seed %s, round %s", seed, round).matches("json:\\{[ -\\x7f]*}");
            JsonNode json = new JsonMapper().readTree(options.toJson().substring("json:".length()));
            assertThat(json.at("/file/filename").asText())
                    .as("seed %s, round %s", seed, round)
                    .isEqualTo(value);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "a,b", "a=b", "a b", "-a", "ä"})
    void names_that_are_syntax_are_refused(String name) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> QemuImageOptions.driver("raw").with(name, "x"))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }

    @Test
    void a_name_is_a_value_or_a_node_and_never_both() {
        QemuImageOptions options = QemuImageOptions.driver("raw").with("file.filename", "/a");

        assertThatExceptionOfType(DriverException.class).isThrownBy(() -> options.with("file", "/a"));
        assertThatExceptionOfType(DriverException.class).isThrownBy(() -> options.with("driver.a", "b"));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> options.over("driver", QemuImageOptions.driver("file")));
        assertThat(options.with("file.filename", "/b").toOptionText()).isEqualTo("driver=raw,file.filename=/b");
    }

    @Test
    void a_nul_character_is_refused() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> QemuImageOptions.driver("raw").with("a", "b\0c"));
    }

    @Test
    void objects_are_written_with_the_same_care() {
        assertThat(QemuObject.secretIn("k", Path.of("/dev/shm/a,b")).toOptionText())
                .isEqualTo("secret,id=k,format=raw,file=/dev/shm/a,,b");
        assertThat(QemuObject.secretOnStdin("k").toOptionText()).isEqualTo("secret,id=k,format=raw,file=/dev/stdin");
        assertThat(QemuObject.masterKeyOnStdin("m").toOptionText())
                .isEqualTo("secret,id=m,format=base64,file=/dev/stdin");
        assertThat(QemuObject.wrappedSecret("k", "m", new byte[16], new byte[] {1, 2, 3})
                        .toOptionText())
                .isEqualTo("secret,id=k,format=base64,keyid=m,iv=AAAAAAAAAAAAAAAAAAAAAA==,data=AQID");
    }

    /** Reads as qemu's own parser does: a comma ends a value, two commas are one. */
    private static Map<String, String> parsed(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        int at = 0;
        while (at < text.length()) {
            int equals = text.indexOf('=', at);
            StringBuilder value = new StringBuilder();
            int i = equals + 1;
            while (i < text.length()) {
                if (text.charAt(i) == ',') {
                    i++;
                    if (i >= text.length() || text.charAt(i) != ',') {
                        break;
                    }
                }
                value.append(text.charAt(i));
                i++;
            }
            values.put(text.substring(at, equals), value.toString());
            at = i;
        }
        return values;
    }
}
