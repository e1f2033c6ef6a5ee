package io.hvkit.hypervisor.spi;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import java.util.Set;

/**
 * A plug-in for one family of hypervisors. Has a public no-argument constructor that does nothing; the first call that may
 * touch the network is {@link #open}.
 */
public interface HypervisorDriver {

    /** Returns the types this driver opens. */
    Set<HypervisorType> types();

    /** Returns {@code new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR)}, compiled into the plug-in. */
    SpiVersion builtAgainst();

    /** Returns every option {@link #open} reads; the host refuses others before it calls. */
    Set<Option<?>> options();

    /**
     * Connects to a host.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the host does not answer</td><td>{@code UNREACHABLE}</td></tr>
     * <tr><td>it does not let us in</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>a required option is missing</td><td>{@code INVALID_REQUEST}</td></tr>
     * </table>
     */
    Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException;
}
