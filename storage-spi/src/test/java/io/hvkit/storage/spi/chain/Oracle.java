package io.hvkit.storage.spi.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Judges graphs by the rows alone and by what the world shows, from scratch each time; it shares no code with the planner. */
final class Oracle {

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

    void check(ChainGraph graph, List<SnapshotId> live) {
        ChainRows rows = graph.rows();
        Map<LayerId, Layer> layers = new HashMap<>();
        rows.layers().forEach(layer -> layers.put(layer.id(), layer));
        for (LayerId file : world.files()) {
            assertTrue(layers.containsKey(file), "nobody knows of the file " + file);
        }
        for (SnapshotId id : live) {
            assertTrue(graph.snapshot(id).isPresent(), id + " lives and is lost");
        }
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
                            layer.state() != Layer.State.DELETING, replica.layer() + " is hidden and deleted at once");
                case DESTROYING, FAILED -> {}
            }
        }
        assertTrue(!isLive || isSeen, snapshot.id() + " lives and cannot be read");
        assertTrue(!isLive || snapshot.usage() == LogicalSnapshot.Usage.RUNNING, snapshot.id() + " lives unbilled");
        List<UsageEvent.Kind> told = events.getOrDefault(snapshot.id(), List.of());
        boolean isRunning = told.equals(List.of(UsageEvent.Kind.CREATED));
        assertTrue(
                isRunning == (snapshot.usage() == LogicalSnapshot.Usage.RUNNING),
                snapshot.id() + " is " + snapshot.usage() + " and was told " + told);
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
            assertTrue(layer.state() != Layer.State.DELETING, at + " is read by " + from + " and is to go");
            at = layer.parent().orElse(null);
        }
    }

    /** What a plan is not about stays as it is: all snapshots that were whole or being made, and where they are read. */
    void requireOthersUntouched(ChainGraph before, ChainGraph after, SnapshotId subject) {
        for (LogicalSnapshot snapshot : before.rows().snapshots()) {
            boolean isGoing = snapshot.state() == LogicalSnapshot.State.DESTROYING
                    || snapshot.state() == LogicalSnapshot.State.DESTROYED
                    || snapshot.state() == LogicalSnapshot.State.ERROR;
            if (!isGoing && !snapshot.id().equals(subject)) {
                LogicalSnapshot then = after.snapshot(snapshot.id()).orElse(null);
                assertTrue(then != null && wanted(snapshot).equals(wanted(then)), snapshot.id() + " was touched");
            }
        }
    }

    /** Copies that are not wanted any more may go at any time. */
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
        events.forEach((id, kinds) -> assertThat(kinds)
                .as("events of %s", id)
                .containsExactly(UsageEvent.Kind.CREATED, UsageEvent.Kind.DELETED));
    }

    /** AssertJ in the innermost loop would take most of the time. */
    private static void assertTrue(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
