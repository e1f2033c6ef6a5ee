package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import java.util.Optional;

/** Looks at the outside world for what became of an effect that nobody knows about; changes nothing. */
@FunctionalInterface
public interface Look {

    /**
     * Returns the evidence if the effect is there, whole, and is this operation's; nothing if it is certain that it is not there and will
     * not come any more. What it throws means that nobody can tell yet.
     */
    Optional<Facts> look() throws InterruptedException;
}
