package io.hvkit.powerflex.simulator.internal.array;

import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.powerflex.simulator.control.Timing.Span;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Volumes go, in the background. */
public final class Removals {

    /** What goes with a volume. */
    public enum Mode {
        ONLY_ME,
        INCLUDING_DESCENDANTS,
        DESCENDANTS_ONLY,
        WHOLE_VTREE
    }

    private final Inventory inventory;
    private final Backing backing;
    private final InstantSource clock;
    private final Timing timing;

    Removals(Inventory inventory, Backing backing, InstantSource clock, Timing timing) {
        this.inventory = inventory;
        this.backing = backing;
        this.clock = clock;
        this.timing = timing;
    }

    public void remove(Volume volume, Mode mode) {
        List<Volume> doomed = doomed(volume, mode);
        if (doomed.isEmpty()) {
            throw new ArrayException(ArrayError.NOTHING_TO_DO);
        }
        remove(doomed);
    }

    /** Removes the snapshots of a group; returns how many there were. */
    public int removeGroup(long group) {
        List<Volume> doomed = inventory.volumes().stream()
                .filter(one -> one.group().isPresent() && one.group().getAsLong() == group)
                .toList();
        if (doomed.isEmpty()) {
            throw new ArrayException(ArrayError.NO_VOLUMES_OF_GROUP);
        }
        remove(doomed);
        return doomed.size();
    }

    /** Ends the removals that are due; returns whether there was one. */
    boolean settle(Instant now) {
        boolean any = false;
        for (Volume volume : inventory.beingRemoved()) {
            if (volume.goneAt().filter(end -> !end.isAfter(now)).isPresent()) {
                backing.delete(volume.id());
                inventory.forget(volume);
                any = true;
            }
        }
        return any;
    }

    private List<Volume> doomed(Volume volume, Mode mode) {
        List<Volume> doomed = new ArrayList<>();
        switch (mode) {
            case ONLY_ME -> doomed.add(volume);
            case INCLUDING_DESCENDANTS -> {
                doomed.add(volume);
                doomed.addAll(inventory.descendantsOf(volume));
            }
            case DESCENDANTS_ONLY -> doomed.addAll(inventory.descendantsOf(volume));
            case WHOLE_VTREE -> doomed.addAll(inventory.volumesOf(volume.tree()));
        }
        return doomed;
    }

    private void remove(List<Volume> doomed) {
        for (Volume volume : doomed) {
            if (!volume.mappings().isEmpty()) {
                throw new ArrayException(ArrayError.VOL_MAPPED);
            }
            if (volume.securedUntil().isAfter(clock.instant())) {
                throw new ArrayException(ArrayError.NOT_SUPPORTED);
            }
        }
        Instant end = clock.instant().plus(timing.of(Span.REMOVAL));
        for (Volume volume : doomed) {
            List<Volume> orphans = inventory.childrenOf(volume);
            orphans.forEach(orphan -> orphan.takenFrom(volume.ancestor().orElse(null)));
            volume.removeAt(end);
        }
        settle(clock.instant());
    }
}
