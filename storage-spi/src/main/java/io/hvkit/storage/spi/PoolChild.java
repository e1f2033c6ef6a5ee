package io.hvkit.storage.spi;

import io.hvkit.core.Incubating;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * A pool of a {@link PoolCluster}, as the storage describes it.
 *
 * @param identity by which it is known, whatever it is called and whichever parent it has: what {@link StoragePool#identity} says once it is
 *     open
 * @param name what the storage calls it now
 * @param type what it is opened as; never itself a parent
 * @param options the texts of the options that lead to it, where they differ from those that its parent was opened with
 * @param troubles why no volumes should be made in it now; none if it is well
 */
@Incubating(since = "0.1")
public record PoolChild(
        String identity, String name, StoragePoolType type, Map<String, String> options, Set<Trouble> troubles) {

    /** Why no volumes should be made in a pool. */
    public enum Trouble {
        /** The storage says that it cannot be reached. */
        INACCESSIBLE("is not accessible"),
        /** No host has it mounted. */
        NOT_MOUNTED("is mounted by no host"),
        /** It is in maintenance, or on its way there. */
        IN_MAINTENANCE("is in maintenance");

        private final String words;

        Trouble(String words) {
            this.words = words;
        }

        /** Returns it as the end of a sentence for people. */
        public String words() {
            return words;
        }
    }

    /**
     * Copies the collections.
     *
     * @throws IllegalArgumentException if the identity or the name is blank, or the type is one of parents
     */
    public PoolChild {
        if (identity.isBlank() || name.isBlank()) {
            throw new IllegalArgumentException(
                    "a pool of a cluster has an identity and a name, and not '" + identity + "' and '" + name + "'");
        }
        if (type.has(PoolTrait.PARENT)) {
            throw new IllegalArgumentException("pool " + name + " of a cluster cannot be a parent itself: " + type);
        }
        options = Map.copyOf(options);
        EnumSet<Trouble> ordered = EnumSet.noneOf(Trouble.class);
        ordered.addAll(troubles);
        troubles = Set.copyOf(ordered);
    }

    /** Returns whether volumes can be made in it. */
    public boolean isWell() {
        return troubles.isEmpty();
    }
}
