package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.Judged.ANY;
import static io.hvkit.engine.internal.placement.Judged.SIZE;
import static io.hvkit.engine.internal.placement.Judged.USUAL;
import static io.hvkit.engine.internal.placement.Judged.assertJudged;
import static io.hvkit.engine.internal.placement.Judged.not;
import static io.hvkit.engine.internal.placement.Judged.taken;
import static io.hvkit.engine.internal.placement.PoolsOfTests.C1;
import static io.hvkit.engine.internal.placement.PoolsOfTests.C2;
import static io.hvkit.engine.internal.placement.PoolsOfTests.H1;
import static io.hvkit.engine.internal.placement.PoolsOfTests.H2;
import static io.hvkit.engine.internal.placement.PoolsOfTests.LOCAL;
import static io.hvkit.engine.internal.placement.PoolsOfTests.NOW;
import static io.hvkit.engine.internal.placement.PoolsOfTests.OTHER_ZONE;
import static io.hvkit.engine.internal.placement.PoolsOfTests.PARENT;
import static io.hvkit.engine.internal.placement.PoolsOfTests.THIN;
import static io.hvkit.engine.internal.placement.PoolsOfTests.ZONE;
import static io.hvkit.engine.internal.placement.PoolsOfTests.answer;
import static io.hvkit.engine.internal.placement.PoolsOfTests.id;
import static io.hvkit.engine.internal.placement.PoolsOfTests.pool;
import static io.hvkit.engine.internal.placement.PoolsOfTests.record;
import static io.hvkit.engine.internal.placement.PoolsOfTests.unasked;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.internal.placement.PoolFacts.Hosts;
import io.hvkit.engine.internal.placement.PoolFacts.Terms;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.storage.spi.ResolvedPoolType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What speaks against a pool, whatever it holds. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolRulesTest {

    static Stream<Arguments> reach() {
        PoolFacts zone = pool("p");
        PoolFacts c1 = unasked("p", Reach.of(C1), THIN).saying(zone.answer().orElseThrow());
        PoolFacts h1 = unasked("p", Reach.of(C1, H1), THIN).saying(zone.answer().orElseThrow());
        String byC1 = "is reached by cluster c1 alone";
        String byH1 = "is reached by host h1 alone";
        return Stream.of(
                taken("zone for zone", ANY, zone),
                taken("zone for cluster", of(Reach.of(C1)), zone),
                taken("zone for host", of(Reach.of(C1, H1)), zone),
                taken("cluster for zone", ANY, c1),
                taken("cluster for itself", of(Reach.of(C1)), c1),
                taken("cluster for its host", of(Reach.of(C1, H2)), c1),
                not("cluster for another", of(Reach.of(C2)), c1, Reason.OUT_OF_REACH, byC1),
                taken("host for zone", ANY, h1),
                taken("host for its cluster", of(Reach.of(C1)), h1),
                taken("host for itself", of(Reach.of(C1, H1)), h1),
                not("host for another", of(Reach.of(C1, H2)), h1, Reason.OUT_OF_REACH, byH1),
                not("host for another cluster", of(Reach.of(C2)), h1, Reason.OUT_OF_REACH, byC1),
                not(
                        "another zone",
                        of(Reach.of(OTHER_ZONE)),
                        zone,
                        Reason.OUT_OF_REACH,
                        "is in zone z1, and zone z2 is meant"));
    }

    private static VolumeQuery of(Reach within) {
        return VolumeQuery.of(SIZE, within);
    }

    static Stream<Arguments> whatOperatorsDecided() {
        PoolFacts p = pool("p");
        PoolFacts local = unasked("p", Reach.of(C1, H1), LOCAL)
                .saying(answer(LOCAL, ByteSize.tebibytes(1), ByteSize.ZERO, ByteSize.ZERO));
        return Stream.of(
                not("excluded", ANY.excluding(id("p")), p, Reason.EXCLUDED, "is excluded"),
                taken("another is excluded", ANY.excluding(id("q")), p),
                not("in maintenance", ANY, with(p, Standing.MAINTENANCE), Reason.NOT_IN_USE, "is in maintenance"),
                not("disabled", ANY, with(p, Standing.DISABLED), Reason.NOT_IN_USE, "is out of use"),
                not(
                        "its cluster is disabled",
                        ANY,
                        reachedBy(
                                local,
                                new Hosts(Optional.of(C1.under(ClusterRecord.Policy.DISABLED)), Optional.of(H1))),
                        Reason.HOSTS_NOT_IN_USE,
                        "cluster c1, which reaches it, is out of use"),
                taken(
                        "its cluster takes no storage jobs, which making a volume is none of",
                        ANY,
                        reachedBy(
                                local,
                                new Hosts(
                                        Optional.of(C1.under(ClusterRecord.Policy.NO_STORAGE_JOBS)), Optional.of(H1)))),
                not(
                        "its host is in maintenance",
                        ANY,
                        reachedBy(local, new Hosts(Optional.of(C1), Optional.of(H1.standing(Standing.MAINTENANCE)))),
                        Reason.HOSTS_NOT_IN_USE,
                        "host h1, which alone reaches it, is in maintenance"),
                not(
                        "its host is down",
                        ANY,
                        reachedBy(
                                local,
                                new Hosts(
                                        Optional.of(C1), Optional.of(H1.seen(new Sighting(Sighting.State.DOWN, NOW))))),
                        Reason.HOSTS_NOT_IN_USE,
                        "host h1, which alone reaches it, was down when it was seen, 2026-03-01T12:00:00Z"),
                taken("one tag of two", ANY.tagged("ssd"), tagged(p, "ssd", "gold")),
                taken("both tags", ANY.tagged("ssd").tagged("gold"), tagged(p, "gold", "ssd")),
                not(
                        "a tag is missing",
                        ANY.tagged("ssd").tagged("gold"),
                        tagged(p, "ssd", "slow"),
                        Reason.LACKS_TAG,
                        "lacks the tags [gold], it has [slow, ssd]"),
                taken("shared is wanted", ANY.shared(), p),
                not("local is wanted", ANY.local(), p, Reason.OTHER_SHARING, "is shared, and a local one is wanted"),
                taken("local is wanted, and is", ANY.local(), local),
                not(
                        "shared is wanted, and is not",
                        ANY.shared(),
                        local,
                        Reason.OTHER_SHARING,
                        "is local, and a shared one is wanted"),
                not(
                        "storage that could be shared, and that one host alone reaches",
                        ANY.shared(),
                        unasked("p", Reach.of(C1, H1), THIN).saying(p.answer().orElseThrow()),
                        Reason.OTHER_SHARING,
                        "is local, and a shared one is wanted"),
                not(
                        "local storage whose record says that a cluster reaches it",
                        ANY.shared(),
                        unasked("p", Reach.of(C1), LOCAL).saying(local.answer().orElseThrow()),
                        Reason.OTHER_SHARING,
                        "is local, and a shared one is wanted"));
    }

    private static PoolFacts with(PoolFacts facts, Standing standing) {
        return new PoolFacts(
                facts.pool().standing(standing),
                facts.type(),
                facts.hosts(),
                facts.parent(),
                facts.terms(),
                facts.load(),
                facts.answer(),
                facts.trouble());
    }

    private static PoolFacts reachedBy(PoolFacts facts, Hosts hosts) {
        return new PoolFacts(
                facts.pool(),
                facts.type(),
                hosts,
                facts.parent(),
                facts.terms(),
                facts.load(),
                facts.answer(),
                facts.trouble());
    }

    private static PoolFacts tagged(PoolFacts facts, String... tags) {
        return facts.under(new Terms(Set.of(tags), Ratio.ONE));
    }

    private static PoolFacts seenDown(PoolFacts facts, int secondsAgo) {
        Sighting down = new Sighting(Sighting.State.DOWN, NOW.minusSeconds(secondsAgo));
        return new PoolFacts(
                facts.pool().seen(down),
                facts.type(),
                facts.hosts(),
                facts.parent(),
                facts.terms(),
                facts.load(),
                facts.answer(),
                facts.trouble());
    }

    static Stream<Arguments> whatPoolsAre() {
        PoolFacts p = pool("p");
        PoolAnswer told = p.answer().orElseThrow();
        PoolAnswer old = new PoolAnswer(
                told.type(),
                told.encryption(),
                told.formats(),
                told.statistics(),
                Optional.empty(),
                NOW.minus(USUAL.freshFor()));
        PoolAnswer stale = new PoolAnswer(
                told.type(),
                told.encryption(),
                told.formats(),
                told.statistics(),
                Optional.empty(),
                NOW.minus(USUAL.freshFor()).minusSeconds(1));
        PoolRejection silence = new PoolRejection(Reason.NO_ANSWER, "did not answer: nobody at 10.0.0.7");
        return Stream.of(
                not("not asked", ANY, unasked("p", Reach.of(ZONE), THIN), Reason.NOT_ASKED, "was not asked how it is"),
                not(
                        "silent",
                        ANY,
                        unasked("p", Reach.of(ZONE), THIN).failing(silence),
                        Reason.NO_ANSWER,
                        "did not answer: nobody at 10.0.0.7"),
                taken(
                        "told long ago, and just counts",
                        ANY,
                        unasked("p", Reach.of(ZONE), THIN).saying(old)),
                not(
                        "told too long ago",
                        ANY,
                        unasked("p", Reach.of(ZONE), THIN).saying(stale),
                        Reason.STALE,
                        "told how it is 301 s ago, which counts for 300 s"),
                taken("seen down, and answered since", ANY, seenDown(p, 1)),
                not(
                        "seen down after it answered",
                        ANY,
                        seenDown(p, -1),
                        Reason.NOT_UP,
                        "was down when it was seen, 2026-03-01T12:00:01Z"),
                not(
                        "seen down when it answered",
                        ANY,
                        seenDown(p, 0),
                        Reason.NOT_UP,
                        "was down when it was seen, 2026-03-01T12:00:00Z"),
                not(
                        "no plug-in brings its type",
                        ANY,
                        PoolFacts.of(
                                record("p", Reach.of(ZONE), "acme"),
                                new ResolvedPoolType.Unknown("acme", "no plug-in brings it"),
                                new Hosts(Optional.empty(), Optional.empty())),
                        Reason.TYPE_ABSENT,
                        "is of type acme (plug-in absent): no plug-in brings it"),
                not(
                        "a parent, and was not asked",
                        ANY,
                        unasked("p", Reach.of(ZONE), PARENT),
                        Reason.PARENT_OF_POOLS,
                        "is a parent of pools (datastore-cluster), which take volumes in its place"),
                not(
                        "a parent with all the room there is",
                        ANY.preferring(id("p")),
                        pool("p", PARENT, ByteSize.tebibytes(100)),
                        Reason.PARENT_OF_POOLS,
                        "is a parent of pools (datastore-cluster), which take volumes in its place"),
                not(
                        "a parent by its own word, though not by its type's",
                        ANY,
                        unasked("p", Reach.of(ZONE), THIN)
                                .saying(answer(PARENT, ByteSize.tebibytes(1), ByteSize.ZERO, ByteSize.ZERO)),
                        Reason.PARENT_OF_POOLS,
                        "is a parent of pools (thin), which take volumes in its place"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"reach", "whatOperatorsDecided", "whatPoolsAre"})
    void a_pool_is_taken_or_has_exactly_these_reasons(
            String what, VolumeQuery query, PlacementPolicy policy, PoolFacts facts, List<PoolRejection> reasons) {
        assertJudged(what, query, policy, facts, reasons);
    }
}
