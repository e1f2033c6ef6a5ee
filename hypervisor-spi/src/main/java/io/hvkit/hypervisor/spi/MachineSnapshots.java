package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.List;
import java.util.Optional;

/**
 * Freezing what a machine has on its disks, and what follows. A snapshot copies nothing: each disk goes on with an empty overlay that
 * the caller made in a pool, and what it was is kept below. Volumes belong to pools, so none is made and none is deleted here.
 *
 * <p>The machine's memory is left out on purpose. It holds the master keys of the encrypted disks in clear, so an image of it would
 * undo their encryption; without it, a machine that goes back to a snapshot starts as after a power cut. A caller that wants file
 * systems at rest has its guest freeze them before {@link #take} and thaw them after it; what lies between is short and bounded.
 *
 * <p>A layer over an encrypted one is encrypted, or the call is refused before anything is touched. Each layer has its own key.
 *
 * <p>What is known of snapshots is kept by the host with the machine, as long as that knows the machine: a {@link
 * Persistence#TRANSIENT} one takes it along when it ends. Its disks are what they were, and start again with what they lie over said
 * by {@link Disk#over}, as those of every machine with a snapshot do. All calls may be repeated.
 *
 * <p>While a disk has a snapshot, it is not moved elsewhere, and nor is its machine: {@code INVALID_REQUEST}. It may be detached, which
 * takes it out of the snapshot, and it may grow.
 */
@Incubating(since = "0.1")
public interface MachineSnapshots {

    /**
     * Freezes all disks of a machine at one moment, or none; the machine runs, is paused, or is remembered and stopped. Returns the
     * snapshot that an equal request took before, if there is one.
     *
     * <table>
     * <caption>Failures; the machine is as it was in all of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host has no such machine, or it has no such disk</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a disk that it can write to is neither named nor left out, or no disk is named</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a disk or what it lies over is encrypted and its overlay has no key</td><td>{@code INVALID_REQUEST}, before anything is
     *     touched</td></tr>
     * <tr><td>an overlay has a key and its disk is plain, so that it could never be merged</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>an overlay has another size than its disk, holds something, or its header names anything else than that disk as what
     *     it lies over</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>an overlay does not exist</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>an overlay's key does not open it</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>an overlay has a key and is not encrypted</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>an overlay is used by somebody</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the machine has a snapshot of that name with other disks or overlays</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>a disk is being moved or merged, or the machine is on its way to another host</td><td>{@code
     *     OPERATION_PENDING}</td></tr>
     * </table>
     */
    MachineSnapshot take(MachineId machine, SnapshotRequest request) throws InterruptedException;

    /**
     * Returns the snapshots that a machine can go back to or has to merge, the oldest first; none if the host has no such machine. A
     * snapshot is in it as long as a disk of the machine lies over what it froze.
     */
    List<MachineSnapshot> list(MachineId machine) throws InterruptedException;

    /** Returns one of {@link #list}. */
    default Optional<MachineSnapshot> find(MachineId machine, SnapshotId snapshot) throws InterruptedException {
        return list(machine).stream().filter(each -> each.id().equals(snapshot)).findFirst();
    }

    /**
     * Has the disks of a stopped machine be what they were at a snapshot, all or none. What they were until now is not used any
     * more, and neither are later snapshots; their volumes are the caller's, to keep or to delete. Disks that the snapshot has not
     * stay as they are.
     *
     * <table>
     * <caption>Failures; the machine is as it was in all of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host remembers no such machine, or it has no such snapshot, or that no such disk</td><td>{@code
     *     NOT_FOUND}</td></tr>
     * <tr><td>the machine runs</td><td>{@code IN_USE}</td></tr>
     * <tr><td>a disk of the snapshot is not named, or a merge into it has begun</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>an overlay is refused by {@link #take}</td><td>the same</td></tr>
     * </table>
     */
    void revert(MachineId machine, SnapshotRevert revert) throws InterruptedException;

    /**
     * Makes what a disk's overlay holds part of the layer right below it, with which the machine goes on. The layer below is another one
     * as soon as this begins: whatever the verdict, there is no way back to its snapshot, and a merge that failed or was cancelled
     * can only be begun again. Through its overlay, the disk is the same all the time. The overlay is in use until the verdict says
     * {@code Succeeded}: only then may it be deleted.
     *
     * <p>Of a machine that runs, this returns as soon as the hypervisor copies, with the job that an equal request began if that still
     * runs; the job goes on whatever becomes of the caller. Of one that is remembered and stopped, it returns when all is done, with
     * a job that has ended; interruption ends it.
     *
     * <p>Only a disk's newest layer is merged, and only into one that is the machine's own: that its snapshot froze, or that it was
     * started {@link Disk#over over}. No other machine may lie over that one, running or not, and no other disk of this one: for it,
     * the disk would change. The host notes that a merge begins with the machine, whether there is a snapshot or not, until the disk is
     * detached.
     *
     * <table>
     * <caption>Failures; nothing has been written in any of these, unless the effect says otherwise</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host has no such machine, or it has no such disk, and its notes of the merge do not say that an equal request
     *     made it the layer below</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the disk does not lie right over what the request says, or that is not the machine's own</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>the overlay is encrypted and the layer below is not</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>another machine of the host, or another disk of this one, uses the layer below</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the merge is {@link MergeSight.State#UNDECIDED}</td><td>{@code HOST_NOT_READY}</td></tr>
     * <tr><td>the disk is being moved</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the machine is stopped, and a key does not open its layer</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>the machine is stopped, and the layer below has no room to grow</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    BlockJob merge(MachineId machine, DiskMerge merge) throws InterruptedException;

    /** Returns the job that merges a running machine's disk now, whoever began it; this is how a job is found after a restart. */
    Optional<BlockJob> merging(MachineId machine, VolumeId disk) throws InterruptedException;

    /**
     * Looks at where a merge stands: at the machine, at what the host remembers and notes of it, and at the images where those alone can
     * say. Changes nothing, and may be called at any time; {@link MergePlan} does, for several disks.
     *
     * <p>Failures: {@code NOT_FOUND} if the host has no such machine, as when a {@link Persistence#TRANSIENT} one ended: it takes what
     * was noted along, so its layers are compared before one of them is used. {@code BAD_CREDENTIALS} if images must be read and a
     * key of the request does not open its layer.
     */
    MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException;

    /**
     * Says of a merge that is {@link MergeSight.State#UNDECIDED} which layer holds what the guest wrote last. With the layer below, the
     * machine has that from now on, and the merge is over; with the overlay, the merge has begun and can be begun again. Nothing is
     * written to either, and nothing deleted: keep the other until the machine has shown that the choice was right.
     *
     * <p>Settling it again the same way does nothing. Failures: {@code NOT_FOUND} if the host has no such machine, {@code
     * INVALID_REQUEST} if there is nothing to settle.
     */
    void settle(MachineId machine, DiskMerge merge, MergeSight.Newest newest) throws InterruptedException;
}
