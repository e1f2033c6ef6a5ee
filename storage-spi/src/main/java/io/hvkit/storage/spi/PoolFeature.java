package io.hvkit.storage.spi;

import io.hvkit.core.Ability;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something a pool may be able to do beyond making, attaching and deleting volumes. Whether it encrypts them is another question:
 * {@link StoragePool#encryption}.
 */
public enum PoolFeature implements Ability<PoolFeature> {
    /** {@link StoragePool#snapshots}. */
    SNAPSHOTS(null),
    /** {@link Snapshots#revert}. */
    REVERT(SNAPSHOTS),
    /** {@link StoragePool#snapshotGroups}. */
    SNAPSHOT_GROUPS(SNAPSHOTS),
    /** {@link StoragePool#growth}. */
    GROWTH(null),
    /** {@link Growth#growTo} for volumes that are attached. */
    GROWTH_WHILE_ATTACHED(GROWTH),
    /** {@link StoragePool#clones}. */
    CLONES(null),
    /** {@link Clones#create} for sources that are attached. */
    CLONES_WHILE_ATTACHED(CLONES),
    /** {@link CloneVolume#linked}, and {@link VolumeFromTemplate#linked} where templates are offered. */
    LINKED_CLONES(CLONES),
    /** {@link StoragePool#templates}. */
    TEMPLATES(null),
    /** {@link StoragePool#limits}. */
    LIMITS(null),
    /** {@link StoragePool#renaming}. */
    RENAMING(null),
    /** {@link StoragePool#migration}. */
    MIGRATION(null),
    /** {@link StoragePool#adoption}. */
    ADOPTION(null),
    /** {@link StoragePool#cluster}; for types with {@link PoolTrait#PARENT} alone. */
    CLUSTER(null);

    private final @Nullable PoolFeature prerequisite;

    PoolFeature(@Nullable PoolFeature prerequisite) {
        this.prerequisite = prerequisite;
    }

    @Override
    public Optional<PoolFeature> prerequisite() {
        return Optional.ofNullable(prerequisite);
    }
}
