package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Optional;

/** A request to move a disk under its running machine. Equal requests are the same request. */
@Incubating(since = "0.1")
public final class DiskMove {

    private record Fields(Disk target, Optional<ByteSize> bandwidth, Pivot pivot, CopyMode mode) {}

    private final Fields fields;

    private DiskMove(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a request to move a disk, as fast as it goes, in the background, and to switch to the copy as soon as it is complete:
     * every hypervisor can do so, and the guest is not held up.
     *
     * @param target the new place: it exists, has at least the size of the disk, and nothing uses it. Where it has more, as an
     *     array may round up, the guest keeps the size it has; a machine that is started on it has all of it, a running one may be
     *     given more with {@link HotPlug#resize} if the hypervisor can do so
     */
    public static DiskMove to(Disk target) {
        return new DiskMove(new Fields(target, Optional.empty(), Pivot.WHEN_READY, CopyMode.BACKGROUND));
    }

    /**
     * Returns this request with a limit on how much is copied in a second. A guest that writes more in that time is never caught up
     * with, but with {@link CopyMode#WRITE_BLOCKING}.
     *
     * @throws IllegalArgumentException if it is zero
     */
    public DiskMove limitedTo(ByteSize perSecond) {
        if (perSecond.equals(ByteSize.ZERO)) {
            throw new IllegalArgumentException("a copy at zero bytes a second never ends; leave the limit out");
        }
        return new DiskMove(new Fields(fields.target, Optional.of(perSecond), fields.pivot, fields.mode));
    }

    /** Returns this request with another time to switch. */
    public DiskMove pivoting(Pivot pivot) {
        return new DiskMove(new Fields(fields.target, fields.bandwidth, pivot, fields.mode));
    }

    /** Returns this request with another way to deal with what the guest writes meanwhile. */
    public DiskMove copying(CopyMode mode) {
        return new DiskMove(new Fields(fields.target, fields.bandwidth, fields.pivot, mode));
    }

    /** Returns the new place. */
    public Disk target() {
        return fields.target;
    }

    /** Returns how much is copied in a second at most, if there is a limit. */
    public Optional<ByteSize> bandwidth() {
        return fields.bandwidth;
    }

    /** Returns when the machine is switched. */
    public Pivot pivot() {
        return fields.pivot;
    }

    /** Returns what becomes of what the guest writes meanwhile. */
    public CopyMode copyMode() {
        return fields.mode;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DiskMove that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "DiskMove" + fields;
    }
}
