package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.BootSource;
import io.hvkit.hypervisor.spi.Console;
import io.hvkit.hypervisor.spi.Discard;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskCache;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.DiskIo;
import io.hvkit.hypervisor.spi.DiskLimits;
import io.hvkit.hypervisor.spi.Firmware;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.NicModel;
import io.hvkit.hypervisor.spi.Platform;
import io.hvkit.hypervisor.spi.RandomSource;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a machine is asked to have, it has; and a request that asks for something else is another request. */
@Tag("drawn")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DevicesIT extends HostedTest {

    private static final MacAddress MAC = new MacAddress("52:54:00:00:00:01");
    private static final MacAddress OTHER_MAC = new MacAddress("52:54:00:00:00:02");

    private Disk disk;

    @BeforeEach
    void prepare() throws InterruptedException {
        disk = host.disk(host.pool("pool"), ImageFormat.RAW, ByteSize.mebibytes(16), List.of());
    }

    @Test
    void a_guest_writes_to_a_disk_on_a_scsi_controller() throws InterruptedException {
        Disk scsi = disk.as(DiskDevice.on(DiskBus.SCSI));

        GuestConsole console = host.startWriting(host.spec(scsi, WRITING.onDevice("sda")), 16);

        assertThat(console.acknowledged()).isGreaterThanOrEqualTo(16);
    }

    static Stream<DiskDevice> devices() {
        DiskDevice virtio = DiskDevice.on(DiskBus.VIRTIO);
        return Stream.of(
                DiskDevice.on(DiskBus.SATA), // which the guest's kernel has no driver for
                virtio.cached(DiskCache.WRITEBACK),
                virtio.cached(DiskCache.WRITETHROUGH),
                virtio.cached(DiskCache.DIRECTSYNC).submitting(DiskIo.NATIVE),
                virtio.cached(DiskCache.UNSAFE).submitting(DiskIo.THREADS),
                virtio.submitting(DiskIo.IO_URING),
                virtio.discarding(Discard.IGNORE).serial("A-1_b.c+9"),
                virtio.readOnly(),
                virtio.limitedTo(DiskLimits.none().iops(100).burstOf(200)),
                virtio.limitedTo(DiskLimits.none().bandwidth(ByteSize.mebibytes(10))));
    }

    @ParameterizedTest
    @MethodSource("devices")
    void a_disk_is_served_as_asked_and_another_way_is_another_request(DiskDevice device) throws InterruptedException {
        MachineSpec spec = host.spec(disk.as(device), GuestWork.idle());

        host.start(spec);
        host.hypervisor().start(spec);

        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(host.respec(spec, disk)));
    }

    @Test
    void a_guest_sees_its_network_cards_and_the_hosts_randomness() throws Exception {
        bridge("hvkit-t0");
        MachineSpec spec = host.spec(disk, GuestWork.idle())
                .with(Nic.onBridge("hvkit-t0").addressed(MAC))
                .with(Nic.onBridge("hvkit-t0").model(NicModel.E1000E))
                .randomness(RandomSource.HOST);

        host.start(spec);
        host.hypervisor().start(spec);

        GuestConsole.at(host.console(spec.name())).awaitReady(TestHost.PATIENCE);
        assertThat(boot(spec)).contains("nics=1", "rng=virtio_rng.0"); // the guest has virtio's driver alone
        assertThat(host.virsh("domiflist", spec.name())).contains("e1000e", MAC.value());
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec.with(Nic.onBridge("hvkit-t0"))));
    }

    @Test
    void a_network_card_comes_and_goes_while_the_machine_runs() throws InterruptedException {
        bridge("hvkit-t1");
        MachineSpec spec = host.spec(disk, GuestWork.idle());
        MachineId machine = host.start(spec);
        GuestConsole.at(host.console(spec.name())).awaitReady(TestHost.PATIENCE);
        var plug = host.hypervisor().hotPlug().orElseThrow();

        refuses(Failure.INVALID_REQUEST, () -> plug.attach(machine, Nic.onBridge("hvkit-t1")));
        plug.attach(machine, Nic.onBridge("hvkit-t1").addressed(OTHER_MAC));
        plug.attach(machine, Nic.onBridge("hvkit-t1").addressed(OTHER_MAC));
        assertThat(host.virsh("domiflist", spec.name())).containsOnlyOnce(OTHER_MAC.value());

        plug.detach(machine, OTHER_MAC, TestHost.PATIENCE);
        plug.detach(machine, OTHER_MAC, TestHost.PATIENCE);
        assertThat(host.virsh("domiflist", spec.name())).doesNotContain(OTHER_MAC.value());
    }

    @Test
    void a_bridge_that_is_not_there_starts_nothing() {
        MachineSpec spec = host.spec(disk, GuestWork.idle()).with(Nic.onBridge("hvkit-no"));

        refuses(Failure.NOT_FOUND, () -> host.hypervisor().start(spec));
    }

    @Test
    void a_console_is_a_terminal_of_the_host_while_the_machine_runs() throws InterruptedException {
        MachineSpec spec = host.spec(disk, GuestWork.idle()).console(Console.TERMINAL);
        MachineId machine = new MachineId(spec.name());
        assertThat(host.hypervisor().console(machine)).isEmpty();

        host.start(spec);
        host.hypervisor().start(spec);

        assertThat(host.hypervisor().console(machine).map(Path::toString))
                .hasValueSatisfying(path -> assertThat(path).startsWith("/dev/pts/"));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(host.respec(spec, disk)));
    }

    @Test
    void tags_stay_with_the_machine_and_belong_to_the_request() throws InterruptedException {
        MachineSpec spec = host.spec(disk, GuestWork.idle()).tagged("owner", "größe & <co>");

        host.start(spec);
        host.hypervisor().start(spec);

        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec.tagged("owner", "x")));
    }

    @Test
    void a_guest_boots_with_the_new_firmware_on_a_named_board_with_a_named_processor() throws InterruptedException {
        Platform platform =
                Platform.with(Firmware.UEFI).machineType("pc-q35-7.2").processor("qemu64");
        MachineSpec spec = host.spec(disk, GuestWork.idle()).platform(platform).memory(ByteSize.mebibytes(256));

        host.start(spec);
        host.hypervisor().start(spec);

        GuestConsole.at(host.console(spec.name())).awaitReady(TestHost.PATIENCE);
        assertThat(host.virsh("dumpxml", spec.name())).contains("pc-q35-7.2", "OVMF", "qemu64");
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec.platform(Platform.with(Firmware.BIOS))));
    }

    @Test
    void a_boot_order_is_kept_and_belongs_to_the_request() throws InterruptedException {
        MachineSpec spec = MachineSpec.named("boot-order").with(disk).bootingFrom(BootSource.NETWORK, BootSource.DISK);

        host.start(spec);
        host.hypervisor().start(spec);

        assertThat(host.virsh("dumpxml", spec.name())).contains("<boot order='1'/>");
        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec.bootingFrom(BootSource.DISK)));
    }

    private String boot(MachineSpec spec) throws java.io.IOException {
        return Files.readString(host.console(spec.name()))
                .lines()
                .filter(line -> line.startsWith("@@ BOOT"))
                .findFirst()
                .orElseThrow();
    }

    private void bridge(String name) throws InterruptedException {
        run("ip", "link", "add", name, "type", "bridge");
        host.undoLater(() -> run("ip", "link", "delete", name));
    }

    private static void run(String... argv) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(argv));
        assertThat(result.exitCode()).as(result.errors()).isZero();
    }
}
