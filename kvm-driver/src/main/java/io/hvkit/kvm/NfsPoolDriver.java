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
 * Pools that are directories of an NFS server, which the operator has mounted on this machine, by {@code fstab} or an automounter;
 * nothing is mounted here. Volumes are as in a {@link DirectoryPoolDriver directory of this machine}. Whether the server's directory
 * is there is looked at before and after each call: while it is not mounted, or another one is, every call fails with {@code
 * HOST_NOT_READY}, no volume is told to be gone, and nothing is written to what lies below.
 *
 * <p>Uses of volumes are noted in the pool, under a lock that the server passes on between hosts. So mount with locks: not with
 * {@code nolock} or {@code local_lock}. A server that does not answer keeps a call waiting as long as the mount options say.
 */
public final class NfsPoolDriver implements StorageDriver {

    /** The absolute path at which it is mounted, or of a directory below that. */
    public static final Option<Path> PATH = Option.path("path");

    /**
     * What must be mounted there, such as {@code nas1:/export/volumes}, to the letter as {@code /proc/self/mountinfo} has it; any
     * NFS will do unless it is said.
     */
    public static final Option<String> EXPORT = Option.text("export");

    /** Does nothing, as the SPI asks. */
    public NfsPoolDriver() {}

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(StoragePoolType.NFS);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(PATH, EXPORT);
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        Place place = new Place(options.get(PATH), Mounting.NFS, options.find(EXPORT));
        return DirectoryPool.open(id, type, PoolDirectory.open(id, place));
    }
}
