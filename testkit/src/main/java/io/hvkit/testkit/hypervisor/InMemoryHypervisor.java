package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Features;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HostFacts;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.RestartMode;
import io.hvkit.hypervisor.spi.Statistics;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** A connection to a host in memory. All it knows is at the host, so that any other connection knows it too. */
record InMemoryHypervisor(HostId host, HypervisorType type, InMemoryHost machines, AtomicReference<KeySource> source)
        implements Hypervisor {

    InMemoryHypervisor(HostId host, HypervisorType type, InMemoryHost machines) {
        this(host, type, machines, new AtomicReference<>(KeySource.NONE));
    }

    @Override
    public Features<HypervisorFeature> features() {
        return type.features();
    }

    @Override
    public HostFacts probe() {
        machines.requireReachable();
        return HostFacts.at(Instant.now()).lacking(HostFeature.QEMU_IMG, "nothing here reads bytes");
    }

    @Override
    public Machine start(MachineSpec spec) {
        return machines.start(spec);
    }

    @Override
    public Machine define(MachineSpec spec) {
        return machines.define(spec);
    }

    @Override
    public Machine start(MachineId id, KeySource keys) {
        KeySource known = Objects.requireNonNull(source.get());
        return machines.start(id, volume -> keys.find(volume).or(() -> known.find(volume)));
    }

    @Override
    public void keysFrom(KeySource next) {
        source.set(next);
    }

    @Override
    public void stop(MachineId id, StopMode mode) {
        machines.stop(id, mode);
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
    public Optional<HotPlug> hotPlug() {
        return offered(HypervisorFeature.HOT_PLUG, new InMemoryHotPlug(machines));
    }

    @Override
    public Optional<MachineControl> control() {
        return offered(HypervisorFeature.MACHINE_CONTROL, new MachineControl() {
            @Override
            public void pause(MachineId machine) {
                machines.become(machine, MachineState.PAUSED);
            }

            @Override
            public void resume(MachineId machine) {
                machines.become(machine, MachineState.RUNNING);
            }

            @Override
            public void restart(MachineId machine, RestartMode mode) {
                machines.become(machine, MachineState.RUNNING);
            }
        });
    }

    @Override
    public Optional<Statistics> statistics() {
        return offered(HypervisorFeature.STATISTICS, new InMemoryStatistics(machines));
    }

    @Override
    public Optional<LiveDiskMigration> liveDiskMigration() {
        return offered(HypervisorFeature.LIVE_DISK_MIGRATION, new LiveDiskMigration() {
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
    public Optional<MachineSnapshots> machineSnapshots() {
        return offered(HypervisorFeature.MACHINE_SNAPSHOTS, new InMemorySnapshots(machines));
    }

    private <T> Optional<T> offered(HypervisorFeature feature, T facet) {
        return features().offers(feature) ? Optional.of(facet) : Optional.empty();
    }

    @Override
    public void close() {}
}
