package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A LUKS1 header: fields at fixed places, eight key slots among them. */
final class Luks1Header {

    /** How long it is; the key material follows. */
    static final int BYTES = 592;

    private static final int SECTOR = 512;
    private static final int SLOTS = 8;
    private static final int SLOT_ACTIVE = 0x00AC71F3;
    private static final int SLOT_EMPTY = 0x0000DEAD;
    private static final int LARGEST_KEY_BYTES = 512;
    private static final int DIGEST_AT = 112;
    private static final int DIGEST_BYTES = 20 + 32 + 4; // with its salt and its iterations

    private final Path path;
    private final ImageFormat container;
    private final ByteBuffer header;

    /** Takes its {@link #BYTES}. */
    Luks1Header(Path path, ImageFormat container, ByteBuffer header) {
        this.path = path;
        this.container = container;
        this.header = header;
    }

    LuksHeader read() {
        String cipher = text(8, 32);
        String mode = text(40, 32);
        String hash = text(72, 32);
        String uuid = text(168, 40);
        long payload = Integer.toUnsignedLong(header.getInt(104)) * SECTOR;
        int keyBytes = header.getInt(108);
        require(!cipher.isEmpty(), "a LUKS header that names no cipher");
        require(!cipher.startsWith("cipher_null"), "the cipher is %s, which encrypts nothing", cipher);
        require(!mode.isEmpty() && !hash.isEmpty() && !uuid.isEmpty(), "a LUKS header with empty fields");
        require(keyBytes > 0 && keyBytes <= LARGEST_KEY_BYTES, "a key of %s bytes", keyBytes);
        // Zero means that the header is kept apart from its data, so that this file holds none.
        require(payload >= SECTOR * 2, "encrypted data at byte %s, inside the header", payload);
        return new LuksHeader(new LuksHeader.Fields(
                LuksType.LUKS1,
                container,
                cipher,
                mode,
                keyBytes * 8,
                hash,
                uuid,
                Optional.empty(),
                ByteSize.bytes(payload),
                ByteSize.bytes(SECTOR),
                slots(hash, keyBytes, payload),
                digest()));
    }

    private List<KeySlot> slots(String hash, int keyBytes, long payload) {
        List<KeySlot> slots = new ArrayList<>();
        for (int number = 0; number < SLOTS; number++) {
            int at = 208 + 48 * number;
            int state = header.getInt(at);
            require(state == SLOT_ACTIVE || state == SLOT_EMPTY, "key slot %s is neither in use nor empty", number);
            if (state == SLOT_ACTIVE) {
                slots.add(slot(number, at, hash, keyBytes, payload));
            }
        }
        return List.copyOf(slots);
    }

    private KeySlot slot(int number, int at, String hash, int keyBytes, long payload) {
        long iterations = Integer.toUnsignedLong(header.getInt(at + 4));
        long material = Integer.toUnsignedLong(header.getInt(at + 40)) * SECTOR;
        long stripes = Integer.toUnsignedLong(header.getInt(at + 44));
        require(iterations > 0, "key slot %s is made in no iterations", number);
        require(
                material >= SECTOR * 2 && stripes > 0 && stripes * keyBytes <= payload - material,
                "key slot %s with %s stripes at byte %s does not lie before the data at byte %s",
                number,
                stripes,
                material,
                payload);
        return new KeySlot(number, new KeyDerivation.Pbkdf2(iterations), hash, stripes);
    }

    private String digest() {
        byte[] digest = new byte[DIGEST_BYTES];
        header.get(DIGEST_AT, digest);
        return HexFormat.of().formatHex(digest);
    }

    private String text(int at, int bytes) {
        int end = at;
        while (end < at + bytes && header.get(end) != 0) {
            require(header.get(end) > ' ' && header.get(end) < 127, "a name in the LUKS header is no text");
            end++;
        }
        byte[] name = new byte[end - at];
        header.get(at, name);
        return new String(name, StandardCharsets.US_ASCII);
    }

    private void require(boolean holds, String format, Object... arguments) {
        if (!holds) {
            throw LuksHeaderReader.corrupt(path, String.format(Locale.ROOT, format, arguments));
        }
    }
}
