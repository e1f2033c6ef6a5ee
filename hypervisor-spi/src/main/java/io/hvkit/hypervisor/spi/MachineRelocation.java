package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import java.util.Optional;

/**
 * Moving a machine, running or stopped, where the host itself makes the new places of its disks and gives up the old ones. Where the
 * caller makes them, there are {@link LiveMigration} and {@link LiveDiskMigration}.
 *
 * <p>A disk that has moved is the volume that it was, at another place, layers of snapshots and all.
 */
@Incubating(since = "0.1")
public interface MachineRelocation {

    /**
     * Begins to move a machine, and returns as soon as all that can be checked beforehand is checked. Returns the job that an equal
     * request began over this connection and that still runs; one that has succeeded if all is where it is to be. The job goes on
     * whatever becomes of the caller. A disk is at its old place or at its new one, whatever the verdict: {@link
     * Hypervisor#find} tells which.
     *
     * <table>
     * <caption>Failures; the machine is as it was in all of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>neither host has such a machine, it has no such disk, or a host has no such storage</td><td>{@code
     *     NOT_FOUND}</td></tr>
     * <tr><td>nothing is asked for</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>it is being moved otherwise</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the target is of another driver, or leads elsewhere than to hosts that take machines from this one</td><td>{@code
     *     UNSUPPORTED}</td></tr>
     * </table>
     */
    MachineMoveJob start(MachineId machine, Relocation relocation) throws InterruptedException;

    /** Returns the job that moves a machine of this host now, whoever began it; this is how a job is found after a restart. */
    Optional<MachineMoveJob> find(MachineId machine) throws InterruptedException;
}
