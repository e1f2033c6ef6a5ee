package io.hvkit.engine.setting;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Incubating;
import io.hvkit.engine.setting.Setting.Level;
import java.util.Optional;

/**
 * For what a setting is set or asked for.
 *
 * @param level what kind of thing
 * @param zone the zone, if it is one
 * @param cluster the cluster, if it is one
 * @param pool the pool, if it is one
 */
@Incubating(since = "0.1")
public record SettingScope(
        Level level,
        Optional<RecordId<ZoneRecord>> zone,
        Optional<RecordId<ClusterRecord>> cluster,
        Optional<RecordId<PoolRecord>> pool) {

    /**
     * Checks that it names what it is for.
     *
     * @throws IllegalArgumentException if it names something else, or several
     */
    public SettingScope {
        boolean fits = zone.isPresent() == (level == Level.ZONE)
                && cluster.isPresent() == (level == Level.CLUSTER)
                && pool.isPresent() == (level == Level.POOL);
        if (!fits) {
            throw new IllegalArgumentException("a setting of level " + level + " names that and nothing else");
        }
    }

    /** Returns the scope of what holds for all. */
    public static SettingScope global() {
        return new SettingScope(Level.GLOBAL, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Returns the scope of a zone. */
    public static SettingScope zone(RecordId<ZoneRecord> zone) {
        return new SettingScope(Level.ZONE, Optional.of(zone), Optional.empty(), Optional.empty());
    }

    /** Returns the scope of a cluster. */
    public static SettingScope cluster(RecordId<ClusterRecord> cluster) {
        return new SettingScope(Level.CLUSTER, Optional.empty(), Optional.of(cluster), Optional.empty());
    }

    /** Returns the scope of a pool. */
    public static SettingScope pool(RecordId<PoolRecord> pool) {
        return new SettingScope(Level.POOL, Optional.empty(), Optional.empty(), Optional.of(pool));
    }

    @Override
    public String toString() {
        return switch (level) {
            case GLOBAL -> "all";
            case ZONE -> "zone " + zone.orElseThrow();
            case CLUSTER -> "cluster " + cluster.orElseThrow();
            case POOL -> "pool " + pool.orElseThrow();
        };
    }
}
