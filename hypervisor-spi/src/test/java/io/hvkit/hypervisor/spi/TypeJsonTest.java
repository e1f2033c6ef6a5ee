package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Support;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Types as JSON. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TypeJsonTest {

    @Test
    void a_type_is_written_in_full_and_in_ascii() {
        assertThat(HypervisorType.CUSTOM
                        .shownAs("Our \"Clöud\"\\")
                        .alsoKnownAs("site", "bare")
                        .toJson())
                .isEqualTo("{\"id\":\"custom\",\"displayName\":\"Our \\\"Cl\\u00f6ud\\\"\\\\\","
                        + "\"aliases\":[\"bare\",\"site\"],\"templates\":[\"RAW\"],"
                        + "\"features\":{\"LOCAL_STORAGE\":\"NATIVE\",\"DIRECT_DOWNLOAD\":\"NATIVE\"}}");
    }

    @RepeatedTest(200)
    void whatever_is_written_is_read_back() {
        long seed = new Random().nextLong();
        HypervisorType type = random(new Random(seed));

        HypervisorType read = HypervisorType.fromJson(type.toJson());

        assertThat(read.toJson()).as("seed %d", seed).isEqualTo(type.toJson());
        assertThat(read.id()).isEqualTo(type.id());
        assertThat(read.displayName()).isEqualTo(type.displayName());
        assertThat(read.aliases()).isEqualTo(type.aliases());
        assertThat(read.templates()).isEqualTo(type.templates());
        assertThat(read.features()).isEqualTo(type.features());
    }

    @Test
    void what_a_newer_release_added_is_left_out() {
        HypervisorType read = HypervisorType.fromJson("""
                { "id" : "x", "displayName" : "X\\u0058\\/", "colour" : [ true, null, -1.5e+3, {} ],
                  "templates" : [ "RAW", "HOLOGRAM" ],
                  "features" : { "TELEPORT" : "NATIVE", "GRACEFUL_STOP" : "SOMETIMES", "SERIAL_LOG" : "EMULATED" } }
                """);

        assertThat(read.displayName()).isEqualTo("XX/");
        assertThat(read.templates()).containsExactly(ImageFormat.RAW);
        assertThat(read.features().offered()).containsExactly(HypervisorFeature.SERIAL_LOG);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "7",
                "\"kvm\"",
                "[]",
                "{}",
                "{\"id\":\"x\"}",
                "{\"id\":7,\"displayName\":\"X\"}",
                "{\"id\":null,\"displayName\":\"X\"}",
                "{\"id\":\"X\",\"displayName\":\"X\"}",
                "{\"id\":\"x\",\"displayName\":\"\"}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"aliases\":\"y\"}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"aliases\":[7]}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"features\":[]}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"features\":{\"SERIAL_LOG\":true}}",
                "{\"id\":\"x\",\"id\":\"y\",\"displayName\":\"X\"}",
                "{\"id\":\"x\",\"displayName\":\"X\"} x",
                "{\"id\":\"x\",\"displayName\":\"X\",}",
                "{\"id\":\"x\" \"displayName\":\"X\"}",
                "{\"id\":\"x\",\"displayName\":\"X",
                "{\"id\":\"x\",\"displayName\":\"\\u00g0\"}",
                "{\"id\":\"x\",\"displayName\":\"\\x\"}",
                "{\"id\":\"x\",\"displayName\":\"a\nb\"}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"a\":[1,]}",
                "{\"id\":\"x\",\"displayName\":\"X\",\"a\":01}"
            })
    void what_is_no_type_is_refused_with_the_place(String json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HypervisorType.fromJson(json))
                .withMessageMatching("(?s).*(JSON|hypervisor id|a name).*");
    }

    @Test
    void nesting_has_a_limit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HypervisorType.fromJson("[".repeat(1_000_000)))
                .withMessage("JSON, at character 34: expected at most 32 values within each other");
    }

    private static HypervisorType random(Random random) {
        HypervisorType type = HypervisorType.named("t" + random.nextInt(1000), name(random));
        for (int i = random.nextInt(3); i > 0; i--) {
            type = type.alsoKnownAs(name(random));
        }
        type = type.withTemplates(any(random, ImageFormat.values()));
        for (HypervisorFeature feature : HypervisorFeature.values()) {
            type = type.offering(feature, any(random, Support.values()));
        }
        return type;
    }

    private static <T> T any(Random random, T[] values) {
        return List.of(values).get(random.nextInt(values.length));
    }

    private static String name(Random random) {
        String letters = "aZ9\"\\/{}[]:é界İı\uD83D\uDE00";
        StringBuilder name = new StringBuilder("n");
        for (int i = random.nextInt(20); i > 0; i--) {
            int at = letters.offsetByCodePoints(0, random.nextInt(letters.codePointCount(0, letters.length())));
            name.appendCodePoint(letters.codePointAt(at));
        }
        return name.toString();
    }
}
