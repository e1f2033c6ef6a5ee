package io.hvkit.qemu.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.qemu.inspect.Finding.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** An encrypted disk with a header of the second version, most of which is JSON. */
final class Luks2Format implements FormatReader {

    private static final int BINARY_BYTES = 4096;
    private static final int SMALLEST = 16 << 10;
    private static final int LARGEST = 4 << 20;
    private static final int CHECKSUM_AT = 448;
    private static final int CHECKSUM_ROOM = 64;

    /** Loaded only when there is something to parse, since it takes longer than all the rest. */
    private static final class Json {

        private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(16)
                                .maxNumberLength(32)
                                .maxTokenCount(20_000)
                                .maxStringLength(1 << 16)
                                .build())
                        .build())
                .build();

        private Json() {}
    }

    @Override
    public FileFormat format() {
        return FileFormat.LUKS2;
    }

    @Override
    public Row row() {
        return new Row(
                "`LUKS\\xba\\xbe` at byte 0 and version 2",
                "size, that it is encrypted",
                "a wrong checksum, more than one segment, a segment or a cipher that encrypts nothing, data apart from its header");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        return bytes.has(0, Luks1Format.MAGIC + "\0\u0002");
    }

    @Override
    public void read(Bytes bytes, Report report) throws InterruptedException {
        report.isEncrypted(Encryption.LUKS);
        report.find(Kind.ENCRYPTED, "encrypted");
        long size = bytes.big(0, BINARY_BYTES).getLong(8);
        Refusal.unless(
                size >= SMALLEST && size <= LARGEST && Long.bitCount(size) == 1,
                "a header of %s bytes",
                Long.toUnsignedString(size));
        byte[] header = bytes.array(0, (int) size);
        requireChecksum(header);
        JsonNode segments = json(header).path("segments");
        Refusal.unless(segments.size() == 1, "%s segments, not one", segments.size());
        JsonNode segment = segments.elements().next();
        Refusal.unless(
                segment.path("type").asText("").equals("crypt"),
                "a segment of the type %s",
                Shown.name(segment.path("type").asText("")));
        Luks1Format.requireCipher(segment.path("encryption").asText(""), report);
        String text = segment.path("offset").asText("");
        Refusal.unless(text.matches("[0-9]{1,18}"), "its data begins at byte %s", Shown.name(text));
        long offset = Long.parseLong(text);
        Refusal.unless(offset >= size * 2, "its data begins at byte %s, inside or apart from its header", offset);
        if (offset > bytes.length()) {
            report.find(
                    Kind.TRUNCATED, "its data begins at byte %s, and the file ends at byte %s", offset, bytes.length());
        }
        report.hasVirtualSize(Math.max(0, bytes.length() - offset));
    }

    private static void requireChecksum(byte[] header) {
        ByteBuffer fields = ByteBuffer.wrap(header);
        byte[] algorithm = Arrays.copyOfRange(header, 72, 79);
        Refusal.unless(
                Arrays.equals(algorithm, "sha256\0".getBytes(StandardCharsets.US_ASCII)),
                "a checksum other than sha256");
        Refusal.unless(
                fields.getLong(256) == 0,
                "a header that says it belongs to byte %s",
                Long.toUnsignedString(fields.getLong(256)));
        byte[] stored = Arrays.copyOfRange(header, CHECKSUM_AT, CHECKSUM_AT + 32);
        byte[] cleared = header.clone();
        Arrays.fill(cleared, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_ROOM, (byte) 0);
        try {
            byte[] computed = MessageDigest.getInstance("SHA-256").digest(cleared);
            Refusal.unless(MessageDigest.isEqual(stored, computed), "the checksum of its header is wrong");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private static JsonNode json(byte[] header) {
        int end = BINARY_BYTES;
        while (end < header.length && header[end] != 0) {
            end++;
        }
        try {
            return Json.MAPPER.readTree(header, BINARY_BYTES, end - BINARY_BYTES);
        } catch (IOException e) {
            throw Refusal.malformed("its header holds no JSON");
        }
    }
}
