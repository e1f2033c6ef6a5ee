package io.hvkit.engine;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.MasterKeyFile;
import java.time.Duration;
import java.util.List;

/**
 * The keys of volumes, as an operator looks after them. Volumes get and lose their keys by the operations on them; nothing here does that.
 */
@Incubating(since = "0.1")
public final class Keys {

    /** The shortest time that a key is kept after nothing needs it any more. */
    public static final Duration SHORTEST_GRACE = Duration.ofHours(1);

    private final KeyVault vault;

    Keys(KeyVault vault) {
        this.vault = vault;
    }

    /**
     * Wraps every key with the provider's current master key, as after {@link MasterKeyFile#addKey}. Works beside everything else. If it
     * fails or is interrupted, what is done stays done, and the next call does the rest; once it has returned, no key needs an older
     * master key.
     *
     * @return how many keys were wrapped anew
     */
    public int rewrap() throws InterruptedException {
        return vault.rewrap();
    }

    /**
     * Destroys the keys that no volume, snapshot, template or backup has needed for a while. What they encrypted cannot be read then by
     * anybody, wherever a copy of it is.
     *
     * @param grace how long nothing must have needed a key, at least {@link #SHORTEST_GRACE}
     * @return the keys that were destroyed
     * @throws IllegalArgumentException if the grace is shorter
     */
    public List<RecordId<KeyRecord>> destroyUnneeded(Duration grace) throws InterruptedException {
        if (grace.compareTo(SHORTEST_GRACE) < 0) {
            throw new IllegalArgumentException("keys are kept for " + SHORTEST_GRACE
                    + " at least after nothing needs them, so that a mistake can be undone, not " + grace);
        }
        return vault.destroyRetired(grace);
    }
}
