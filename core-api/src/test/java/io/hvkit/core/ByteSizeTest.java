package io.hvkit.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "4096, 4096",
        "1 B, 1",
        "1KiB, 1024",
        "2 kib, 2048",
        "40 GiB, 42949672960",
        "1 TiB, 1099511627776",
        "10 GB, 10000000000",
        "3 mb, 3000000",
        "5 kB, 5000",
        "' 7 MiB ', 7340032"
    })
    void text_is_read_in_binary_and_decimal_units(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(ByteSize.bytes(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GiB", "-1", "1.5 GiB", "1 G", "1g", "1 GIBI", "1  GiB", "1 GiB x", "0x10", "१ GiB"})
    void text_that_is_no_size_is_refused_with_the_units_that_are(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("GiB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"9999999999999999999", "9223372036854775807 KiB", "9000000 TiB"})
    void more_than_a_size_can_hold_is_refused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessageContaining("more than a size can hold");
    }

    @Test
    void what_is_printed_is_exact_and_read_back() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int rounds = Boolean.getBoolean("hvkit.thorough") ? 1_000_000 : 10_000;
        for (int i = 0; i < rounds; i++) {
            ByteSize size = ByteSize.bytes(random.nextLong() >>> (1 + random.nextInt(62)))
                    .roundedDownTo(ByteSize.bytes(1L << random.nextInt(41)));
            assertThat(ByteSize.parse(size.toString()))
                    .as("%s, seed %d", size, seed)
                    .isEqualTo(size);
        }
        assertThat(ByteSize.gibibytes(40)).hasToString("40 GiB");
        assertThat(ByteSize.bytes(4097)).hasToString("4097 B");
        assertThat(ByteSize.ZERO).hasToString("0 B");
    }

    @Test
    void sizes_are_aligned_up_and_down() {
        ByteSize step = ByteSize.gibibytes(8);

        assertThat(ByteSize.gibibytes(9).roundedUpTo(step)).isEqualTo(ByteSize.gibibytes(16));
        assertThat(ByteSize.gibibytes(16).roundedUpTo(step)).isEqualTo(ByteSize.gibibytes(16));
        assertThat(ByteSize.gibibytes(9).roundedDownTo(step)).isEqualTo(step);
        assertThat(ByteSize.gibibytes(16).isMultipleOf(step)).isTrue();
        assertThat(ByteSize.gibibytes(9).isMultipleOf(step)).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> step.roundedUpTo(ByteSize.ZERO));
    }

    @Test
    void no_arithmetic_wraps_round() {
        ByteSize largest = ByteSize.bytes(Long.MAX_VALUE);

        assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.tebibytes(Long.MAX_VALUE));
        assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.bytes(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.ZERO.minus(ByteSize.bytes(1)));
        assertThatThrownBy(() -> largest.plus(ByteSize.bytes(1))).isInstanceOf(ArithmeticException.class);
    }
}
