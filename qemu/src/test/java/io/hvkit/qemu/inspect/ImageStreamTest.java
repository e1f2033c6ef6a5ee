package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImageStreamTest {

    @Test
    void a_stream_says_what_a_file_says_and_passes_every_byte_on() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (Map.Entry<String, byte[]> sample : Samples.sound().entrySet()) {
            ByteArrayOutputStream copy = new ByteArrayOutputStream();
            try (ImageStream stream = UntrustedImage.streaming(new ByteArrayInputStream(sample.getValue()))) {
                byte[] buffer = new byte[3 << 20];
                int read = 0;
                while (read >= 0) {
                    copy.write(buffer, 0, read);
                    read = stream.read(buffer, 0, 1 + random.nextInt(random.nextBoolean() ? 5000 : buffer.length));
                }
                assertThat(stream.inspect())
                        .as("%s with %s", sample.getKey(), seed)
                        .isEqualTo(UntrustedImage.from(new Memory(sample.getValue()))
                                .inspect());
            }
            assertThat(copy.toByteArray()).isEqualTo(sample.getValue());
        }
    }

    @Test
    void a_part_far_behind_is_kept_as_it_passes() throws Exception {
        byte[] image = Arrays.copyOf(Samples.qcow2Luks(Samples.NOTHING), 5 << 20);
        byte[] header = Arrays.copyOfRange(image, 2048, 2048 + 592);
        Arrays.fill(image, 2048, 2048 + 592, (byte) 0);
        int far = 4 << 20;
        System.arraycopy(header, 0, image, far, 592);
        System.arraycopy(Samples.bytes(ByteBuffer.allocate(8).putLong(far)), 0, image, 112, 8);
        InspectedImage whole = UntrustedImage.from(new Memory(image)).inspect();
        assertThat(whole.findings()).extracting(Finding::kind).containsExactly(Finding.Kind.ENCRYPTED);
        assertThat(pass(image)).isEqualTo(whole);
    }

    @Test
    void a_part_that_is_known_by_the_end_alone_is_a_finding_if_it_has_passed() throws Exception {
        byte[] image = new byte[4 << 20];
        byte[] sample = HyperVSamples.vhdDynamic(Samples.u64(16, 2 << 20), Samples.NOTHING);
        System.arraycopy(sample, 0, image, 0, 512);
        System.arraycopy(sample, 512, image, 2 << 20, 1024);
        System.arraycopy(sample, 2048, image, image.length - 512, 512);
        assertThat(UntrustedImage.from(new Memory(image)).inspect().findings()).isEmpty();
        InspectedImage seen = pass(image);
        assertThat(seen.findings()).extracting(Finding::kind).containsExactly(Finding.Kind.NOT_SEEN);
        assertThat(ImagePolicy.forVolumes().judge(seen)).isNotEmpty();
    }

    @Test
    void what_is_asked_for_too_late_is_not_seen() {
        StreamTape tape = new StreamTape();
        byte[] chunk = new byte[1 << 20];
        for (int i = 0; i < 4; i++) {
            tape.pass(chunk, 0, chunk.length);
        }
        assertThatThrownBy(() -> tape.read(2 << 20, 512)).isInstanceOf(Refusal.class);
        tape.end();
        assertThatThrownBy(() -> tape.read(2 << 20, 512))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.finding().kind()).isEqualTo(Finding.Kind.NOT_SEEN));
        assertThat(tape.read((4 << 20) - 512, 512)).hasSize(512);
        assertThat(tape.read((4 << 20) - 5, 512)).hasSize(5);
        assertThat(tape.read(8 << 20, 512)).isEmpty();
    }

    @Test
    void before_the_end_nothing_is_said_but_what_is_dangerous_for_sure() throws Exception {
        byte[] bad = Arrays.copyOf(
                Samples.qcow2(Samples.all(Samples.u64(8, 200), Samples.u32(16, 11), Samples.text(200, "/etc/shadow"))),
                3 << 20);
        try (ImageStream stream = UntrustedImage.streaming(new ByteArrayInputStream(bad))) {
            assertThat(stream.readNBytes(1000)).hasSize(1000);
            assertThat(stream.dangersSoFar()).isEmpty();
            assertThatThrownBy(stream::inspect)
                    .isInstanceOfSatisfying(
                            DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
            assertThat(stream.skip(2 << 20)).isEqualTo(2 << 20);
            assertThat(stream.dangersSoFar()).extracting(Finding::kind).containsExactly(Finding.Kind.BACKING_FILE);
            stream.transferTo(OutputStream.nullOutputStream());
            assertThat(stream.inspect().has(Finding.Kind.BACKING_FILE)).isTrue();
        }
        for (byte[] sound : Samples.sound().values()) {
            try (ImageStream stream =
                    UntrustedImage.streaming(new ByteArrayInputStream(Arrays.copyOf(sound, 2 << 20)))) {
                assertThat(stream.readNBytes((1 << 20) + 1)).isNotEmpty();
                assertThat(stream.dangersSoFar()).isEmpty();
            }
        }
    }

    @Test
    void reading_one_byte_at_a_time_is_as_good() throws Exception {
        byte[] image = Samples.sound("vhd-dynamic");
        try (ImageStream stream = UntrustedImage.streaming(new ByteArrayInputStream(image))) {
            int count = 0;
            while (stream.read() >= 0) {
                count++;
            }
            assertThat(count).isEqualTo(image.length);
            assertThat(stream.markSupported()).isFalse();
            assertThat(stream.inspect().format()).isPresent();
        }
    }

    @Test
    void a_gigabyte_is_kept_in_little_memory() throws Exception {
        try (ImageStream stream = UntrustedImage.streaming(new Endless(1L << 30))) {
            stream.transferTo(OutputStream.nullOutputStream());
            InspectedImage image = stream.inspect();
            assertThat(image.fileSize().bytes()).isEqualTo(1L << 30);
            assertThat(image.formats()).containsExactly(FileFormat.RAW);
        }
    }

    private static InspectedImage pass(byte[] image) throws Exception {
        try (ImageStream stream = UntrustedImage.streaming(new ByteArrayInputStream(image))) {
            stream.transferTo(OutputStream.nullOutputStream());
            return stream.inspect();
        }
    }

    /** Zeroes. */
    private static final class Endless extends InputStream {

        private long left;

        Endless(long length) {
            this.left = length;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] to, int offset, int count) {
            int read = (int) Math.min(left, count);
            left -= read;
            return read == 0 ? -1 : read;
        }
    }
}
