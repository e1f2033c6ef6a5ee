package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.function.Function;

/** Whether a disk fits into a container, and by how many bytes it does or does not. */
public sealed interface Fit {

    /**
     * It fits.
     *
     * @param sizing what comes on top of the disk
     * @param payload how large the disk is
     * @param needed the bytes that it takes in the container
     * @param container the bytes of the container
     */
    record Fits(DiskSizing sizing, ByteSize payload, ByteSize needed, ByteSize container) implements Fit {

        /** Returns the bytes that are left over. */
        public ByteSize spare() {
            return container.minus(needed);
        }

        @Override
        public String toString() {
            return "a disk of %s as %s takes %s; the container has %s, and %s are left over"
                    .formatted(payload, sizing, needed, container, spare());
        }
    }

    /**
     * It does not fit.
     *
     * @param sizing what comes on top of the disk
     * @param payload how large the disk is
     * @param needed the bytes that it takes in the container
     * @param container the bytes of the container
     */
    record TooSmall(DiskSizing sizing, ByteSize payload, ByteSize needed, ByteSize container) implements Fit {

        /** Returns the bytes that are missing. */
        public ByteSize missing() {
            return needed.minus(container);
        }

        @Override
        public String toString() {
            return "a disk of %s as %s takes %s; the container has %s, and %s are missing"
                    .formatted(payload, sizing, needed, container, missing());
        }
    }

    /** Returns what the function for this answer makes of it. */
    default <R> R match(Function<Fits, R> fits, Function<TooSmall, R> tooSmall) {
        if (this instanceof Fits yes) {
            return fits.apply(yes);
        }
        return tooSmall.apply((TooSmall) this);
    }

    /**
     * Returns if it fits.
     *
     * @throws DriverException with {@code INVALID_REQUEST}, saying how many bytes are missing, if it does not
     */
    default void require() {
        if (this instanceof TooSmall tooSmall) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s; make the container %s or more",
                            tooSmall, tooSmall.sizing.containerFor(tooSmall.payload));
        }
    }
}
