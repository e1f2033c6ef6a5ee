package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.PoolId;
import org.jspecify.annotations.Nullable;

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
        if (name.isEmpty() || name.length() > LONGEST || !isVisible(name)) {
            throw new IllegalArgumentException(
                    "a layer's name has 1 to " + LONGEST + " visible ASCII characters: '" + name + "'");
        }
    }

    private static boolean isVisible(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) <= ' ' || name.charAt(i) >= 127) {
                return false;
            }
        }
        return true;
    }

    /** Written out, as is {@link #hashCode}: no other values are compared as often. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LayerId that
                && name.equals(that.name)
                && store.value().equals(that.store.value());
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + store.value().hashCode();
    }

    @Override
    public String toString() {
        return store + "/" + name;
    }
}
