package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import java.util.Optional;

/**
 * Where the merge of one disk stands, as {@link MachineSnapshots#look} saw it.
 *
 * @param merge the merge that was asked about
 * @param state where it stands
 * @param growth by how much the layer below must grow first, since its overlay is larger; empty if it need not, or nobody can say
 * @param evidence what was seen, for people
 */
@Incubating(since = "0.1")
public record MergeSight(DiskMerge merge, State state, Optional<ByteSize> growth, String evidence) {

    /** Where a merge stands. */
    public enum State {
        /** The disk lies over the layer, and that is what it was. */
        UNMERGED,
        /** A merge began and is over; the disk lies over the layer as before. Another merge ends that. */
        BEGUN,
        /** What the overlay holds is being copied. */
        COPYING,
        /** The layer has all, and the machine is still to be switched to it. */
        READY,
        /** The layer has all, and the host does not know yet, in part or at all; another merge changes no byte and tells it. */
        COMPLETE,
        /** The machine has the layer, and the overlay is needed no more. */
        MERGED,
        /**
         * The machine ended while it was being switched, and the two differ: either may hold what the guest wrote last. The machine
         * is not started, and nothing is merged, before {@link MachineSnapshots#settle} says which.
         */
        UNDECIDED,
        /** The disk lies over something else, or is used otherwise; nothing here is about this merge. */
        FOREIGN
    }

    /** Which of the two holds what the guest wrote last. */
    public enum Newest {
        /** The layer: the machine was switched to it. */
        LAYER,
        /** The overlay: the machine was not switched. */
        OVERLAY
    }

    /** Returns whether nothing is done about this disk until a person has looked. */
    public boolean isBlocked() {
        return state == State.UNDECIDED || state == State.FOREIGN;
    }
}
