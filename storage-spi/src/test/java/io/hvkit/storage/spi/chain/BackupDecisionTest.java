package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Chains.FAR;
import static io.hvkit.storage.spi.chain.Chains.NFS;
import static io.hvkit.storage.spi.chain.Chains.ROOT;
import static io.hvkit.storage.spi.chain.Chains.S1;
import static io.hvkit.storage.spi.chain.Chains.S2;
import static io.hvkit.storage.spi.chain.Chains.S3;
import static io.hvkit.storage.spi.chain.Chains.S4;
import static io.hvkit.storage.spi.chain.Chains.SLOW;
import static io.hvkit.storage.spi.chain.Chains.nfs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.BackupDecision.Kind;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BackupDecisionTest {

    private static final ChangeTracking KNOWN = ChangeTracking.since(S1, S2, S3);
    private static final ChainLimit THREE = new ChainLimit(3);

    private static Arguments line(
            String name,
            Consumer<Chains> given,
            PoolId store,
            ChainLimit limit,
            ChangeTracking tracking,
            Kind kind,
            Why why) {
        return Arguments.of(name, given, new TakeSnapshot.Backup(store, limit, tracking), kind, why);
    }

    private static void two(Chains chains) {
        chains.backedUp(S1, S2);
    }

    static Stream<Arguments> table() {
        return Stream.of(
                line("no snapshot", chains -> {}, NFS, THREE, KNOWN, Kind.FULL, Why.FIRST),
                line("all is well", BackupDecisionTest::two, NFS, THREE, KNOWN, Kind.DELTA, Why.DELTA),
                line(
                        "the older ones are elsewhere",
                        BackupDecisionTest::two,
                        FAR,
                        THREE,
                        KNOWN,
                        Kind.FULL,
                        Why.PARENT_ELSEWHERE),
                line(
                        "nothing written",
                        BackupDecisionTest::two,
                        NFS,
                        THREE,
                        ChangeTracking.nothingSince(S2),
                        Kind.SHARED,
                        Why.NOTHING_WRITTEN),
                line(
                        "nothing written, deltas forbidden",
                        BackupDecisionTest::two,
                        NFS,
                        new ChainLimit(0),
                        ChangeTracking.nothingSince(S2),
                        Kind.SHARED,
                        Why.NOTHING_WRITTEN),
                line(
                        "a crash",
                        BackupDecisionTest::two,
                        NFS,
                        THREE,
                        ChangeTracking.broken("a crash"),
                        Kind.FULL,
                        Why.TRACKING_BROKEN),
                line(
                        "known since another one only",
                        BackupDecisionTest::two,
                        NFS,
                        THREE,
                        ChangeTracking.since(S1),
                        Kind.FULL,
                        Why.NOT_TRACKED),
                line(
                        "limit 0",
                        BackupDecisionTest::two,
                        NFS,
                        new ChainLimit(0),
                        KNOWN,
                        Kind.FULL,
                        Why.DELTAS_FORBIDDEN),
                line(
                        "limit 1",
                        BackupDecisionTest::two,
                        NFS,
                        new ChainLimit(1),
                        KNOWN,
                        Kind.FULL,
                        Why.DELTAS_FORBIDDEN),
                line(
                        "limit reached",
                        BackupDecisionTest::two,
                        NFS,
                        new ChainLimit(2),
                        KNOWN,
                        Kind.FULL,
                        Why.LIMIT_REACHED),
                line("no limit", BackupDecisionTest::two, NFS, ChainLimit.UNLIMITED, KNOWN, Kind.DELTA, Why.DELTA),
                line(
                        "limit lowered below what is there",
                        chains -> chains.backedUp(S1, S2, S3),
                        NFS,
                        new ChainLimit(2),
                        KNOWN,
                        Kind.FULL,
                        Why.LIMIT_REACHED),
                line(
                        "a hidden layer counts for the length",
                        chains -> {
                            chains.backedUp(S1, S2, S3);
                            chains.delete(S1);
                            chains.delete(S2);
                        },
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.FULL,
                        Why.LIMIT_REACHED),
                line(
                        "the newest was deleted and is gone",
                        chains -> chains.backedUp(S1, S2).delete(S2),
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.DELTA,
                        Why.DELTA),
                line(
                        "the newest is going and its store was down",
                        chains -> {
                            chains.backedUp(S1, S2);
                            chains.being(NFS, ChainStore.Standing.DOWN);
                            chains.delete(S2);
                            chains.being(NFS, ChainStore.Standing.UP);
                        },
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.FULL,
                        Why.PARENT_DELETED),
                line(
                        "the newest is being written",
                        chains -> {
                            chains.backedUp(S1);
                            chains.apply(chains.planner()
                                    .take(chains.backup(S2))
                                    .steps()
                                    .subList(0, 2));
                        },
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.FULL,
                        Why.PARENT_UNFINISHED),
                line(
                        "the newest was given up",
                        chains -> {
                            chains.backedUp(S1);
                            chains.apply(chains.planner()
                                    .take(chains.backup(S2))
                                    .steps()
                                    .subList(0, 2));
                            chains.apply(chains.planner().abandon(S2).steps().subList(0, 1));
                        },
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.FULL,
                        Why.PARENT_FAILED),
                line(
                        "the newest is damaged",
                        chains -> {
                            two(chains);
                            chains.graph = chains.graph.withUnusable(nfs(S2));
                        },
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.FULL,
                        Why.PARENT_UNUSABLE),
                line(
                        "what the newest stands on is damaged",
                        chains -> {
                            two(chains);
                            chains.graph = chains.graph.withUnusable(nfs(S1));
                        },
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.FULL,
                        Why.PARENT_UNUSABLE),
                line(
                        "the volume moved",
                        chains -> {
                            two(chains);
                            chains.graph = chains.graph.withVolume(ROOT, SLOW);
                        },
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.FULL,
                        Why.VOLUME_MOVED),
                line(
                        "the volume moved, and one was taken since",
                        chains -> {
                            two(chains);
                            chains.graph = chains.graph.withVolume(ROOT, SLOW);
                            chains.backedUp(S3);
                        },
                        NFS,
                        THREE,
                        KNOWN,
                        Kind.DELTA,
                        Why.DELTA));
    }

    @ParameterizedTest(name = "{0}: {3}, {4}")
    @MethodSource("table")
    void full_or_delta(String name, Consumer<Chains> given, TakeSnapshot.Backup backup, Kind kind, Why why) {
        Chains chains = new Chains();
        given.accept(chains);
        TakeSnapshot request = TakeSnapshot.of(S4, ROOT).backedUpTo(backup.store(), backup.limit(), backup.tracking());
        BackupDecision decision = chains.planner().decide(request);
        assertThat(decision.kind()).as(decision.reason().detail()).isEqualTo(kind);
        assertThat(decision.reason().why()).isEqualTo(why);
        assertThat(decision.parent().isPresent()).isEqualTo(kind != Kind.FULL);
        assertThat(chains.planner().take(request).reasons()).contains(decision.reason());
    }

    @Test
    void the_table_has_a_line_for_every_reason_of_a_backup() {
        Set<Why> seen = table().map(line -> (Why) line.get()[4]).collect(Collectors.toSet());
        EnumSet<Why> others = EnumSet.range(Why.HIDDEN, Why.NOTHING_TO_DO);
        assertThat(seen).containsAll(EnumSet.complementOf(others)).doesNotContainAnyElementsOf(others);
        assertThat(Arrays.asList(Why.values())).hasSize(seen.size() + others.size());
    }

    @Test
    void a_backup_that_came_late_never_stands_on_a_younger_one() {
        Chains chains = new Chains().backedUp(S1);
        chains.apply(chains.planner().take(chains.backup(S2)).steps().subList(0, 1));
        chains.backedUp(S3);
        BackupDecision decision = chains.planner().decide(chains.backup(S2));
        assertThat(decision.parent()).contains(nfs(S1));
    }

    @Test
    void a_limit_below_no_limit_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ChainLimit(-2))
                .withMessageContaining("snapshot.delta.max")
                .withMessageContaining("-2");
    }

    @Test
    void chains_are_exactly_as_long_as_the_limit_says() {
        Chains chains = new Chains();
        for (int i = 1; i <= 40; i++) {
            TakeSnapshot request = chains.backup(new SnapshotId("n" + i), ChainLimit.USUAL);
            chains.carryOut(planner -> planner.take(request));
        }
        long fulls = chains.graph.rows().layers().stream()
                .filter(layer -> layer.parent().isEmpty())
                .count();
        assertThat(fulls).isEqualTo(3);
        assertThat(chains.graph.length(new LayerId(NFS, "n16"), 99)).isEqualTo(16);
        assertThat(chains.graph.length(new LayerId(NFS, "n17"), 99)).isEqualTo(1);
    }
}
