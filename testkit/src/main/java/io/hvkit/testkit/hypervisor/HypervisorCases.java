package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Ledger;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the contracts of hypervisors share: the driver they judge, and what a case needs. A contract judges only what it made,
 * under names that no other run uses, and undoes it.
 */
@ExtendWith(ContractRun.class)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
public abstract sealed class HypervisorCases
        permits HypervisorContract,
                MachineControlContract,
                GracefulStopContract,
                HotPlugContract,
                EncryptedDisksContract,
                LostConnectionContract,
                StatisticsContract,
                LiveDiskMigrationContract,
                MachineSnapshotsContract {

    static final HostId HOST = new HostId("contract");

    private final Ledger ledger = new Ledger();

    Hypervisor hypervisor;
    Disk disk;
    MachineSpec spec;

    HypervisorCases() {}

    /** Returns what to judge; asked for again whenever a case needs it. */
    protected abstract HypervisorUnderTest underTest();

    /** Returns the cases that are known to be broken; none unless a plug-in says so. */
    protected List<Waiver> waivers() {
        return List.of();
    }

    /** Returns where the report is written; {@code target/contract-reports} unless a plug-in says otherwise. */
    protected Path reports() {
        return Path.of("target", "contract-reports");
    }

    /** Made by JUnit: opens a connection and makes a disk. */
    @BeforeEach
    final void connect() throws InterruptedException {
        hypervisor = connection();
        String name = unique();
        disk = underTest().disk(new VolumeId(name));
        spec = MachineSpec.named(name).with(disk);
    }

    /** Stops and closes what the case left. */
    @AfterEach
    final void undoEverything() {
        ledger.close();
    }

    final String unique() {
        return "contract-" + UUID.randomUUID();
    }

    /** Opens a connection as an embedder does, with the SDK's guard in front of the driver. */
    final Hypervisor connection() throws InterruptedException {
        Hypervisor opened = open();
        ledger.add(opened::close);
        return opened;
    }

    private Hypervisor open() throws InterruptedException {
        HypervisorUnderTest judged = underTest();
        HypervisorDriver guarded =
                HypervisorDrivers.of(List.of(judged.driver())).requireAll().forType(judged.type());
        return guarded.open(HOST, judged.type(), Options.parse(guarded.options(), judged.options()));
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
        ledger.add(() -> remove(wanted.name()));
    }

    /** By a connection of its own: the case may have broken the other ones. */
    private void remove(String name) throws InterruptedException {
        try (Hypervisor fresh = open()) {
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

    /** A call of the SPI. */
    @FunctionalInterface
    interface Call {
        /** Makes it. */
        void make() throws InterruptedException;
    }

    /** Requires that a call is refused for that reason and has done nothing. */
    static void refuses(Failure failure, Call call) {
        refuses(failure, "a call that is to be refused", call);
    }

    /** Requires that a call is refused for that reason and has done nothing. */
    static void refuses(Failure failure, String what, Call call) {
        assertThatExceptionOfType(DriverException.class)
                .as(what)
                .isThrownBy(call::make)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED))
                .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
    }
}
