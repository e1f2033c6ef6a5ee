package io.hvkit.storage.spi.chain;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Judges graphs by the rows alone and by what the world shows, from scratch each time; it shares no code with the planner. */
final class Oracle {

    private static final List<UsageEvent.Kind> RUNNING = List.of(UsageEvent.Kind.CREATED);
    private static final List<UsageEvent.Kind> OVER = List.of(UsageEvent.Kind.CREATED, UsageEvent.Kind.DELETED);

    private final World world;
    private final Set<VolumeId> watched = new HashSet<>();
    private final Map<SnapshotId, List<UsageEvent.Kind>> events = new HashMap<>();

    Oracle(World world) {
        this.world = world;
    }

    void watch(VolumeId volume) {
        watched.add(volume);
    }

    void forget(VolumeId volume) {
        watched.remove(volume);
    }

    void count(UsageEvent event) {
        events.computeIfAbsent(event.snapshot(), id -> new ArrayList<>()).add(event.kind());
    }

    /** What can be seen without reading anything: no file that nobody knows of, no snapshot that is lost. */
    void glance(ChainGraph graph, List<SnapshotId> live) {
        for (LayerId file : world.files()) {
            assertTrue(graph.layer(file).isPresent(), "nobody knows of the file %s", file);
        }
        for (SnapshotId id : live) {
            assertTrue(graph.snapshot(id).isPresent(), "%s lives and is lost", id);
        }
    }

    /** Everything that can be seen. */
    void check(ChainGraph graph, List<SnapshotId> live) {
        glance(graph, live);
        ChainRows rows = graph.rows();
        Map<LayerId, Layer> layers = new HashMap<>();
        rows.layers().forEach(layer -> layers.put(layer.id(), layer));
        Set<LayerId> needed = new HashSet<>();
        for (LogicalSnapshot snapshot : rows.snapshots()) {
            judge(snapshot, layers, live, needed);
        }
        for (ChainVolume volume : rows.volumes()) {
            volume.base().ifPresent(needed::add);
            needed.addAll(volume.reads());
        }
        for (LayerId layer : needed) {
            descend(layer, layers);
        }
        watched.forEach(world::requireReads);
    }

    private void judge(
            LogicalSnapshot snapshot, Map<LayerId, Layer> layers, List<SnapshotId> live, Set<LayerId> needed) {
        boolean isLive = live.contains(snapshot.id());
        boolean isSeen = false;
        for (Replica replica : snapshot.replicas().values()) {
            Layer layer = there(layers, replica.layer());
            switch (replica.state()) {
                case READY -> {
                    isSeen = true;
                    needed.add(replica.layer());
                    if (layer.state() != Layer.State.UNUSABLE) {
                        world.requireReads(replica.layer(), snapshot.id());
                    }
                }
                case CREATING -> needed.add(replica.layer());
                case HIDDEN ->
                    assertTrue(
                            layer.state() != Layer.State.DELETING, "%s is hidden and deleted at once", replica.layer());
                case DESTROYING, FAILED -> {}
            }
        }
        assertTrue(!isLive || isSeen, "%s lives and cannot be read", snapshot.id());
        assertTrue(!isLive || snapshot.usage() == LogicalSnapshot.Usage.RUNNING, "%s lives unbilled", snapshot.id());
        List<UsageEvent.Kind> told = events.getOrDefault(snapshot.id(), List.of());
        boolean isRunning = told.equals(RUNNING);
        assertTrue(
                isRunning == (snapshot.usage() == LogicalSnapshot.Usage.RUNNING),
                "%s is %s and was told %s",
                snapshot.id(),
                snapshot.usage(),
                told);
    }

    private static Layer there(Map<LayerId, Layer> layers, LayerId id) {
        Layer layer = layers.get(id);
        if (layer == null) {
            throw new AssertionError(id + " is read and is not there");
        }
        return layer;
    }

    private static void descend(LayerId from, Map<LayerId, Layer> layers) {
        LayerId at = from;
        while (at != null) {
            Layer layer = there(layers, at);
            assertTrue(layer.state() != Layer.State.DELETING, "%s is read by %s and is to go", at, from);
            at = layer.parent().orElse(null);
        }
    }

    /** What a plan is not about stays as it is: all snapshots that were whole or being made, and where they are read. */
    void requireOthersUntouched(ChainGraph before, ChainGraph after, Set<SnapshotId> subjects) {
        for (LogicalSnapshot snapshot : before.rows().snapshots()) {
            boolean isGoing = snapshot.state() == LogicalSnapshot.State.DESTROYING
                    || snapshot.state() == LogicalSnapshot.State.DESTROYED
                    || snapshot.state() == LogicalSnapshot.State.ERROR;
            if (!isGoing && !subjects.contains(snapshot.id())) {
                LogicalSnapshot then = after.snapshot(snapshot.id()).orElse(null);
                assertTrue(
                        then != null && (then.equals(snapshot) || isWantedAlike(snapshot, then)),
                        "%s was touched",
                        snapshot.id());
            }
        }
    }

    /** Copies that are not wanted any more may go at any time. */
    private static boolean isWantedAlike(LogicalSnapshot before, LogicalSnapshot after) {
        return before.replicas().equals(after.replicas()) || wanted(before).equals(wanted(after));
    }

    private static Map<Object, Replica> wanted(LogicalSnapshot snapshot) {
        Map<Object, Replica> wanted = new HashMap<>();
        snapshot.replicas().forEach((store, replica) -> {
            if (replica.state().isLive()) {
                wanted.put(store, replica);
            }
        });
        return wanted;
    }

    void requireBalanced() {
        events.forEach((id, kinds) -> assertTrue(kinds.equals(OVER), "%s was told %s", id, kinds));
    }

    /** Texts that nobody reads would take most of the time. */
    private static void assertTrue(boolean holds, String otherwise, Object... arguments) {
        if (!holds) {
            throw new AssertionError(String.format(Locale.ROOT, otherwise, arguments));
        }
    }
}
