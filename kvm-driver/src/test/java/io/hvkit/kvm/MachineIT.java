package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.Await;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("drawn")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachineIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);

    private final Secret key = Secret.random();
    private StoragePool pool;
    private Disk disk;
    private MachineSpec spec;
    private MachineId machine;

    @BeforeEach
    void prepare() throws InterruptedException {
        pool = host.pool("pool");
        disk = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        spec = host.spec(disk, WRITING);
        machine = new MachineId(spec.name());
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void an_equal_request_gives_the_machine_that_runs() throws InterruptedException {
        host.start(spec);

        Machine again = host.hypervisor().start(spec);

        assertThat(again.state()).isEqualTo(MachineState.RUNNING);
        assertThat(again.disks()).containsExactly(new MachineDisk(disk.volume(), disk.attachment()));
        assertThat(host.hypervisor().list()).extracting(Machine::id).containsOnlyOnce(machine);
    }

    @Test
    void a_request_for_another_make_is_refused_while_it_runs_and_granted_afterwards() throws InterruptedException {
        host.start(spec);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec.cpus(2)));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec.keptAs(Persistence.PERSISTENT)));

        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        assertThat(host.hypervisor().start(spec.cpus(2)).state()).isEqualTo(MachineState.RUNNING);
    }

    @Test
    void a_transient_machine_is_gone_and_a_persistent_one_stopped_when_it_has_stopped() throws InterruptedException {
        host.start(spec);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(host.hypervisor().find(machine)).isEmpty();

        host.hypervisor().start(spec.keptAs(Persistence.PERSISTENT));
        refuses(Failure.IN_USE, () -> host.hypervisor().forget(machine));
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(host.hypervisor().find(machine).map(Machine::state)).contains(MachineState.STOPPED);
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec));

        host.hypervisor().forget(machine);
        host.hypervisor().forget(machine);
        assertThat(host.hypervisor().find(machine)).isEmpty();
    }

    @Test
    void a_persistent_machine_starts_again_as_it_was_and_in_another_make() throws InterruptedException {
        MachineSpec kept = spec.keptAs(Persistence.PERSISTENT);
        host.start(kept);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        assertThat(host.hypervisor().start(kept).state()).isEqualTo(MachineState.RUNNING);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(host.hypervisor().start(kept.cpus(2)).state()).isEqualTo(MachineState.RUNNING);

        assertThat(host.virsh("dumpxml", "--inactive", machine.value())).contains(">2</vcpu>");
        assertThat(host.hypervisor().list()).extracting(Machine::id).containsOnlyOnce(machine);
    }

    @Test
    void a_remembered_machine_that_cannot_start_in_another_make_is_remembered_as_it_was() throws InterruptedException {
        MachineSpec kept = spec.keptAs(Persistence.PERSISTENT);
        host.start(kept);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        try (Secret wrong = Secret.random()) {
            MachineSpec locked = host.respec(kept, disk(disk, wrong)).cpus(2);
            refuses(Failure.BAD_CREDENTIALS, () -> host.hypervisor().start(locked));
        }

        assertThat(host.virsh("dumpxml", "--inactive", machine.value())).contains(">1</vcpu>");
        assertThat(host.hypervisor().start(kept).state()).isEqualTo(MachineState.RUNNING);
    }

    @Test
    void stopping_and_finding_what_never_was_succeeds() throws InterruptedException {
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        assertThat(host.hypervisor().find(machine)).isEmpty();
        assertThat(host.hypervisor().list()).extracting(Machine::id).doesNotContain(machine);
    }

    @Test
    void a_disk_that_is_not_there_starts_nothing() throws Exception {
        Files.delete(TestHost.file(disk));

        refuses(Failure.NOT_FOUND, () -> host.hypervisor().start(spec));

        assertThat(host.hypervisor().find(machine)).isEmpty();
        assertThat(host.secrets()).isEmpty();
    }

    @Test
    void a_disk_that_another_machine_writes_starts_nothing() throws InterruptedException {
        host.start(spec);
        MachineSpec thief = host.spec(disk, WRITING);

        refuses(Failure.IN_USE, () -> host.hypervisor().start(thief));

        assertThat(host.hypervisor().find(new MachineId(thief.name()))).isEmpty();
        assertThat(host.secrets()).as("the first machine's secret stays").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a,b", "a=b", "a:b", "-a", "a%s", "a'b\"c<d&e", "größe-ıİ"})
    void a_disk_in_a_folder_with_an_odd_name_starts_and_moves(String name) throws InterruptedException {
        Disk odd = host.disk(host.pool(name), ImageFormat.LUKS, SIZE, List.of(key));
        spec = host.spec(odd, WRITING);
        machine = new MachineId(spec.name());
        host.start(spec);
        assertThat(host.hypervisor().find(machine).orElseThrow().disks())
                .containsExactly(new MachineDisk(odd.volume(), odd.attachment()));

        Disk target = host.disk(host.pool(name + "2"), ImageFormat.LUKS, SIZE, List.of(key));
        host.migration()
                .start(machine, odd.volume(), DiskMove.to(target))
                .await(TestHost.PATIENCE)
                .orElseThrow()
                .orThrow();

        assertThat(host.hypervisor().find(machine).orElseThrow().disks())
                .containsExactly(new MachineDisk(target.volume(), target.attachment()));
    }

    @Test
    void a_disk_in_a_folder_with_a_line_break_is_refused_before_anything_is_touched() throws InterruptedException {
        Disk odd = host.disk(host.pool("a\nb"), ImageFormat.RAW, SIZE, List.of());
        MachineSpec broken = host.spec(odd, WRITING);

        refuses(Failure.INVALID_REQUEST, () -> host.hypervisor().start(broken));

        assertThat(host.hypervisor().find(new MachineId(broken.name()))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = ImageFormat.class,
            names = {"RAW", "LUKS", "QCOW2"})
    void a_volume_that_a_machine_has_open_is_not_removed_even_if_nobody_noted_that_it_is_attached(ImageFormat format)
            throws InterruptedException {
        disk = host.disk(pool, format, SIZE, format == ImageFormat.LUKS ? List.of(key) : List.of());
        spec = host.spec(disk, WRITING);
        machine = host.start(spec);
        pool.detach(disk.volume(), TestHost.HOST);

        refuses(Failure.IN_USE, () -> pool.delete(disk.volume()));

        assertThat(TestHost.file(disk)).exists();
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        pool.delete(disk.volume());
        assertThat(TestHost.file(disk)).doesNotExist();
    }

    @Test
    void a_probe_says_what_the_host_has_and_why() throws InterruptedException {
        HostFacts facts = host.hypervisor().probe();

        assertThat(facts.finding(HostFeature.QEMU_IMG).presence()).isEqualTo(HostFacts.Presence.PRESENT);
        assertThat(facts.finding(HostFeature.VOLUME_ENCRYPTION).presence()).isEqualTo(HostFacts.Presence.PRESENT);
        assertThat(facts.finding(HostFeature.POWERFLEX_CLIENT).presence()).isEqualTo(HostFacts.Presence.NOT_PROBED);
    }

    @Test
    void a_daemon_that_is_down_is_unreachable_and_the_connection_works_again_when_it_is_up()
            throws InterruptedException {
        HOST.host().stopDaemon();
        try {
            refuses(Failure.UNREACHABLE, () -> host.hypervisor().list());
            refuses(Failure.UNREACHABLE, () -> host.hypervisor().start(spec));
        } finally {
            HOST.host().startDaemon();
        }

        assertThat(host.hypervisor().list()).isEmpty();
    }

    @Test
    void a_host_that_is_not_there_is_unreachable() {
        KvmDriver driver = new KvmDriver();
        String uri = "qemu+unix:///system?socket=" + folder.resolve("no-such-socket");
        Options options = Options.parse(driver.options(), Map.of("uri", uri));

        refuses(Failure.UNREACHABLE, () -> driver.open(TestHost.HOST, HypervisorType.KVM, options));
    }

    @Test
    void closing_ends_every_thread_and_may_be_repeated() throws InterruptedException {
        TestHost other = new TestHost(HOST.host(), GUEST.guest(), folder);
        Hypervisor hypervisor = other.hypervisor();
        hypervisor.list();
        host.close();

        hypervisor.close();
        hypervisor.close();
        other.close();

        Await.until(
                "no thread of the library is left",
                TestHost.PATIENCE,
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("hvkit-")));
    }

    @Test
    void the_driver_is_discovered() {
        HypervisorDrivers drivers = HypervisorDrivers.discoveredBy(KvmDriver.class.getClassLoader());

        assertThat(drivers.forType(drivers.types().require("KVM")).types()).containsExactly(HypervisorType.KVM);
    }

    private static Disk disk(Disk like, Secret secret) {
        return Disk.of(like.volume(), like.attachment(), like.format()).unlockedBy(secret);
    }
}
