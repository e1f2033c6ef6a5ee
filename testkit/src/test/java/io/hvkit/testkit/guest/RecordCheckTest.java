package io.hvkit.testkit.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RecordCheckTest {

    private static final Layout LAYOUT = new Layout(67, 1024, 5, 4);

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"67,1024,5,4", "64,512,6,4", "16,4096,97,16", "100,4096,97,1", "33,512,16,2", "5,64,1000000,5"})
    void an_intact_disk_holds_after_any_number_of_rounds(long blocks, int blockSize, long stride, int batch)
            throws Exception {
        Layout layout = new Layout(blocks, blockSize, stride, batch);
        for (long batches : new long[] {1, 3, blocks, 3 * blocks + 1}) {
            long records = batches * batch;
            Path image = written(layout, records);
            RecordCheck check = RecordCheck.of(log(layout, records), image);

            assertThat(check.problems()).isEmpty();
            assertThat(check.holds()).as("%s", check).isTrue();
            assertThat(check.acknowledged()).isEqualTo(records);
            assertThat(check.intact()).isEqualTo(Math.min(records, layout.period()));
        }
    }

    @Test
    void a_zeroed_block_is_lost() throws Exception {
        Path image = written(LAYOUT, 400);
        long block = LAYOUT.blockOf(399);
        put(image, block, new byte[LAYOUT.blockSize()]);

        RecordCheck check = RecordCheck.of(log(LAYOUT, 400), image);

        assertThat(check.lost()).isEqualTo(1);
        assertBroken(check, "record 399 in block " + block + " is missing: the block is all zeroes");
    }

    @Test
    void a_block_beyond_the_end_is_lost_and_one_across_it_torn() throws Exception {
        Path image = written(LAYOUT, 400);
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
            channel.truncate(62L * LAYOUT.blockSize() + 100);
        }

        RecordCheck check = RecordCheck.of(log(LAYOUT, 400), image);

        assertThat(check.lost()).isEqualTo(1);
        assertThat(check.torn()).isEqualTo(1);
        assertThat(check.problems())
                .extracting(RecordProblem::found)
                .containsExactlyInAnyOrder("is cut by the end of the image", "lies beyond the end of the image");
    }

    @Test
    void a_record_of_the_round_before_is_stale() throws Exception {
        Path image = written(LAYOUT, 400);
        long block = LAYOUT.blockOf(390);
        long older = 390 - LAYOUT.period();
        put(image, block, LAYOUT.record(older));

        RecordCheck check = RecordCheck.of(log(LAYOUT, 400), image);

        assertThat(check.stale()).isEqualTo(1);
        assertBroken(
                check,
                "record 390 in block " + block + " is older than acknowledged: the block still holds record " + older);
    }

    @Test
    void a_block_with_a_foreign_byte_is_torn() throws Exception {
        Path image = written(LAYOUT, 400);
        byte[] damaged = LAYOUT.record(391);
        damaged[700] = 'x';
        put(image, LAYOUT.blockOf(391), damaged);

        RecordCheck check = RecordCheck.of(log(LAYOUT, 400), image);

        assertThat(check.torn()).isEqualTo(1);
        assertBroken(check, "record 391 in block " + LAYOUT.blockOf(391) + " is torn: the block holds no whole record");
    }

    @Test
    void a_block_half_of_the_round_before_is_torn() throws Exception {
        Path image = written(LAYOUT, 400);
        byte[] mixed = LAYOUT.record(391);
        Arrays.fill(mixed, 0, 512, (byte) 0);
        put(image, LAYOUT.blockOf(391), mixed);

        assertThat(RecordCheck.of(log(LAYOUT, 400), image).torn()).isEqualTo(1);
    }

    @Test
    void a_whole_record_of_another_block_is_misplaced() throws Exception {
        Path image = written(LAYOUT, 400);
        put(image, LAYOUT.blockOf(392), LAYOUT.record(393));

        RecordCheck check = RecordCheck.of(log(LAYOUT, 400), image);

        assertThat(check.misplaced()).isEqualTo(1);
        assertBroken(
                check,
                "record 392 in block " + LAYOUT.blockOf(392)
                        + " is overwritten by another: the block holds record 393 of block " + LAYOUT.blockOf(393));
    }

    @Test
    void newer_records_and_one_that_is_being_overwritten_are_no_loss() throws Exception {
        Path image = written(LAYOUT, 400);
        put(image, LAYOUT.blockOf(400), LAYOUT.record(400));
        byte[] halfway = LAYOUT.record(401);
        byte[] old = LAYOUT.record(401 - LAYOUT.period());
        System.arraycopy(old, 512, halfway, 512, 512);
        put(image, LAYOUT.blockOf(401), halfway);

        RecordCheck check = RecordCheck.of(log(LAYOUT, 400), image);

        assertThat(check.holds()).as("%s", check).isTrue();
    }

    @Test
    void a_log_that_acknowledges_nothing_proves_nothing() throws Exception {
        Path image = written(LAYOUT, 0);

        assertThat(RecordCheck.of(log(LAYOUT, 0), image).holds()).isFalse();
    }

    @Test
    void half_a_line_acknowledges_nothing() throws Exception {
        Path image = written(LAYOUT, 40);
        Path log = log(LAYOUT, 40);
        Files.writeString(log, "@@ ACK 4000", StandardOpenOption.APPEND);

        RecordCheck check = RecordCheck.of(log, image);

        assertThat(check.acknowledged()).isEqualTo(40);
        assertThat(check.holds()).isTrue();
    }

    @Test
    void logs_of_two_hosts_are_read_as_one() throws Exception {
        Path image = written(LAYOUT, 120);
        Path first = log(LAYOUT, 40);
        Files.writeString(first, "@@ ACK 1", StandardOpenOption.APPEND);
        Path second = Files.writeString(folder.resolve("second.log"), "20\r\n");

        RecordCheck check = RecordCheck.of(List.of(first, second), image);

        assertThat(check.acknowledged()).isEqualTo(120);
        assertThat(check.holds()).isTrue();
    }

    @Test
    void failed_writes_are_counted_but_break_no_promise() throws Exception {
        Path image = written(LAYOUT, 40);
        Path log = log(LAYOUT, 40);
        Files.writeString(log, "@@ IOERR seq=40 pos=1\r\n", StandardOpenOption.APPEND);

        RecordCheck check = RecordCheck.of(log, image);

        assertThat(check.ioErrors()).isEqualTo(1);
        assertThat(check.holds()).isTrue();
    }

    @Test
    void two_boots_in_one_log_are_refused() throws Exception {
        Path image = written(LAYOUT, 40);
        Path log = log(LAYOUT, 40);

        assertThatThrownBy(() -> RecordCheck.of(List.of(log, log), image))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }

    @Test
    void many_problems_are_all_counted_and_the_first_thousand_kept() throws Exception {
        Layout layout = new Layout(3000, 64, 1, 1);
        Path image = Files.write(folder.resolve("empty.raw"), new byte[] {});

        RecordCheck check = RecordCheck.of(log(layout, 3000), image);

        assertThat(check.lost()).isEqualTo(3000);
        assertThat(check.problems()).hasSize(RecordCheck.MOST_PROBLEMS);
    }

    private static void assertBroken(RecordCheck check, String sentence) {
        assertThat(check.holds()).isFalse();
        assertThat(check.problems()).extracting(RecordProblem::toString).containsExactly(sentence);
        assertThat(check.toString()).startsWith("broken").endsWith(sentence);
    }

    private Path log(Layout layout, long records) throws IOException {
        StringBuilder text = new StringBuilder("SeaBIOS\r\n\r\n@@ BOOT uptime=1.2 kernel=6.1 mode=write dev=vda\r\n");
        text.append("\r\n@@ READY uptime=1.9 blocks=%d bs=%d stride=%d batch=%d\r\n"
                .formatted(layout.blocks(), layout.blockSize(), layout.stride(), layout.batch()));
        for (long s = layout.batch(); s <= records; s += layout.batch()) {
            text.append("@@ ACK ").append(s).append("\r\n");
        }
        return Files.writeString(folder.resolve("serial.log"), text);
    }

    /** Writes what the guest writes, in the order in which it does. */
    private Path written(Layout layout, long records) throws IOException {
        Path image = Files.write(folder.resolve("disk.raw"), new byte[(int) layout.blocks() * layout.blockSize()]);
        for (long s = 0; s < records; s++) {
            long groups = layout.blocks() / layout.batch();
            long block = (s / layout.batch() * layout.stride() % groups) * layout.batch() + s % layout.batch();
            String text = "HVKIT seq=" + s + " pos=" + block + " end";
            String padded = text + " ".repeat(layout.blockSize() - 1 - text.length()) + "\n";
            put(image, block, padded.getBytes(StandardCharsets.US_ASCII));
        }
        return image;
    }

    private static void put(Path image, long block, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), block * bytes.length);
        }
    }
}
