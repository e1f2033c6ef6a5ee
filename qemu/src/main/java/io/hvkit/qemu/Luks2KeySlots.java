package io.hvkit.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.ByteSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The key slots in the JSON of a LUKS2 header. */
final class Luks2KeySlots {

    private static final long LARGEST_NUMBER = 0xFFFF_FFFFL;

    private final Path path;
    private final JsonNode slots;
    private final long areaStart;
    private final long areaEnd;

    /** Takes the bytes between which the material of all slots must lie. */
    Luks2KeySlots(Path path, JsonNode slots, long areaStart, long areaEnd) {
        this.path = path;
        this.slots = slots;
        this.areaStart = areaStart;
        this.areaEnd = areaEnd;
    }

    List<KeySlot> read() {
        List<KeySlot> read = new ArrayList<>();
        for (Map.Entry<String, JsonNode> slot : slots.properties()) {
            String number = slot.getKey();
            require(number.matches("[0-9]{1,2}"), "a key slot is named '" + number + "'");
            if (slot.getValue().path("type").asText("").equals("luks2")) {
                read.add(slot(Integer.parseInt(number), slot.getValue()));
            }
        }
        read.sort(Comparator.comparingInt(KeySlot::number));
        return List.copyOf(read);
    }

    private KeySlot slot(int number, JsonNode slot) {
        long offset = bytes(slot.path("area").path("offset"));
        long size = bytes(slot.path("area").path("size"));
        require(
                offset >= areaStart && size > 0 && size <= areaEnd - offset,
                "key slot " + number + " with " + size + " bytes at byte " + offset
                        + " does not lie between header and data");
        JsonNode spread = slot.path("af");
        long stripes = spread.path("stripes").asLong(0);
        require(stripes > 0 && stripes <= LARGEST_NUMBER, "key slot " + number + " has " + stripes + " stripes");
        return new KeySlot(
                number,
                derivation(number, slot.path("kdf")),
                spread.path("hash").asText(""),
                stripes);
    }

    private KeyDerivation derivation(int number, JsonNode derivation) {
        String type = derivation.path("type").asText("");
        if (type.equals("pbkdf2")) {
            return new KeyDerivation.Pbkdf2(positive(number, derivation, "iterations"));
        }
        for (KeyDerivation.Variant variant : KeyDerivation.Variant.values()) {
            if (type.equals(variant.cryptSetupName())) {
                return new KeyDerivation.Argon2(
                        variant,
                        positive(number, derivation, "time"),
                        ByteSize.kibibytes(positive(number, derivation, "memory")),
                        Math.toIntExact(Math.min(positive(number, derivation, "cpus"), Integer.MAX_VALUE)));
            }
        }
        throw LuksHeaderReader.corrupt(path, "key slot " + number + " is derived by '" + type + "'");
    }

    private long positive(int number, JsonNode derivation, String name) {
        long value = derivation.path(name).asLong(0);
        require(value > 0 && value <= LARGEST_NUMBER, "key slot " + number + " is derived with " + name + " " + value);
        return value;
    }

    /** Sizes are written as text, since numbers in JSON need not hold 64 bits. */
    private long bytes(JsonNode text) {
        String digits = text.asText("");
        require(digits.matches("[0-9]{1,18}"), "a key slot lies at '" + digits + "'");
        return Long.parseLong(digits);
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw LuksHeaderReader.corrupt(path, what);
        }
    }
}
