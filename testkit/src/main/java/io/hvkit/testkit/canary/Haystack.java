package io.hvkit.testkit.canary;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One stream of bytes that is searched: as it is, and without white space and colons. Wipe it after use. */
final class Haystack {

    static final int CHUNK = 262_144;

    private static final byte[] ZEROES = new byte[CHUNK];

    private record Kind(int canary, Finding.Form form) {}

    private final Map<Kind, Long> hits = new LinkedHashMap<>();
    private final Window plain;
    private final Window squeezed;
    private long length;

    Haystack(Index plainNeedles, Index squeezedNeedles) {
        plain = new Window(plainNeedles, this::hit);
        // White space was taken out of this one, so its own offsets say nothing; the chunk's do.
        squeezed = new Window(squeezedNeedles, (needle, offset) -> hit(needle, length));
    }

    private void hit(Needle needle, long offset) {
        hits.putIfAbsent(new Kind(needle.canary(), needle.form()), offset);
    }

    void add(byte[] chunk, int count) {
        if (!Arrays.equals(chunk, 0, count, ZEROES, 0, count) || !plain.skipped(count)) {
            plain.add(chunk, count);
            byte[] rest = new byte[count];
            int kept = 0;
            for (int i = 0; i < count; i++) {
                byte b = chunk[i];
                if ((b > ' ' || b < 0) && b != ':') {
                    rest[kept++] = b;
                }
            }
            squeezed.add(rest, kept);
            Arrays.fill(rest, (byte) 0);
        }
        length += count;
    }

    long length() {
        return length;
    }

    /** Returns what was found, told as being in {@code where}. */
    List<Finding> findings(String where) {
        return hits.entrySet().stream()
                .map(hit ->
                        new Finding(hit.getKey().canary(), hit.getKey().form(), where + " near byte " + hit.getValue()))
                .toList();
    }

    void wipe() {
        plain.wipe();
        squeezed.wipe();
    }
}
