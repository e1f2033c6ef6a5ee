package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HardLimitsTest {

    @Test
    void the_kernels_table_is_read() {
        String text = """
                Limit                     Soft Limit           Hard Limit           Units
                Max cpu time              7                    3600                 seconds
                Max core file size        0                    unlimited            bytes
                Max address space         unlimited            8589934592           bytes
                """;

        assertThat(HardLimits.parse(text)).isEqualTo(new HardLimits(3600, 8_589_934_592L, Long.MAX_VALUE));
    }

    @Test
    void what_is_not_there_is_no_limit() {
        assertThat(HardLimits.parse("")).isEqualTo(HardLimits.NONE);
        assertThat(HardLimits.parse("Max cpu time  1  9999999999999999999  seconds\n"))
                .isEqualTo(HardLimits.NONE);
        assertThat(HardLimits.own().addressSpace()).isPositive();
    }
}
