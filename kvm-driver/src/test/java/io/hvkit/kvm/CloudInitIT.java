package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.CloudInit;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.NetworkConfig;
import io.hvkit.hypervisor.spi.NicConfig;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Seeds of cloud-init reach the guest, nobody else, and go with their machines. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CloudInitIT extends HostedTest {

    private static final CloudInit SEED = CloudInit.of("i-1")
            .hostName("web-1")
            .userData("#cloud-config\npassword: tomato\n")
            .network(NetworkConfig.of(
                    NicConfig.of(new MacAddress("52:54:00:00:00:01")).dhcp4()));

    private MachineSpec spec;
    private MachineId machine;

    @BeforeEach
    void prepare() throws InterruptedException {
        Disk disk = host.disk(host.pool("pool"), ImageFormat.RAW, ByteSize.mebibytes(1), List.of());
        MachineSpec plain = host.spec(disk, GuestWork.idle());
        KernelBoot boot = plain.kernel().orElseThrow();
        spec = plain.booting(boot.commandLine(boot.commandLine() + " hv.seed=1"))
                .cloudInit(SEED);
        machine = new MachineId(spec.name());
    }

    @Test
    void the_guest_reads_what_it_is_told_and_the_seed_goes_with_it() throws InterruptedException, IOException {
        host.start(spec);
        GuestConsole.at(host.console(spec.name())).awaitReady(TestHost.PATIENCE);

        assertThat(Files.readString(host.console(spec.name())))
                .contains("@@ SEED label cidata")
                .contains("@@ SEED meta-data {\"instance-id\": \"i-1\",")
                .contains("@@ SEED meta-data \"local-hostname\": \"web-1\"}")
                .contains("@@ SEED user-data #cloud-config")
                .contains("@@ SEED user-data password: tomato")
                .contains("@@ SEED network-config {\"version\": 2, \"ethernets\": {");
        assertThat(seeds()).hasSize(1);
        assertThat(host.virsh("dumpxml", machine.value())).doesNotContain("tomato", "web-1");
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(seeds()).isEmpty();
    }

    @Test
    void another_seed_is_another_request() throws InterruptedException {
        host.start(spec);

        host.hypervisor().start(spec);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec.cloudInit(SEED.userData("potato"))))
                .hasMessageNotContaining("tomato");
        assertThat(seeds()).hasSize(1);
    }

    @Test
    void a_remembered_machine_keeps_its_seed_until_it_is_forgotten() throws InterruptedException {
        MachineSpec kept = spec.keptAs(Persistence.PERSISTENT);
        host.undoLater(() -> {
            host.hypervisor().stop(machine, StopMode.POWER_OFF);
            host.hypervisor().forget(machine);
        });
        host.hypervisor().define(kept);
        host.hypervisor().define(kept);
        assertThat(seeds()).hasSize(1);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().define(kept.cloudInit(SEED.hostName("web-2"))));

        host.hypervisor().start(machine);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(seeds()).hasSize(1);

        host.hypervisor().start(kept.cloudInit(SEED.hostName("web-2")));
        assertThat(seeds()).as("the old one went").hasSize(1);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        try (Hypervisor later = host.connect()) {
            later.forget(machine);
        }
        assertThat(seeds()).isEmpty();
    }

    @Test
    void a_machine_that_does_not_start_leaves_no_seed_and_touches_no_others() throws InterruptedException {
        host.start(spec);
        List<Path> before = seeds();
        MachineSpec thief = MachineSpec.named("thief").with(spec.disks().get(0)).cloudInit(SEED);

        refuses(Failure.IN_USE, () -> host.hypervisor().start(thief));

        assertThat(seeds()).isEqualTo(before);
    }

    private List<Path> seeds() {
        try (Stream<Path> files = Files.list(host.seeds())) {
            return files.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
