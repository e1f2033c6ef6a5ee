package io.hvkit.testkit.hypervisor;

import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshot;
import io.hvkit.hypervisor.spi.MachineClone;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a host keeps of one machine's past: the snapshots that it made, and what the machine was made from. Its host locks. */
final class InMemoryHistory {

    /** A snapshot, and the disks that the machine had. */
    record Kept(HostSnapshot snapshot, List<Disk> disks) {}

    /** What a clone was made from. */
    record Origin(MachineId source, CloneRequest request, MachineClone.Kind kind) {}

    private final Map<SnapshotId, Kept> kept = new LinkedHashMap<>();
    private Optional<SnapshotId> current = Optional.empty();
    private Optional<Origin> origin = Optional.empty();
    private boolean template;

    Map<SnapshotId, Kept> kept() {
        return kept;
    }

    /** Returns the snapshot that the machine goes on from. */
    Optional<SnapshotId> current() {
        return current;
    }

    void goesOnFrom(Optional<SnapshotId> snapshot) {
        current = snapshot;
    }

    /** Returns a snapshot and those that it lies over, in that order. */
    List<SnapshotId> line(SnapshotId snapshot) {
        List<SnapshotId> line = new ArrayList<>();
        Optional<SnapshotId> next = Optional.of(snapshot).filter(kept::containsKey);
        while (next.isPresent()) {
            line.add(next.get());
            next = Optional.ofNullable(kept.get(next.get()))
                    .flatMap(each -> each.snapshot().parent());
        }
        return line;
    }

    /** Takes one out; what lay over it lies over what it lay over. */
    void remove(SnapshotId snapshot) {
        Kept gone = kept.remove(snapshot);
        if (gone == null) {
            return;
        }
        Optional<SnapshotId> below = gone.snapshot().parent();
        kept.replaceAll((id, each) -> each.snapshot().parent().equals(Optional.of(snapshot))
                ? new Kept(new HostSnapshot(id, below, each.snapshot().takenAt()), each.disks())
                : each);
        current = current.equals(Optional.of(snapshot)) ? below : current;
    }

    Optional<Origin> origin() {
        return origin;
    }

    void madeFrom(Origin source) {
        origin = Optional.of(source);
    }

    boolean isTemplate() {
        return template;
    }

    void becomeTemplate() {
        template = true;
    }

    void becomeMachine() {
        template = false;
    }
}
