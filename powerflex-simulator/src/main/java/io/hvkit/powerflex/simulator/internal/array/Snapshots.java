package io.hvkit.powerflex.simulator.internal.array;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Snapshots: taken together or not at all, and written back. */
public final class Snapshots {

    private static final int MOST_OF_ONE_TREE = 126;

    private final Inventory inventory;
    private final Volumes volumes;
    private final Backing backing;
    private final InstantSource clock;

    Snapshots(Inventory inventory, Volumes volumes, Backing backing, InstantSource clock) {
        this.inventory = inventory;
        this.volumes = volumes;
        this.backing = backing;
        this.clock = clock;
    }

    /** One snapshot that is asked for; without a name it gets none. */
    public record Wish(Volume source, Optional<String> name) {}

    /** What came of them, in the order of the wishes. */
    public record Group(long id, List<Volume> snapshots) {}

    /**
     * Takes all or none.
     *
     * @param retention how long they may not be removed; zero if they may
     */
    public Group take(List<Wish> wishes, String accessMode, Duration retention) {
        require(wishes);
        long group = inventory.nextId("ConsistencyGroup");
        List<Volume> taken = new ArrayList<>();
        for (Wish wish : wishes) {
            Volume snapshot = new Volume(
                    inventory.nextId("Volume"),
                    wish.source().tree(),
                    clock.instant(),
                    VolumeKind.SNAPSHOT,
                    wish.source().sizeKb());
            backing.copy(wish.source().id(), snapshot.id());
            snapshot.rename(wish.name().orElse(null));
            snapshot.takenFrom(wish.source());
            snapshot.takenIn(group);
            snapshot.limitAccess(accessMode);
            secure(snapshot, retention);
            taken.add(snapshot);
        }
        taken.forEach(inventory::add);
        return new Group(group, taken);
    }

    /** Makes it stay until some time from now; never shortens that. */
    public void secure(Volume snapshot, Duration retention) {
        if (!retention.isZero() && clock.instant().plus(retention).isAfter(snapshot.securedUntil())) {
            snapshot.secureUntil(clock.instant().plus(retention));
        }
    }

    /** Writes the content of a volume over another's. */
    public void overwrite(Volume target, Volume source) {
        if (target.id() == source.id()) {
            throw new ArrayException(ArrayError.OVERWRITE_WITH_ITSELF);
        }
        if (target.tree().id() != source.tree().id()) {
            throw new ArrayException(ArrayError.VTREE_MISMATCH);
        }
        backing.overwrite(source.id(), target.id(), target.sizeKb() * 1024);
    }

    private void require(List<Wish> wishes) {
        Set<String> names = new HashSet<>();
        Map<Long, Integer> more = new HashMap<>();
        for (Wish wish : wishes) {
            wish.name().ifPresent(name -> {
                volumes.requireFree(name);
                if (!names.add(name)) {
                    throw new ArrayException(ArrayError.VOL_NAME_IN_USE);
                }
            });
            VTree tree = wish.source().tree();
            requireStillness(tree);
            if (tree.pool().isFull()) {
                throw new ArrayException(ArrayError.CAPACITY_TOO_LOW_FOR_SNAP);
            }
            if (snapshotsOf(tree) + more.merge(tree.id(), 1, Integer::sum) > MOST_OF_ONE_TREE) {
                throw new ArrayException(ArrayError.TOO_MANY_SNAPS_IN_VTREE, ArrayException.Shape.DETAILED);
            }
        }
    }

    private static void requireStillness(VTree tree) {
        tree.migration()
                .filter(one -> one.source().layout() != one.destination().layout())
                .ifPresent(one -> {
                    throw new ArrayException(ArrayError.NO_SNAPSHOT_WHILE_LAYOUT_CHANGES);
                });
    }

    private long snapshotsOf(VTree tree) {
        return inventory.volumesOf(tree).stream()
                .filter(one -> one.kind() == VolumeKind.SNAPSHOT)
                .count();
    }
}
