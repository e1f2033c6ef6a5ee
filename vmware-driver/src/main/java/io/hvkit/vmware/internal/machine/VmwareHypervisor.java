package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.ConsoleTickets;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A host of a vCenter. */
public final class VmwareHypervisor implements Hypervisor {

    private final Site site;
    private final Features<HypervisorFeature> features;
    private final MachineLocks locks = new MachineLocks();
    private final VmReader reader;
    private final MachineMaking making;
    private final MachineStop stop;
    private final MachineForgetting forgetting;
    private final HotPlug hotPlug;
    private final HostSnapshots snapshots;
    private final MachineClones clones;
    private final VmwareRelocation relocation;
    private final ConsoleTickets tickets;

    /** Returns the host that was found; closing it closes its client. */
    public VmwareHypervisor(Site site, Features<HypervisorFeature> features) {
        this.site = site;
        this.features = features;
        Networks networks = new Networks(site);
        Changes changes = new Changes(site.client(), site.patience());
        this.reader = new VmReader(site);
        this.forgetting = new MachineForgetting(site, reader, changes);
        this.making = new MachineMaking(site, reader, changes, forgetting, networks);
        this.stop = new MachineStop(reader, changes, forgetting);
        this.hotPlug = new VmwareHotPlug(site, reader, changes, locks, networks);
        this.snapshots = new VmwareSnapshots(reader, changes, locks, new LayerUsers(site, reader));
        this.clones = new VmwareClones(site, reader, changes, locks);
        this.relocation = new VmwareRelocation(site, reader, changes, locks);
        this.tickets = new VmwareConsoleTickets(site, reader);
    }

    @Override
    public HostId host() {
        return site.id();
    }

    @Override
    public Features<HypervisorFeature> features() {
        return features;
    }

    @Override
    public HostFacts probe() throws InterruptedException {
        String state = reader.of(site.host(), "runtime.connectionState").text("runtime.connectionState");
        if (!state.equals("connected")) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .message("the vCenter has no connection to host %s, which is %s", site.name(), state);
        }
        return HostFacts.at(Instant.now());
    }

    @Override
    public Machine define(MachineSpec spec) throws InterruptedException {
        return locks.alone(new MachineId(spec.name()), () -> making.define(spec));
    }

    @Override
    public Machine start(MachineSpec spec) throws InterruptedException {
        return locks.alone(new MachineId(spec.name()), () -> making.start(spec));
    }

    @Override
    public Machine start(MachineId id, KeySource keys) throws InterruptedException {
        return locks.alone(id, () -> making.start(id));
    }

    @Override
    public void stop(MachineId id, StopMode mode) throws InterruptedException {
        locks.alone(id, () -> {
            stop.stop(id, mode);
            return id;
        });
    }

    @Override
    public void forget(MachineId id) throws InterruptedException {
        locks.alone(id, () -> {
            forgetting.forget(id);
            return id;
        });
    }

    @Override
    public Optional<Machine> find(MachineId id) throws InterruptedException {
        return reader.here(id).map(Vm::asMachine);
    }

    @Override
    public List<Machine> list() throws InterruptedException {
        return reader.all().stream().map(Vm::asMachine).toList();
    }

    @Override
    public Optional<HotPlug> hotPlug() {
        return Optional.of(hotPlug);
    }

    @Override
    public Optional<HostSnapshots> hostSnapshots() {
        return Optional.of(snapshots);
    }

    @Override
    public Optional<MachineClones> machineClones() {
        return Optional.of(clones);
    }

    @Override
    public Optional<MachineRelocation> machineRelocation() {
        return Optional.of(relocation);
    }

    @Override
    public Optional<ConsoleTickets> consoleTickets() {
        return Optional.of(tickets);
    }

    Site site() {
        return site;
    }

    @Override
    public void close() {
        relocation.close();
        site.client().close();
    }
}
