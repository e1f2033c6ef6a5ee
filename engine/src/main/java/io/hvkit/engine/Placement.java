package io.hvkit.engine;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.inventory.StorageHosts;
import io.hvkit.engine.internal.placement.PoolInquiry;
import io.hvkit.engine.internal.placement.PoolRoom;
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
 * meanwhile counts from the moment it is recorded. {@link Volumes#create(io.hvkit.engine.placement.PlacedVolumeRequest)} chooses and keeps. Any
 * number of threads may ask.
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
        return inquire(query, seed).explain();
    }

    private PoolInquiry inquire(VolumeQuery query, long seed) throws InterruptedException {
        return pools.inquire(query, policyOf(query), seed);
    }

    /** Answers which pools can take a volume, best first; of the others, what speaks against those within reach, unless none can. */
    PoolSelection qualified(VolumeQuery query) throws InterruptedException {
        return inquire(query, ThreadLocalRandom.current().nextLong()).qualified();
    }

    /** Asks a pool for its room for a volume; nothing if it does not qualify. */
    Optional<PoolRoom> room(VolumeQuery query, RecordId<PoolRecord> pool) throws InterruptedException {
        return pools.room(query, policyOf(query), pool);
    }

    private PlacementPolicy policyOf(VolumeQuery query) throws InterruptedException {
        return fixed.isPresent() ? fixed.get() : policy(query);
    }

    private PlacementPolicy policy(VolumeQuery query) throws InterruptedException {
        SettingScope zone = SettingScope.zone(query.within().zone());
        return PlacementPolicy.usual()
                .ordered(settings.value(StandardSettings.ALLOCATION_ALGORITHM, zone))
                .allocatingUpTo(settings.value(StandardSettings.ALLOCATED_THRESHOLD, zone))
                .usingUpTo(settings.value(StandardSettings.USED_THRESHOLD, zone));
    }

    /**
     * Returns the best pool for a volume, by what holds now: the one that {@link #explain(VolumeQuery)} would put first. Costs what the pools
     * within reach do, however many there are elsewhere. Asks them one after the other until one qualifies, and all of them only where the
     * order is by what they say, or where none qualifies. A volume that is made at that very moment may count twice, as one that is on its way
     * and as one that its pool has: so a pool may be passed over that has room again a moment later, and none is chosen that has not.
     *
     * @throws DriverException if none qualifies, as {@link PoolSelection#orThrow} says, naming what speaks against each pool of the zone
     */
    public RecordId<PoolRecord> choose(VolumeQuery query) throws InterruptedException {
        return choose(query, ThreadLocalRandom.current().nextLong());
    }

    /**
     * Returns the best pool with that seed, for a replay: the one that {@link #explain(VolumeQuery, long)} with it would put first.
     *
     * @throws DriverException as {@link #choose(VolumeQuery)} says
     */
    public RecordId<PoolRecord> choose(VolumeQuery query, long seed) throws InterruptedException {
        return inquire(query, seed).choose();
    }

    /**
     * Answers which hosts can do a storage job, best first, and what speaks against each other candidate. Its pools, hosts, zones and
     * clusters are those of the catalog, by their ids; a question that names no pool has no candidates but the hosts that it prefers.
     */
    public Selection explain(EndPointQuery query) throws InterruptedException {
        return hosts.select(query);
    }
}
