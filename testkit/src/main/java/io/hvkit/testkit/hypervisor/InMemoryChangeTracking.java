package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checkpoints of machines in memory. As with QEMU, qcow2 alone has room for notes. */
record InMemoryChangeTracking(InMemoryHost host) implements ChangeTracking {

    @Override
    public Checkpoint begin(MachineId machine, CheckpointId id, Set<VolumeId> disks) {
        synchronized (host) {
            InMemoryMachine found = host.require(machine);
            InMemoryCheckpoint before = found.checkpoints().get(id);
            if (before == null) {
                InMemoryCheckpoint begun = InMemoryCheckpoint.of(wanted(found, machine, disks));
                found.checkpoints().put(id, begun);
                return begun.seen(id, found);
            }
            if (!before.isOf(disks)) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("there is a checkpoint %s of other disks; take another name", id);
            }
            return before.seen(id, found);
        }
    }

    private static List<Disk> wanted(InMemoryMachine found, MachineId machine, Set<VolumeId> disks) {
        List<Disk> wanted = new ArrayList<>();
        for (VolumeId volume : disks) {
            Disk disk = found.disk(volume)
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("machine %s has no disk %s", machine, volume));
            if (disk.format() != ImageFormat.QCOW2) {
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message("%s has no room for notes of changes; only qcow2 has", disk);
            }
            wanted.add(disk);
        }
        return wanted;
    }

    @Override
    public List<Checkpoint> list(MachineId machine) {
        synchronized (host) {
            host.requireReachable();
            InMemoryMachine found = host.known(machine)
                    .orElseThrow(() ->
                            DriverException.because(Failure.NOT_FOUND).message("there is no machine %s", machine));
            return found.checkpoints().entrySet().stream()
                    .map(entry -> entry.getValue().seen(entry.getKey(), found))
                    .toList();
        }
    }

    @Override
    public void forget(MachineId machine, CheckpointId id) {
        synchronized (host) {
            host.requireReachable();
            Optional<InMemoryMachine> found =
                    host.known(machine).filter(known -> known.checkpoints().containsKey(id));
            if (found.isPresent()) {
                if (!found.get().isActive()) {
                    throw DriverException.because(Failure.INVALID_REQUEST)
                            .message("machine %s does not run, so that its disks cannot be reached; start it", machine);
                }
                found.get().checkpoints().remove(id);
            }
        }
    }
}
