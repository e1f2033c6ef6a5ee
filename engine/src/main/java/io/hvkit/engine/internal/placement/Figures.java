package io.hvkit.engine.internal.placement;

import io.hvkit.core.ByteSize;
import io.hvkit.engine.placement.Ratio;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;

/** Amounts as people read them, and as nothing overflows. */
final class Figures {

    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB");
    private static final int STEP = 1024;
    private static final int PLACES = 2;
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private Figures() {}

    static BigInteger big(ByteSize size) {
        return BigInteger.valueOf(size.bytes());
    }

    static BigInteger big(Ratio ratio) {
        return BigInteger.valueOf(ratio.millionths());
    }

    /** Returns the sum, or the largest size there is. */
    static ByteSize sum(ByteSize one, ByteSize other) {
        return size(big(one).add(big(other)));
    }

    /** Returns the size nearest to an amount: none below zero, none above the largest. */
    static ByteSize size(BigInteger bytes) {
        return ByteSize.bytes(bytes.max(BigInteger.ZERO)
                .min(BigInteger.valueOf(Long.MAX_VALUE))
                .longValueExact());
    }

    /** Returns what is there, told so that it never seems more than it is. */
    static String there(ByteSize size) {
        return words(size, RoundingMode.DOWN);
    }

    /** Returns what is asked for, told so that it never seems less than it is. */
    static String wanted(ByteSize size) {
        return words(size, RoundingMode.UP);
    }

    private static String words(ByteSize size, RoundingMode rounding) {
        BigDecimal amount = BigDecimal.valueOf(size.bytes());
        int unit = 0;
        while (unit < UNITS.size() - 1 && amount.compareTo(BigDecimal.valueOf(STEP)) >= 0) {
            amount = amount.divide(BigDecimal.valueOf(STEP)); // exact: a power of two divides any
            unit++;
        }
        return plain(amount.setScale(PLACES, rounding)) + " " + UNITS.get(unit);
    }

    /** Returns a share in per cent, with one digit after the point; all of nothing is all. */
    static String percent(BigInteger part, BigInteger whole) {
        BigDecimal share = whole.signum() == 0
                ? HUNDRED
                : new BigDecimal(part).multiply(HUNDRED).divide(new BigDecimal(whole), 1, RoundingMode.HALF_UP);
        return plain(share) + " %";
    }

    static String percent(Ratio share) {
        return percent(big(share), BigInteger.valueOf(Ratio.WHOLE));
    }

    private static String plain(BigDecimal number) {
        BigDecimal shortest = number.stripTrailingZeros();
        return shortest.setScale(Math.max(0, shortest.scale()), RoundingMode.UNNECESSARY)
                .toPlainString();
    }
}
