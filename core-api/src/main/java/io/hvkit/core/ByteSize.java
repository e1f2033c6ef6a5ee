package io.hvkit.core;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of bytes. Never negative; arithmetic that leaves the range of {@code long} throws instead of wrapping. Binary
 * units (KiB, MiB, GiB, TiB) are powers of 1024, decimal ones (kB, MB, GB, TB) powers of 1000; neither ever stands for the
 * other.
 *
 * @param bytes the amount, zero or more
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {

    /** No bytes. */
    public static final ByteSize ZERO = new ByteSize(0);

    private record Unit(String name, long bytes) {}

    private static final List<Unit> UNITS = List.of(
            new Unit("TiB", 1L << 40),
            new Unit("GiB", 1L << 30),
            new Unit("MiB", 1L << 20),
            new Unit("KiB", 1L << 10),
            new Unit("TB", 1_000_000_000_000L),
            new Unit("GB", 1_000_000_000L),
            new Unit("MB", 1_000_000L),
            new Unit("kB", 1_000L),
            new Unit("B", 1));
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,19}) ?([A-Za-z]*)");

    /** Rejects negative amounts. */
    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size cannot be negative: " + bytes);
        }
    }

    /** Returns {@code count} bytes. */
    public static ByteSize bytes(long count) {
        return new ByteSize(count);
    }

    /** Returns {@code count} times 1024 bytes. */
    public static ByteSize kibibytes(long count) {
        return times(count, 1L << 10);
    }

    /** Returns {@code count} times 1024² bytes. */
    public static ByteSize mebibytes(long count) {
        return times(count, 1L << 20);
    }

    /** Returns {@code count} times 1024³ bytes. */
    public static ByteSize gibibytes(long count) {
        return times(count, 1L << 30);
    }

    /** Returns {@code count} times 1024⁴ bytes. */
    public static ByteSize tebibytes(long count) {
        return times(count, 1L << 40);
    }

    /** Returns {@code count} times 1000² bytes. */
    public static ByteSize megabytes(long count) {
        return times(count, 1_000_000L);
    }

    /** Returns {@code count} times 1000³ bytes. */
    public static ByteSize gigabytes(long count) {
        return times(count, 1_000_000_000L);
    }

    /**
     * Reads what {@link #toString} writes: a whole number and a unit, such as {@code 40 GiB}, {@code 40GiB}, {@code 10 GB}
     * or {@code 4096} (bytes). Units are read in any case; single letters such as {@code G} are refused, since programs
     * disagree on what they stand for.
     *
     * @throws IllegalArgumentException if it is anything else, naming the text and what is allowed
     */
    public static ByteSize parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (matcher.matches()) {
            String wanted = matcher.group(2).isEmpty() ? "B" : matcher.group(2);
            for (Unit unit : UNITS) {
                if (unit.name.toLowerCase(Locale.ROOT).equals(wanted.toLowerCase(Locale.ROOT))) {
                    return times(amount(matcher.group(1), text), unit.bytes);
                }
            }
        }
        throw new IllegalArgumentException(
                "'" + text + "' is not a size; write a whole number and B, kB, MB, GB, TB, KiB, MiB, GiB or TiB");
    }

    /**
     * Returns the smallest multiple of {@code step} that is not below this size.
     *
     * @throws IllegalArgumentException if {@code step} is zero
     */
    public ByteSize roundedUpTo(ByteSize step) {
        long remainder = remainder(step);
        return remainder == 0 ? this : new ByteSize(Math.addExact(bytes, step.bytes - remainder));
    }

    /**
     * Returns the largest multiple of {@code step} that is not above this size.
     *
     * @throws IllegalArgumentException if {@code step} is zero
     */
    public ByteSize roundedDownTo(ByteSize step) {
        return new ByteSize(bytes - remainder(step));
    }

    /** Returns whether this is a whole number of {@code step}. */
    public boolean isMultipleOf(ByteSize step) {
        return remainder(step) == 0;
    }

    /** Returns the sum. */
    public ByteSize plus(ByteSize other) {
        return new ByteSize(Math.addExact(bytes, other.bytes));
    }

    /**
     * Returns the difference.
     *
     * @throws IllegalArgumentException if {@code other} is larger
     */
    public ByteSize minus(ByteSize other) {
        return new ByteSize(bytes - other.bytes);
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** Returns the exact amount in the largest binary unit that divides it, such as {@code 40 GiB} or {@code 4097 B}. */
    @Override
    public String toString() {
        for (Unit unit : UNITS) {
            if (unit.name.endsWith("iB") && bytes != 0 && bytes % unit.bytes == 0) {
                return bytes / unit.bytes + " " + unit.name;
            }
        }
        return bytes + " B";
    }

    private long remainder(ByteSize step) {
        if (step.bytes == 0) {
            throw new IllegalArgumentException("a size cannot be rounded to steps of zero bytes");
        }
        return bytes % step.bytes;
    }

    private static ByteSize times(long count, long unit) {
        try {
            return new ByteSize(Math.multiplyExact(count, unit));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    count + " times " + unit + " bytes is more than a size can hold, " + Long.MAX_VALUE, e);
        }
    }

    private static long amount(String digits, String text) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is more than a size can hold, " + Long.MAX_VALUE + " bytes", e);
        }
    }
}
