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

    /** Returns a short, stable name for messages, such as {@code scaleio}. */
    String name();

    /** Returns {@code new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR)}, compiled into the plug-in. */
    SpiVersion builtAgainst();

    /** Returns the types of pool this driver opens. */
    Set<StoragePoolType> poolTypes();

    /** Returns every option {@link #open} reads; the host refuses others before it calls. */
    Set<Option<?>> options();

    /**
     * Connects to a pool.
     *
     * @throws io.hvkit.core.DriverException with {@code UNREACHABLE}, {@code BAD_CREDENTIALS} or {@code NOT_FOUND}
     */
    StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException;
}
