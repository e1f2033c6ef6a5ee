package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.PoolsOfTests.C1;
import static io.hvkit.engine.internal.placement.PoolsOfTests.C2;
import static io.hvkit.engine.internal.placement.PoolsOfTests.H1;
import static io.hvkit.engine.internal.placement.PoolsOfTests.H2;
import static io.hvkit.engine.internal.placement.PoolsOfTests.LOCAL;
import static io.hvkit.engine.internal.placement.PoolsOfTests.NOW;
import static io.hvkit.engine.internal.placement.PoolsOfTests.OTHER_ZONE;
import static io.hvkit.engine.internal.placement.PoolsOfTests.PARENT;
import static io.hvkit.engine.internal.placement.PoolsOfTests.THICK;
import static io.hvkit.engine.internal.placement.PoolsOfTests.THIN;
import static io.hvkit.engine.internal.placement.PoolsOfTests.ZONE;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.placement.PoolFacts.Hosts;
import io.hvkit.engine.internal.placement.PoolFacts.Load;
import io.hvkit.engine.internal.placement.PoolFacts.Terms;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.ResolvedPoolType;
import io.hvkit.storage.spi.StoragePoolType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A question, and the pools it is asked about.
 *
 * @param seed what it was made of
 * @param pools what is known of them
 * @param query the question
 * @param policy by what they are judged
 */
record RandomPools(long seed, List<PoolFacts> pools, VolumeQuery query, PlacementPolicy policy) {

    static final int MOST_POOLS = 8;
    private static final List<Reach> REACHES =
            List.of(Reach.of(ZONE), Reach.of(ZONE), Reach.of(C1), Reach.of(C2), Reach.of(C1, H1), Reach.of(C1, H2));

    static RandomPools of(long seed) {
        Random random = new Random(seed);
        List<PoolFacts> pools = IntStream.range(0, 1 + random.nextInt(MOST_POOLS))
                .mapToObj(i -> facts(random, "p" + i))
                .toList();
        VolumeQuery query = VolumeQuery.of(ByteSize.gibibytes(1 + random.nextInt(40)), any(random, REACHES))
                .as(any(random, List.of(ImageFormat.RAW, ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.LUKS)));
        query = random.nextInt(3) == 0 ? query.encrypted() : query;
        query = random.nextInt(6) == 0 ? query.shared() : query;
        query = random.nextInt(6) == 0 ? query.local() : query;
        query = random.nextInt(4) == 0 ? query.tagged(any(random, List.of("ssd", "gold"))) : query;
        query = random.nextInt(4) == 0
                ? query.excluding(any(random, pools).pool().id())
                : query;
        query = random.nextInt(2) == 0
                ? query.preferring(any(random, pools).pool().id())
                : query;
        query = random.nextInt(3) > 0 ? query.forOwner("acme") : query;
        PlacementPolicy policy = new PlacementPolicy(
                any(random, List.of(PlacementOrder.values())),
                Ratio.parse(any(random, List.of("1", "0.85", "0.333333"))),
                Ratio.parse(any(random, List.of("1", "0.85", "0.5"))),
                Duration.ofMinutes(5));
        return new RandomPools(seed, pools, query, policy);
    }

    private static PoolFacts facts(Random random, String name) {
        StoragePoolType type = any(random, List.of(THIN, THIN, THIN, THICK, LOCAL, PARENT));
        Reach reach = random.nextInt(20) == 0 ? Reach.of(OTHER_ZONE) : any(random, REACHES);
        PoolRecord pool = PoolsOfTests.record(name, reach, type.id())
                .standing(rarely(random, Standing.MAINTENANCE, Standing.ENABLED))
                .seen(sighting(random));
        ResolvedPoolType resolved =
                rarely(random, new ResolvedPoolType.Unknown(type.id(), "absent"), new ResolvedPoolType.Known(type));
        Optional<PoolRecord> parent = random.nextInt(4) == 0
                ? Optional.of(PoolsOfTests.record("gold", reach, PARENT.id())
                        .standing(rarely(random, Standing.MAINTENANCE, Standing.ENABLED)))
                : Optional.empty();
        int absences = rarely(random, 1, 0);
        PoolRecord member = pool.below(parent.map(gold -> new PoolRecord.Membership(gold.id(), absences)));
        PoolFacts facts = PoolFacts.of(member, resolved, hosts(random, reach))
                .below(parent)
                .under(new Terms(
                        any(random, List.of(Set.of(), Set.of("ssd"), Set.of("ssd", "gold"))),
                        Ratio.parse(any(random, List.of("1", "1", "1.5", "3.141593")))))
                .loaded(new Load(ByteSize.gibibytes(random.nextBoolean() ? random.nextInt(50) : 0), random.nextInt(3)));
        if (random.nextInt(12) == 0) {
            return random.nextBoolean() ? facts : facts.failing(new PoolRejection(Reason.NO_ANSWER, "silent"));
        }
        PoolFacts asked = facts.saying(answer(random, rarely(random, PARENT, type)));
        if (random.nextInt(20) == 0) {
            Reason reason = any(random, List.of(Reason.FAILED, Reason.REFUSED));
            return asked.failing(new PoolRejection(reason, "no"));
        }
        return asked;
    }

    private static Sighting sighting(Random random) {
        return new Sighting(
                rarely(random, Sighting.State.DOWN, Sighting.State.UP), NOW.plusSeconds(random.nextInt(3) - 1L));
    }

    private static Hosts hosts(Random random, Reach reach) {
        Hosts known = PoolsOfTests.hosts(reach);
        Optional<ClusterRecord> cluster =
                known.cluster().map(c -> rarely(random, c.under(ClusterRecord.Policy.DISABLED), c));
        Optional<HostRecord> host = known.host()
                .map(h -> rarely(random, h.standing(Standing.DISABLED), h))
                .map(h -> rarely(random, h.seen(new Sighting(Sighting.State.DOWN, NOW)), h));
        return new Hosts(cluster, host);
    }

    private static PoolAnswer answer(Random random, StoragePoolType type) {
        long capacity = random.nextInt(200);
        EncryptionSupport encryption = any(
                random,
                List.of(
                        EncryptionSupport.none(),
                        EncryptionSupport.storageNative(),
                        EncryptionSupport.hypervisorLuks(),
                        EncryptionSupport.hypervisorLuks(LuksVersion.LUKS1, ImageFormat.QCOW2)));
        PoolStatistics statistics = new PoolStatistics(
                ByteSize.gibibytes(capacity),
                ByteSize.gibibytes(random.nextInt((int) capacity + 1)),
                ByteSize.gibibytes(random.nextInt(2 * (int) capacity + 1) / (1 + random.nextInt(4))));
        Optional<ByteSize> taken =
                random.nextBoolean() ? Optional.empty() : Optional.of(ByteSize.gibibytes(41L + random.nextInt(8)));
        return new PoolAnswer(
                type,
                encryption,
                any(random, List.of(Set.of(ImageFormat.RAW), Set.of(ImageFormat.RAW, ImageFormat.QCOW2))),
                statistics,
                taken,
                rarely(random, NOW.minusSeconds(301), NOW));
    }

    private static <T> T any(Random random, List<? extends T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static <T> T rarely(Random random, T rare, T usual) {
        return random.nextInt(15) == 0 ? rare : usual;
    }
}
