package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;

/** Moving a machine to another host while it runs. */
@Incubating(since = "0.1")
public interface LiveMigration {

    /**
     * Begins to move a machine to another host, or returns the job that an equal request began and that still runs. Does nothing
     * if the machine runs there already, with the disks that were asked for: the job has succeeded then. Returns once all that
     * can be checked beforehand is checked and the target has its keys.
     *
     * <p>At any moment the machine runs on one host at most. Until the verdict says {@code Succeeded} both sides of a disk that
     * moves along are in use; no volume is ever deleted here, whatever the verdict.
     *
     * <table>
     * <caption>Failures; the machine runs on as before, and the target is as it was</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no such machine runs on either host, or it has no such disk</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a target disk does not exist</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a target disk holds less than the machine's, or has no key while that is encrypted; or the key of an encrypted
     * disk that stays is neither given nor known to the target's {@linkplain Hypervisor#keysFrom key source}</td>
     * <td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a target disk is used by a machine of the target</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the machine, or one of its disks, is on its way elsewhere</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the target has another machine of that name</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the target is of another driver or does not offer {@code LIVE_MIGRATION}</td><td>{@code UNSUPPORTED}</td></tr>
     * </table>
     */
    MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException;
}
