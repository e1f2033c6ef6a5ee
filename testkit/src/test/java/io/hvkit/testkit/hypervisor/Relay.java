package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Features;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.ConsoleTickets;
import io.hvkit.hypervisor.spi.DirectDownload;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Statistics;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Passes everything on; a test overrides the one thing that it does wrong. */
class Relay implements Hypervisor {

    final Hypervisor real;

    Relay(Hypervisor real) {
        this.real = real;
    }

    @Override
    public HostId host() {
        return real.host();
    }

    @Override
    public Features<HypervisorFeature> features() {
        return real.features();
    }

    @Override
    public HostFacts probe() throws InterruptedException {
        return real.probe();
    }

    @Override
    public HostFacts facts(Duration noOlderThan) throws InterruptedException {
        return real.facts(noOlderThan);
    }

    @Override
    public Machine start(MachineSpec spec) throws InterruptedException {
        return real.start(spec);
    }

    @Override
    public Machine define(MachineSpec spec) throws InterruptedException {
        return real.define(spec);
    }

    @Override
    public Machine start(MachineId id, KeySource keys) throws InterruptedException {
        return real.start(id, keys);
    }

    @Override
    public void keysFrom(KeySource source) {
        real.keysFrom(source);
    }

    @Override
    public void stop(MachineId id, StopMode mode) throws InterruptedException {
        real.stop(id, mode);
    }

    @Override
    public void forget(MachineId id) throws InterruptedException {
        real.forget(id);
    }

    @Override
    public Optional<Machine> find(MachineId id) throws InterruptedException {
        return real.find(id);
    }

    @Override
    public List<Machine> list() throws InterruptedException {
        return real.list();
    }

    @Override
    public Optional<HotPlug> hotPlug() {
        return real.hotPlug();
    }

    @Override
    public Optional<MachineControl> control() {
        return real.control();
    }

    @Override
    public Optional<GuestAgent> guestAgent() {
        return real.guestAgent();
    }

    @Override
    public Optional<DiskBackups> diskBackups() {
        return real.diskBackups();
    }

    @Override
    public Optional<ChangeTracking> changeTracking() {
        return real.changeTracking();
    }

    @Override
    public Optional<Statistics> statistics() {
        return real.statistics();
    }

    @Override
    public Optional<LiveDiskMigration> liveDiskMigration() {
        return real.liveDiskMigration();
    }

    @Override
    public Optional<MachineSnapshots> machineSnapshots() {
        return real.machineSnapshots();
    }

    @Override
    public Optional<LiveMigration> liveMigration() {
        return real.liveMigration().map(migration -> new RelayedMigration(migration, real));
    }

    @Override
    public Optional<DirectDownload> directDownload() {
        return real.directDownload();
    }

    @Override
    public Optional<HostSnapshots> hostSnapshots() {
        return real.hostSnapshots();
    }

    @Override
    public Optional<MachineClones> machineClones() {
        return real.machineClones();
    }

    @Override
    public Optional<MachineRelocation> machineRelocation() {
        return real.machineRelocation().map(RelayedRelocation::new);
    }

    @Override
    public Optional<ConsoleTickets> consoleTickets() {
        return real.consoleTickets();
    }

    @Override
    public void close() {
        real.close();
    }
}
