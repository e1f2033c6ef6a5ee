package io.hvkit.testkit.guest;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where the guest puts its records, as it said in its READY line. Sequence numbers that differ by {@link #period} share a block,
 * and no others do.
 */
record Layout(long blocks, int blockSize, long stride, int batch) {

    Layout {
        // A log is somebody's input: these are the bounds within which the arithmetic below is exact.
        if (batch < 1 || blockSize < 64 || stride < 1 || blocks < 0) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .message(
                            "the guest's READY line makes no sense: blocks=%d bs=%d stride=%d batch=%d",
                            blocks, blockSize, stride, batch);
        }
    }

    private long groups() {
        return Math.max(1, blocks / batch);
    }

    /** Returns after how many records the guest comes back to the same block. */
    long period() {
        long common =
                BigInteger.valueOf(stride).gcd(BigInteger.valueOf(groups())).longValueExact();
        return groups() / common * batch;
    }

    /** Returns the block of a record. */
    long blockOf(long sequence) {
        long step = BigInteger.valueOf(sequence / batch)
                .multiply(BigInteger.valueOf(stride))
                .mod(BigInteger.valueOf(groups()))
                .longValueExact();
        return step * batch + sequence % batch;
    }

    /** Returns the bytes of a record in its own block. */
    byte[] record(long sequence) {
        byte[] bytes = new byte[blockSize];
        Arrays.fill(bytes, (byte) ' ');
        byte[] text =
                ("HVKIT seq=" + sequence + " pos=" + blockOf(sequence) + " end").getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, bytes, 0, text.length);
        bytes[blockSize - 1] = '\n';
        return bytes;
    }
}
