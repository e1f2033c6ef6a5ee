package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Noting which parts of disks are written from a moment on, so that a later copy need not read the rest. This begins, judges and ends
 * the notes; reading the parts themselves belongs to backups, and is not here.
 *
 * <p>A checkpoint is trusted only as far as {@link TrackedDisk#tracking} says that it is whole, asked at the time of the copy: on any
 * doubt the copy must be of the whole disk. It outlives an orderly end of its machine if the host remembers that ({@link
 * Persistence#PERSISTENT}), and this connection always.
 *
 * <table>
 * <caption>Failures of every method</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>the host does not answer</td><td>{@code UNREACHABLE}</td></tr>
 * </table>
 */
@Incubating(since = "0.1")
public interface ChangeTracking {

    /**
     * Begins to note what is written to some disks of a running machine; for all of them at the same moment, or for none. An equal
     * request finds what the first began, however that fares by now.
     *
     * <table>
     * <caption>Failures; nothing is noted then</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no such machine runs, or it has not all of these disks</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>no disk is named</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a disk has no place to keep the notes in: it is raw, or LUKS without a format inside; with the disk's name</td>
     * <td>{@code UNSUPPORTED}, before anything is touched</td></tr>
     * <tr><td>the name is taken for other disks, by somebody else, or by what a machine that is not remembered left in a disk: {@link
     *     #forget} that</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>a disk is being moved</td><td>{@code OPERATION_PENDING}</td></tr>
     * </table>
     */
    Checkpoint begin(MachineId machine, CheckpointId checkpoint, Set<VolumeId> disks) throws InterruptedException;

    /**
     * Returns a checkpoint as it is now, if the host knows it. One that others began is not found. {@code NOT_FOUND} if the host knows
     * no such machine.
     */
    default Optional<Checkpoint> find(MachineId machine, CheckpointId checkpoint) throws InterruptedException {
        return list(machine).stream()
                .filter(each -> each.id().equals(checkpoint))
                .findAny();
    }

    /** Returns every checkpoint of a machine for which {@link #find} has an answer, the oldest first; fails as that does. */
    List<Checkpoint> list(MachineId machine) throws InterruptedException;

    /**
     * Ends a checkpoint and removes its notes from the disks, whole or not; does nothing if there is none. Others go on.
     *
     * <p>{@code INVALID_REQUEST} if the host remembers the machine, which does not run: its disks cannot be reached; {@code
     * EXISTS_DIFFERENTLY} if others began it.
     */
    void forget(MachineId machine, CheckpointId checkpoint) throws InterruptedException;
}
