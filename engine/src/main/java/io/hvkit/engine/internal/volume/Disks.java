package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Volumes as machines see them. */
public final class Disks {

    private static final Set<MachineState> ENDED = EnumSet.of(MachineState.STOPPED, MachineState.CRASHED);

    private Disks() {}

    /** Returns what the copy of a volume that counts is called as a disk. */
    public static VolumeId id(VolumeRecord volume) {
        return new VolumeId(Ground.nameAt(volume.place(), volume.id()));
    }

    /** Returns whether a host runs a machine now. */
    public static boolean isRunning(Hypervisor host, MachineId machine) throws InterruptedException {
        return host.find(machine)
                .filter(known -> !ENDED.contains(known.state()))
                .isPresent();
    }

    /** Returns where a running machine has a disk, if it has it. */
    static Optional<Attachment> place(Hypervisor host, MachineId machine, VolumeId disk) throws InterruptedException {
        return host.find(machine)
                .filter(known -> !ENDED.contains(known.state()))
                .flatMap(known -> known.disks().stream()
                        .filter(has -> has.volume().equals(disk))
                        .findAny())
                .map(has -> has.attachment());
    }

    /** Returns what a running machine calls a disk that it has under that name or at that place, if it has it. */
    public static Optional<VolumeId> called(Hypervisor host, MachineId machine, VolumeId disk, Attachment place)
            throws InterruptedException {
        return host.find(machine)
                .flatMap(known -> known.disks().stream()
                        .filter(has ->
                                has.volume().equals(disk) || has.attachment().equals(place))
                        .findAny())
                .map(MachineDisk::volume);
    }

    /**
     * Returns what a running machine calls a volume that is attached to it.
     *
     * @throws DriverException with {@code IN_USE} if it runs without it, or has an overlay over it
     */
    public static VolumeId requireCalled(Hypervisor host, MachineId machine, VolumeRecord volume, Attachment place)
            throws InterruptedException {
        requireNotFrozen(host, machine, id(volume), () -> place);
        return called(host, machine, id(volume), place)
                .orElseThrow(() -> DriverException.because(Failure.IN_USE)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "machine %s runs without volume %s, which is attached to it; attach it again, or"
                                        + " detach it",
                                machine, volume.name()));
    }

    /**
     * Looks that no machine has a volume frozen below a disk: alone, it is what the machine had at a snapshot, and not what it has.
     *
     * @throws DriverException with {@code IN_USE}, naming the machine and the snapshot; or as the host fails, if that cannot tell
     */
    public static void requireNotFrozen(Hypervisor host, MachineId machine, VolumeId disk, Place place)
            throws InterruptedException {
        Optional<MachineSnapshots> snapshots = host.machineSnapshots();
        List<MachineSnapshot> all = snapshots.isPresent() ? snapshots.get().list(machine) : List.of();
        for (MachineSnapshot snapshot : all) {
            for (SnapshotDisk each : snapshot.disks()) {
                MachineDisk frozen = each.frozen();
                if (frozen.volume().equals(disk) || frozen.attachment().equals(place.now())) {
                    throw DriverException.because(Failure.IN_USE)
                            .effect(Effect.NOT_APPLIED)
                            .message(
                                    "machine %s has overlay %s over volume %s since its snapshot %s, so the volume alone is not what"
                                            + " the machine has; merge the overlay into it first",
                                    machine, each.overlay().volume(), frozen.volume(), snapshot.id());
                }
            }
        }
    }

    /** Says where a volume is on a host. */
    @FunctionalInterface
    public interface Place {
        /** Returns it. */
        Attachment now() throws InterruptedException;
    }

    /** Returns what moves the disks of running machines. */
    static LiveDiskMigration migration(Hypervisor host) {
        return host.liveDiskMigration()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message("host %s moves no disk of a running machine; stop the machine first", host.host()));
    }

    /** Throws {@code UNSUPPORTED} if a host moves no disks of running machines, or not so that they keep to a limit together. */
    static void requireMoves(Hypervisor host, Optional<ByteSize> bandwidth) {
        LiveDiskMigration unused = migration(host);
        if (bandwidth.isPresent() && !host.features().offers(HypervisorFeature.SHARED_COPY_BANDWIDTH)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "host %s cannot keep the disks of a running machine to %s a second together; leave the limit out",
                            host.host(), bandwidth.get());
        }
    }

    /** Returns what changes the disks of running machines. */
    static HotPlug hotPlug(Hypervisor host) {
        return host.hotPlug()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message("host %s changes no disk of a running machine; stop the machine first", host.host()));
    }
}
