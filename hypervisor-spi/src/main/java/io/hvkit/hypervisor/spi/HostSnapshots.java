package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import java.util.List;
import java.util.Optional;

/**
 * Snapshots whose layers the host makes and keeps by itself, beside the disks that they lie over. A caller sees none of them: a disk
 * remains the volume that it is, and is told at the place of its lowest layer. Where callers make the layers, there is {@link
 * MachineSnapshots}.
 *
 * <p>The machine's memory is left out, for the reason that is given there: a machine that goes back starts as after a power cut.
 *
 * <p>What is below a volume's layers is, alone, not what the machine has. So while a machine has a snapshot, whoever took it, none of
 * its disks is detached or grows ({@code INVALID_REQUEST}), and it is not forgotten ({@code IN_USE}). All calls may be repeated.
 */
@Incubating(since = "0.1")
public interface HostSnapshots {

    /** Which snapshots are removed. */
    enum Removal {
        /** The one that is named; those over it lie over what it lay over. */
        ALONE,
        /** It, and all that were taken from it on. */
        WITH_LATER
    }

    /**
     * Freezes all disks of a machine at one moment, or none; the machine runs, is paused, or is remembered and stopped. Returns the
     * snapshot of that name if the machine has it.
     *
     * <table>
     * <caption>Failures; the machine is as it was in all of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host has no such machine</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is {@linkplain Persistence#TRANSIENT transient}: when it ends, nobody would know of the layers</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>quiescing is required, it runs, and its guest does not do so</td><td>{@code HOST_NOT_READY}</td></tr>
     * <tr><td>there is no room for another layer</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     *
     * @param quiescing whether its guest is asked to have everything on the disks for that moment; of no matter if it is stopped
     */
    HostSnapshot take(MachineId machine, SnapshotId snapshot, Quiescing quiescing) throws InterruptedException;

    /** Returns those that were taken so, each after its parent; none if the host has no such machine. */
    List<HostSnapshot> list(MachineId machine) throws InterruptedException;

    /** Returns one of {@link #list}. */
    default Optional<HostSnapshot> find(MachineId machine, SnapshotId snapshot) throws InterruptedException {
        return list(machine).stream().filter(each -> each.id().equals(snapshot)).findFirst();
    }

    /**
     * Has a stopped machine and its disks be what they were at a snapshot. What was written since is lost, unless a later snapshot
     * has it; all snapshots stay. A disk that was attached since is the machine's no more, and stays where it is.
     *
     * <p>Each call goes back, whatever an earlier one did: a machine that has just gone back cannot be told from one that has run since.
     * So after a call of which it is not known what became, go back once more before anybody starts the machine, not afterwards.
     *
     * <table>
     * <caption>Failures; the machine is as it was in all of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host remembers no such machine, or it has no such snapshot</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the machine runs</td><td>{@code IN_USE}</td></tr>
     * </table>
     */
    void revert(MachineId machine, SnapshotId snapshot) throws InterruptedException;

    /**
     * Removes the moment and keeps what the machine has now; does nothing if there is no such snapshot or no such machine.
     *
     * <table>
     * <caption>Failures; nothing has been removed in any of these, unless the effect says otherwise</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>a linked clone lies over what one of them froze, or over an older layer: for it, its disk would
     *     change</td><td>{@code IN_USE}</td></tr>
     * <tr><td>somebody else's snapshot would be removed, too</td><td>{@code INVALID_REQUEST}</td></tr>
     * </table>
     */
    void remove(MachineId machine, SnapshotId snapshot, Removal removal) throws InterruptedException;

    /**
     * Merges layers that belong to no snapshot any more, as a removal that was cut short leaves them; does nothing if there are none,
     * or no such machine. {@code IN_USE} as for {@link #remove}.
     */
    void consolidate(MachineId machine) throws InterruptedException;
}
