package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A request to make a machine from another one. Equal requests are the same request. */
@Incubating(since = "0.1")
public final class CloneRequest {

    private record Fields(
            String name,
            Map<VolumeId, VolumeId> volumes,
            Optional<SnapshotId> snapshot,
            Optional<MachineClone.Kind> kind) {}

    private final Fields fields;

    private CloneRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request that names no disk yet, for what the source has now, of the kind that the host's options say. */
    public static CloneRequest named(String name) {
        return new CloneRequest(new Fields(name, Map.of(), Optional.empty(), Optional.empty()));
    }

    /**
     * Returns this request with what a disk of the source is to be called in the clone.
     *
     * @throws IllegalArgumentException if either was named before
     */
    public CloneRequest calling(VolumeId source, VolumeId clone) {
        Map<VolumeId, VolumeId> more = new LinkedHashMap<>(fields.volumes);
        if (more.put(source, clone) != null || new HashSet<>(more.values()).size() < more.size()) {
            throw new IllegalArgumentException("a disk is named twice: " + source + " as " + clone);
        }
        return new CloneRequest(new Fields(fields.name, Map.copyOf(more), fields.snapshot, fields.kind));
    }

    /** Returns this request for what the source had at a snapshot of {@link HostSnapshots}; a linked clone needs one. */
    public CloneRequest from(SnapshotId snapshot) {
        return new CloneRequest(new Fields(fields.name, fields.volumes, Optional.of(snapshot), fields.kind));
    }

    /** Returns this request for a clone of that kind, whatever the host's options say. */
    public CloneRequest as(MachineClone.Kind kind) {
        return new CloneRequest(new Fields(fields.name, fields.volumes, fields.snapshot, Optional.of(kind)));
    }

    /** Returns the clone's name. */
    public String name() {
        return fields.name;
    }

    /** Returns what the disks are called in the clone, by what they are called in the source. */
    public Map<VolumeId, VolumeId> volumes() {
        return fields.volumes;
    }

    /** Returns the snapshot, if not what the source has now is wanted. */
    public Optional<SnapshotId> snapshot() {
        return fields.snapshot;
    }

    /** Returns the kind, if it does not follow from the host's options. */
    public Optional<MachineClone.Kind> kind() {
        return fields.kind;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CloneRequest that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "CloneRequest" + fields;
    }
}
