package io.hvkit.storage.spi;

import io.hvkit.core.Ability;
import java.util.Optional;

/** Something a pool may be able to do beyond creating, attaching and deleting volumes. */
public enum PoolFeature implements Ability<PoolFeature> {
    /** {@link CreateVolume#encryptedBy}. */
    ENCRYPTED_VOLUMES;

    @Override
    public Optional<PoolFeature> prerequisite() {
        return Optional.empty();
    }
}
