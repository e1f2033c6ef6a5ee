package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.CloudInit;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.NetworkConfig;
import io.hvkit.hypervisor.spi.NicConfig;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that gives guests a seed for cloud-init. */
public abstract non-sealed class CloudInitContract extends HypervisorCases {

    private static final String PASSWORD = "tomato-7Rq";
    private static final CloudInit CONTENT = CloudInit.of("contract").userData("password: " + PASSWORD);

    private MachineSpec seeded;

    /** Made by JUnit. */
    protected CloudInitContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void seed() {
        seeded = spec.cloudInit(CONTENT);
    }

    @Test
    final void an_equal_seed_is_the_same_request_through_any_connection() throws InterruptedException {
        MachineId id = start(seeded).id();

        assertThat(hypervisor.start(seeded).id()).isEqualTo(id);
        assertThat(connection()
                        .start(spec.cloudInit(CloudInit.of("contract").userData("password: " + PASSWORD)))
                        .id())
                .isEqualTo(id);
        assertThat(disks(id)).containsExactly(place(disk));
        assertThat(state(id)).contains(MachineState.RUNNING);
    }

    @Test
    final void a_seed_that_differs_in_one_thing_is_another_request() throws InterruptedException {
        MachineId id = start(seeded).id();

        for (CloudInit other : List.of(
                CloudInit.of("another").userData("password: " + PASSWORD),
                CONTENT.hostName("host"),
                CONTENT.userData("password: potato-7Rq"),
                CONTENT.network(NetworkConfig.of(
                        NicConfig.of(new MacAddress("52:54:00:c0:17:ac")).dhcp4())))) {
            refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.start(spec.cloudInit(other)));
        }
        refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.start(spec));
        assertThat(state(id)).contains(MachineState.RUNNING);
    }

    @Test
    final void user_data_is_in_no_text() throws InterruptedException {
        MachineId id = start(seeded).id();

        assertThat(hypervisor.find(id) + " " + seeded + " " + hypervisor).doesNotContain(PASSWORD);
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> hypervisor.start(spec.cloudInit(CONTENT.hostName("host"))))
                .satisfies(e -> assertThat(e + " " + e.getCause()).doesNotContain(PASSWORD));
    }

    @Test
    final void a_remembered_machine_has_its_seed_whenever_it_starts() throws InterruptedException {
        MachineSpec kept = seeded.keptAs(Persistence.PERSISTENT);
        if (!offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            refuses(Failure.UNSUPPORTED, () -> start(kept));
            return;
        }
        MachineId id = start(kept).id();
        hypervisor.stop(id, StopMode.POWER_OFF);

        assertThat(hypervisor.start(kept).id()).isEqualTo(id);
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> hypervisor.start(kept.cloudInit(CONTENT.userData("password: potato-7Rq"))));
        hypervisor.stop(id, StopMode.POWER_OFF);
        hypervisor.forget(id);
        assertThat(hypervisor.find(id)).isEmpty();
    }
}
