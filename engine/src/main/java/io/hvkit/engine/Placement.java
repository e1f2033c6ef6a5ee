package io.hvkit.engine;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.inventory.StorageHosts;
import io.hvkit.engine.internal.placement.PoolSurvey;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Selection;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Where things go, and why not elsewhere. Asks and changes nothing: what is chosen is not kept free, and a volume that another one is making
 * meanwhile counts from the moment it is recorded. Any number of threads may ask.
 */
@Incubating(since = "0.1")
public final class Placement {

    private final PoolSurvey pools;
    private final StorageHosts hosts;
    private final Optional<PlacementPolicy> fixed;
    private final Settings settings;

    Placement(PoolSurvey pools, StorageHosts hosts, Optional<PlacementPolicy> fixed, Settings settings) {
        this.pools = pools;
        this.hosts = hosts;
        this.fixed = fixed;
        this.settings = settings;
    }

    /**
     * Answers which pools can take a volume, best first, and what speaks against each other pool of the zone. Pools that the catalog has
     * nothing against are asked how they are, one after the other; one that does not answer is rejected with what its driver says, and no
     * failure.
     */
    public PoolSelection explain(VolumeQuery query) throws InterruptedException {
        return explain(query, ThreadLocalRandom.current().nextLong());
    }

    /** Answers with that seed, for a replay: as long as nothing else has changed, the answer is the same. */
    public PoolSelection explain(VolumeQuery query, long seed) throws InterruptedException {
        return pools.select(query, fixed.isPresent() ? fixed.get() : policy(query), seed);
    }

    private PlacementPolicy policy(VolumeQuery query) throws InterruptedException {
        SettingScope zone = SettingScope.zone(query.within().zone());
        return PlacementPolicy.usual()
                .ordered(settings.value(StandardSettings.ALLOCATION_ALGORITHM, zone))
                .allocatingUpTo(settings.value(StandardSettings.ALLOCATED_THRESHOLD, zone))
                .usingUpTo(settings.value(StandardSettings.USED_THRESHOLD, zone));
    }

    /**
     * Returns the best pool for a volume, by what holds now.
     *
     * @throws DriverException if none qualifies, as {@link PoolSelection#orThrow} says, naming what speaks against each
     */
    public RecordId<PoolRecord> choose(VolumeQuery query) throws InterruptedException {
        return explain(query).orThrow();
    }

    /**
     * Answers which hosts can do a storage job, best first, and what speaks against each other candidate. Its pools, hosts, zones and
     * clusters are those of the catalog, by their ids; a question that names no pool has no candidates but the hosts that it prefers.
     */
    public Selection explain(EndPointQuery query) throws InterruptedException {
        return hosts.select(query);
    }
}
