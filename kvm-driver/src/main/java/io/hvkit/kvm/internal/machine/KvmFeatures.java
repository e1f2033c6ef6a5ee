package io.hvkit.kvm.internal.machine;

import io.hvkit.core.Features;
import io.hvkit.core.Support;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.kvm.internal.libvirt.LibvirtVersion;

/** What a host can do, by where it is and what it has. */
final class KvmFeatures {

    private static final Features<HypervisorFeature> EVERYWHERE = Features.none(HypervisorFeature.class)
            .with(HypervisorFeature.GRACEFUL_STOP, Support.NATIVE)
            .with(HypervisorFeature.MACHINE_CONTROL, Support.NATIVE)
            .with(HypervisorFeature.LOCAL_STORAGE, Support.NATIVE)
            .with(HypervisorFeature.KERNEL_BOOT, Support.NATIVE)
            .with(HypervisorFeature.SERIAL_LOG, Support.NATIVE)
            .with(HypervisorFeature.PERSISTENT_MACHINES, Support.NATIVE)
            .with(HypervisorFeature.DEFINED_MACHINES, Support.NATIVE)
            .with(HypervisorFeature.BOARDS, Support.NATIVE)
            .with(HypervisorFeature.DISK_DEVICES, Support.NATIVE)
            .with(HypervisorFeature.NETWORK_CARDS, Support.NATIVE)
            .with(HypervisorFeature.BOOT_ORDER, Support.NATIVE)
            .with(HypervisorFeature.CONSOLE, Support.NATIVE)
            .with(HypervisorFeature.HOST_RANDOMNESS, Support.NATIVE)
            .with(HypervisorFeature.CLOUD_INIT, Support.NATIVE)
            .with(HypervisorFeature.TAGS, Support.NATIVE)
            .with(HypervisorFeature.HOT_PLUG, Support.NATIVE)
            .with(HypervisorFeature.STATISTICS, Support.NATIVE)
            .with(HypervisorFeature.GUEST_AGENT, Support.NATIVE)
            .with(HypervisorFeature.CHANGE_TRACKING, Support.NATIVE)
            .with(HypervisorFeature.DISK_BACKUPS, Support.NATIVE)
            .with(HypervisorFeature.LIVE_DISK_MIGRATION, Support.NATIVE)
            .with(HypervisorFeature.SHARED_COPY_BANDWIDTH, Support.NATIVE)
            .with(HypervisorFeature.LIVE_MIGRATION, Support.NATIVE)
            .with(HypervisorFeature.MACHINE_SNAPSHOTS, Support.NATIVE);

    /** Whether a host may be given keys. */
    enum Keys {
        WELCOME,
        /** Somebody else could read them on their way, or the host is not the one. */
        KEPT_BACK
    }

    /** Where a host is. */
    enum Where {
        HERE,
        ELSEWHERE
    }

    private KvmFeatures() {}

    static Features<HypervisorFeature> of(LibvirtVersion version, Keys keys, Where where) {
        return EVERYWHERE
                .with(HypervisorFeature.ENCRYPTED_DISKS, keys == Keys.WELCOME ? Support.NATIVE : Support.NONE)
                .with(HypervisorFeature.DIRECT_DOWNLOAD, where == Where.HERE ? Support.NATIVE : Support.NONE)
                .with(
                        HypervisorFeature.WRITE_BLOCKING_COPY,
                        version.hasSynchronousWrites() ? Support.NATIVE : Support.NONE);
    }
}
