package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;

/**
 * Names one layer.
 *
 * @param store the store it is in
 * @param name unique in its store; that of the snapshot it was made for. One to 128 visible ASCII characters
 */
@Incubating(since = "0.1")
public record LayerId(PoolId store, String name) {

    private static final int LONGEST = 128;

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is not as it must be
     */
    public LayerId {
        if (name.isEmpty() || name.length() > LONGEST || !name.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException(
                    "a layer's name has 1 to " + LONGEST + " visible ASCII characters: '" + name + "'");
        }
    }

    @Override
    public String toString() {
        return store + "/" + name;
    }
}
