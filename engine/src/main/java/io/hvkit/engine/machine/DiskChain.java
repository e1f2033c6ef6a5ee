package io.hvkit.engine.machine;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import io.hvkit.hypervisor.spi.MachineDisk;
import java.util.List;

/**
 * What one disk of a machine stands on.
 *
 * @param volume the volume
 * @param overlays what lies over it, the lowest first; the machine writes to the highest
 * @param standing what is known of them
 * @param words what is to be done, for people
 */
@Incubating(since = "0.1")
public record DiskChain(RecordId<VolumeRecord> volume, List<MachineDisk> overlays, Standing standing, String words) {

    /** What is known of the overlays of a disk. */
    public enum Standing {
        /** There is none. */
        ALONE,
        /** The catalog knows them, and the machine has them, or has them when it is started. */
        RECORDED,
        /** The machine has other ones than the catalog knows of; merging, or stopping by {@code machines().stop}, writes them down. */
        UNRECORDED,
        /** The machine is off, and nobody has seen which of them it had last; it is not started before that is settled. */
        IN_DOUBT,
        /** The machine runs, and has neither the volume nor anything that is known to lie over it. */
        UNKNOWN
    }

    /** Copies the list. */
    public DiskChain {
        overlays = List.copyOf(overlays);
    }

    @Override
    public String toString() {
        return "volume " + volume + ", " + standing + ": " + words;
    }
}
