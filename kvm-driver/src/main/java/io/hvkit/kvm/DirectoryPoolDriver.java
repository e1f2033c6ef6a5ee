package io.hvkit.kvm;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.kvm.internal.pool.DirectoryPool;
import io.hvkit.kvm.internal.pool.PoolDirectory;
import io.hvkit.kvm.internal.pool.PoolDirectory.Mounting;
import io.hvkit.kvm.internal.pool.PoolDirectory.Place;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Pools that are directories of this machine: a volume is a file named after it, and after its format, which is therefore stated
 * and never guessed. Raw, qcow2, qcow2 with LUKS inside, and raw behind a LUKS header.
 */
public final class DirectoryPoolDriver implements StorageDriver {

    /** The directory; it exists already. */
    public static final Option<Path> PATH = Option.path("path");

    /** Does nothing, as the SPI asks. */
    public DirectoryPoolDriver() {}

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(StoragePoolType.LOCAL_DIRECTORY);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(PATH);
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        return DirectoryPool.open(
                id, type, PoolDirectory.open(id, new Place(options.get(PATH), Mounting.ANY, Optional.empty())));
    }
}
