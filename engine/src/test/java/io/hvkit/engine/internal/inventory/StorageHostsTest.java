package io.hvkit.engine.internal.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.Scope;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.endpoint.InMemoryStorageHost;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StorageHostsTest {

    private static final String WORK = "give volume root another key";

    private final InMemoryCatalog catalog = InMemoryCatalog.empty().rerunning();
    private final Map<HostId, Seen> points = new HashMap<>();
    private final List<String> events = new ArrayList<>();
    private Instant now = Instant.parse("2026-03-01T10:00:00Z");
    private final StorageHosts hosts =
            new StorageHosts(catalog, host -> Optional.ofNullable(points.get(host.hostId())), () -> now);
    private ZoneRecord zone;
    private ClusterRecord cluster;
    private PoolRecord pool;

    /** An end point of a host that has what it is said to have. */
    private final class Seen implements EndPoint {
        private final HostRecord host;
        private final UnaryOperator<HostFacts> has;

        Seen(HostRecord host, UnaryOperator<HostFacts> has) {
            this.host = host;
            this.has = has;
        }

        @Override
        public HostId host() {
            return host.hostId();
        }

        @Override
        public HostFacts probe() {
            events.add("look at " + host.name());
            return has.apply(HostFacts.at(now));
        }

        @Override
        public Images images() {
            return new InMemoryStorageHost(host()).open().images();
        }

        @Override
        public void close() {
            events.add("close " + host.name());
        }
    }

    @BeforeEach
    void make() throws Exception {
        zone = catalog.inTransaction(transaction -> transaction.zones().insert(ZoneRecord.named("z1")));
        cluster = cluster("c1");
        pool = pool("p1", PoolRecord.Reach.of(zone));
    }

    @AfterEach
    void close() {
        hosts.close();
        catalog.close();
    }

    @Test
    void a_host_that_reaches_the_pool_and_has_what_it_takes_is_looked_at_and_chosen() throws Exception {
        HostRecord host = host("h1", cluster, StorageHostsTest::encrypts);

        assertThat(hosts.choose(query(pool), WORK)).isEqualTo(host.id());
        assertThat(hosts.of(host).host()).isEqualTo(host.hostId());
        assertThat(events).containsExactly("look at h1");
    }

    @Test
    void where_none_qualifies_all_that_speaks_against_each_is_told_by_name() throws Exception {
        put(host("h1", cluster, StorageHostsTest::encrypts).standing(Standing.MAINTENANCE));
        host("h2", cluster, facts -> facts.lacking(HostFeature.VOLUME_ENCRYPTION, "cryptsetup is not installed"));
        mute("h3");
        ClusterRecord busy = cluster("c2");
        host("h4", busy, StorageHostsTest::encrypts);
        catalog.inTransaction(
                transaction -> transaction.clusters().update(busy.under(ClusterRecord.Policy.NO_STORAGE_JOBS)));

        DriverException none = catchThrowableOfType(DriverException.class, () -> hosts.choose(query(pool), WORK));

        assertThat(none.failure()).isEqualTo(Failure.EXHAUSTED);
        assertThat(none)
                .hasMessageContaining("no host can give volume root another key: host h1: was MAINTENANCE")
                .hasMessageContaining("host h2: lacks VOLUME_ENCRYPTION (cryptsetup is not installed")
                .hasMessageContaining("host h3 has no end point, so it runs no storage jobs; say endPointsFrom")
                .hasMessageContaining("host h4: cluster ")
                .hasMessageContaining("takes no storage jobs");
    }

    @Test
    void where_nothing_but_a_feature_is_missing_the_hosts_are_not_ready() throws Exception {
        host("h1", cluster, facts -> facts.lacking(HostFeature.VOLUME_ENCRYPTION, "cryptsetup is not installed"));

        DriverException none = catchThrowableOfType(DriverException.class, () -> hosts.choose(query(pool), WORK));

        assertThat(none.failure()).isEqualTo(Failure.HOST_NOT_READY);
        assertThat(none).hasMessageContaining("cryptsetup is not installed");
    }

    @Test
    void a_pool_that_no_host_reaches_is_told() {
        DriverException none = catchThrowableOfType(DriverException.class, () -> hosts.choose(query(pool), WORK));

        assertThat(none.failure()).isEqualTo(Failure.EXHAUSTED);
        assertThat(none)
                .hasMessageContaining("none reaches")
                .hasMessageContaining(pool.id().value());
    }

    @Test
    void a_pool_on_one_host_is_worked_on_there_and_one_of_a_cluster_in_it() throws Exception {
        HostRecord one = host("h1", cluster, StorageHostsTest::encrypts);
        ClusterRecord far = cluster("c2");
        HostRecord other = host("h2", far, StorageHostsTest::encrypts);
        PoolRecord local = pool("p2", PoolRecord.Reach.of(cluster, one));
        PoolRecord ofCluster = pool("p3", PoolRecord.Reach.of(far));

        assertThat(hosts.select(query(local)).qualified()).containsExactly(one.hostId());
        assertThat(hosts.select(query(ofCluster)).qualified()).containsExactly(other.hostId());
        assertThat(hosts.select(query(local).reaching(ofCluster.poolId())).qualified())
                .isEmpty();
        assertThat(hosts.select(query(local).reaching(pool.poolId())).qualified())
                .containsExactly(one.hostId());
    }

    @Test
    void what_was_seen_counts_for_a_while_and_is_looked_at_again_then() throws Exception {
        host("h1", cluster, StorageHostsTest::encrypts);

        hosts.choose(query(pool), WORK);
        now = now.plus(StorageHosts.FRESH);
        hosts.choose(query(pool), WORK);
        assertThat(events).hasSize(1);
        now = now.plus(Duration.ofSeconds(1));
        hosts.choose(query(pool), WORK);

        assertThat(events).containsExactly("look at h1", "look at h1");
    }

    @Test
    void a_host_that_was_seen_down_and_answers_now_is_up() throws Exception {
        HostRecord host = host("h1", cluster, StorageHostsTest::encrypts);
        put(host.seen(new Sighting(Sighting.State.DOWN, now.minusSeconds(60))));

        assertThat(hosts.choose(query(pool), WORK)).isEqualTo(host.id());
    }

    @Test
    void a_host_that_is_kept_for_somebody_else_comes_last() throws Exception {
        HostRecord kept = host("h1", cluster, StorageHostsTest::encrypts);
        put(kept.dedicatedTo(Optional.of("acme")));
        HostRecord free = host("h2", cluster, StorageHostsTest::encrypts);
        hosts.select(
                query(pool).preferring(kept.hostId()).excluding(free.hostId())); // it is looked at, so both are known
        hosts.select(query(pool));

        assertThat(hosts.select(query(pool)).qualified()).startsWith(free.hostId());
    }

    @Test
    void an_end_point_is_opened_once_and_closed_when_its_host_goes_or_all_do() throws Exception {
        HostRecord one = host("h1", cluster, StorageHostsTest::encrypts);
        HostRecord other = host("h2", cluster, StorageHostsTest::encrypts);
        assertThat(hosts.of(one)).isSameAs(hosts.of(one));
        hosts.of(other);

        hosts.drop(one.id());
        hosts.drop(one.id());
        assertThat(events).containsExactly("close h1");
        hosts.close();

        assertThat(events).containsExactly("close h1", "close h2");
    }

    private static HostFacts encrypts(HostFacts facts) {
        return facts.having(HostFeature.VOLUME_ENCRYPTION, "in memory");
    }

    private static EndPointQuery query(PoolRecord pool) {
        return EndPointQuery.anyIn(Scope.zone(pool.reach().zone().value()))
                .reaching(pool.poolId())
                .needing(HostFeature.VOLUME_ENCRYPTION);
    }

    private ClusterRecord cluster(String name) throws InterruptedException {
        return catalog.inTransaction(
                transaction -> transaction.clusters().insert(ClusterRecord.named(name, zone.id(), "kvm")));
    }

    private PoolRecord pool(String name, PoolRecord.Reach reach) throws InterruptedException {
        PoolRecord fresh = PoolRecord.named(name, reach, "nfs", Facts.NONE, now);
        return catalog.inTransaction(transaction -> transaction.pools().insert(fresh));
    }

    private HostRecord mute(String name) throws InterruptedException {
        RecordId<ClusterRecord> home = cluster.id();
        HostRecord fresh = HostRecord.named(name, home, Facts.NONE, now.minusSeconds(1));
        return catalog.inTransaction(transaction -> transaction.hosts().insert(fresh));
    }

    private HostRecord host(String name, ClusterRecord home, UnaryOperator<HostFacts> has) throws InterruptedException {
        HostRecord fresh = HostRecord.named(name, home.id(), Facts.NONE, now.minusSeconds(1));
        HostRecord host =
                catalog.inTransaction(transaction -> transaction.hosts().insert(fresh));
        points.put(host.hostId(), new Seen(host, has));
        return host;
    }

    private void put(HostRecord host) throws InterruptedException {
        catalog.inTransaction(transaction -> transaction.hosts().update(host));
    }
}
