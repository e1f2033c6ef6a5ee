package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Features;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.ConsoleTickets;
import io.hvkit.hypervisor.spi.DirectDownload;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.HostCapacity;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.RestartMode;
import io.hvkit.hypervisor.spi.Statistics;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A connection to a host in memory. All it knows is at the host, so that any other connection knows it too. */
final class InMemoryHypervisor implements Hypervisor {

    private final HostId host;
    private final HypervisorType type;
    private final InMemoryHost machines;
    private final InMemoryGuestAgent agent;
    private final Set<InMemoryDeparture> led = ConcurrentHashMap.newKeySet();
    private volatile KeySource keys = KeySource.NONE;

    InMemoryHypervisor(HostId host, HypervisorType type, InMemoryHost machines) {
        this.host = host;
        this.type = type;
        this.machines = machines;
        this.agent = new InMemoryGuestAgent(machines);
    }

    /** Returns the host as it is now: what was on its way has arrived if it is time. */
    InMemoryHost machines() {
        machines.settle();
        return machines;
    }

    KeySource keys() {
        return keys;
    }

    /** Remembers a move, which ends with this connection. */
    void leads(InMemoryDeparture move) {
        led.add(move);
    }

    @Override
    public HostId host() {
        return host;
    }

    @Override
    public void keysFrom(KeySource source) {
        keys = source;
        machines.keysFrom(this, source);
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
    public Optional<HostCapacity> capacity() {
        return machines.capacity();
    }

    @Override
    public Machine start(MachineSpec spec) {
        return machines.change(() -> machines().start(spec));
    }

    @Override
    public Machine define(MachineSpec spec) {
        return machines.change(() -> machines().define(spec));
    }

    @Override
    public Machine start(MachineId id, KeySource keys) {
        KeySource known = this.keys;
        return machines.change(() ->
                machines().start(id, volume -> keys.find(volume).or(() -> known.find(volume))));
    }

    @Override
    public void stop(MachineId id, StopMode mode) {
        MachineId unused = machines.change(() -> {
            machines().stop(id, mode);
            machines.settle();
            return id;
        });
    }

    @Override
    public void forget(MachineId id) {
        machines().forget(id);
    }

    @Override
    public List<Machine> list() {
        return machines().list();
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
                machines().become(machine, MachineState.PAUSED);
            }

            @Override
            public void resume(MachineId machine) {
                machines().become(machine, MachineState.RUNNING);
            }

            @Override
            public void restart(MachineId machine, RestartMode mode) {
                machines().become(machine, MachineState.RUNNING);
            }
        });
    }

    @Override
    public Optional<Statistics> statistics() {
        return offered(HypervisorFeature.STATISTICS, new InMemoryStatistics(machines));
    }

    @Override
    public Optional<GuestAgent> guestAgent() {
        return offered(HypervisorFeature.GUEST_AGENT, agent);
    }

    @Override
    public Optional<ChangeTracking> changeTracking() {
        return offered(HypervisorFeature.CHANGE_TRACKING, new InMemoryChangeTracking(machines));
    }

    @Override
    public Optional<DiskBackups> diskBackups() {
        return offered(HypervisorFeature.DISK_BACKUPS, new InMemoryDiskBackups(machines));
    }

    @Override
    public Optional<LiveDiskMigration> liveDiskMigration() {
        return offered(HypervisorFeature.LIVE_DISK_MIGRATION, new LiveDiskMigration() {
            @Override
            public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) {
                return machines.change(() -> machines().move(machine, disk, move));
            }

            @Override
            public Optional<BlockJob> find(MachineId machine, VolumeId disk) {
                return machines().job(machine, disk);
            }
        });
    }

    @Override
    public Optional<MachineSnapshots> machineSnapshots() {
        return offered(HypervisorFeature.MACHINE_SNAPSHOTS, new InMemorySnapshots(machines));
    }

    @Override
    public Optional<LiveMigration> liveMigration() {
        return offered(HypervisorFeature.LIVE_MIGRATION, new InMemoryMigration(this, machines));
    }

    @Override
    public Optional<DirectDownload> directDownload() {
        return offered(
                HypervisorFeature.DIRECT_DOWNLOAD,
                new InMemoryDownload(machines, InMemoryDownload.LARGEST, InMemoryDownload.MOST_REDIRECTS));
    }

    @Override
    public Optional<HostSnapshots> hostSnapshots() {
        return offered(HypervisorFeature.HOST_SNAPSHOTS, new InMemoryHostSnapshots(machines));
    }

    @Override
    public Optional<MachineClones> machineClones() {
        return offered(HypervisorFeature.MACHINE_CLONES, new InMemoryMachineClones(machines));
    }

    @Override
    public Optional<MachineRelocation> machineRelocation() {
        return offered(HypervisorFeature.MACHINE_RELOCATION, new InMemoryRelocation(machines));
    }

    @Override
    public Optional<ConsoleTickets> consoleTickets() {
        return offered(HypervisorFeature.CONSOLE_TICKETS, new InMemoryConsoleTickets(machines));
    }

    private <T> Optional<T> offered(HypervisorFeature feature, T facet) {
        return features().offers(feature) ? Optional.of(facet) : Optional.empty();
    }

    @Override
    public void close() {
        led.forEach(InMemoryDeparture::cancel);
        agent.thawOwn();
        machines.closed(this);
    }
}
