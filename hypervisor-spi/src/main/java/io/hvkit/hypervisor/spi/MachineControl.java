package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;

/** Pausing, resuming and restarting machines that run. */
@Incubating(since = "0.1")
public interface MachineControl {

    /**
     * Stops a machine's processors where they are; its memory stays. Does nothing if it is paused.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no such machine runs</td><td>{@code NOT_FOUND}</td></tr>
     * </table>
     */
    void pause(MachineId machine) throws InterruptedException;

    /** Lets a paused machine go on; does nothing if it runs. {@code NOT_FOUND} if no such machine runs or is paused. */
    void resume(MachineId machine) throws InterruptedException;

    /** Restarts the guest in a machine that runs; its devices stay. {@code NOT_FOUND} if no such machine runs. */
    void restart(MachineId machine, RestartMode mode) throws InterruptedException;
}
