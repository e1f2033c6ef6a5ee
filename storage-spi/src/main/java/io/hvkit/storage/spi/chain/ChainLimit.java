package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;

/**
 * How many layers a chain of backups may have, the full one included and hidden ones too: the setting {@code snapshot.delta.max}. Chains
 * that were longer when it was lowered stay, and grow no more.
 *
 * @param layers the number; with 0 and 1 each backup is full, and −1 is no limit
 */
@Incubating(since = "0.1")
public record ChainLimit(int layers) {

    /** No limit. */
    public static final ChainLimit UNLIMITED = new ChainLimit(-1);

    /** What operators know as the usual one. */
    public static final ChainLimit USUAL = new ChainLimit(16);

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if it is less than −1
     */
    public ChainLimit {
        if (layers < -1) {
            throw new IllegalArgumentException(
                    "snapshot.delta.max is a number of layers, or -1 for no limit, not " + layers);
        }
    }

    /** Returns whether every backup is full. */
    public boolean forbidsDeltas() {
        return layers == 0 || layers == 1;
    }

    /** Returns whether one layer more is allowed on a chain. */
    public boolean allowsOneMore(ChainGraph graph, LayerId top) {
        return layers == -1 || (layers > 1 && graph.length(top, layers) < layers);
    }

    @Override
    public String toString() {
        return layers == -1 ? "unlimited" : Integer.toString(layers);
    }
}
