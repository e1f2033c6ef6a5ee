package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Whatever a header's bytes are, they are read into something that makes sense, or called corrupt. */
class LuksHeaderFuzzTest {

    private static final Path PATH = Path.of("/pool/volume");
    private static final int LUKS2_BYTES = 16 << 10;
    private static final int JSON_AT = 4096;

    @FuzzTest
    void any_bytes_are_read_or_refused(byte[] data) throws Exception {
        check(data);
    }

    @FuzzTest
    void a_luks1_header_is_read_or_refused(byte[] data) throws Exception {
        byte[] header = Arrays.copyOf("LUKS\u00ba\u00be\0\1".getBytes(StandardCharsets.ISO_8859_1), 4096);
        System.arraycopy(data, 0, header, 8, Math.min(data.length, header.length - 8));
        check(header);
    }

    /** Its checksum is right, so that what the JSON says is believed. */
    @FuzzTest
    void the_json_of_a_luks2_header_is_read_or_refused(byte[] data) throws Exception {
        ByteBuffer header = ByteBuffer.allocate(LUKS2_BYTES);
        header.put("LUKS\u00ba\u00be\0\2".getBytes(StandardCharsets.ISO_8859_1)).putLong(LUKS2_BYTES);
        header.position(72).put("sha256".getBytes(StandardCharsets.US_ASCII));
        header.position(168).put("00000000-0000-0000-0000-000000000000".getBytes(StandardCharsets.US_ASCII));
        header.position(JSON_AT).put(data, 0, Math.min(data.length, LUKS2_BYTES - JSON_AT));
        header.position(448).put(MessageDigest.getInstance("SHA-256").digest(header.array()));
        check(header.array());
    }

    private static void check(byte[] bytes) throws Exception {
        try {
            LuksHeader.read(new OneFile(bytes), PATH).ifPresent(LuksHeaderFuzzTest::requireSense);
        } catch (DriverException e) {
            assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
        }
    }

    private static void requireSense(LuksHeader header) {
        assertThat(header.cipher()).isNotEmpty().doesNotStartWith("cipher_null");
        assertThat(header.payloadOffset().bytes()).isPositive();
        assertThat(header.sectorSize().bytes()).isBetween(512L, 4096L);
        assertThat(header.activeKeySlots()).hasSameSizeAs(header.keySlots());
        assertThat(header.opensSameDataAs(header)).isTrue();
        assertThat(header.toString()).isNotEmpty();
        assertThat(DiskSizing.of(header).payloadIn(ByteSize.tebibytes(1))).isLessThan(ByteSize.tebibytes(1));
    }

    /** A host with one file, in memory. */
    private static final class OneFile implements HostFiles {

        private final byte[] bytes;

        private OneFile(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public FileStatus status(Path path) {
            return new FileStatus(FileStatus.Kind.REGULAR_FILE, ByteSize.bytes(bytes.length), Instant.EPOCH, "one");
        }

        @Override
        public byte[] read(Path path, long offset, int count) {
            int from = (int) Math.min(offset, bytes.length);
            return Arrays.copyOfRange(bytes, from, (int) Math.min((long) from + count, bytes.length));
        }

        @Override
        public void create(Path path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void publish(Path from, Path to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove(Path path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<String> list(Path folder) {
            throw new UnsupportedOperationException();
        }
    }
}
