package io.hvkit.hypervisor.spi;

import io.hvkit.core.Ability;
import java.util.Optional;

/** Something a hypervisor may be able to do beyond starting, stopping and finding machines. None needs another. */
public enum HypervisorFeature implements Ability<HypervisorFeature> {
    /** Stops that ask the guest first, as {@link StopMode#GRACEFUL} does. */
    GRACEFUL_STOP,
    /** {@link Hypervisor#control}. */
    MACHINE_CONTROL,
    /** Disks with a key. */
    ENCRYPTED_DISKS,
    /** Disks that exist on one host alone. */
    LOCAL_STORAGE,
    /** {@link MachineSpec#booting}. */
    KERNEL_BOOT,
    /** {@link MachineSpec#serialLog}. */
    SERIAL_LOG,
    /** {@link Persistence#PERSISTENT} machines. */
    PERSISTENT_MACHINES,
    /** {@link Hypervisor#liveDiskMigration}. */
    LIVE_DISK_MIGRATION,
    /** {@link Hypervisor#directDownload}. */
    DIRECT_DOWNLOAD;

    @Override
    public Optional<HypervisorFeature> prerequisite() {
        return Optional.empty();
    }
}
