package io.hvkit.kvm.internal.machine;

import io.hvkit.kvm.internal.libvirt.BlockJobEvent;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.Place;
import java.util.Optional;

/**
 * What is known of a copy at one moment.
 *
 * @param source where the disk was when it began
 * @param target where it goes
 * @param domain whether the machine runs
 * @param disk the disk as the running machine has it
 * @param remembered where the host remembers the disk to be, if it remembers the machine
 * @param event what libvirt said last of the job
 * @param wish what was asked of the job
 * @param switchover whether anybody can have switched the machine, as far as was seen
 * @param looks how many looks in a row found no job, this one included
 */
record CopyFacts(
        Place source,
        Place target,
        Domain domain,
        Optional<DiskXml> disk,
        Optional<Place> remembered,
        Optional<BlockJobEvent> event,
        Wish wish,
        Switchover switchover,
        int looks) {

    /** Whether the machine runs. */
    enum Domain {
        RUNNING,
        ENDED
    }

    /** What was asked of a job. */
    enum Wish {
        /** Keep the copy up to date. */
        STAY_READY,
        /** Switch as soon as it is complete. */
        PIVOT,
        /** Give it up. */
        CANCEL
    }

    /** Whether anybody can have switched the machine to the copy. */
    enum Switchover {
        /** The copy was never seen complete. */
        IMPOSSIBLE,
        /** The copy was complete once, so this connection or another may have switched the machine. */
        POSSIBLE
    }
}
