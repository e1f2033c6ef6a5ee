package io.hvkit.testkit.hypervisor;

import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.contract.ContractCases;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;

/** What the contracts of hypervisors share: the driver they judge, and what a case needs. */
public abstract sealed class HypervisorCases extends ContractCases
        permits HypervisorContract,
                MachineControlContract,
                GracefulStopContract,
                DefinedMachinesContract,
                CloudInitContract,
                HotPlugContract,
                EncryptedDisksContract,
                LostConnectionContract,
                DirectDownloadContract,
                LossCases,
                LostKeysContract,
                StatisticsContract,
                ChangeTrackingContract,
                DiskBackupsContract,
                GuestAgentContract,
                LiveDiskMigrationContract,
                LiveMigrationContract,
                MachineSnapshotCases,
                HostSnapshotsContract,
                MachineClonesContract,
                MachineRelocationContract,
                ConsoleTicketsContract {

    static final HostId HOST = new HostId("contract");
    static final HostId ANOTHER = new HostId("contract-another");

    Hypervisor hypervisor;
    Disk disk;
    MachineSpec spec;

    HypervisorCases() {}

    /** Returns what to judge; asked for again whenever a case needs it. */
    protected abstract HypervisorUnderTest underTest();

    @Override
    protected final Subject subject() {
        HypervisorType type = underTest().type();
        return new Subject(type.id(), type.features().toString());
    }

    /** Made by JUnit: opens a connection and makes a disk. */
    @BeforeEach
    final void connect() throws InterruptedException {
        hypervisor = connection();
        String name = unique();
        disk = underTest().disk(new VolumeId(name));
        spec = MachineSpec.named(name).with(disk);
    }

    final String unique() {
        return "contract-" + UUID.randomUUID();
    }

    /** Opens a connection as an embedder does, with the SDK's guard in front of the driver. */
    final Hypervisor connection() throws InterruptedException {
        Hypervisor opened = open(HOST);
        undoLater(opened::close);
        return opened;
    }

    /** Opens a connection to the other host. */
    final Hypervisor connectionToAnother() throws InterruptedException {
        Hypervisor opened = open(ANOTHER);
        undoLater(opened::close);
        return opened;
    }

    private Hypervisor open(HostId host) throws InterruptedException {
        HypervisorUnderTest judged = underTest();
        HypervisorDriver guarded =
                HypervisorDrivers.of(List.of(judged.driver())).requireAll().forType(judged.type());
        Map<String, String> options = host.equals(HOST) ? judged.options() : judged.optionsOfAnother();
        return guarded.open(host, judged.type(), Options.parse(guarded.options(), options));
    }

    final Disk anotherDisk() throws InterruptedException {
        return underTest().disk(new VolumeId(unique()));
    }

    /** Starts a machine, which is stopped and forgotten when the case has ended. */
    final Machine start(MachineSpec wanted) throws InterruptedException {
        undoLater(wanted);
        return hypervisor.start(wanted);
    }

    final void undoLater(MachineSpec wanted) {
        undoLater(() -> remove(HOST, wanted.name()));
    }

    final void undoLaterOnAnother(MachineSpec wanted) {
        undoLater(() -> remove(ANOTHER, wanted.name()));
    }

    /** By a connection of its own: the case may have broken the other ones. */
    private void remove(HostId host, String name) throws InterruptedException {
        try (Hypervisor fresh = open(host)) {
            for (Machine machine : fresh.list()) {
                if (machine.name().equals(name)) {
                    fresh.stop(machine.id(), StopMode.POWER_OFF);
                    fresh.forget(machine.id());
                }
            }
        }
    }

    final boolean offers(HypervisorFeature feature) {
        return hypervisor.features().offers(feature);
    }

    final Optional<MachineState> state(MachineId id) throws InterruptedException {
        return hypervisor.find(id).map(Machine::state);
    }

    final List<MachineDisk> disks(MachineId id) throws InterruptedException {
        return hypervisor.find(id).orElseThrow().disks();
    }

    static MachineDisk place(Disk disk) {
        return new MachineDisk(disk.volume(), disk.attachment());
    }

    final List<String> names() throws InterruptedException {
        return hypervisor.list().stream().map(Machine::name).toList();
    }
}
