package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import org.jspecify.annotations.Nullable;

/**
 * One copy of a snapshot in one store.
 *
 * @param layer the layer it is read from; snapshots between which nothing was written share one
 * @param state how it is
 */
@Incubating(since = "0.1")
public record Replica(LayerId layer, State state) {

    /** How a replica is. One that was destroyed is not there any more. */
    public enum State {
        /** Its layer is being written. */
        CREATING,
        /** It can be read. */
        READY,
        /** Its snapshot was deleted; the layer is kept for those that read it, and goes with the last of them. */
        HIDDEN,
        /** It is to go; its layer may have gone already. */
        DESTROYING,
        /** It was given up before it was whole. */
        FAILED;

        /** Returns whether a snapshot needs the layer for itself. */
        public boolean isLive() {
            return this == CREATING || this == READY;
        }
    }

    /** Returns the store it is in. */
    public PoolId store() {
        return layer.store();
    }

    /** Written out, as in {@link LayerId}. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Replica that && state == that.state && layer.equals(that.layer);
    }

    @Override
    public int hashCode() {
        return 31 * layer.hashCode() + state.hashCode();
    }

    Replica in(State other) {
        return new Replica(layer, other);
    }
}
