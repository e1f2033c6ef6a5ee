package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import java.time.Instant;
import java.util.OptionalInt;

/** A guest that is held frozen until this is closed, or its time is over. Any number of threads may share it. */
@Incubating(since = "0.1")
public interface FrozenGuest extends AutoCloseable {

    /** Returns the machine. */
    MachineId machine();

    /** Returns how many file systems are frozen; 0 if the guest has none that can be. */
    int fileSystems();

    /**
     * Returns how many file systems the guest has on its disks besides those and did not freeze, since they cannot be or it did not
     * want to: what is on them is as after a power cut. Nothing if the guest does not say.
     */
    default OptionalInt fileSystemsLeftOut() {
        return OptionalInt.empty();
    }

    /** Returns when it is thawed at the latest. */
    Instant thawedBy();

    /**
     * Thaws the guest. An interruption does not hold that up, and is kept for the caller to see. Closing twice does nothing. That it
     * returns says that the guest was frozen all the time, or has ended in it.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>its time was over before, so that the guest wrote again</td><td>{@code TIMED_OUT}; the effect is {@code APPLIED}</td></tr>
     * <tr><td>somebody else thawed it before</td><td>{@code IN_USE}; the effect is {@code APPLIED}</td></tr>
     * <tr><td>the agent or the host does not answer</td><td>{@code UNREACHABLE}; the effect is {@code UNKNOWN}, and it is tried again and
     *     again in the background as long as the connection is open</td></tr>
     * </table>
     */
    @Override
    void close();
}
