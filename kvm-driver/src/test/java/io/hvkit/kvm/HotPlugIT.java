package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks of a machine that runs come, grow and go, and their secrets with them. */
@Tag("drawn")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HotPlugIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    private static final Duration SHORT = Duration.ofMillis(100);

    private final Secret key = Secret.random();
    private final Secret otherKey = Secret.random();
    private StoragePool pool;
    private Disk root;
    private Disk data;

    @BeforeEach
    void prepare() throws InterruptedException {
        pool = host.pool("pool");
        root = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        data = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(otherKey));
    }

    @AfterEach
    void wipe() {
        key.close();
        otherKey.close();
    }

    @ParameterizedTest
    @CsvSource({"VIRTIO,vdb", "SCSI,sda"})
    void a_guest_writes_to_a_disk_that_came_while_it_ran(DiskBus bus, String name) throws InterruptedException {
        Disk plugged = data.as(DiskDevice.on(bus).serial("data-1"));
        MachineSpec spec = host.spec(root, WRITING.onDevice(name));
        MachineId machine = host.start(spec);
        GuestConsole console = GuestConsole.at(host.console(spec.name()));

        plug().attach(machine, plugged);
        plug().attach(machine, plugged);

        console.awaitReady(TestHost.PATIENCE);
        console.awaitAcknowledged(64, TestHost.PATIENCE);
        assertThat(disks(machine)).containsExactly(place(root), place(plugged));
        assertThat(host.secrets()).hasSize(2);
        RecordCheck check = host.stopAndCheck(spec, TestHost.image(plugged));
        assertThat(check.holds()).as(check.toString()).isTrue();
        assertThat(host.secrets()).isEmpty();
    }

    @Test
    void a_sata_disk_is_refused_since_no_running_machine_takes_one() throws InterruptedException {
        MachineId machine = host.start(host.spec(root, GuestWork.idle()));

        refuses(Failure.UNSUPPORTED, () -> plug().attach(machine, data.as(DiskDevice.on(DiskBus.SATA))));

        assertThat(disks(machine)).containsExactly(place(root));
        assertThat(host.secrets()).hasSize(1);
    }

    @Test
    void a_disk_that_the_guest_lets_go_is_gone_with_its_secret_and_may_come_back() throws InterruptedException {
        MachineId machine = idle(Persistence.PERSISTENT);
        plug().attach(machine, data);
        assertThat(host.virsh("dumpxml", "--inactive", machine.value())).contains(TestHost.file(data) + "");

        plug().detach(machine, data.volume(), TestHost.PATIENCE);
        plug().detach(machine, data.volume(), SHORT);

        assertThat(disks(machine)).containsExactly(place(root));
        assertThat(host.secrets()).hasSize(1);
        assertThat(host.virsh("dumpxml", "--inactive", machine.value())).doesNotContain(TestHost.file(data) + "");
        plug().attach(machine, data);
        assertThat(disks(machine)).containsExactly(place(root), place(data));
    }

    @Test
    void a_guest_that_does_not_let_go_keeps_the_disk_until_it_does() throws InterruptedException {
        MachineId machine = idle(Persistence.TRANSIENT);
        plug().attach(machine, data);
        host.hypervisor().control().orElseThrow().pause(machine);

        DriverException tooSlow =
                catchThrowableOfType(DriverException.class, () -> plug().detach(machine, data.volume(), SHORT));

        assertThat(tooSlow.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(disks(machine)).contains(place(data));
        assertThat(host.secrets()).hasSize(2);
        host.hypervisor().control().orElseThrow().resume(machine);
        plug().detach(machine, data.volume(), TestHost.PATIENCE);
        assertThat(disks(machine)).containsExactly(place(root));
    }

    @Test
    void a_disk_that_is_being_moved_stays_in_both_descriptions() throws InterruptedException {
        MachineId machine = idle(Persistence.PERSISTENT);
        plug().attach(machine, data);
        Disk target = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        DiskMove slow = DiskMove.to(target).limitedTo(ByteSize.mebibytes(1));
        BlockJob job = host.migration().start(machine, data.volume(), slow);

        refuses(Failure.OPERATION_PENDING, () -> plug().detach(machine, data.volume(), SHORT));

        assertThat(host.virsh("dumpxml", "--inactive", machine.value())).contains(TestHost.file(data) + "");
        job.cancel();
    }

    @Test
    void a_disk_goes_from_what_is_remembered_of_a_machine_that_does_not_run() throws InterruptedException {
        MachineId machine = idle(Persistence.PERSISTENT);
        plug().attach(machine, data);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        plug().detach(machine, data.volume(), SHORT);
        plug().detach(machine, data.volume(), SHORT);

        assertThat(host.virsh("dumpxml", "--inactive", machine.value()))
                .doesNotContain(TestHost.file(data) + "")
                .contains(TestHost.file(root) + "");
        assertThat(disks(machine)).containsExactly(place(root));
    }

    @Test
    void what_cannot_be_attached_leaves_the_machine_and_the_secrets_as_they_were() throws Exception {
        MachineId machine = idle(Persistence.TRANSIENT);
        try (Secret wrong = Secret.random()) {
            Disk locked =
                    Disk.of(data.volume(), data.attachment(), data.format()).unlockedBy(wrong);
            refuses(Failure.BAD_CREDENTIALS, () -> plug().attach(machine, locked));
        }
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> plug().attach(
                                machine,
                                Disk.of(new VolumeId("other"), root.attachment(), root.format())
                                        .unlockedBy(key)));
        Files.delete(TestHost.file(data));
        refuses(Failure.NOT_FOUND, () -> plug().attach(machine, data));
        refuses(Failure.NOT_FOUND, () -> plug().attach(new MachineId("no-such"), data));

        assertThat(disks(machine)).containsExactly(place(root));
        assertThat(host.secrets()).hasSize(1);
        assertThat(host.virsh("dumpxml", machine.value()))
                .doesNotContain(data.volume().value());
    }

    @Test
    void a_disk_of_another_machine_is_not_attached() throws InterruptedException {
        MachineId machine = idle(Persistence.TRANSIENT);
        host.start(host.spec(data, GuestWork.idle()));

        refuses(Failure.IN_USE, () -> plug().attach(machine, data));

        assertThat(host.secrets()).as("both machines keep theirs").hasSize(2);
    }

    @Test
    void a_running_disk_grows_to_the_byte_and_never_shrinks() throws InterruptedException {
        MachineId machine = idle(Persistence.TRANSIENT);
        ByteSize larger = ByteSize.mebibytes(24);

        plug().resize(machine, root.volume(), larger);
        plug().resize(machine, root.volume(), larger);
        refuses(Failure.INVALID_REQUEST, () -> plug().resize(machine, root.volume(), SIZE));
        refuses(Failure.INVALID_REQUEST, () -> plug().resize(machine, root.volume(), ByteSize.bytes(1)));
        refuses(Failure.NOT_FOUND, () -> plug().resize(machine, data.volume(), larger));

        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(QemuImg.probe(CommandRunner.local())
                        .info(TestHost.image(root))
                        .virtualSize())
                .isEqualTo(larger);
    }

    private HotPlug plug() {
        return host.hypervisor().hotPlug().orElseThrow();
    }

    /** Starts a machine whose guest is up and leaves its disks alone. */
    private MachineId idle(Persistence persistence) throws InterruptedException {
        MachineSpec spec = host.spec(root, GuestWork.idle()).keptAs(persistence);
        MachineId machine = host.start(spec);
        GuestConsole.at(host.console(spec.name())).awaitReady(TestHost.PATIENCE);
        return machine;
    }

    private List<MachineDisk> disks(MachineId machine) throws InterruptedException {
        return host.hypervisor().find(machine).orElseThrow().disks();
    }

    private static MachineDisk place(Disk disk) {
        return new MachineDisk(disk.volume(), disk.attachment());
    }
}
