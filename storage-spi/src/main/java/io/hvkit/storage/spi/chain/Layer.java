package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * One physical object, such as an image file: everything that a snapshot holds (full), or what differs from the layer it stands on
 * (delta). Which snapshots, layers and volumes read it, {@link ChainGraph} knows.
 *
 * @param id its id
 * @param parent the layer of the same store that it stands on; nothing if it is full
 * @param state how it is
 */
@Incubating(since = "0.1")
public record Layer(LayerId id, Optional<LayerId> parent, State state) {

    /** How a layer is. */
    public enum State {
        /** It is being written: it may be there, in part or not at all. */
        WRITING,
        /** It is whole. */
        READY,
        /** It is known to be damaged or lost, or stands on one that is, until {@linkplain ChainGraph#withReadable the contrary is proved}. */
        UNUSABLE,
        /** It is to go, and may have gone already: nobody reads it, and nobody ever will. */
        DELETING
    }

    /**
     * Checks the parent.
     *
     * @throws IllegalArgumentException if it is in another store
     */
    public Layer {
        if (parent.isPresent() && !parent.get().store().equals(id.store())) {
            throw new IllegalArgumentException(
                    "a layer stands on one of its own store: " + id + " cannot stand on " + parent.get());
        }
    }

    Layer in(State other) {
        return new Layer(id, parent, other);
    }

    Layer onto(Optional<LayerId> other) {
        return new Layer(id, other, state);
    }
}
