package io.hvkit.testkit.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.ChainStore;
import io.hvkit.storage.spi.chain.ChangeTracking;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import io.hvkit.storage.spi.chain.Step;
import io.hvkit.storage.spi.chain.TakeSnapshot;
import io.hvkit.storage.spi.chain.UsageEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One volume and two stores, where plans are carried out, and after each step everything is read that anybody needs. */
final class ChainCase {

    static final VolumeId ROOT = new VolumeId("root");
    static final PoolId FAST = new PoolId("fast");
    static final PoolId SLOW = new PoolId("slow");
    static final PoolId NFS = new PoolId("nfs");
    static final PoolId FAR = new PoolId("far");

    final ChainFiles files = new ChainFiles();
    final List<UsageEvent> events = new ArrayList<>();
    private final Map<VolumeId, SnapshotId> made = new HashMap<>();
    private final PlannerUnderTest planner;
    private ChainGraph graph = ChainGraph.empty()
            .withStore(ChainStore.of(FAST))
            .withStore(ChainStore.of(SLOW))
            .withStore(ChainStore.of(NFS))
            .withStore(ChainStore.of(FAR))
            .withVolume(ROOT, FAST);

    ChainCase(PlannerUnderTest planner) {
        this.planner = planner;
    }

    /** Something that is asked of a planner. */
    @FunctionalInterface
    interface Question extends Function<ChainGraph, ChainPlan> {}

    ChainGraph graph() {
        return graph;
    }

    /** Changes what is known, such as where the volume is. */
    void learn(Function<ChainGraph, ChainGraph> fact) {
        graph = fact.apply(graph);
    }

    void being(PoolId store, ChainStore.Standing standing) {
        graph = graph.withStore(graph.store(store).orElseThrow().being(standing));
    }

    /** Returns a request for a backup, where it is known what was written since each older snapshot. */
    TakeSnapshot request(SnapshotId id, PoolId store, ChainLimit limit) {
        return request(
                id, store, limit, ChangeTracking.since(graph.snapshotsOf(ROOT).toArray(SnapshotId[]::new)));
    }

    static TakeSnapshot request(SnapshotId id, PoolId store, ChainLimit limit, ChangeTracking tracking) {
        return TakeSnapshot.of(id, ROOT).backedUpTo(store, limit, tracking).primary(TakeSnapshot.Primary.SKIPPED);
    }

    ChainPlan take(TakeSnapshot request) {
        files.hold(request.id());
        return carryOut(at -> planner.take(at, request));
    }

    ChainPlan delete(SnapshotId id) {
        return carryOut(at -> planner.delete(at, id));
    }

    /** Asks, and does all that is planned. */
    ChainPlan carryOut(Question question) {
        ChainPlan plan = question.apply(graph);
        assertThat(question.apply(graph).steps()).as("the same question again").isEqualTo(plan.steps());
        int told = events.size();
        apply(plan.steps());
        assertThat(graph).as("what the plan foresees").isEqualTo(plan.outcome());
        assertThat(events.subList(told, events.size()))
                .as("events that the plan foresees")
                .isEqualTo(plan.events());
        return plan;
    }

    /** Asks, and does what comes before the first work; returns how many steps that are. */
    int begin(Question question) {
        List<Step> steps = question.apply(graph).steps();
        int notes = 0;
        while (notes < steps.size() && steps.get(notes).needs().isEmpty()) {
            notes++;
        }
        apply(steps.subList(0, notes));
        return notes;
    }

    void apply(List<Step> steps) {
        for (Step step : steps) {
            files.carryOut(step);
            if (step instanceof Step.BeginRestore begun) {
                made.put(begun.target(), begun.snapshot());
            }
            ChainGraph.Applied applied = graph.apply(step);
            graph = applied.graph();
            applied.event().ifPresent(events::add);
            check(step);
        }
    }

    /** Every copy that counts reads as its snapshot did, and every layer of the graph that is whole is there. */
    private void check(Step after) {
        for (LogicalSnapshot snapshot : graph.rows().snapshots()) {
            for (Replica replica : snapshot.replicas().values()) {
                if (replica.state() == Replica.State.READY && isWhole(replica.layer())) {
                    files.requireReads(replica.layer(), snapshot.id());
                }
            }
            assertThat(snapshot.usage() == LogicalSnapshot.Usage.RUNNING)
                    .as("%s counts after %s", snapshot.id(), after)
                    .isEqualTo(told(snapshot.id()).equals(List.of(UsageEvent.Kind.CREATED)));
        }
        graph.rows()
                .volumes()
                .forEach(volume -> volume.reads()
                        .forEach(layer ->
                                files.requireReads(layer, volume.origin().orElseThrow())));
        if (after instanceof Step.Restore done) {
            files.requireHolds(done.target(), done.snapshot());
        }
    }

    private boolean isWhole(LayerId layer) {
        return graph.layer(layer)
                .filter(known -> known.state() == Layer.State.READY)
                .isPresent();
    }

    List<UsageEvent.Kind> told(SnapshotId id) {
        return events.stream()
                .filter(event -> event.snapshot().equals(id))
                .map(UsageEvent::kind)
                .toList();
    }

    long length(SnapshotId id, PoolId store) {
        return graph.snapshot(id)
                .flatMap(snapshot -> snapshot.replicaIn(store))
                .map(replica -> graph.length(replica.layer(), Long.MAX_VALUE))
                .orElseThrow();
    }

    LogicalSnapshot snapshot(SnapshotId id) {
        return graph.snapshot(id).orElseThrow();
    }

    /** Nothing is left, and what was told of each is that it came and went. */
    void requireNothingLeft() {
        assertThat(graph.rows().snapshots()).isEmpty();
        assertThat(graph.rows().layers()).isEmpty();
        assertThat(files.layers()).isEmpty();
        events.forEach(event -> assertThat(told(event.snapshot()))
                .as("%s", event.snapshot())
                .containsExactly(UsageEvent.Kind.CREATED, UsageEvent.Kind.DELETED));
    }
}
