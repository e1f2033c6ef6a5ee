package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.engine.internal.placement.PoolFacts.Hosts;
import io.hvkit.engine.internal.placement.PoolFacts.Load;
import io.hvkit.engine.internal.placement.PoolFacts.Terms;
import io.hvkit.engine.internal.setting.SettingStore;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolTypes;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumePlan;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gathers what the choice of a pool depends on: from the catalog, and then from each pool that the catalog has nothing against. A pool that
 * does not answer costs its driver's time-out, and is no failure. Any number of threads share one.
 */
public final class PoolSurvey {

    /** What volumes that are never made are called. */
    private static final String NOBODY = "hvkit-000000000000000000000000";

    /** What the catalog knows before a pool is asked. */
    private record Before(Optional<PoolRecord> pool, ByteSize expected, Map<String, ByteSize> copies) {}

    private final Catalog catalog;
    private final Connections connections;
    private final StoragePoolTypes types;
    private final PlacementNotes notes;
    private final InstantSource clock;

    /** Makes a survey that has asked nobody yet. */
    public PoolSurvey(
            Catalog catalog,
            Connections connections,
            StoragePoolTypes types,
            PlacementNotes notes,
            InstantSource clock) {
        this.catalog = catalog;
        this.connections = connections;
        this.types = types;
        this.notes = notes;
        this.clock = clock;
    }

    /** Begins to answer a question, by what holds from now on. */
    public PoolInquiry inquire(VolumeQuery query, PlacementPolicy policy, long seed) throws InterruptedException {
        return new PoolInquiry(
                this, new Ranking(query, policy.order(), seed), policy, catalog.inTransaction(PoolSurvey::expected));
    }

    Instant now() {
        return clock.instant();
    }

    List<PoolRecord> withinReach(VolumeQuery query) throws InterruptedException {
        return catalog.inTransaction(transaction -> PoolCandidates.withinReach(transaction, query));
    }

    /** Returns what is recorded of each pool that an answer speaks of. */
    List<PoolFacts> toExplain(VolumeQuery query) throws InterruptedException {
        return allNoted(catalog.inTransaction(
                transaction -> recorded(transaction, PoolCandidates.toExplain(transaction, query))));
    }

    /** Returns what is recorded of pools, all read at once; nobody is asked, and their volumes are not counted. */
    List<PoolFacts> recorded(Collection<PoolRecord> pools) throws InterruptedException {
        return allNoted(catalog.inTransaction(transaction -> recorded(transaction, pools)));
    }

    private List<PoolFacts> recorded(Transaction transaction, Collection<PoolRecord> pools) {
        return pools.stream().map(pool -> recorded(transaction, pool)).toList();
    }

    private List<PoolFacts> allNoted(List<PoolFacts> found) {
        return found.stream().map(this::noted).toList();
    }

    private PoolFacts recorded(Transaction transaction, PoolRecord pool) {
        Optional<PoolRecord> parent = PoolStanding.parent(transaction, pool);
        Set<String> tags = new HashSet<>(tags(transaction, pool));
        parent.ifPresent(of -> tags.addAll(tags(transaction, of)));
        return PoolFacts.of(
                        pool,
                        types.resolve(pool.type()),
                        new Hosts(
                                pool.reach().cluster().flatMap(transaction.clusters()::find),
                                pool.reach().host().flatMap(transaction.hosts()::find)))
                .below(parent)
                .under(new Terms(
                        tags,
                        SettingStore.value(
                                transaction, StandardSettings.OVERPROVISIONING, SettingScope.pool(pool.id()))));
    }

    private static Set<String> tags(Transaction transaction, PoolRecord pool) {
        return SettingStore.value(transaction, StandardSettings.STORAGE_TAGS, SettingScope.pool(pool.id()))
                .all();
    }

    /** What a platform notes of a pool, and of its parent, counts besides the tags, and in place of the factor, that are set. */
    private PoolFacts noted(PoolFacts found) {
        Set<String> tags = new HashSet<>(found.terms().tags());
        tags.addAll(notes.tags(found.pool()));
        found.parent().ifPresent(parent -> tags.addAll(notes.tags(parent)));
        Ratio noted = notes.overcommit(found.pool());
        return found.under(
                new Terms(tags, noted.equals(Ratio.ONE) ? found.terms().overcommit() : noted));
    }

    /** What is recorded and was not seen in its pool yet: of two that choose one after the other, the second knows of the first. */
    private static Map<RecordId<PoolRecord>, ByteSize> expected(Transaction transaction) {
        Map<RecordId<PoolRecord>, ByteSize> expected = new HashMap<>();
        for (VolumeRecord volume : transaction.volumes().where(VolumeRecord.STATE, VolumeRecord.State.CREATING)) {
            if (volume.place().externalId().isEmpty()) {
                expected.merge(volume.place().pool(), volume.size(), Figures::sum);
            }
        }
        for (VolumeRecord volume : transaction.volumes().where(VolumeRecord.STATE, VolumeRecord.State.MOVING)) {
            volume.second()
                    .filter(second -> second.role() == Second.Role.INCOMING)
                    .filter(second -> second.place().externalId().isEmpty())
                    .ifPresent(second -> expected.merge(second.place().pool(), volume.size(), Figures::sum));
        }
        return expected;
    }

    /**
     * Returns how many volumes the owner has in each of these pools, all read at once; of nobody, none, and nothing is read. A volume that is on
     * its way to a pool counts there, too.
     */
    Map<RecordId<PoolRecord>, Long> ofOwner(VolumeQuery query, Collection<PoolRecord> pools)
            throws InterruptedException {
        if (query.owner().isEmpty() || pools.isEmpty()) {
            return Map.of();
        }
        Map<RecordId<PoolRecord>, Map<VolumeRecord, Optional<String>>> holders = catalog.inTransaction(transaction ->
                pools.stream().collect(Collectors.toMap(PoolRecord::id, pool -> holders(transaction, pool))));
        Map<RecordId<PoolRecord>, Long> counts = new HashMap<>();
        holders.forEach((pool, volumes) -> counts.put(
                pool,
                volumes.entrySet().stream()
                        .filter(volume -> notes.owner(volume.getKey())
                                .or(volume::getValue)
                                .equals(query.owner()))
                        .count()));
        return counts;
    }

    private static Map<VolumeRecord, Optional<String>> holders(Transaction transaction, PoolRecord pool) {
        Set<VolumeRecord> there = new HashSet<>(transaction.volumes().where(VolumeRecord.POOL, pool.id()));
        there.addAll(transaction.volumes().where(VolumeRecord.SECOND_POOL, pool.id()));
        return there.stream().collect(Collectors.toMap(volume -> volume, volume -> holder(transaction, volume)));
    }

    private static Optional<String> holder(Transaction transaction, VolumeRecord volume) {
        return transaction
                .holdings()
                .find(HoldingRecord.idOf(Measures.thing(volume.id())))
                .map(holding ->
                        transaction.accounts().require(holding.account()).path());
    }

    /** Asks a pool for the room that it has for a volume by what holds now; nothing if the pool does not qualify. */
    public Optional<PoolRoom> room(VolumeQuery query, PlacementPolicy policy, RecordId<PoolRecord> pool)
            throws InterruptedException {
        Before before = catalog.inTransaction(transaction -> new Before(
                transaction.pools().find(pool),
                expected(transaction).getOrDefault(pool, ByteSize.ZERO),
                PoolRoom.recorded(transaction, pool)));
        if (before.pool.isEmpty()) {
            return Optional.empty();
        }
        PoolFacts facts = recorded(List.of(before.pool.get())).get(0).loaded(new Load(before.expected, 0));
        if (!PoolFleet.isWorthAsking(query, policy, facts)) {
            return Optional.empty();
        }
        PoolFacts said =
                ask(query, facts); // after the catalog: what was made meanwhile counts twice, and never not at all
        if (!PoolFleet.qualifies(query, policy, clock.instant(), said)) {
            return Optional.empty();
        }
        PoolAnswer answer = said.answer().orElseThrow();
        ByteSize taken = answer.taken().orElse(query.size());
        return Optional.of(new PoolRoom(pool, taken, Room.of(said, answer).left(policy), before.copies));
    }

    /** Asks a pool how it is, and what the volume would take there. */
    PoolFacts ask(VolumeQuery query, PoolFacts facts) throws InterruptedException {
        try {
            StoragePool open = connections.pool(facts.pool());
            PoolAnswer answer = new PoolAnswer(
                    open.type(),
                    open.encryption(),
                    open.formats(),
                    open.statistics(),
                    Optional.empty(),
                    clock.instant());
            return Layout.against(query, answer).isEmpty()
                    ? planned(query, open, facts.saying(answer), answer)
                    : facts.saying(answer);
        } catch (DriverException e) {
            return facts.failing(silent(e));
        }
    }

    private static PoolRejection silent(DriverException e) {
        boolean isSilent = e.failure() == Failure.UNREACHABLE
                || e.failure() == Failure.TIMED_OUT
                || e.failure() == Failure.OPERATION_PENDING;
        return isSilent
                ? new PoolRejection(Reason.NO_ANSWER, "did not answer: " + e.getMessage())
                : new PoolRejection(Reason.FAILED, "failed to tell how it is: " + e.getMessage());
    }

    /** Storage that knows steps or headers takes more than is asked for, and tells how much. */
    private static PoolFacts planned(VolumeQuery query, StoragePool open, PoolFacts facts, PoolAnswer answer)
            throws InterruptedException {
        try (Secret stranger = Secret.random()) {
            VolumePlan plan = open.plan(wanted(query, answer, stranger));
            return facts.saying(answer.taking(plan.taken()));
        } catch (DriverException e) {
            boolean isRefusal = e.failure() == Failure.INVALID_REQUEST || e.failure() == Failure.UNSUPPORTED;
            return facts.failing(
                    isRefusal
                            ? new PoolRejection(Reason.REFUSED, "makes no such volume: " + e.getMessage())
                            : silent(e));
        }
    }

    private static CreateVolume wanted(VolumeQuery query, PoolAnswer answer, Secret stranger) {
        Layout layout = Layout.of(query, answer);
        CreateVolume wanted = CreateVolume.blank(NOBODY, query.size());
        CreateVolume laidOut = layout.encryption() == VolumeEncryption.WITH_KEY
                ? wanted.as(query.format())
                : wanted.as(layout.format());
        return switch (layout.encryption()) {
            case NONE -> laidOut;
            case WITH_KEY -> laidOut.encryptedBy(stranger);
            case BY_STORAGE -> laidOut.encryptedByStorage();
        };
    }
}
