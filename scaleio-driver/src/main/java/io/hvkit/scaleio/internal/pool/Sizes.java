package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;

/**
 * How large volumes are: for the array, which knows whole steps alone, and for a machine, which does not see the header of LUKS. The
 * header is that of cryptsetup's LUKS1 with a key of 512 bits, as end points write it; qemu's takes a little less.
 */
final class Sizes {

    static final ByteSize HEADER = ByteSize.mebibytes(2);

    private static final ByteSize STEP = ByteSize.gibibytes(8);
    private static final ByteSize LARGEST = ByteSize.tebibytes(1024);

    private Sizes() {}

    /** Returns what the array is to be asked for, so that a machine sees no less than {@code wanted}. */
    static ByteSize onArray(ByteSize wanted, ImageFormat format) {
        ByteSize whole = format == ImageFormat.LUKS ? wanted.plus(HEADER) : wanted;
        if (whole.compareTo(LARGEST) > 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a PowerFlex volume has at most %s, its header included, not %s", LARGEST, whole);
        }
        return whole.roundedUpTo(STEP);
    }

    /** Returns what a machine sees of it. */
    static ByteSize ofMachine(ByteSize onArray, ImageFormat format) {
        return format == ImageFormat.LUKS && onArray.compareTo(HEADER) > 0 ? onArray.minus(HEADER) : onArray;
    }
}
