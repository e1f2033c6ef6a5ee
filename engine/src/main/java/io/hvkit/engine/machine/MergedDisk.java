package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import io.hvkit.hypervisor.spi.MachineDisk;
import java.util.List;

/**
 * What became of one disk in a merge.
 *
 * @param volume the volume
 * @param merged the overlays that are merged, the highest first: nobody reads them any more, and they may be deleted
 * @param left what lies over the volume still, the lowest first
 * @param words what was seen of the last merge of this disk, for people
 */
@Incubating(since = "0.1")
public record MergedDisk(
        RecordId<VolumeRecord> volume, List<MachineDisk> merged, List<MachineDisk> left, String words) {

    /** Copies the lists. */
    public MergedDisk {
        merged = List.copyOf(merged);
        left = List.copyOf(left);
    }

    /** Returns whether the volume alone is the disk. */
    public boolean isMerged() {
        return left.isEmpty();
    }

    @Override
    public String toString() {
        return "volume " + volume + (isMerged() ? " is merged" : " lies below " + left) + ": " + words;
    }
}
