package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Ledger;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
public abstract sealed class HypervisorCases permits HypervisorContract, LiveDiskMigrationContract {

    static final HostId HOST = new HostId("contract");

    private final Ledger ledger = new Ledger();

    Hypervisor hypervisor;
    Disk disk;
    MachineSpec spec;

    HypervisorCases() {}

    /** Returns the driver to judge; every one that is made leads to the same host, as after a restart of the process. */
    protected abstract HypervisorDriver driver();

    /** Returns the type to open, with what it declares. */
    protected abstract HypervisorType type();

    /** Returns the text of the options to open it with. */
    protected abstract Map<String, String> options();

    /** Returns a small, plain disk that exists and that nothing else uses; all that are made have the same size. */
    protected abstract Disk disk(VolumeId volume);

    /** Returns a disk that does not exist. */
    protected abstract Disk absentDisk();

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
        disk = disk(new VolumeId(name));
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
        HypervisorDriver guarded =
                HypervisorDrivers.of(List.of(driver())).requireAll().forType(type());
        Hypervisor opened = guarded.open(HOST, type(), Options.parse(guarded.options(), options()));
        ledger.add(opened::close);
        return opened;
    }

    final Machine start(MachineSpec wanted) throws InterruptedException {
        ledger.add(() -> {
            for (Machine machine : hypervisor.list()) {
                if (machine.name().equals(wanted.name())) {
                    hypervisor.stop(machine.id(), StopMode.POWER_OFF);
                    hypervisor.forget(machine.id());
                }
            }
        });
        return hypervisor.start(wanted);
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
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call::make)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED))
                .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
    }
}
