package io.hvkit.examples.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two disks are the same to the last byte, or it is said where they differ. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DiskContentTest {

    private static final int BLOCK = 64 * 1024;

    @TempDir
    private Path folder;

    private DiskContent with(int size, int... written) throws IOException {
        byte[] bytes = new byte[size];
        for (int at : written) {
            bytes[at] = 1;
        }
        return DiskContent.of(Files.write(folder.resolve("raw"), bytes));
    }

    @Test
    void equal_bytes_are_equal() throws IOException {
        assertThat(with(3 * BLOCK, 7)).isEqualTo(with(3 * BLOCK, 7));
        assertThat(with(3 * BLOCK, 7).difference(with(3 * BLOCK, 7))).isEqualTo("nothing");
    }

    @Test
    void one_byte_makes_the_difference_and_its_block_is_named() throws IOException {
        DiskContent empty = with(3 * BLOCK);

        for (int last : new int[] {BLOCK, 3 * BLOCK - 1}) {
            assertThat(with(3 * BLOCK, last)).isNotEqualTo(empty);
        }
        assertThat(empty.difference(with(3 * BLOCK, BLOCK, 3 * BLOCK - 1)))
                .isEqualTo("2 of 3 blocks of 64 KiB, the first at 64 KiB");
    }

    @Test
    void another_size_is_told() throws IOException {
        assertThat(with(BLOCK).difference(with(BLOCK + 1))).isEqualTo("it has 2 blocks of 64 KiB in place of 1");
    }
}
