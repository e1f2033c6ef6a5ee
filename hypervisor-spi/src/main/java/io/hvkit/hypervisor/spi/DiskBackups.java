package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import java.util.Optional;

/**
 * Writing what disks of a running machine hold at one moment to images, in full or as what changed since a {@link Checkpoint}. The
 * guest writes on meanwhile, and nothing of that is in the images.
 *
 * <p>The moment is a checkpoint too, which begins with the backup: the next one can be of what changed since. A backup of changes is made
 * only of a disk whose notes are {@linkplain Tracking.Whole whole}; of any other all is written, and the job says why. An image of
 * changes holds nothing else, and is read when it is laid over the image of the checkpoint that it follows on.
 *
 * <table>
 * <caption>Failures of every method</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>the host does not answer</td><td>{@code UNREACHABLE}</td></tr>
 * </table>
 */
@Incubating(since = "0.1")
public interface DiskBackups {

    /**
     * Begins a backup, or returns the job that an equal request began and that still runs. Returns as soon as the hypervisor writes; the job
     * goes on whatever becomes of the caller. Images are of use only if the verdict is {@link JobVerdict.Succeeded}, and the checkpoint
     * is there only then; no image is ever deleted here. A backup that vanished has left its checkpoint: {@linkplain
     * ChangeTracking#forget forget} it, and take another of the same changes with another name and other images.
     *
     * <table>
     * <caption>Failures; nothing has been written in any of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no such machine runs, it has not all of these disks, or an image does not exist</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>no disk is named, an image has another size than its disk, or the disk is encrypted and its image has no key</td>
     * <td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the key does not open the image</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>a disk has no place to keep notes in, as raw ones and LUKS without a format inside</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the checkpoint's name is taken, or a backup of that name has ended</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>another job runs on the machine, or a disk is being moved</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>an image is a disk of a machine</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the guest is to be quiesced at any price and cannot be</td><td>as {@link GuestAgent#freeze}; it is thawed</td></tr>
     * </table>
     */
    BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException;

    /** Returns the backup that runs on a machine now, whoever began it; this is how a job is found after a restart. */
    Optional<BackupJob> running(MachineId machine) throws InterruptedException;
}
