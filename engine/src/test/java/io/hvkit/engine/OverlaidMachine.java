package io.hvkit.engine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A machine with an encrypted root and a plain disk, over which somebody lays overlays by the host's own means. */
final class OverlaidMachine {

    final MachineWorld world;
    final MachineRecord machine;
    final VolumeRecord root;
    final VolumeRecord data;

    /** Where the overlays are. */
    final Path folder;

    OverlaidMachine(Path folder) throws InterruptedException, IOException {
        this.folder = Files.createDirectories(folder.resolve("overlays"));
        world = new MachineWorld(folder);
        try (HvKit hvkit = world.calm()) {
            machine = hvkit.machines().start(world.request(hvkit, "web")).await();
        }
        List<VolumeRecord> disks = world.disks(machine);
        root = disks.get(0);
        data = disks.get(1);
    }

    /** Takes a snapshot beside every engine: overlay {@code name-root} over the root, {@code name-data} over the other disk. */
    void layOver(String name) throws InterruptedException, IOException {
        try (Hypervisor host = world.hypervisor(host())) {
            List<MachineDisk> has = now();
            SnapshotRequest request = SnapshotRequest.named(new SnapshotId(name));
            try (Secret key = world.vault().open(root.key().orElseThrow())) {
                Disk over = file(name + "-root", has.get(0));
                InMemoryHypervisorDriver.encrypt(over.attachment().requirePath(), key);
                request = request.onto(has.get(0).volume(), over.unlockedBy(key))
                        .onto(has.get(1).volume(), file(name + "-data", has.get(1)));
                MachineSnapshot unused = host.machineSnapshots().orElseThrow().take(machine.machineId(), request);
            }
        }
    }

    /** Returns a new image over a disk. */
    Disk file(String name, MachineDisk below) throws IOException {
        Path base = below.attachment().requirePath();
        Path file = Files.write(folder.resolve(name), new byte[(int) Files.size(base)]);
        InMemoryHypervisorDriver.layOver(file, base);
        return Disk.of(new VolumeId(name), new Attachment.ImageFile(file), ImageFormat.QCOW2);
    }

    private HostRecord host() throws InterruptedException {
        return world.machinesOn(world.one).isEmpty() ? world.two : world.one;
    }

    /** Returns the disks that the machine has, wherever it runs; none if it does not. */
    List<MachineDisk> now() throws InterruptedException {
        for (HostRecord each : List.of(world.one, world.two)) {
            try (Hypervisor host = world.hypervisor(each)) {
                Optional<Machine> found = host.find(machine.machineId());
                if (found.isPresent() && Disks.isRunning(host, machine.machineId())) {
                    return found.get().disks();
                }
            }
        }
        return List.of();
    }

    /** Returns what the machine calls its disks. */
    List<String> names() throws InterruptedException {
        return now().stream().map(disk -> disk.volume().value()).toList();
    }

    /** Returns what the volumes are called as disks. */
    List<String> volumes() {
        return List.of(Disks.id(root).value(), Disks.id(data).value());
    }

    /** Returns what the catalog knows to lie over a volume. */
    List<Overlay> recorded(VolumeRecord volume) throws InterruptedException {
        return world.catalog.inTransaction(transaction -> Overlays.over(transaction, volume.id()));
    }

    /** Ends the machine as its guest may, so that its host knows nothing of it. */
    void end() throws InterruptedException {
        for (HostRecord each : List.of(world.one, world.two)) {
            try (Hypervisor host = world.hypervisor(each)) {
                if (Disks.isRunning(host, machine.machineId())) {
                    host.stop(machine.machineId(), StopMode.POWER_OFF);
                    host.forget(machine.machineId());
                }
            }
        }
    }
}
