package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskStatistics;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.MachineStatistics;
import io.hvkit.hypervisor.spi.MemoryUse;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.NicStatistics;
import io.hvkit.hypervisor.spi.Statistics;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What machines in memory have used: time. Their guests read and write nothing. */
record InMemoryStatistics(InMemoryHost host) implements Statistics {

    private static final DiskStatistics.Traffic NO_BYTES = new DiskStatistics.Traffic(ByteSize.ZERO, 0);
    private static final NicStatistics.Traffic NO_PACKETS =
            new NicStatistics.Traffic(ByteSize.ZERO, 0, OptionalLong.empty(), OptionalLong.empty());

    @Override
    public Optional<MachineStatistics> of(MachineId machine) {
        return ofAll().stream().filter(each -> each.machine().equals(machine)).findAny();
    }

    @Override
    public List<MachineStatistics> ofAll() {
        Instant now = Instant.now();
        return host.each((id, machine) -> measured(id, machine, now));
    }

    private static MachineStatistics measured(MachineId id, InMemoryMachine machine, Instant now) {
        MachineState state = machine.as(id).state();
        MachineStatistics known = MachineStatistics.of(id, state, now)
                .cpus(machine.spec().cpus())
                .memory(MemoryUse.of(machine.spec().memory(), machine.spec().memory()))
                .disks(machine.disks().stream()
                        .map(disk -> measured(disk, machine.isActive()))
                        .toList());
        if (!machine.isActive()) {
            return known;
        }
        return known.cpuTime(Duration.ofNanos(System.nanoTime() - machine.startedAt()))
                .nics(machine.nics().stream()
                        .map(Nic::address)
                        .flatMap(Optional::stream)
                        .map(address -> new NicStatistics(address, NO_PACKETS, NO_PACKETS))
                        .toList());
    }

    private static DiskStatistics measured(Disk disk, boolean active) {
        DiskStatistics known = DiskStatistics.of(disk.volume());
        DiskStatistics moved = active ? known.traffic(NO_BYTES, NO_BYTES) : known;
        try {
            ByteSize size = ByteSize.bytes(InMemoryDisks.size(disk));
            return moved.capacity(size).physical(size);
        } catch (DriverException e) {
            return moved; // its file is gone, which is not for a measurement to tell
        }
    }
}
