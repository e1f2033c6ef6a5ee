package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import io.hvkit.hypervisor.spi.Tracking.Loss;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A checkpoint of a machine in memory, whose guest writes nothing.
 *
 * @param begunAt when it began
 * @param disks what its disks were, with their sizes
 */
record InMemoryCheckpoint(Instant begunAt, Map<Disk, Long> disks) {

    static InMemoryCheckpoint of(List<Disk> disks) {
        Map<Disk, Long> sizes = new LinkedHashMap<>();
        disks.forEach(disk -> sizes.put(disk, InMemoryDisks.size(disk)));
        return new InMemoryCheckpoint(Instant.now().truncatedTo(ChronoUnit.SECONDS), sizes);
    }

    boolean isOf(Set<VolumeId> volumes) {
        return disks.keySet().stream().map(Disk::volume).toList().size() == volumes.size()
                && disks.keySet().stream().map(Disk::volume).allMatch(volumes::contains);
    }

    Checkpoint seen(CheckpointId id, InMemoryMachine machine) {
        return new Checkpoint(
                id,
                begunAt,
                disks.keySet().stream()
                        .map(was -> new TrackedDisk(was.volume(), tracking(was, machine)))
                        .toList());
    }

    private Tracking tracking(Disk was, InMemoryMachine machine) {
        Optional<Disk> now = machine.disk(was.volume());
        if (now.isEmpty()) {
            return new Tracking.Lost(Loss.DISK_GONE, "there is no disk " + was.volume());
        }
        if (!now.get().attachment().equals(was.attachment())) {
            return new Tracking.Lost(Loss.DISK_MOVED, "it is at " + now.get().attachment());
        }
        if (!machine.isActive()) {
            return new Tracking.Unknown();
        }
        return size(now.get()).equals(Optional.ofNullable(disks.get(was)))
                ? new Tracking.Whole(ByteSize.ZERO)
                : new Tracking.Lost(Loss.DISK_RESIZED, "it has another size");
    }

    private static Optional<Long> size(Disk disk) {
        try {
            return Optional.of(InMemoryDisks.size(disk));
        } catch (DriverException e) {
            return Optional.empty(); // its file is gone
        }
    }
}
