package io.hvkit.testkit.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.ChainPlanner;
import io.hvkit.storage.spi.chain.ChainStore;
import io.hvkit.storage.spi.chain.ChainVolume;
import io.hvkit.storage.spi.chain.ChangeTracking;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.SnapshotSources;
import io.hvkit.storage.spi.chain.Step;
import io.hvkit.storage.spi.chain.TakeSnapshot;
import io.hvkit.storage.spi.chain.UsageEvent;
import io.hvkit.testkit.contract.ContractTrial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Planners with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChainPlannerContractBitesTest {

    private static final String LENGTH = "the_chain_of_a_store_is_as_long_as_its_limit_allows_and_no_longer";
    private static final String KEPT = "a_layer_that_is_kept_for_others_counts_for_the_length";
    private static final String FULL = "it_is_full_where_changes_alone_would_be_of_no_use";
    private static final String ORDERS =
            "in_whatever_order_they_are_deleted_each_stays_readable_until_then_and_nothing_is_left";
    private static final String NEWEST = "with_the_newest_goes_none_of_those_that_it_stands_on";
    private static final String SIXTEEN = "the_oldest_of_sixteen_is_kept_until_all_that_stand_on_it_have_gone";
    private static final String SHARED =
            "snapshots_between_which_nothing_was_written_share_a_layer_which_outlives_each_of_them";
    private static final String WRITTEN = "one_is_deleted_while_the_next_is_written_over_it_and_goes_with_that";
    private static final String GIVEN_UP = "one_that_is_given_up_before_it_is_whole_never_counts_and_leaves_nothing";
    private static final String DOWN = "what_a_store_cannot_remove_counts_until_it_can_and_is_told_once";
    private static final String STOPS = "wherever_it_stops_asking_again_gives_the_rest";
    private static final String COPIED = "a_chain_is_copied_to_another_store_and_either_is_enough";
    private static final String COPYING = "a_snapshot_is_not_deleted_while_it_is_copied_and_the_copy_can_be_given_up";
    private static final String READ = "a_layer_that_a_volume_is_made_of_stays_until_that_is_whole";
    private static final String BACK =
            "a_volume_goes_back_to_the_nearest_copy_that_can_be_read_and_is_told_why_none_can";
    private static final String MERGED = "what_is_merged_or_made_full_reads_the_same_and_needs_the_others_no_more";
    private static final String GONE = "a_volume_that_is_gone_leaves_its_snapshots_until_they_are_deleted";

    private static final ThreadLocal<Trial> NOW = new ThreadLocal<>();

    @TempDir
    private Path reports;

    /** What the contract that runs now is about; JUnit makes its object, so it cannot be handed in. */
    private record Trial(PlannerUnderTest planner, Path reports) {}

    /** The contract, about a planner of the trial. */
    static class Judged extends ChainPlannerContract {

        @Override
        protected PlannerUnderTest underTest() {
            return NOW.get().planner;
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    private static TakeSnapshot with(TakeSnapshot request, ChainLimit limit, ChangeTracking tracking) {
        return TakeSnapshot.of(request.id(), request.volume())
                .backedUpTo(request.backup().orElseThrow().store(), limit, tracking)
                .primary(request.primary());
    }

    private static ChainLimit limit(TakeSnapshot request) {
        return request.backup().orElseThrow().limit();
    }

    private static ChangeTracking tracking(TakeSnapshot request) {
        return request.backup().map(TakeSnapshot.Backup::tracking).orElseThrow();
    }

    /** Returns a plan of those steps, which foresees what they lead to. */
    private static ChainPlan of(ChainGraph graph, List<Step> steps, ChainPlan like) {
        ChainGraph at = graph;
        List<UsageEvent> events = new ArrayList<>();
        for (Step step : steps) {
            ChainGraph.Applied applied = at.apply(step);
            at = applied.graph();
            applied.event().ifPresent(events::add);
        }
        return new ChainPlan(steps, at, events, like.reasons(), like.waiting());
    }

    private static ChainPlan without(ChainGraph graph, Class<? extends Step> left, ChainPlan plan) {
        List<Step> steps =
                plan.steps().stream().filter(step -> !left.isInstance(step)).toList();
        return of(graph, steps, plan);
    }

    private static ChainPlan nothing(ChainGraph graph) {
        return new ChainPlan(List.of(), graph, List.of(), List.of(), List.of());
    }

    static Stream<Arguments> faults() {
        return Stream.of(takingFaults(), deletingFaults(), otherFaults()).flatMap(faults -> faults);
    }

    private static Stream<Arguments> takingFaults() {
        return Stream.of(
                Arguments.of(LENGTH, "it knows no limit", new OurPlanner() {
                    @Override
                    public ChainPlan take(ChainGraph graph, TakeSnapshot request) {
                        return super.take(graph, with(request, ChainLimit.UNLIMITED, tracking(request)));
                    }
                }),
                Arguments.of(LENGTH, "it writes everything each time", new OurPlanner() {
                    @Override
                    public ChainPlan take(ChainGraph graph, TakeSnapshot request) {
                        return super.take(graph, with(request, limit(request), ChangeTracking.none()));
                    }
                }),
                Arguments.of(KEPT, "it does not count what is hidden", new OurPlanner() {
                    @Override
                    public ChainPlan take(ChainGraph graph, TakeSnapshot request) {
                        long hidden = graph.snapshotsOf(request.volume()).stream()
                                .flatMap(id -> graph.snapshot(id).stream())
                                .filter(known -> known.state() == LogicalSnapshot.State.DESTROYED)
                                .count();
                        ChainLimit longer = new ChainLimit(limit(request).layers() + (int) hidden);
                        return super.take(graph, with(request, longer, tracking(request)));
                    }
                }),
                Arguments.of(FULL, "it believes in notes that nobody took", new OurPlanner() {
                    @Override
                    public ChainPlan take(ChainGraph graph, TakeSnapshot request) {
                        SnapshotId[] all = graph.snapshotsOf(request.volume()).toArray(SnapshotId[]::new);
                        return super.take(graph, with(request, limit(request), ChangeTracking.since(all)));
                    }
                }),
                Arguments.of(SHARED, "it writes a layer although nothing was written", new OurPlanner() {
                    @Override
                    public ChainPlan take(ChainGraph graph, TakeSnapshot request) {
                        SnapshotId[] since = tracking(request).since().toArray(SnapshotId[]::new);
                        return super.take(graph, with(request, limit(request), ChangeTracking.since(since)));
                    }
                }),
                Arguments.of(STOPS, "what was begun is not gone on with", new OurPlanner() {
                    @Override
                    public ChainPlan take(ChainGraph graph, TakeSnapshot request) {
                        return graph.snapshot(request.id()).isPresent() ? nothing(graph) : super.take(graph, request);
                    }
                }),
                Arguments.of(GIVEN_UP, "what is given up stays", new OurPlanner() {
                    @Override
                    public ChainPlan abandon(ChainGraph graph, SnapshotId id) {
                        return without(graph, Step.Delete.class, super.abandon(graph, id));
                    }
                }));
    }

    private static Stream<Arguments> deletingFaults() {
        return Stream.of(
                Arguments.of(NEWEST, "with a snapshot it deletes those that it stands on", new OurPlanner() {
                    @Override
                    public ChainPlan delete(ChainGraph graph, SnapshotId id) {
                        ChainPlan all = super.delete(graph, id);
                        List<Step> steps = new ArrayList<>(all.steps());
                        for (SnapshotId older : all.outcome().snapshotsOf(ChainCase.ROOT)) {
                            ChainPlan more = super.delete(of(graph, steps, all).outcome(), older);
                            steps.addAll(more.steps());
                        }
                        return of(graph, steps, all);
                    }
                }),
                Arguments.of(ORDERS, "it leaves what nobody reads", new OurPlanner() {
                    @Override
                    public ChainPlan delete(ChainGraph graph, SnapshotId id) {
                        return without(graph, Step.Delete.class, super.delete(graph, id));
                    }
                }),
                Arguments.of(ORDERS, "it foresees more events than there are", new OurPlanner() {
                    @Override
                    public ChainPlan delete(ChainGraph graph, SnapshotId id) {
                        ChainPlan plan = super.delete(graph, id);
                        List<UsageEvent> events = new ArrayList<>(plan.events());
                        events.addAll(plan.events());
                        return new ChainPlan(plan.steps(), plan.outcome(), events, plan.reasons(), plan.waiting());
                    }
                }),
                Arguments.of(SIXTEEN, "it does not say why it keeps something", new OurPlanner() {
                    @Override
                    public ChainPlan delete(ChainGraph graph, SnapshotId id) {
                        ChainPlan plan = super.delete(graph, id);
                        return new ChainPlan(plan.steps(), plan.outcome(), plan.events(), List.of(), plan.waiting());
                    }
                }),
                Arguments.of(WRITTEN, "it gives up what is asked to be deleted while it is written", new OurPlanner() {
                    @Override
                    public ChainPlan delete(ChainGraph graph, SnapshotId id) {
                        boolean isWhole = graph.snapshot(id)
                                .filter(known -> !known.isPublished())
                                .isEmpty();
                        return isWhole ? super.delete(graph, id) : super.abandon(graph, id);
                    }
                }),
                Arguments.of(DOWN, "it removes from a store that does not answer", new OurPlanner() {
                    @Override
                    public ChainPlan delete(ChainGraph graph, SnapshotId id) {
                        ChainGraph up = graph.withStore(ChainStore.of(ChainCase.NFS));
                        return of(graph, super.delete(up, id).steps(), super.delete(up, id));
                    }
                }),
                Arguments.of(GONE, "with a volume go its snapshots", new OurPlanner() {
                    @Override
                    public ChainPlan collect(ChainGraph graph) {
                        boolean isThere = graph.volume(ChainCase.ROOT)
                                .filter(volume -> volume.life() == ChainVolume.Life.PRESENT)
                                .isPresent();
                        return isThere
                                ? super.collect(graph)
                                : super.delete(
                                        graph, graph.snapshotsOf(ChainCase.ROOT).get(1));
                    }
                }));
    }

    private static Stream<Arguments> otherFaults() {
        return Stream.of(
                Arguments.of(COPIED, "it copies each in full", new OurPlanner() {
                    @Override
                    public ChainPlan copyChain(ChainGraph graph, SnapshotId id, PoolId to, ChainLimit limit) {
                        return super.copyChain(graph, id, to, new ChainLimit(1));
                    }
                }),
                Arguments.of(COPYING, "a copy cannot be given up", new OurPlanner() {
                    @Override
                    public ChainPlan abandonCopy(ChainGraph graph, SnapshotId id, PoolId store) {
                        return nothing(graph);
                    }
                }),
                Arguments.of(READ, "it never finds what a volume read", new OurPlanner() {
                    @Override
                    public ChainPlan collect(ChainGraph graph) {
                        return nothing(graph);
                    }
                }),
                Arguments.of(BACK, "it goes back to what a volume has left behind", new OurPlanner() {
                    @Override
                    public SnapshotSources revertSources(ChainGraph graph, SnapshotId id) {
                        return ChainPlanner.of(graph).sources(id, ChainCase.FAST);
                    }
                }),
                Arguments.of(MERGED, "it merges nothing", new OurPlanner() {
                    @Override
                    public ChainPlan merge(ChainGraph graph, SnapshotId id) {
                        return nothing(graph);
                    }
                }),
                Arguments.of(MERGED, "it makes nothing full", new OurPlanner() {
                    @Override
                    public ChainPlan flatten(ChainGraph graph, SnapshotId id, PoolId store) {
                        return nothing(graph);
                    }
                }),
                Arguments.of(ORDERS, "it answers a question once", new OurPlanner() {
                    private int asked;

                    @Override
                    public ChainPlan delete(ChainGraph graph, SnapshotId id) {
                        asked++;
                        return asked % 2 == 0 ? nothing(graph) : super.delete(graph, id);
                    }
                }));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(String name, String what, PlannerUnderTest faulty) {
        NOW.set(new Trial(faulty, reports));
        try {
            assertThat(ContractTrial.failedCases(Judged.class, name)).as(what).containsExactly(name);
        } finally {
            NOW.remove();
        }
    }
}
