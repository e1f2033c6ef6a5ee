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
    /** {@link Hypervisor#define}, and starting machines by their ids. */
    DEFINED_MACHINES,
    /** Boards other than a BIOS on what the host chooses: {@link MachineSpec#platform}. */
    BOARDS,
    /** Disks that are another device than a plain virtio one: {@link Disk#as}. */
    DISK_DEVICES,
    /** Network cards: {@link MachineSpec#with(Nic)}. */
    NETWORK_CARDS,
    /** Other boot orders than the disks': {@link MachineSpec#bootingFrom}. */
    BOOT_ORDER,
    /** {@link MachineSpec#console} and {@link Hypervisor#console}. */
    CONSOLE,
    /** {@link RandomSource#HOST}. */
    HOST_RANDOMNESS,
    /** {@link MachineSpec#cloudInit}. */
    CLOUD_INIT,
    /** {@link MachineSpec#tagged}. */
    TAGS,
    /** {@link Hypervisor#hotPlug}. */
    HOT_PLUG,
    /** {@link Hypervisor#statistics}. */
    STATISTICS,
    /** {@link MachineSpec#agentChannel} and {@link Hypervisor#guestAgent}. */
    GUEST_AGENT,
    /** {@link Hypervisor#changeTracking}. */
    CHANGE_TRACKING,
    /** {@link Hypervisor#diskBackups}. */
    DISK_BACKUPS,
    /** {@link Hypervisor#liveDiskMigration}. */
    LIVE_DISK_MIGRATION,
    /** {@link CopyMode#WRITE_BLOCKING}. */
    WRITE_BLOCKING_COPY,
    /** {@link DiskMove#sharing}. */
    SHARED_COPY_BANDWIDTH,
    /** {@link Hypervisor#liveMigration}. */
    LIVE_MIGRATION,
    /** {@link Hypervisor#machineSnapshots}. */
    MACHINE_SNAPSHOTS,
    /** {@link Hypervisor#directDownload}. */
    DIRECT_DOWNLOAD,
    /** {@link Hypervisor#hostSnapshots}. */
    HOST_SNAPSHOTS,
    /** {@link Hypervisor#machineClones}. */
    MACHINE_CLONES,
    /** {@link Hypervisor#machineRelocation}. */
    MACHINE_RELOCATION,
    /** {@link Hypervisor#consoleTickets}. */
    CONSOLE_TICKETS;

    @Override
    public Optional<HypervisorFeature> prerequisite() {
        return Optional.empty();
    }
}
