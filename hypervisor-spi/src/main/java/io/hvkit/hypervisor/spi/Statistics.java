package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import java.util.List;
import java.util.Optional;

/**
 * What machines have used, measured by their host. Nothing is changed, no guest is asked, and asking often is meant: all machines of
 * a host cost it one question.
 *
 * <p>Counters only grow. Each begins at zero when its machine starts, also when it arrives on another host by a move, and those of a
 * device when it is plugged in; a restart of the guest resets none. So a counter that is lower than before says that its machine or
 * device is another one, and what it says then was used since.
 *
 * <p>A machine that hangs, or is busy with something else, does not hold up the others: it has what its host knows without it, and
 * lacks what its disks have read and written.
 *
 * <p>Failures: {@code UNREACHABLE} if the host does not answer, {@code TIMED_OUT} if it stopped answering; the effect is {@code
 * NOT_APPLIED}.
 */
@Incubating(since = "0.1")
public interface Statistics {

    /** Returns what one machine has used; nothing if the host does not know it. A machine that does not run has no counters. */
    Optional<MachineStatistics> of(MachineId machine) throws InterruptedException;

    /**
     * Returns the same of every machine for which {@link Hypervisor#find} has an answer, in no particular order, all measured at one
     * moment. One that ends meanwhile is in it or not.
     */
    List<MachineStatistics> ofAll() throws InterruptedException;
}
