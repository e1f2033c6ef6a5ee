package io.hvkit.engine.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.hypervisor.spi.MachineDisk;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What became of a merge, disk by disk: each is merged and recorded by itself.
 *
 * @param disks one for each disk that had an overlay, in the machine's order
 */
@Incubating(since = "0.1")
public record MergedDisks(List<MergedDisk> disks) {

    /** Copies the list. */
    public MergedDisks {
        disks = List.copyOf(disks);
    }

    /** Returns whether each disk is its volume alone. */
    public boolean isDone() {
        return disks.stream().allMatch(MergedDisk::isMerged);
    }

    /** Returns the overlays that nobody reads any more, and that may be deleted. */
    public List<MachineDisk> unused() {
        return disks.stream().flatMap(disk -> disk.merged().stream()).toList();
    }

    /**
     * Returns if all is merged.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if not, with a line for each disk; the effect is {@code UNKNOWN}, since some may
     *     be merged
     */
    public void orThrow() {
        if (!isDone()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.UNKNOWN)
                    .message("not all disks are merged; ask again, which goes on with what is left: %s", this);
        }
    }

    /** Returns a line for each disk. */
    @Override
    public String toString() {
        return disks.stream().map(MergedDisk::toString).collect(Collectors.joining("\n"));
    }
}
