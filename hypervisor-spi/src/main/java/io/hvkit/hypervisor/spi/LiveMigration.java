package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import java.util.Optional;

/** Moving a machine to another host while it runs. */
@Incubating(since = "0.1")
public interface LiveMigration {

    /**
     * Begins to move a machine to another host, or returns the job that an equal request began and that still runs, whoever made
     * it. Does nothing if the machine runs there already, with the disks that were asked for: the job has succeeded then. Returns
     * once all that can be checked beforehand is checked and the target has its keys.
     *
     * <p>At any moment the machine runs on one host at most. Until the verdict says {@code Succeeded} both sides of a disk that
     * moves along are in use; no volume is ever deleted here, whatever the verdict.
     *
     * <p>What a move left whose process has died is tidied up first, as {@link #find} does.
     *
     * <table>
     * <caption>Failures; the machine runs on as before, and the target is as it was</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no such machine runs on either host, or it has no such disk</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a target disk does not exist</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a target disk holds less than the machine's, or has no key while that is encrypted; or the key of an encrypted
     * disk that stays is neither given nor known to the target's {@linkplain Hypervisor#keysFrom key source}; or the target is
     * the machine's own host</td>
     * <td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>a key does not open its disk; where the target sees that only when it opens the disk, the job fails so</td>
     * <td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>a target disk is used by a machine of the target</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the machine, or one of its disks, is on its way elsewhere</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the target has another machine of that name</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the target is of another driver or does not offer {@code LIVE_MIGRATION}</td><td>{@code UNSUPPORTED}</td></tr>
     * </table>
     */
    MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException;

    /**
     * Returns the move of a machine from this host to another one, whoever began it; this is how a move is found after a restart.
     * One that runs is returned as it runs. If its process has died, both hosts say how it ended, and what it left is tidied up:
     * keys on the host where the machine does not run, and a machine on this host that has arrived on the other. No volume is
     * deleted. A machine that runs on the other host and not on this one has moved: the job has succeeded.
     *
     * <p>Returns nothing if there is no trace of such a move; then the machine is where it was, if it runs at all.
     *
     * @param target an open connection to the other host, of the same driver; it must stay open until the verdict
     */
    Optional<MachineMoveJob> find(MachineId machine, Hypervisor target) throws InterruptedException;
}
