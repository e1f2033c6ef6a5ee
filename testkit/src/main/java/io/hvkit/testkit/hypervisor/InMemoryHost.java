package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A host and its machines. One call at a time. */
final class InMemoryHost {

    /** What is known of one machine: how it was asked for, the disks it has now, and the moves under way. */
    private static final class Entry {

        private final MachineSpec spec;
        private final List<Disk> disks;
        private final Map<VolumeId, InMemoryMove> moves = new LinkedHashMap<>();
        private MachineState state = MachineState.RUNNING;

        Entry(MachineSpec spec) {
            this.spec = spec;
            this.disks = new ArrayList<>(spec.disks());
        }

        Optional<Disk> disk(VolumeId volume) {
            return disks.stream().filter(disk -> disk.volume().equals(volume)).findAny();
        }

        boolean uses(Attachment place) {
            return state == MachineState.RUNNING
                    && (disks.stream().anyMatch(disk -> disk.attachment().equals(place))
                            || moves.values().stream()
                                    .anyMatch(move -> move.target().attachment().equals(place)));
        }
    }

    private final Map<MachineId, Entry> machines = new LinkedHashMap<>();

    synchronized Machine start(MachineSpec spec) {
        MachineId id = new MachineId(spec.name());
        Entry present = machines.get(id);
        if (present != null && present.state == MachineState.RUNNING) {
            if (!present.spec.equals(spec)) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("a machine %s of another make runs: %s", id, present.spec);
            }
            return machine(id, present);
        }
        spec.disks().forEach(disk -> {
            size(disk);
            requireUnused(disk);
        });
        Entry started = new Entry(spec);
        machines.put(id, started);
        return machine(id, started);
    }

    synchronized void stop(MachineId id) {
        Entry entry = machines.get(id);
        if (entry == null || entry.state == MachineState.STOPPED) {
            return;
        }
        entry.state = MachineState.STOPPED;
        entry.moves.values().forEach(InMemoryMove::machineEnded);
        entry.moves.clear();
        if (entry.spec.persistence() == Persistence.TRANSIENT) {
            machines.remove(id);
        }
    }

    synchronized void forget(MachineId id) {
        Entry entry = machines.get(id);
        if (entry != null && entry.state != MachineState.STOPPED) {
            throw DriverException.because(Failure.IN_USE).message("machine %s runs; stop it first", id);
        }
        machines.remove(id);
    }

    synchronized List<Machine> list() {
        return machines.entrySet().stream()
                .map(entry -> machine(entry.getKey(), entry.getValue()))
                .toList();
    }

    synchronized BlockJob move(MachineId id, VolumeId volume, DiskMove request) {
        Entry entry = running(id)
                .filter(each -> each.disk(volume).isPresent())
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("no machine %s runs with a disk %s", id, volume));
        InMemoryMove present = entry.moves.get(volume);
        if (present != null) {
            if (!present.request().equals(request)) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message("disk %s of machine %s is on its way to %s", volume, id, present.target());
            }
            return present;
        }
        if (size(request.target()) < size(entry.disk(volume).orElseThrow())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is smaller than disk %s", request.target(), volume);
        }
        requireUnused(request.target());
        InMemoryMove move = new InMemoryMove(this, id, volume, request);
        entry.moves.put(volume, move);
        move.begun();
        return move;
    }

    synchronized Optional<BlockJob> job(MachineId id, VolumeId volume) {
        return running(id).map(entry -> entry.moves.get(volume));
    }

    /** Makes the machine use the target. */
    synchronized void pivot(MachineId id, VolumeId volume, Disk target) {
        running(id).ifPresent(entry -> {
            entry.disks.replaceAll(disk -> disk.volume().equals(volume) ? target : disk);
            entry.moves.remove(volume);
        });
    }

    /** Leaves the machine as it is. */
    synchronized void abandon(MachineId id, VolumeId volume) {
        running(id).ifPresent(entry -> entry.moves.remove(volume));
    }

    private Optional<Entry> running(MachineId id) {
        return Optional.ofNullable(machines.get(id)).filter(entry -> entry.state == MachineState.RUNNING);
    }

    private void requireUnused(Disk disk) {
        machines.forEach((id, entry) -> {
            if (entry.uses(disk.attachment())) {
                throw DriverException.because(Failure.IN_USE).message("machine %s uses %s", id, disk.attachment());
            }
        });
    }

    private static long size(Disk disk) {
        Path path = disk.attachment().match(device -> device.path(), file -> file.path(), remote -> {
            throw DriverException.because(Failure.UNSUPPORTED).message("a host in memory has files alone: %s", remote);
        });
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw DriverException.because(Failure.NOT_FOUND).causedBy(e).message("there is no disk at %s", path);
        }
    }

    private static Machine machine(MachineId id, Entry entry) {
        return Machine.of(id, id.value(), entry.state)
                .with(entry.disks.stream()
                        .map(disk -> new MachineDisk(disk.volume(), disk.attachment()))
                        .toList());
    }
}
