package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A request for a backup of disks. Equal requests are the same request.
 *
 * <pre>{@code
 * BackupRequest.named(new CheckpointId("tuesday"))
 *         .onto(root.volume(), image.unlockedBy(key))
 *         .since(new CheckpointId("monday"));
 * }</pre>
 */
@Incubating(since = "0.1")
public final class BackupRequest {

    private record Fields(
            CheckpointId checkpoint, Map<VolumeId, Disk> images, Optional<CheckpointId> since, Quiescing quiescing) {}

    private final Fields fields;

    private BackupRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request that names no disk yet. The checkpoint begins with the backup; nobody has had its name before. */
    public static BackupRequest named(CheckpointId checkpoint) {
        return new BackupRequest(new Fields(checkpoint, Map.of(), Optional.empty(), Quiescing.IF_POSSIBLE));
    }

    /**
     * Returns this request with a disk.
     *
     * @param disk the volume that the machine has
     * @param image a {@code QCOW2} image that exists, has the size of the disk and holds nothing; with a key if the disk has one, since
     *     what is written to it would be in clear otherwise. It may have another key than the disk
     * @throws IllegalArgumentException if the image has another format, or the disk or the image was named before
     */
    public BackupRequest onto(VolumeId disk, Disk image) {
        if (fields.images.containsKey(disk)) {
            throw new IllegalArgumentException("disk " + disk + " is named twice");
        }
        Overlays.require(image, fields.images.values());
        Map<VolumeId, Disk> more = new HashMap<>(fields.images);
        more.put(disk, image);
        return new BackupRequest(new Fields(fields.checkpoint, more, fields.since, fields.quiescing));
    }

    /** Returns this request for what changed since a checkpoint, so far as that can be trusted. */
    public BackupRequest since(CheckpointId checkpoint) {
        return new BackupRequest(
                new Fields(fields.checkpoint, fields.images, Optional.of(checkpoint), fields.quiescing));
    }

    /** Returns this request with another wish for the guest; {@link Quiescing#IF_POSSIBLE} if nobody says so. */
    public BackupRequest quiescing(Quiescing quiescing) {
        return new BackupRequest(new Fields(fields.checkpoint, fields.images, fields.since, quiescing));
    }

    /** Returns the name of the checkpoint. */
    public CheckpointId checkpoint() {
        return fields.checkpoint;
    }

    /** Returns the images, by the volumes that the machine has. */
    public Map<VolumeId, Disk> images() {
        return Map.copyOf(fields.images);
    }

    /** Returns since when changes are wanted; everything if nothing is said. */
    public Optional<CheckpointId> since() {
        return fields.since;
    }

    /** Returns what is wished for the guest. */
    public Quiescing quiescing() {
        return fields.quiescing;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BackupRequest that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "BackupRequest" + fields;
    }
}
