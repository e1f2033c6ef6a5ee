package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A request to freeze what a machine has on its disks. Each disk that the machine can write to is named once: with the overlay that
 * takes what is written from then on, or as left out. Equal requests are the same request.
 *
 * <pre>{@code
 * SnapshotRequest.named(new SnapshotId("before-upgrade"))
 *         .onto(root.volume(), newRoot.unlockedBy(newKey))
 *         .leavingOut(swap.volume());
 * }</pre>
 */
@Incubating(since = "0.1")
public final class SnapshotRequest {

    private record Fields(SnapshotId id, Map<VolumeId, Disk> overlays, Set<VolumeId> leftOut) {}

    private final Fields fields;

    private SnapshotRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request that names no disk yet. */
    public static SnapshotRequest named(SnapshotId id) {
        return new SnapshotRequest(new Fields(id, Map.of(), Set.of()));
    }

    /**
     * Returns this request with a disk that is frozen.
     *
     * @param disk the volume that the machine has now
     * @param overlay a {@code QCOW2} image that exists, has the size of the disk, holds nothing, and whose header names the disk's
     *     place and format as what it lies over. It need not be said over anything, and becomes the device that the disk is
     * @throws IllegalArgumentException if the overlay has another format, or the disk or the overlay was named before
     */
    public SnapshotRequest onto(VolumeId disk, Disk overlay) {
        requireNew(disk);
        Overlays.require(overlay, fields.overlays.values());
        Map<VolumeId, Disk> more = new HashMap<>(fields.overlays);
        more.put(disk, overlay);
        return new SnapshotRequest(new Fields(fields.id, more, fields.leftOut));
    }

    /**
     * Returns this request with a disk that goes on as it is, and is not part of the moment.
     *
     * @throws IllegalArgumentException if the disk was named before
     */
    public SnapshotRequest leavingOut(VolumeId disk) {
        requireNew(disk);
        Set<VolumeId> more = new HashSet<>(fields.leftOut);
        more.add(disk);
        return new SnapshotRequest(new Fields(fields.id, fields.overlays, more));
    }

    private void requireNew(VolumeId disk) {
        if (fields.overlays.containsKey(disk) || fields.leftOut.contains(disk)) {
            throw new IllegalArgumentException("disk " + disk + " is named twice");
        }
    }

    /** Returns the caller's name for it. */
    public SnapshotId id() {
        return fields.id;
    }

    /** Returns the overlays, by the volumes that are frozen. */
    public Map<VolumeId, Disk> overlays() {
        return Map.copyOf(fields.overlays);
    }

    /** Returns the volumes that go on as they are. */
    public Set<VolumeId> leftOut() {
        return Set.copyOf(fields.leftOut);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SnapshotRequest that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "SnapshotRequest" + fields;
    }
}
