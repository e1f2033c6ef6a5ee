package io.hvkit.powerflex.simulator.internal.array;

import java.util.Optional;

/** Where an array keeps what it knows, to have it in the next run. The array calls it under its lock. */
public interface Memory {

    /** Returns what an earlier run has kept. */
    Optional<ArrayState> last();

    /** Keeps a state instead of the one before; when this returns, the end of the process loses nothing of it. */
    void keep(ArrayState state);

    /** Returns whether anything is kept at all. */
    boolean isKept();

    /** Returns a memory that is none. */
    static Memory none() {
        return new Memory() {
            @Override
            public Optional<ArrayState> last() {
                return Optional.empty();
            }

            @Override
            public void keep(ArrayState state) {}

            @Override
            public boolean isKept() {
                return false;
            }
        };
    }
}
