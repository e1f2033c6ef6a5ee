package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;

/** How large volumes are: for the array, which knows whole steps alone, and for a machine, which does not see headers and tables. */
final class Sizes {

    private static final ByteSize STEP = ByteSize.gibibytes(8);
    private static final ByteSize LARGEST = ByteSize.tebibytes(1024);

    private Sizes() {}

    /** Returns what the array is to be asked for, so that a machine sees no less than {@code wanted}. */
    static ByteSize onArray(ByteSize wanted, ImageFormat format) {
        if (wanted.compareTo(LARGEST) > 0) {
            throw tooLarge(wanted);
        }
        ByteSize device = wanted.plus(Layout.of(format).overhead(wanted)).roundedUpTo(STEP);
        while (device.compareTo(LARGEST) <= 0 && ofMachine(device, format).compareTo(wanted) < 0) {
            device = device.plus(STEP);
        }
        if (device.compareTo(LARGEST) > 0) {
            throw tooLarge(wanted.plus(Layout.of(format).overhead(wanted)));
        }
        return device;
    }

    private static DriverException tooLarge(ByteSize whole) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .message("a PowerFlex volume has at most %s, its header included, not %s", LARGEST, whole);
    }

    /** Returns what a machine sees of it. */
    static ByteSize ofMachine(ByteSize onArray, ImageFormat format) {
        ByteSize overhead = Layout.of(format).overhead(onArray);
        return onArray.compareTo(overhead) > 0 ? onArray.minus(overhead) : onArray;
    }
}
