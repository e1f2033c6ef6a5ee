package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;

/** Letting people see the screens of machines, by tickets that are good for one machine and a short time. */
@Incubating(since = "0.1")
public interface ConsoleTickets {

    /**
     * Returns a new ticket for a machine that runs; the machine stays as it is. A ticket is to be used once and soon. It does not end
     * with this connection. Whether an earlier one stays good is the host's to say.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no such machine runs</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the account may not see screens</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>the host gives what is no ticket</td><td>{@code HOST_NOT_READY}</td></tr>
     * </table>
     *
     * <p>Of a call that failed, a ticket may be left that nobody has; it ends by itself.
     */
    ConsoleTicket issue(MachineId machine) throws InterruptedException;
}
