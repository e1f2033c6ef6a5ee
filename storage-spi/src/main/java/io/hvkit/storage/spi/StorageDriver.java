package io.hvkit.storage.spi;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import java.util.Set;

/**
 * A plug-in for one family of storage. Has a public no-argument constructor that does nothing; the first call that may
 * touch the network is {@link #open}.
 */
public interface StorageDriver {

    /** Returns the types of pool this driver opens. */
    Set<StoragePoolType> types();

    /** Returns {@code new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR)}, compiled into the plug-in. */
    SpiVersion builtAgainst();

    /** Returns every option {@link #open} reads; the host refuses others before it calls. */
    Set<Option<?>> options();

    /**
     * Connects to a pool. Makes nothing: a pool that is not there is not found.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the storage does not answer</td><td>{@code UNREACHABLE}</td></tr>
     * <tr><td>it does not let us in</td><td>{@code BAD_CREDENTIALS}</td></tr>
     * <tr><td>it has no such pool</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>a required option is missing or makes no sense</td><td>{@code INVALID_REQUEST}</td></tr>
     * </table>
     */
    StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException;
}
