package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Optional;

/** A request to move a disk under its running machine. Equal requests are the same request. */
@Incubating(since = "0.1")
public final class DiskMove {

    private record Limit(Optional<ByteSize> alone, Optional<ByteSize> shared) {
        static final Limit NONE = new Limit(Optional.empty(), Optional.empty());
    }

    private record Fields(Disk target, Limit limit, Pivot pivot, CopyMode mode) {}

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
        return new DiskMove(new Fields(target, Limit.NONE, Pivot.WHEN_READY, CopyMode.BACKGROUND));
    }

    /**
     * Returns this request with a limit of its own on how much is copied in a second, in place of one that it shares. A guest that writes
     * more in that time is never caught up with, but with {@link CopyMode#WRITE_BLOCKING}.
     *
     * @throws IllegalArgumentException if it is zero
     */
    public DiskMove limitedTo(ByteSize perSecond) {
        return limited(perSecond, new Limit(Optional.of(perSecond), Optional.empty()));
    }

    /**
     * Returns this request with a limit that it shares with the other moves of its machine's disks that say one, in place of a limit of its
     * own. Together they copy that much in a second: each has an equal part, those that are under way are slowed down before another one
     * begins, and what one needs no longer goes to the others. The limit that was said last holds for all of them. Who began a move sees to
     * its part; a move that goes on without it keeps the part that it had, and is counted by whoever takes over the others, until an equal
     * request takes over that one, too. A request that shares no limit is refused where the move shares one, and the other way round:
     * cancel it first. Needs {@link HypervisorFeature#SHARED_COPY_BANDWIDTH}.
     *
     * @throws IllegalArgumentException if it is zero
     */
    public DiskMove sharing(ByteSize perSecond) {
        return limited(perSecond, new Limit(Optional.empty(), Optional.of(perSecond)));
    }

    private DiskMove limited(ByteSize perSecond, Limit limit) {
        if (perSecond.equals(ByteSize.ZERO)) {
            throw new IllegalArgumentException("a copy at zero bytes a second never ends; leave the limit out");
        }
        return new DiskMove(new Fields(fields.target, limit, fields.pivot, fields.mode));
    }

    /** Returns this request with another time to switch. */
    public DiskMove pivoting(Pivot pivot) {
        return new DiskMove(new Fields(fields.target, fields.limit, pivot, fields.mode));
    }

    /** Returns this request with another way to deal with what the guest writes meanwhile. */
    public DiskMove copying(CopyMode mode) {
        return new DiskMove(new Fields(fields.target, fields.limit, fields.pivot, mode));
    }

    /** Returns the new place. */
    public Disk target() {
        return fields.target;
    }

    /** Returns how much is copied in a second at most, if this move has a limit of its own. */
    public Optional<ByteSize> bandwidth() {
        return fields.limit.alone;
    }

    /** Returns how much it copies in a second together with other moves of the machine's disks, if it shares a limit. */
    public Optional<ByteSize> sharedBandwidth() {
        return fields.limit.shared;
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
