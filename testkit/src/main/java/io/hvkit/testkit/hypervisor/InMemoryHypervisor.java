package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Features;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HostFacts;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A connection to a host in memory. All it knows is at the host, so that any other connection knows it too. */
record InMemoryHypervisor(HostId host, HypervisorType type, InMemoryHost machines) implements Hypervisor {

    @Override
    public Features<HypervisorFeature> features() {
        return type.features();
    }

    @Override
    public HostFacts probe() {
        return HostFacts.at(Instant.now()).lacking(HostFeature.QEMU_IMG, "nothing here reads bytes");
    }

    @Override
    public Machine start(MachineSpec spec) {
        return machines.start(spec);
    }

    @Override
    public void stop(MachineId id, StopMode mode) {
        machines.stop(id);
    }

    @Override
    public void forget(MachineId id) {
        machines.forget(id);
    }

    @Override
    public List<Machine> list() {
        return machines.list();
    }

    @Override
    public Optional<LiveDiskMigration> liveDiskMigration() {
        if (!features().offers(HypervisorFeature.LIVE_DISK_MIGRATION)) {
            return Optional.empty();
        }
        return Optional.of(new LiveDiskMigration() {
            @Override
            public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) {
                return machines.move(machine, disk, move);
            }

            @Override
            public Optional<BlockJob> find(MachineId machine, VolumeId disk) {
                return machines.job(machine, disk);
            }
        });
    }

    @Override
    public void close() {}
}
