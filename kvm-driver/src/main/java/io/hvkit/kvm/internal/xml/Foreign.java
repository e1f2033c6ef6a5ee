package io.hvkit.kvm.internal.xml;

import java.util.Optional;
import java.util.function.Supplier;

/** Reads what others may have written. They make domains with what no request can say; that counts as not said. */
final class Foreign {

    private Foreign() {}

    /** Returns a value; nothing if its type refuses what stands there. */
    static <T> Optional<T> value(Supplier<T> reading) {
        try {
            return Optional.of(reading.get());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
