package io.hvkit.catalog.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonTest {

    @Test
    void what_is_written_is_plain_ascii_that_others_read_too() {
        assertThat(Json.write(Map.of("a\"\\", List.of("é\u0000", Map.of(), List.of()))))
                .isEqualTo("{\"a\\\"\\\\\":[\"\\u00e9\\u0000\",{},[]]}");
    }

    @Test
    void every_text_comes_back() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(20); length > 0; length--) {
                text.append((char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(65_536)));
            }
            List<Object> value = new ArrayList<>(List.of(text.toString(), Map.of(text.toString(), List.of(""))));
            assertThat(Json.read(Json.write(value))).as("seed " + seed).isEqualTo(value);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "1",
                "null",
                "[",
                "[\"a\" \"b\"]",
                "{\"a\"}",
                "{\"a\":\"b\",\"a\":\"c\"}",
                "\"",
                "\"\\u12\"",
                "[]]",
                "\"\\",
                "\"\\uzzzz\""
            })
    void anything_else_is_refused(String odd) {
        assertThatIllegalArgumentException().isThrownBy(() -> Json.read(odd));
    }
}
