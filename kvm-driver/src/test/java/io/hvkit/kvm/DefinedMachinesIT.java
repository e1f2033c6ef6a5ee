package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Firmware;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Platform;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.guest.GuestWork;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Machines that libvirt remembers before they run: their keys, and what is left of them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DefinedMachinesIT extends HostedTest {

    private final Secret key = Secret.random();
    private MachineSpec spec;
    private MachineId machine;

    @BeforeEach
    void prepare() throws InterruptedException {
        Disk disk = host.disk(host.pool("pool"), ImageFormat.LUKS, ByteSize.mebibytes(4), List.of(key));
        spec = host.spec(disk, GuestWork.idle()).keptAs(Persistence.PERSISTENT);
        machine = new MachineId(spec.name());
        host.undoLater(() -> {
            host.hypervisor().stop(machine, StopMode.POWER_OFF);
            host.hypervisor().forget(machine);
        });
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void no_key_is_with_the_host_before_its_machine_starts_or_after_it_failed_to() throws InterruptedException {
        host.hypervisor().define(spec);
        assertThat(host.secrets()).isEmpty();

        refuses(Failure.INVALID_REQUEST, () -> host.hypervisor().start(machine)).hasMessageContaining("keysFrom");
        refuses(
                Failure.BAD_CREDENTIALS,
                () -> host.hypervisor().start(machine, volume -> Optional.of(Secret.random())));

        assertThat(host.secrets()).isEmpty();
        assertThat(host.hypervisor().find(machine).map(Machine::state)).contains(MachineState.STOPPED);
    }

    @Test
    void a_machine_that_somebody_else_started_is_confirmed_without_a_key() throws InterruptedException {
        host.hypervisor().define(spec);
        host.hypervisor().start(machine, volume -> Optional.of(key.copy()));

        assertThat(host.hypervisor().start(machine).state()).isEqualTo(MachineState.RUNNING);
        assertThat(host.hypervisor().define(spec).state()).isEqualTo(MachineState.RUNNING);
        assertThat(host.secrets()).hasSize(1);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(host.secrets()).isEmpty();
    }

    @Test
    void a_machine_with_uefi_that_has_run_is_forgotten_with_its_variables() throws InterruptedException {
        MachineSpec uefi = spec.platform(Platform.with(Firmware.UEFI));
        host.hypervisor().define(uefi);
        host.hypervisor().start(machine, volume -> Optional.of(key.copy()));
        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        host.hypervisor().forget(machine);

        assertThat(host.hypervisor().find(machine)).isEmpty();
    }
}
