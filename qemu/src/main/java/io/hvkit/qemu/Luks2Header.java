package io.hvkit.qemu;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/** A LUKS2 header: a checksummed block of fixed fields, then JSON. */
final class Luks2Header {

    /** The most bytes that the format allows for one copy of the header. */
    static final int LARGEST = 4 << 20;

    private static final int BINARY_BYTES = 4096;
    private static final int SMALLEST = 16 << 10;
    private static final int CHECKSUM_AT = 448;
    private static final int CHECKSUM_BYTES = 64;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(32).build())
                    .build())
            .build();

    private final Path path;
    private final byte[] bytes;

    /** Takes the start of the file, with as much of the header as there is. */
    Luks2Header(Path path, byte[] start) {
        this.path = path;
        this.bytes = start;
    }

    /** Returns how many of a file's first bytes the header takes by its own word, within reason. */
    static int bytesToRead(long length, ByteBuffer start) {
        long declared = start.getLong(8);
        return (int) Math.min(length, declared < SMALLEST || declared > LARGEST ? LARGEST : declared);
    }

    LuksHeader read() {
        require(bytes.length >= SMALLEST, "the file ends inside its LUKS2 header");
        ByteBuffer header = ByteBuffer.wrap(bytes);
        long size = header.getLong(8);
        require(
                size >= SMALLEST && size <= bytes.length && Long.bitCount(size) == 1,
                "a LUKS2 header of " + size + " bytes");
        require(header.getLong(256) == 0, "the first LUKS2 header says that it is at byte " + header.getLong(256));
        requireChecksum((int) size);
        JsonNode root = json((int) size);
        JsonNode segment = onlySegment(root);
        String encryption = segment.path("encryption").asText("");
        int dash = encryption.indexOf('-');
        require(dash > 0 && dash < encryption.length() - 1, "the cipher is '" + encryption + "'");
        require(!encryption.startsWith("cipher_null"), "the cipher is " + encryption + ", which encrypts nothing");
        long payload = offset(segment, size);
        return new LuksHeader(new LuksHeader.Fields(
                LuksType.LUKS2,
                ImageFormat.LUKS,
                encryption.substring(0, dash),
                encryption.substring(dash + 1),
                keyBits(root),
                digestHash(root),
                text(168, 40),
                Optional.of(text(24, 48)).filter(label -> !label.isEmpty()),
                ByteSize.bytes(payload),
                ByteSize.bytes(sectorBytes(segment)),
                new Luks2KeySlots(path, root.path("keyslots"), size * 2, payload).read(),
                keyDigest(root)));
    }

    private void requireChecksum(int size) {
        String algorithm = text(72, 32);
        require(algorithm.equals("sha256"), "its checksum is of the kind '" + algorithm + "', not sha256");
        byte[] stored = Arrays.copyOfRange(bytes, CHECKSUM_AT, CHECKSUM_AT + 32);
        byte[] copy = Arrays.copyOf(bytes, size);
        Arrays.fill(copy, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES, (byte) 0);
        try {
            byte[] computed = MessageDigest.getInstance("SHA-256").digest(copy);
            require(MessageDigest.isEqual(stored, computed), "the checksum of its LUKS2 header is wrong");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private JsonNode json(int size) {
        int end = BINARY_BYTES;
        while (end < size && bytes[end] != 0) {
            end++;
        }
        try {
            JsonNode root = JSON.readTree(bytes, BINARY_BYTES, end - BINARY_BYTES);
            require(root.isObject(), "its LUKS2 header holds no JSON object");
            return root;
        } catch (IOException e) {
            throw LuksHeaderReader.corrupt(path, "its LUKS2 header holds no JSON");
        }
    }

    /** All of the data must be encrypted: several segments mean that somebody is half-way through changing that. */
    private JsonNode onlySegment(JsonNode root) {
        JsonNode segments = root.path("segments");
        require(segments.size() == 1, "its LUKS2 header has " + segments.size() + " segments, not one");
        JsonNode segment = segments.elements().next();
        String type = segment.path("type").asText("");
        require(type.equals("crypt"), "its data is of the kind '" + type + "', not encrypted");
        JsonNode mandatory = root.path("config").path("requirements").path("mandatory");
        require(mandatory.isEmpty(), "its LUKS2 header asks for " + mandatory + ", which is not known here");
        return segment;
    }

    private long offset(JsonNode segment, long headerSize) {
        String text = segment.path("offset").asText("");
        require(text.matches("[0-9]{1,18}"), "its data begins at byte '" + text + "'");
        long offset = Long.parseLong(text);
        require(offset >= headerSize * 2 && offset % 512 == 0, "its data begins at byte " + text + ", in the header");
        return offset;
    }

    private int sectorBytes(JsonNode segment) {
        int sector = segment.path("sector_size").asInt(0);
        require(
                sector >= 512 && sector <= 4096 && Integer.bitCount(sector) == 1,
                "its data has sectors of " + sector + " bytes");
        return sector;
    }

    private int keyBits(JsonNode root) {
        JsonNode first = root.path("keyslots").elements().hasNext()
                ? root.path("keyslots").elements().next()
                : root;
        int bytesInKey = first.path("key_size").asInt(0);
        require(bytesInKey >= 0 && bytesInKey <= 512, "a key of " + bytesInKey + " bytes");
        return bytesInKey * 8;
    }

    private String digestHash(JsonNode root) {
        return dataDigest(root).path("hash").asText("");
    }

    private String keyDigest(JsonNode root) {
        JsonNode digest = dataDigest(root);
        return digest.path("salt").asText("") + " " + digest.path("digest").asText("");
    }

    /** Other digests belong to keys that open no data. */
    private JsonNode dataDigest(JsonNode root) {
        for (JsonNode digest : root.path("digests")) {
            if (!digest.path("segments").isEmpty()) {
                return digest;
            }
        }
        throw LuksHeaderReader.corrupt(path, "its LUKS2 header can check no key");
    }

    private String text(int at, int length) {
        int end = at;
        while (end < at + length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, at, end - at, StandardCharsets.US_ASCII);
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw LuksHeaderReader.corrupt(path, what);
        }
    }
}
