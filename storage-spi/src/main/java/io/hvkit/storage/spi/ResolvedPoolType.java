package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.internal.Names;
import java.util.function.Function;

/** What became of a pool type's id that was written down earlier. Closed: a new case is a new major version. */
public sealed interface ResolvedPoolType {

    /** It is registered. */
    record Known(StoragePoolType type) implements ResolvedPoolType {

        @Override
        public String id() {
            return type.id();
        }
    }

    /**
     * No plug-in brings it now. It can be listed and shown; work on it is refused.
     *
     * @param id what was stored, whatever it is
     * @param reason why it cannot be used, for people
     */
    record Unknown(String id, String reason) implements ResolvedPoolType {}

    /** Answers for whichever case this is; the compiler sees to it that none is left out. */
    default <R> R match(Function<? super Known, ? extends R> known, Function<? super Unknown, ? extends R> unknown) {
        if (this instanceof Known k) {
            return known.apply(k);
        }
        return unknown.apply((Unknown) this);
    }

    /** Returns the id to store: that of the type, or what was stored. */
    String id();

    /** Returns what a list shows. */
    default String displayName() {
        return match(
                known -> known.type().displayName(), unknown -> Names.printable(unknown.id()) + " (plug-in absent)");
    }

    /** Returns the type, or throws {@code UNSUPPORTED} with the reason why it cannot be used. */
    default StoragePoolType orThrow() {
        return match(Known::type, unknown -> {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("pool type %s cannot be used: %s", Names.printable(unknown.id()), unknown.reason());
        });
    }
}
