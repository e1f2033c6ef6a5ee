package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.engine.internal.setting.SettingStore;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The tags that pools have: those that are set, and those that the platform notes.
 *
 * @param catalog what is set
 * @param notes what the platform notes
 */
public record PoolTags(Catalog catalog, PlacementNotes notes) {

    /** Returns the tags of a pool; those of a parent are those of its children, too. */
    public Set<String> of(PoolRecord pool) throws InterruptedException {
        Optional<PoolRecord> parent = catalog.inTransaction(transaction -> PoolStanding.parent(transaction, pool));
        Set<String> tags = new HashSet<>();
        for (PoolRecord each : Stream.concat(Stream.of(pool), parent.stream()).toList()) {
            tags.addAll(notes.tags(each));
            tags.addAll(catalog.inTransaction(transaction -> SettingStore.value(
                            transaction, StandardSettings.STORAGE_TAGS, SettingScope.pool(each.id()))
                    .all()));
        }
        return tags;
    }
}
