package io.hvkit.storage.spi.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainStore.Removal;
import io.hvkit.storage.spi.chain.ChainStore.Standing;
import io.hvkit.storage.spi.chain.TakeSnapshot.Primary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One random life of a few volumes, their snapshots and stores, with all that goes wrong, held to what the world shows. */
final class History {

    static final PoolId ARRAY = new PoolId("array");
    static final PoolId FILES = new PoolId("files");
    static final PoolId NFS = new PoolId("nfs");
    static final PoolId FAR = new PoolId("far");
    private static final SnapshotId NOBODY = new SnapshotId("-");
    private static final SnapshotId NEVER = new SnapshotId("never");
    private static final List<PoolId> POOLS = List.of(ARRAY, FILES);
    private static final List<PoolId> BACKUPS = List.of(NFS, FAR);
    private static final int[] LIMITS = {0, 1, 2, 2, 3, 3, 4, -1, -1};

    private final SplittableRandom random;
    private final List<Object> trace = new ArrayList<>();
    private final World world = new World();
    private final Oracle oracle = new Oracle(world);
    private final List<VolumeId> volumes = new ArrayList<>();
    private final List<SnapshotId> live = new ArrayList<>();
    private final Map<SnapshotId, TakeSnapshot> open = new LinkedHashMap<>();
    private final Map<VolumeId, LayerId> readings = new LinkedHashMap<>();
    private final Map<LayerId, SnapshotId> flattened = new LinkedHashMap<>();
    private final List<Step> stale = new ArrayList<>();
    private final Map<Failure, Integer> refusals = new HashMap<>();
    private ChainGraph graph = ChainGraph.empty();
    private int names;
    private boolean isEnding;

    History(long seed) {
        random = new SplittableRandom(seed);
        graph = graph.withStore(ChainStore.of(ARRAY))
                .withStore(ChainStore.stacked(FILES).removingBy(pick(Removal.values())))
                .withStore(ChainStore.of(NFS))
                .withStore(ChainStore.of(FAR).removingBy(pick(Removal.values())));
        for (PoolId pool : POOLS) {
            VolumeId volume = new VolumeId("vol-" + pool);
            volumes.add(volume);
            world.addVolume(volume);
            graph = graph.withVolume(volume, pool);
        }
    }

    private <T> T pick(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }

    @SafeVarargs
    private <T> T pick(T... some) {
        return some[random.nextInt(some.length)];
    }

    /** What happened so far, told only when somebody asks. */
    String trace() {
        return trace.stream().map(Object::toString).collect(Collectors.joining("\n"));
    }

    ChainGraph graph() {
        return graph;
    }

    Map<Failure, Integer> refusals() {
        return refusals;
    }

    /** Lives it, checks it after each event, and ends it with nothing left. */
    void live() {
        int events = 2 + random.nextInt(7);
        for (int i = 0; i < events; i++) {
            event();
            if (i == events - 1 || random.nextInt(3) == 0) {
                oracle.check(graph, live);
            } else {
                oracle.glance(graph, live);
            }
            if (random.nextInt(32) == 0) {
                requireFollowsFromRows();
            }
        }
        end();
    }

    private void requireFollowsFromRows() {
        if (!ChainGraph.of(graph.rows()).state().equals(graph.state())) {
            throw new AssertionError("other things follow from the rows than the graph knows: " + graph);
        }
    }

    private void event() {
        int dice = random.nextInt(112);
        if (dice >= 100) {
            copyOrRestore(dice);
        } else if (dice < 40) {
            world.write(pick(volumes), random.nextInt(4));
            take();
        } else if (dice < 62) {
            delete();
        } else if (dice < 68) {
            resume();
        } else if (dice < 73) {
            store();
        } else if (dice < 78) {
            run(NOBODY, at -> ChainPlanner.of(at).collect());
        } else if (dice < 83) {
            merge();
        } else if (dice < 85 && !flattened.isEmpty()) {
            flattenOn();
        } else if (dice < 87) {
            flatten();
        } else if (dice < 91) {
            read();
        } else if (dice < 94) {
            replay();
        } else if (dice < 96) {
            move();
        } else if (dice < 97) {
            damage();
        } else if (dice < 98) {
            repair();
        } else {
            lose();
        }
    }

    private void take() {
        VolumeId volume = pick(volumes);
        SnapshotId id = new SnapshotId("s" + ++names);
        TakeSnapshot request = TakeSnapshot.of(id, volume);
        Set<SnapshotId> since = new LinkedHashSet<>();
        ChainLimit limit = new ChainLimit(LIMITS[random.nextInt(LIMITS.length)]);
        if (random.nextInt(10) > 0) {
            ChangeTracking tracking = tracking(volume, since);
            request = request.backedUpTo(random.nextInt(4) == 0 ? FAR : NFS, limit, tracking)
                    .primary(pick(Primary.values()));
        }
        world.expect(id, since, limit);
        take(request);
    }

    private ChangeTracking tracking(VolumeId volume, Set<SnapshotId> since) {
        if (random.nextInt(12) == 0) {
            return ChangeTracking.broken("a crash");
        }
        List<SnapshotId> known = new ArrayList<>(graph.snapshotsOf(volume));
        known.removeAll(open.keySet());
        for (SnapshotId id : known) {
            if (random.nextInt(10) > 0) {
                since.add(id);
            }
        }
        ChangeTracking tracking = ChangeTracking.since(since.toArray(SnapshotId[]::new));
        if (!known.isEmpty()) {
            SnapshotId newest = known.get(known.size() - 1);
            if (since.contains(newest) && world.isUnchanged(volume, newest)) {
                return new ChangeTracking(since, Optional.of(newest), Optional.empty());
            }
        }
        return tracking;
    }

    private void take(TakeSnapshot request) {
        open.put(request.id(), request);
        run(request.id(), at -> ChainPlanner.of(at).take(request));
        if (graph.snapshot(request.id()).filter(LogicalSnapshot::isPublished).isPresent()) {
            if (!live.contains(request.id())) {
                live.add(request.id());
            }
            boolean isFreeing = request.primary() == Primary.FREED
                    && graph.require(request.id())
                            .replicaIn(graph.require(request.id()).takenIn())
                            .isPresent();
            if (!isFreeing) {
                open.remove(request.id());
            }
        } else if (graph.snapshot(request.id()).isEmpty()) {
            open.remove(request.id());
        }
    }

    private void delete() {
        List<SnapshotId> known = new ArrayList<>(graph.state().snapshots().keys());
        known.add(NEVER);
        delete(pick(known));
    }

    private void delete(SnapshotId id) {
        if (run(id, at -> ChainPlanner.of(at).delete(id))) {
            open.remove(id);
        }
    }

    private void resume() {
        open.keySet().removeIf(id -> graph.snapshot(id).isEmpty());
        if (!open.isEmpty()) {
            TakeSnapshot request = pick(List.copyOf(open.values()));
            if (random.nextBoolean()) {
                take(asOfNow(request));
            } else {
                abandon(request.id());
            }
        }
    }

    /** What is known of writes holds for the moment of the snapshot: if that is still to come, it is asked for again. */
    private TakeSnapshot asOfNow(TakeSnapshot request) {
        boolean isTaken = graph.snapshot(request.id())
                .filter(known -> known.state() != LogicalSnapshot.State.ALLOCATED)
                .filter(known -> known.state() != LogicalSnapshot.State.CREATING)
                .isPresent();
        if (isTaken || request.backup().isEmpty()) {
            return request;
        }
        Set<SnapshotId> since = new LinkedHashSet<>();
        TakeSnapshot.Backup backup = request.backup().get();
        ChangeTracking tracking = tracking(request.volume(), since);
        world.expect(request.id(), since, backup.limit());
        return request.backedUpTo(backup.store(), backup.limit(), tracking);
    }

    private void abandon(SnapshotId id) {
        if (run(id, at -> ChainPlanner.of(at).abandon(id))) {
            open.remove(id);
        }
    }

    private void store() {
        PoolId store = pick(ARRAY, FILES, NFS, NFS, FAR);
        trace.add(store + " goes down or comes up");
        ChainStore known = graph.store(store).orElseThrow();
        graph = graph.withStore(known.being(known.standing() == Standing.UP ? Standing.DOWN : Standing.UP));
    }

    private void merge() {
        List<SnapshotId> hidden = graph.rows().snapshots().stream()
                .filter(snapshot -> snapshot.state() == LogicalSnapshot.State.DESTROYED)
                .map(LogicalSnapshot::id)
                .toList();
        if (!hidden.isEmpty()) {
            SnapshotId id = pick(hidden);
            run(id, at -> ChainPlanner.of(at).merge(id));
        }
    }

    private void flatten() {
        if (!live.isEmpty()) {
            SnapshotId id = pick(live);
            PoolId store = pick(BACKUPS);
            if (random.nextInt(4) == 0) {
                run(id, at -> ChainPlanner.of(at).flatten(id, store));
            } else {
                flatten(id, new LayerId(store, "flat-" + ++names));
            }
        }
    }

    private void flatten(SnapshotId id, LayerId into) {
        run(id, at -> ChainPlanner.of(at).flatten(id, into));
        if (graph.layer(into).isPresent()) {
            flattened.put(into, id);
        }
    }

    /** A layer that is being written in full is written on, or its writer is let go, whether it is whole or not. */
    private void flattenOn() {
        LayerId into = flattened.keySet().iterator().next();
        if (random.nextInt(3) == 0) {
            flatten(known(into), into);
        } else {
            letGo(into);
        }
    }

    private SnapshotId known(LayerId into) {
        return Objects.requireNonNull(flattened.get(into));
    }

    private void letGo(LayerId into) {
        trace.add(into + " is let go");
        LayerId old = new LayerId(into.store(), known(into).value());
        flattened.remove(into);
        graph = graph.withoutVolume(new VolumeId(into.name()));
        for (LayerId layer : List.of(into, old)) {
            if (graph.layer(layer).isPresent()) {
                run(NOBODY, at -> ChainPlanner.of(at).discard(layer));
            }
        }
    }

    private void copyOrRestore(int dice) {
        if (live.isEmpty()) {
            return;
        }
        SnapshotId id = pick(live);
        PoolId store = pick(BACKUPS);
        if (dice < 103) {
            ChainLimit limit = limit(id);
            run(id, at -> ChainPlanner.of(at).copy(id, store, limit));
        } else if (dice < 106) {
            copyChain(id, store);
        } else if (dice < 108) {
            run(id, at -> ChainPlanner.of(at).abandonCopy(id, store));
        } else {
            restore(id);
        }
    }

    /** A copy that was begun keeps the parent that was right then, so the greater limit counts. */
    private ChainLimit limit(SnapshotId id) {
        ChainLimit limit = new ChainLimit(LIMITS[random.nextInt(LIMITS.length)]);
        if (!isBegun(id)) {
            world.expectCopy(id, limit);
        }
        return limit;
    }

    private void copyChain(SnapshotId id, PoolId store) {
        LogicalSnapshot last = graph.require(id);
        Set<SnapshotId> line = new HashSet<>();
        for (SnapshotId one : live) {
            LogicalSnapshot known = graph.require(one);
            if (known.volume().equals(last.volume()) && known.sequence() <= last.sequence()) {
                line.add(one);
            }
        }
        ChainLimit limit = new ChainLimit(LIMITS[random.nextInt(LIMITS.length)]);
        line.stream().filter(one -> !isBegun(one)).forEach(one -> world.expectCopy(one, limit));
        run(line, at -> ChainPlanner.of(at).copyChain(id, store, limit));
    }

    private boolean isBegun(SnapshotId id) {
        return graph.require(id).replicas().values().stream()
                .anyMatch(replica -> replica.state() == Replica.State.CREATING);
    }

    private void restore(SnapshotId id) {
        VolumeId other = pick(volumes);
        boolean isThere = random.nextInt(8) == 0 && graph.volume(other).isPresent();
        VolumeId target = isThere ? other : new VolumeId("made-" + ++names);
        PoolId pool = pick(POOLS);
        boolean isDone = run(id, at -> ChainPlanner.of(at).restore(id, target, pool));
        if (isThere) {
            assertThat(isDone).as("%s was written over", target).isFalse();
        } else if (isDone || graph.volume(target).isPresent()) {
            readings.put(target, new LayerId(pool, id.value()));
            if (graph.volume(target).orElseThrow().reads().isEmpty()) {
                oracle.watch(target);
            }
        }
    }

    /** A volume is made of a layer, or is a clone of it; or that is over. */
    private void read() {
        if (!readings.isEmpty() && random.nextBoolean()) {
            VolumeId volume = readings.keySet().iterator().next();
            readings.remove(volume);
            trace.add(volume + " is gone");
            oracle.forget(volume);
            world.remove(volume);
            graph = graph.withoutVolume(volume);
            return;
        }
        List<LayerId> layers = graph.rows().layers().stream()
                .filter(layer -> layer.state() == Layer.State.READY)
                .filter(layer -> !graph.snapshotsOn(layer.id()).isEmpty())
                .map(Layer::id)
                .toList();
        if (layers.isEmpty()) {
            return;
        }
        LayerId layer = pick(layers);
        VolumeId clone = new VolumeId("clone-" + ++names);
        trace.add(clone + " reads " + layer);
        graph = graph.withVolume(clone, layer.store());
        world.addClone(clone, layer);
        oracle.watch(clone);
        graph = random.nextBoolean() ? graph.withBase(clone, layer) : graph.withReading(clone, layer);
        readings.put(clone, layer);
    }

    /** Somebody applies a step of long ago. */
    private void replay() {
        if (!stale.isEmpty()) {
            Step step = pick(stale);
            try {
                ChainGraph after = graph.apply(step).graph();
                world.perform(step, graph);
                graph = after;
                trace.add("again " + step);
            } catch (DriverException e) {
                assertThat(e.failure()).isNotEqualTo(Failure.DEFECT);
            }
        }
    }

    private void move() {
        VolumeId volume = pick(volumes);
        if (graph.volume(volume)
                .filter(known -> known.life() == ChainVolume.Life.PRESENT)
                .isPresent()) {
            PoolId pool = pick(POOLS);
            trace.add(volume + " moves to " + pool);
            if (!graph.volume(volume).orElseThrow().pool().equals(pool)) {
                world.move(volume);
            }
            graph = graph.withVolume(volume, pool);
        }
    }

    private void damage() {
        List<LayerId> layers = graph.rows().layers().stream()
                .map(Layer::id)
                .filter(id ->
                        BACKUPS.contains(id.store()) && graph.volumesOn(id).isEmpty())
                .filter(id -> readings.values().stream()
                        .noneMatch(read -> read.store().equals(id.store())))
                .toList();
        if (!layers.isEmpty()) {
            LayerId layer = pick(layers);
            trace.add(layer + " is damaged");
            world.damage(layer);
            graph = graph.withUnusable(layer);
        }
    }

    /** Damaged files are whole again; layers are known to be so, one after the other, that were whole and stand on such. */
    private void repair() {
        trace.add("what was damaged is repaired");
        world.repair();
        graph.rows().layers().stream()
                .map(Layer::id)
                .sorted(Comparator.comparingLong(id -> graph.length(id, Long.MAX_VALUE)))
                .filter(id -> world.read(id) != null)
                .forEach(this::prove);
    }

    private void prove(LayerId layer) {
        try {
            graph = graph.withReadable(layer);
        } catch (DriverException e) {
            trace.add(layer + " is not: " + e.getMessage());
        }
    }

    private void lose() {
        VolumeId volume = pick(volumes);
        trace.add(volume + " is deleted");
        oracle.forget(volume);
        world.remove(volume);
        graph = graph.withoutVolume(volume);
    }

    /** Plans and does it, stops somewhere now and then, plans again and does the rest. Says whether it was planned and done. */
    private boolean run(SnapshotId subject, Function<ChainGraph, ChainPlan> question) {
        return run(Set.of(subject), question);
    }

    private boolean run(Set<SnapshotId> subjects, Function<ChainGraph, ChainPlan> question) {
        ChainGraph before = graph;
        ChainPlan plan;
        try {
            plan = question.apply(graph);
        } catch (DriverException e) {
            refusals.merge(e.failure(), 1, Integer::sum);
            trace.add("refused: " + e.getMessage());
            if (e.failure() == Failure.DEFECT) {
                throw new AssertionError("a defect in what was planned about " + subjects, e);
            }
            return false;
        }
        int stop = random.nextInt(3) == 0
                ? random.nextInt(plan.steps().size() + 1)
                : plan.steps().size();
        execute(plan.steps().subList(0, stop));
        if (stop < plan.steps().size()) {
            trace.add("stopped");
            if (random.nextBoolean()) {
                world.performHalf(plan.steps().get(stop), graph);
            }
            if (!isEnding && random.nextInt(4) == 0 && mayBeLeft(subjects, plan)) {
                oracle.requireOthersUntouched(before, graph, subjects);
                return false;
            }
            ChainPlan rest = question.apply(graph);
            execute(rest.steps());
        }
        requireSame(plan, subjects);
        oracle.requireOthersUntouched(before, graph, subjects);
        return true;
    }

    /** What somebody may give up in the middle: a snapshot or copy that is not whole yet. */
    private boolean mayBeLeft(Set<SnapshotId> subjects, ChainPlan plan) {
        return subjects.stream().anyMatch(open::containsKey)
                || plan.steps().stream()
                        .anyMatch(step -> step instanceof Step.Copy
                                || step instanceof Step.Restore
                                || step instanceof Step.Flatten);
    }

    private void requireSame(ChainPlan plan, Set<SnapshotId> subjects) {
        if (!graph.equals(plan.outcome())) {
            throw new AssertionError("about " + subjects + ", predicted:\n" + plan.outcome() + "came out:\n" + graph);
        }
    }

    private void execute(List<Step> steps) {
        for (Step step : steps) {
            trace.add(step);
            if (step instanceof Step.BeginDelete begin) {
                live.remove(begin.snapshot());
            }
            world.perform(step, graph);
            ChainGraph.Applied applied = graph.apply(step);
            applied.event().ifPresent(oracle::count);
            graph = applied.graph();
            if (random.nextInt(16) == 0) {
                ChainGraph.Applied again = graph.apply(step);
                if (!again.graph().equals(graph) || again.event().isPresent()) {
                    throw new AssertionError(step + ", applied again, gave " + again);
                }
            }
            if (step instanceof Step.Delete && random.nextInt(3) == 0) {
                oracle.check(graph, live);
            }
            if (step instanceof Step.Delete || step instanceof Step.Condemn || step instanceof Step.Drop) {
                stale.add(step);
            }
        }
    }

    /** Everything is deleted: nothing may be left, and all that began to count has ceased to. */
    private void end() {
        isEnding = true;
        for (PoolId store : List.of(ARRAY, FILES, NFS, FAR)) {
            graph = graph.withStore(graph.store(store).orElseThrow().being(Standing.UP));
        }
        List.copyOf(open.keySet()).stream()
                .filter(id ->
                        graph.snapshot(id).filter(some -> !some.isPublished()).isPresent())
                .forEach(this::abandon);
        for (LogicalSnapshot snapshot : graph.rows().snapshots()) {
            snapshot.replicas().forEach((store, replica) -> {
                if (snapshot.isPublished() && replica.state() == Replica.State.CREATING) {
                    run(snapshot.id(), at -> ChainPlanner.of(at).abandonCopy(snapshot.id(), store));
                }
            });
        }
        List.copyOf(flattened.keySet()).forEach(this::letGo);
        Set<SnapshotId> left = new HashSet<>(graph.state().snapshots().keys());
        left.forEach(id -> run(id, at -> ChainPlanner.of(at).delete(id)));
        volumes.forEach(id -> graph = graph.withoutVolume(id));
        readings.keySet().forEach(id -> graph = graph.withoutVolume(id));
        volumes.forEach(oracle::forget);
        readings.keySet().forEach(oracle::forget);
        run(NOBODY, at -> ChainPlanner.of(at).collect());
        ChainRows rows = graph.rows();
        boolean isNothingLeft = rows.volumes().isEmpty()
                && rows.layers().isEmpty()
                && rows.snapshots().isEmpty()
                && world.isEmpty();
        if (!isNothingLeft) {
            throw new AssertionError("left: " + rows + " and the files " + world.files());
        }
        oracle.requireBalanced();
    }
}
