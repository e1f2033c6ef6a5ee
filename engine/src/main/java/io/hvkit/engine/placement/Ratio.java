package io.hvkit.engine.placement;

import io.hvkit.core.Incubating;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Pattern;

/**
 * A number that a size is multiplied by: a share such as 0.85, or a factor such as 2.0. Exact to the millionth.
 *
 * @param millionths how many millionths, 1 to 1,000,000,000, which is a thousand times
 */
@Incubating(since = "0.1")
public record Ratio(long millionths) implements Comparable<Ratio> {

    /** How many millionths make a whole. */
    public static final long WHOLE = 1_000_000;

    /** Once. */
    public static final Ratio ONE = new Ratio(WHOLE);

    private static final int DIGITS = 6;
    private static final long MOST = 1_000 * WHOLE;
    private static final Pattern TEXT = Pattern.compile("[0-9]{1,4}(\\.[0-9]{1,6})?");

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if it is zero, negative, or more than a thousand times
     */
    public Ratio {
        if (millionths < 1 || millionths > MOST) {
            throw new IllegalArgumentException(
                    "a ratio is more than 0 and at most 1000, not " + BigDecimal.valueOf(millionths, DIGITS));
        }
    }

    /**
     * Reads what {@link #toString} writes: digits, and up to six more after a point, such as {@code 0.85} or {@code 2}.
     *
     * @throws IllegalArgumentException if it is anything else, naming the text and what is allowed
     */
    public static Ratio parse(String text) {
        if (!TEXT.matcher(text.strip()).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no ratio; write a number up to 1000 with six digits after the point at most");
        }
        return new Ratio(new BigDecimal(text.strip())
                .setScale(DIGITS, RoundingMode.UNNECESSARY)
                .unscaledValue()
                .longValueExact());
    }

    @Override
    public int compareTo(Ratio other) {
        return Long.compare(millionths, other.millionths);
    }

    /** Returns the number with at least one digit after the point, such as {@code 2.0}. */
    @Override
    public String toString() {
        BigDecimal shortest = BigDecimal.valueOf(millionths, DIGITS).stripTrailingZeros();
        return shortest.setScale(Math.max(1, shortest.scale()), RoundingMode.UNNECESSARY)
                .toPlainString();
    }
}
