package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Optional;

/** A request to make what an overlay holds part of the layer below it again. Equal requests are the same request. */
@Incubating(since = "0.1")
public final class DiskMerge {

    private record Fields(Disk disk, Optional<ByteSize> bandwidth, Pivot pivot) {}

    private final Fields fields;

    private DiskMerge(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a request to merge a disk, as fast as it goes, and to have the machine use the layer below as soon as that has all.
     *
     * @param disk the disk as the machine has it now, {@link Disk#over over} what it lies over, with all keys, as {@link
     *     Hypervisor#start} would take it: what is written to is said in so many words
     * @throws IllegalArgumentException if it is not said what it lies over
     */
    public static DiskMerge of(Disk disk) {
        if (disk.base().isEmpty()) {
            throw new IllegalArgumentException("say over(...) of " + disk + ": what it is merged into is changed");
        }
        return new DiskMerge(new Fields(disk, Optional.empty(), Pivot.WHEN_READY));
    }

    /**
     * Returns this request with a limit on how much is copied in a second.
     *
     * @throws IllegalArgumentException if it is zero
     */
    public DiskMerge limitedTo(ByteSize perSecond) {
        if (perSecond.equals(ByteSize.ZERO)) {
            throw new IllegalArgumentException("a merge at zero bytes a second never ends; leave the limit out");
        }
        return new DiskMerge(new Fields(fields.disk, Optional.of(perSecond), fields.pivot));
    }

    /** Returns this request with another time to switch; of a machine that does not run, it is always done at once. */
    public DiskMerge pivoting(Pivot pivot) {
        return new DiskMerge(new Fields(fields.disk, fields.bandwidth, pivot));
    }

    /** Returns the overlay that is merged. */
    public Disk disk() {
        return fields.disk;
    }

    /** Returns the layer that it is merged into. */
    public Disk into() {
        return fields.disk.base().orElseThrow();
    }

    /** Returns how much is copied in a second at most, if there is a limit. */
    public Optional<ByteSize> bandwidth() {
        return fields.bandwidth;
    }

    /** Returns when the machine is switched. */
    public Pivot pivot() {
        return fields.pivot;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DiskMerge that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "DiskMerge" + fields;
    }
}
