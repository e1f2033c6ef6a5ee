package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.EndPointFacts.ClusterPolicy;
import io.hvkit.storage.spi.EndPointFacts.State;
import io.hvkit.storage.spi.Rejection.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndPointSelectorTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration FRESH = Duration.ofMinutes(10);
    private static final Scope ZONE = Scope.zone("z");
    private static final PoolId POOL = new PoolId("pool");
    private static final PoolId OTHER = new PoolId("other");
    private static final PoolId IMAGES = new PoolId("image-store");
    private static final HostId H1 = new HostId("h1");
    private static final HostId H2 = new HostId("h2");
    private static final HostFeature LUKS = HostFeature.VOLUME_ENCRYPTION;
    private static final EndPointQuery ANY = EndPointQuery.anyIn(ZONE);
    private static final EndPointQuery ENCRYPTED = ANY.reaching(POOL).needing(LUKS);

    /** What is expected of a line of the table. */
    private record Answer(List<HostId> qualified, Map<HostId, List<Reason>> against) {}

    private static EndPointFacts host(HostId id) {
        return EndPointFacts.of(id, "z", "c", NOW).reaching(POOL);
    }

    private static EndPointFacts able(HostId id) {
        return host(id).having(LUKS);
    }

    private static Arguments line(String name, EndPointQuery query, Answer answer, EndPointFacts... fleet) {
        return Arguments.of(name, query, answer, List.of(fleet));
    }

    private static Answer only(HostId host) {
        return new Answer(List.of(host), Map.of());
    }

    private static Answer nobody() {
        return new Answer(List.of(), Map.of());
    }

    private static Answer but(Answer so, HostId not, Reason... because) {
        Map<HostId, List<Reason>> against = new HashMap<>(so.against);
        against.put(not, List.of(because));
        return new Answer(so.qualified, against);
    }

    /** The cluster's policy never makes up for a missing feature, whichever was asked about first. */
    static Stream<Arguments> policyAndFeature() {
        return Stream.of(
                line("unsaid, able", ENCRYPTED, only(H1), able(H1)),
                line("unsaid, unable", ENCRYPTED, but(nobody(), H1, Reason.LACKS_FEATURE), host(H1).lacking(LUKS, "x")),
                line("included, able", ENCRYPTED, only(H1), able(H1).under(ClusterPolicy.INCLUDED)),
                line(
                        "included, unable: the precedence that once let it in",
                        ENCRYPTED,
                        but(nobody(), H1, Reason.LACKS_FEATURE),
                        host(H1).lacking(LUKS, "x").under(ClusterPolicy.INCLUDED)),
                line(
                        "excluded, able",
                        ENCRYPTED,
                        but(nobody(), H1, Reason.CLUSTER_EXCLUDED),
                        able(H1).under(ClusterPolicy.EXCLUDED)),
                line(
                        "excluded, unable",
                        ENCRYPTED,
                        but(nobody(), H1, Reason.CLUSTER_EXCLUDED, Reason.LACKS_FEATURE),
                        host(H1).lacking(LUKS, "x").under(ClusterPolicy.EXCLUDED)),
                line(
                        "excluded, plain",
                        ANY.reaching(POOL),
                        but(nobody(), H1, Reason.CLUSTER_EXCLUDED),
                        host(H1).under(ClusterPolicy.EXCLUDED)));
    }

    static Stream<Arguments> whatIsUnknownOrGone() {
        return Stream.of(
                line(
                        "an older host says nothing of it",
                        ENCRYPTED,
                        but(nobody(), H1, Reason.FEATURE_UNKNOWN),
                        host(H1)),
                line(
                        "encryption alone is missing everywhere",
                        ENCRYPTED,
                        but(but(nobody(), H1, Reason.LACKS_FEATURE), H2, Reason.FEATURE_UNKNOWN),
                        host(H1).lacking(LUKS, "no cryptsetup"),
                        host(H2)),
                line(
                        "the last host was removed",
                        ANY.reaching(POOL).ofMachineLastOn(H1),
                        but(only(H2), H1, Reason.UNKNOWN_HOST),
                        host(H2)),
                line(
                        "the last host is down",
                        ANY.reaching(POOL).ofMachineLastOn(H1),
                        but(only(H2), H1, Reason.NOT_UP),
                        host(H1).in(State.DOWN),
                        host(H2)),
                line(
                        "the last host is in maintenance",
                        ANY.reaching(POOL).ofMachineLastOn(H1),
                        but(only(H2), H1, Reason.NOT_UP),
                        host(H1).in(State.MAINTENANCE),
                        host(H2)),
                line(
                        "an image store is a store, whoever encrypts",
                        ANY.reaching(IMAGES),
                        only(H1),
                        host(H1).reaching(IMAGES)),
                line("a pool that no host reaches", ANY.reaching(OTHER), nobody(), host(H1)),
                line(
                        "a preferred host that is not known",
                        ANY.preferring(H2),
                        but(only(H1), H2, Reason.UNKNOWN_HOST),
                        host(H1)),
                line(
                        "a scope of one host that is not known",
                        EndPointQuery.anyIn(Scope.host(H2)),
                        but(nobody(), H2, Reason.UNKNOWN_HOST),
                        host(H1)));
    }

    static Stream<Arguments> placesAndMachines() {
        EndPointQuery snapshot = ENCRYPTED.doing(StorageAction.TAKE_SNAPSHOT);
        return Stream.of(
                line(
                        "the running machine's host lacks the tools, and no other may",
                        snapshot.ofMachineOn(H1),
                        but(but(nobody(), H1, Reason.LACKS_FEATURE), H2, Reason.NOT_THE_MACHINES_HOST),
                        host(H1).lacking(LUKS, "no cryptsetup"),
                        able(H2)),
                line(
                        "the running machine's host is down",
                        snapshot.ofMachineOn(H1),
                        but(but(nobody(), H1, Reason.NOT_UP), H2, Reason.NOT_THE_MACHINES_HOST),
                        able(H1).in(State.DOWN),
                        able(H2)),
                line(
                        "the running machine's host is the one",
                        snapshot.ofMachineOn(H1),
                        but(only(H1), H2, Reason.NOT_THE_MACHINES_HOST),
                        able(H1),
                        able(H2)),
                line(
                        "a stopped machine's last host is the first, not the only one",
                        snapshot.ofMachineLastOn(H2),
                        new Answer(List.of(H2, H1), Map.of()),
                        able(H1),
                        able(H2)),
                line(
                        "a host that is preferred by name comes before the machine's",
                        ENCRYPTED.ofMachineOn(H2).preferring(H1),
                        new Answer(List.of(H1, H2), Map.of()),
                        able(H1),
                        able(H2)),
                line(
                        "pools of two clusters, and no host reaches both",
                        ANY.reaching(POOL).reaching(OTHER),
                        but(but(nobody(), H1, Reason.POOL_OUT_OF_REACH), H2, Reason.POOL_OUT_OF_REACH),
                        host(H1),
                        EndPointFacts.of(H2, "z", "d", NOW).reaching(OTHER)),
                line(
                        "one host reaches both",
                        ANY.reaching(POOL).reaching(OTHER),
                        but(only(H2), H1, Reason.POOL_OUT_OF_REACH),
                        host(H1),
                        host(H2).reaching(OTHER)),
                line(
                        "another cluster is out of scope",
                        EndPointQuery.anyIn(Scope.cluster("d")).reaching(POOL),
                        but(nobody(), H1, Reason.OUT_OF_SCOPE),
                        host(H1)),
                line(
                        "a disabled cluster",
                        ANY.reaching(POOL),
                        but(nobody(), H1, Reason.CLUSTER_DISABLED),
                        host(H1).under(ClusterPolicy.DISABLED)),
                line(
                        "hosts that are not up, for a snapshot in an image store",
                        ANY.reaching(IMAGES).doing(StorageAction.BACK_UP_SNAPSHOT),
                        but(but(nobody(), H1, Reason.NOT_UP), H2, Reason.NOT_UP),
                        host(H1).reaching(IMAGES).in(State.DISABLED),
                        host(H2).reaching(IMAGES).in(State.CONNECTING)),
                line("an excluded host", ANY.excluding(H1), but(only(H2), H1, Reason.EXCLUDED), host(H1), host(H2)),
                line(
                        "an excluded host that a machine runs on",
                        snapshot.ofMachineOn(H1).excluding(H1),
                        but(but(nobody(), H1, Reason.EXCLUDED), H2, Reason.NOT_THE_MACHINES_HOST),
                        able(H1),
                        able(H2)));
    }

    static Stream<Arguments> dedication() {
        // equal and not the same object, as ids above 127 once were
        String mine = new String(new char[] {'m', 'e'});
        return Stream.of(
                line(
                        "kept for others, last",
                        ANY,
                        new Answer(List.of(H2, H1), Map.of()),
                        host(H1).dedicatedTo("you"),
                        host(H2)),
                line(
                        "kept for others, even if preferred",
                        ANY.preferring(H1),
                        new Answer(List.of(H2, H1), Map.of()),
                        host(H1).dedicatedTo("you"),
                        host(H2)),
                line("kept for others, and alone", ANY, only(H1), host(H1).dedicatedTo("you")),
                line(
                        "kept for the one who asks",
                        ANY.forOwner("me").preferring(H1),
                        new Answer(List.of(H1, H2), Map.of()),
                        host(H1).dedicatedTo(mine),
                        host(H2)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"policyAndFeature", "whatIsUnknownOrGone", "placesAndMachines", "dedication"})
    void each_host_is_taken_or_has_its_reasons(
            String name, EndPointQuery query, Answer answer, List<EndPointFacts> fleet) {
        for (long seed = 0; seed < 20; seed++) {
            Selection selection = EndPointFleet.of(fleet).select(query, seed);

            assertThat(selection.qualified()).as(name).isEqualTo(answer.qualified);
            Map<HostId, List<Reason>> reasons = new HashMap<>();
            selection
                    .rejections()
                    .forEach((host, all) -> reasons.put(
                            host, all.stream().map(Rejection::reason).toList()));
            assertThat(reasons).as(name).isEqualTo(answer.against);
            assertThat(selection.explain()).contains("seed " + seed);
        }
    }

    @Test
    void if_encryption_alone_is_missing_the_message_says_so() {
        Selection selection = EndPointFleet.of(List.of(host(H1).lacking(LUKS, "no cryptsetup"), host(H2)))
                .select(ENCRYPTED, 7);

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(selection::orThrow)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY))
                .withMessage(
                        "no host has all of [VOLUME_ENCRYPTION], and nothing else is wrong with them; install what is"
                                + " missing: h1: lacks VOLUME_ENCRYPTION (no cryptsetup, seen 2026-03-01T12:00:00Z); h2: nobody"
                                + " has seen whether it has VOLUME_ENCRYPTION");
    }

    @Test
    void if_nobody_comes_into_question_or_more_is_wrong_that_is_told_too() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(
                        () -> EndPointFleet.of(List.of()).select(ENCRYPTED, 7).orThrow())
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED))
                .withMessageContaining("none comes into question");
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> EndPointFleet.of(List.of(host(H1).in(State.MAINTENANCE)))
                        .select(ENCRYPTED, 7)
                        .orThrow())
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED))
                .withMessageContaining("h1: was MAINTENANCE when it was seen, 2026-03-01T12:00:00Z, nobody has seen");
    }

    @Test
    void equals_are_chosen_evenly_and_a_seed_gives_the_same_again() {
        int hosts = 10;
        int rounds = 10_000;
        List<EndPointFacts> fleet = new ArrayList<>(IntStream.range(0, hosts)
                .mapToObj(i -> host(new HostId("host-" + i)))
                .toList());
        EndPointFleet ordered = EndPointFleet.of(fleet);
        Collections.reverse(fleet);
        EndPointFleet reversed = EndPointFleet.of(fleet);
        long first = new Random().nextLong();
        Map<HostId, Integer> times = new HashMap<>();

        for (long seed = first; seed < first + rounds; seed++) {
            Selection selection = ordered.select(ANY, seed);
            times.merge(selection.orThrow(), 1, Integer::sum);
            assertThat(reversed.select(ANY, seed)).as("seed %d", seed).isEqualTo(selection);
        }
        double even = (double) rounds / hosts;
        double chiSquared = times.values().stream()
                .mapToDouble(n -> (n - even) * (n - even) / even)
                .sum();
        assertThat(times).hasSize(hosts);
        assertThat(chiSquared).as("first seed %d: %s", first, times).isLessThan(45); // 1 in a million is above
    }

    @Test
    void a_question_costs_what_its_candidates_cost() {
        EndPointFleet small = fleetOf(20);
        EndPointFleet large = fleetOf(20_000);
        EndPointQuery query = ANY.reaching(new PoolId("pool-0"));
        assertThat(large.select(query, 1).qualified()).hasSize(10);

        nanos(small, query); // once to warm up
        nanos(large, query);
        long[] ratios = IntStream.range(0, 9)
                .mapToLong(i -> 100 * nanos(large, query) / Math.max(1, nanos(small, query)))
                .sorted()
                .toArray();
        System.out.printf("a fleet of 20000 hosts costs %d %% of one of 20 %s%n", ratios[4], Arrays.toString(ratios));
        assertThat(ratios[4])
                .as("a thousand times the hosts, the same ten candidates")
                .isLessThan(2_000);
    }

    private static EndPointFleet fleetOf(int hosts) {
        return EndPointFleet.of(IntStream.range(0, hosts)
                .mapToObj(i -> EndPointFacts.of(new HostId("host-" + i), "z", "c" + i / 10, NOW)
                        .reaching(new PoolId("pool-" + i / 10)))
                .toList());
    }

    private static long nanos(EndPointFleet fleet, EndPointQuery query) {
        long start = System.nanoTime();
        for (int i = 0; i < 500; i++) {
            assertThat(fleet.select(query, i).qualified()).hasSize(10);
        }
        return System.nanoTime() - start;
    }

    @Test
    void a_stale_host_is_looked_at_again_before_it_is_chosen() throws InterruptedException {
        Eyes eyes = new Eyes(able(H1).in(State.DOWN), able(H2));

        Selection selection = eyes.selector(old(able(H1)), old(able(H2))).select(ENCRYPTED.preferring(H1));

        assertThat(selection.orThrow()).isEqualTo(H2);
        assertThat(selection.rejections().get(H1)).extracting(Rejection::reason).containsExactly(Reason.NOT_UP);
        assertThat(eyes.looked).containsExactly(H1, H2);
    }

    @Test
    void a_fresh_host_is_believed_and_the_others_are_left_in_peace() throws InterruptedException {
        Eyes eyes = new Eyes();

        assertThat(eyes.selector(able(H1), old(able(H2)))
                        .select(ENCRYPTED.preferring(H1))
                        .orThrow())
                .isEqualTo(H1);
        assertThat(eyes.looked).isEmpty();
    }

    @Test
    void before_the_answer_is_nobody_stale_hosts_get_another_chance_once() throws InterruptedException {
        Eyes eyes = new Eyes(able(H1));

        assertThat(eyes.selector(old(host(H1).lacking(LUKS, "not yet")), old(host(H2)))
                        .select(ENCRYPTED.excluding(H2))
                        .orThrow())
                .isEqualTo(H1);
        assertThat(eyes.looked).as("what is excluded is not looked at").containsExactly(H1);
        Eyes blind = new Eyes();
        Selection selection = blind.selector(old(able(H1)), old(host(H2))).select(ENCRYPTED);
        assertThat(selection.chosen()).isEmpty();
        assertThat(selection.rejections().get(H1)).extracting(Rejection::reason).contains(Reason.PROBE_FAILED);
        assertThat(blind.looked).containsExactlyInAnyOrder(H1, H2);
    }

    @Test
    void a_host_that_answers_as_another_is_not_chosen() throws InterruptedException {
        EndPointSelector selector = EndPointSelector.of(
                () -> EndPointFleet.of(List.of(old(able(H1)))),
                host -> able(H2),
                FRESH,
                InstantSource.fixed(NOW),
                () -> 1);

        assertThat(selector.select(ENCRYPTED).rejections().get(H1))
                .extracting(Rejection::toString)
                .containsExactly("answered as h2");
    }

    private static EndPointFacts old(EndPointFacts facts) {
        Instant before = NOW.minus(FRESH).minusSeconds(1);
        EndPointFacts old = EndPointFacts.of(facts.host(), facts.zone(), facts.cluster(), before)
                .in(facts.state());
        for (PoolId pool : facts.pools()) {
            old = old.reaching(pool);
        }
        if (facts.lackOf(LUKS).isPresent()) {
            return old.lacking(LUKS, facts.lackOf(LUKS).orElseThrow());
        }
        return facts.has(LUKS) ? old.having(LUKS) : old;
    }

    /** Sees the hosts that it was given, and no others. */
    private static final class Eyes {

        private final List<EndPointFacts> seen;
        private final List<HostId> looked = new ArrayList<>();

        Eyes(EndPointFacts... seen) {
            this.seen = List.of(seen);
        }

        EndPointSelector selector(EndPointFacts... fleet) {
            EndPointFleet known = EndPointFleet.of(List.of(fleet));
            return EndPointSelector.of(() -> known, this::look, FRESH, InstantSource.fixed(NOW), () -> 1);
        }

        private EndPointFacts look(HostId host) {
            looked.add(host);
            return seen.stream()
                    .filter(facts -> facts.host().equals(host))
                    .findAny()
                    .orElseThrow(
                            () -> DriverException.because(Failure.UNREACHABLE).message("%s does not answer", host));
        }
    }
}
