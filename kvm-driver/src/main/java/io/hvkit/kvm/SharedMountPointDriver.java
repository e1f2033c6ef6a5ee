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
import java.util.Set;

/**
 * Pools that are directories on which the operator has mounted a file system that several hosts share, such as a cluster file
 * system; nothing is mounted here. Volumes are as in a {@link DirectoryPoolDriver directory of this machine}. Whether it is mounted
 * is looked at before and after each call: while it is not, every call fails with {@code HOST_NOT_READY}, no volume is told to be
 * gone, and nothing is written to what lies below.
 *
 * <p>Uses of volumes are noted in the pool, under a lock of the file system; choose one that passes locks on between hosts.
 */
public final class SharedMountPointDriver implements StorageDriver {

    /** The absolute path at which it is mounted, and no directory below that. */
    public static final Option<Path> PATH = Option.path("path");

    /**
     * What must be mounted there, such as {@code /dev/mapper/shared}, to the letter as {@code /proc/self/mountinfo} has it;
     * anything will do unless it is said.
     */
    public static final Option<String> SOURCE = Option.text("source");

    /** Does nothing, as the SPI asks. */
    public SharedMountPointDriver() {}

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(StoragePoolType.SHARED_MOUNT_POINT);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(PATH, SOURCE);
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        Place place = new Place(options.get(PATH), Mounting.MOUNT_POINT, options.find(SOURCE));
        return DirectoryPool.open(id, type, PoolDirectory.open(id, place));
    }
}
