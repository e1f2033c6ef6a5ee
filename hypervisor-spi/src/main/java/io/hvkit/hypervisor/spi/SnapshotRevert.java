package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A request to have a machine's disks be what they were at a snapshot. Each disk of the snapshot is named once: with a new, empty
 * overlay over what is frozen, so that one may come back again, or to go on with what is frozen itself. Equal requests are the same
 * request.
 */
@Incubating(since = "0.1")
public final class SnapshotRevert {

    private record Fields(SnapshotId id, Map<VolumeId, Disk> overlays, Set<VolumeId> thawed) {}

    private final Fields fields;

    private SnapshotRevert(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request that names no disk yet. */
    public static SnapshotRevert to(SnapshotId id) {
        return new SnapshotRevert(new Fields(id, Map.of(), Set.of()));
    }

    /**
     * Returns this request with a disk that stays frozen and gets a new overlay.
     *
     * @param frozen the volume that the snapshot froze
     * @param overlay as {@link SnapshotRequest#onto} takes it
     * @throws IllegalArgumentException if the overlay has another format, or the disk or the overlay was named before
     */
    public SnapshotRevert onto(VolumeId frozen, Disk overlay) {
        requireNew(frozen);
        Overlays.require(overlay, fields.overlays.values());
        Map<VolumeId, Disk> more = new HashMap<>(fields.overlays);
        more.put(frozen, overlay);
        return new SnapshotRevert(new Fields(fields.id, more, fields.thawed));
    }

    /**
     * Returns this request with a disk that the machine writes to itself from now on, so that the snapshot has it no more.
     *
     * @throws IllegalArgumentException if the disk was named before
     */
    public SnapshotRevert thawing(VolumeId frozen) {
        requireNew(frozen);
        Set<VolumeId> more = new HashSet<>(fields.thawed);
        more.add(frozen);
        return new SnapshotRevert(new Fields(fields.id, fields.overlays, more));
    }

    private void requireNew(VolumeId disk) {
        if (fields.overlays.containsKey(disk) || fields.thawed.contains(disk)) {
            throw new IllegalArgumentException("disk " + disk + " is named twice");
        }
    }

    /** Returns the snapshot. */
    public SnapshotId id() {
        return fields.id;
    }

    /** Returns the new overlays, by the volumes that stay frozen. */
    public Map<VolumeId, Disk> overlays() {
        return Map.copyOf(fields.overlays);
    }

    /** Returns the frozen volumes that are written to from now on. */
    public Set<VolumeId> thawed() {
        return Set.copyOf(fields.thawed);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SnapshotRevert that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "SnapshotRevert" + fields;
    }
}
