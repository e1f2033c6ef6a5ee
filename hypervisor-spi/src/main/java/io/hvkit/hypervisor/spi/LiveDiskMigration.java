package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import java.util.Optional;

/** Moving a disk to another place while its machine runs. */
@Incubating(since = "0.1")
public interface LiveDiskMigration {

    /**
     * Begins to move a disk, or returns the job that an equal request began and that still runs; if that has succeeded and the disk
     * is where it went, a job that has succeeded, whoever led it and over whatever connection. Returns as soon as the hypervisor copies; the
     * job goes on whatever becomes of the caller, with the limit and the {@link CopyMode} it began with: to change them, cancel it. A limit
     * that it {@linkplain DiskMove#sharing shares} is the one that was said last; whether it shares one stays as it began. The source is in use until the verdict says
     * {@code Succeeded}: only then may it be deleted. A target is never deleted here, whatever the verdict.
     *
     * <table>
     * <caption>Failures; nothing has been written in any of these</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no such machine runs, or it has no such disk</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the target does not exist</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the target holds less than the disk</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the target holds more, and the hypervisor cannot keep the guest to the size it has, as where the size is in an image's
     *     header</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the disk is encrypted and the target has no key</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the key does not open the target</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>the request says {@link CopyMode#WRITE_BLOCKING}, and the host does not offer {@link
     *     HypervisorFeature#WRITE_BLOCKING_COPY}</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the request says {@link DiskMove#sharing}, and the host does not offer {@link
     *     HypervisorFeature#SHARED_COPY_BANDWIDTH}</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the target is a disk of this machine or is used by somebody</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the disk has a snapshot of {@link MachineSnapshots}</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the disk is on its way elsewhere, or is being merged</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the disk is on its way there and {@linkplain DiskMove#sharing shares} a limit while the request does not, or the other way
     *     round, and whoever is asked led it all the time; after a takeover the request decides</td><td>{@code OPERATION_PENDING}</td></tr>
     * </table>
     */
    BlockJob start(MachineId machine, VolumeId disk, DiskMove move) throws InterruptedException;

    /** Returns the job that moves a disk now, whoever began it; this is how a job is found after a restart. */
    Optional<BlockJob> find(MachineId machine, VolumeId disk) throws InterruptedException;
}
