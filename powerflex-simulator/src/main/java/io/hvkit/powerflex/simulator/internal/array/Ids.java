package io.hvkit.powerflex.simulator.internal.array;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;

/** Ids: 64 bits, the upper half of each kind drawn from the system's name, the lower half counted. */
public final class Ids {

    private final String system;
    private final Map<String, Integer> counters = new HashMap<>();

    Ids(String system) {
        this.system = system;
    }

    /** Returns the id of the system of that name: the same in each run, so that its devices have the same names. */
    static long ofSystem(String name) {
        return (ByteBuffer.wrap(digest("system", name)).getLong() & ~0xffL) | 0x0fL;
    }

    /** Returns how many of each kind were given out. */
    Map<String, Integer> counters() {
        return Map.copyOf(counters);
    }

    void countFrom(Map<String, Integer> given) {
        counters.putAll(given);
    }

    long next(String kind) {
        int count = counters.merge(kind, 1, Integer::sum) - 1;
        return ((long) ByteBuffer.wrap(digest(kind, system)).getInt() << 32) | Integer.toUnsignedLong(count);
    }

    /** Returns an id as answers write it. */
    public static String text(long id) {
        String hex = Long.toHexString(id);
        return "0".repeat(16 - hex.length()) + hex;
    }

    /** Reads an id, in any case and without leading zeroes if need be. */
    public static long parse(String text) {
        try {
            return Long.parseUnsignedLong(text, 16);
        } catch (NumberFormatException e) {
            throw new InvalidRequest("id (" + text + ") must be a hexadecimal number (unsigned long)");
        }
    }

    private static byte[] digest(String kind, String name) {
        try {
            return MessageDigest.getInstance("SHA-256").digest((kind + "\n" + name).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
