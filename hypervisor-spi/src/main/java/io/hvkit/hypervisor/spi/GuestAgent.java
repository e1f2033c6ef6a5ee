package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import java.time.Duration;

/**
 * Talking to the agent that runs in a machine's guest. What it says is the guest's word, which may be anything: it is bounded, and
 * never more than told. An agent that answers what is no answer, or without end, counts as one that does not answer.
 *
 * <table>
 * <caption>Failures of every method</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>no such machine runs</td><td>{@code NOT_FOUND}</td></tr>
 * <tr><td>the machine was made without a channel, see {@link MachineSpec#agentChannel}</td><td>{@code UNSUPPORTED}</td></tr>
 * <tr><td>the agent does not answer: the guest still boots, has none, is paused or hangs</td>
 * <td>{@code UNREACHABLE}; nothing was done unless it says otherwise</td></tr>
 * <tr><td>the agent does not know how, or was told not to</td><td>{@code HOST_NOT_READY}, with its words</td></tr>
 * </table>
 */
@Incubating(since = "0.1")
public interface GuestAgent {

    /** The longest that a guest is held frozen: ten minutes. */
    Duration LONGEST_FREEZE = Duration.ofMinutes(10);

    /** Returns whether the agent can be talked to, and whether the guest is frozen; a missing channel is an answer here. */
    AgentState state(MachineId machine) throws InterruptedException;

    /** Returns what the guest says of itself. {@code IN_USE} while it is frozen. */
    GuestFacts facts(MachineId machine) throws InterruptedException;

    /**
     * Writes everything to the disks that the guest's programs have written, and holds back all further writes to its file systems,
     * so that what is on the disks is whole. The guest may stand still meanwhile: hold it for a moment, not for a copy.
     *
     * <pre>{@code
     * try (FrozenGuest frozen = agent.freeze(machine, Duration.ofSeconds(10))) {
     *     // take snapshots
     * } // thawed; fails if the guest was not frozen all the time
     * }</pre>
     *
     * <p>It is thawed when the result is closed, or else when the time is over, or this connection is closed. If the call fails or is
     * interrupted, whatever is frozen by then is thawed, in the background if need be, also after the connection was lost. Only if
     * this process dies does the guest stay frozen, until somebody calls {@link #thaw}.
     *
     * @param longest after how long it is thawed, counted from now, whether the result is closed or not: one second to {@link
     *     #LONGEST_FREEZE}
     *
     * <table>
     * <caption>Failures, besides those of every method</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the time is not in that range</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>somebody holds it frozen already; that is not disturbed</td><td>{@code IN_USE}</td></tr>
     * <tr><td>a file system could not be frozen; all are thawed</td><td>{@code HOST_NOT_READY}</td></tr>
     * <tr><td>it took longer than it may be held</td><td>{@code TIMED_OUT}; the effect is {@code NOT_APPLIED} if the guest was seen to
     *     be thawed afterwards, and {@code UNKNOWN} if not: look at {@link #state}</td></tr>
     * </table>
     */
    FrozenGuest freeze(MachineId machine, Duration longest) throws InterruptedException;

    /**
     * Thaws the guest, whoever froze it, and returns how many file systems were frozen; 0 if it was not. May be repeated. Meant for
     * what a process that died has left; whoever holds the guest frozen is told when it closes.
     */
    int thaw(MachineId machine) throws InterruptedException;
}
