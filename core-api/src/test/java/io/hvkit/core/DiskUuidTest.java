package io.hvkit.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Locale;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The spellings of the UUID that a disk's file carries. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DiskUuidTest {

    private static final String UUID = "6000c29e-a7e8-269c-7d20-0102030405ff";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "6000C29e-a7e8-269c-7d20-0102030405ff",
                "60 00 C2 9e a7 e8 26 9c-7d 20 01 02 03 04 05 ff",
                "60 00 c2 9E A7 E8 26 9C-7D 20 01 02 03 04 05 FF",
                "6000c29ea7e8269c7d200102030405ff",
                UUID
            })
    void every_spelling_is_the_same_one(String spelt) {
        assertThat(new DiskUuid(spelt)).isEqualTo(new DiskUuid(UUID)).hasToString(UUID);
        assertThat(DiskUuid.spelt(spelt)).contains(new DiskUuid(UUID));
        assertThat(DiskUuid.spelt(spelt.toUpperCase(Locale.ROOT))).contains(new DiskUuid(UUID));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "6000C29e",
                "6000C29e-a7e8-269c-7d20-0102030405fg",
                "6000C29e-a7e8-269c-7d20-0102030405ff00",
                "00000000-0000-0000-0000-000000000000",
                "60 00 C2 9e a7 e8 26 9c_7d 20 01 02 03 04 05 ff"
            })
    void what_is_no_uuid_is_none_and_none_is_made_up(String spelt) {
        assertThat(DiskUuid.spelt(spelt)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DiskUuid(spelt))
                .withMessageContaining("32 hexadecimal digits");
    }

    @Test
    void a_text_without_end_is_not_searched_for_digits() {
        assertThat(DiskUuid.spelt(UUID + "-".repeat(1 << 20))).isEmpty();
    }
}
