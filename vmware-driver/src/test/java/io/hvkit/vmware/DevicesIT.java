package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.NicModel;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.vmware.internal.soap.Node;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is peculiar to disks and cards of vSphere: files that move, UUIDs that some lack, and networks of two kinds. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DevicesIT extends HostCases {

    @Test
    void an_encrypted_disk_is_refused_with_the_reason_by_the_driver_itself_too() throws InterruptedException {
        HypervisorDriver bare = vmware.driver();
        try (Secret key = Secret.random();
                Hypervisor unguarded =
                        bare.open(new HostId("esx"), vmware.type(), Options.parse(bare.options(), vmware.options()))) {
            Disk encrypted =
                    Disk.of(disk.volume(), disk.attachment(), ImageFormat.QCOW2).unlockedBy(key);
            Disk header = Disk.of(disk.volume(), disk.attachment(), ImageFormat.LUKS);
            for (Disk refused : List.of(encrypted, header)) {
                MachineSpec wanted = MachineSpec.named(spec.name()).with(refused);
                Refused.as(Failure.UNSUPPORTED).saying("not offered yet", () -> unguarded.start(wanted));
                Refused.as(Failure.UNSUPPORTED)
                        .saying("not offered yet", () -> unguarded.define(wanted.keptAs(Persistence.PERSISTENT)));
                Refused.as(Failure.UNSUPPORTED)
                        .saying(
                                "not offered yet",
                                () -> unguarded
                                        .hotPlug()
                                        .orElseThrow()
                                        .attach(new MachineId("DC0_C0_RP0_VM0"), refused));
            }
            Refused.as(Failure.UNSUPPORTED)
                    .saying(
                            "ENCRYPTED_DISKS",
                            () -> host.start(MachineSpec.named(spec.name()).with(encrypted)));
        }
        assertThat(host.find(new MachineId(spec.name()))).isEmpty();
    }

    @Test
    void a_disk_that_no_host_of_vsphere_opens_is_refused() {
        VolumeId volume = disk.volume();
        List<Disk> strange = List.of(
                Disk.of(volume, disk.attachment(), ImageFormat.QCOW2),
                Disk.of(volume, new Attachment.BlockDevice(Path.of("/dev/sdx")), ImageFormat.VMDK),
                Disk.of(volume, new Attachment.Remote(URI.create("nbd://127.0.0.1/x")), ImageFormat.VMDK),
                Disk.of(volume, new Attachment.ImageFile(Path.of("/var/lib/x.vmdk")), ImageFormat.VMDK),
                Disk.of(volume, new Attachment.ImageFile(Path.of("/vmfs/volumes/a/../../x.vmdk")), ImageFormat.VMDK));

        for (Disk each : strange) {
            Refused.as(Failure.UNSUPPORTED)
                    .saying("", () -> host.start(MachineSpec.named(spec.name()).with(each)));
        }
    }

    @Test
    void changes_of_one_machine_at_once_follow_each_other() throws Exception {
        MachineId id = host.start(spec).id();
        HotPlug plug = host.hotPlug().orElseThrow();
        List<Disk> more = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            more.add(vmware.disk(new VolumeId(disk.volume() + "-" + i)));
        }
        vmware.vcenter().tasksTake(100);
        ExecutorService threads = Executors.newFixedThreadPool(more.size());
        List<Callable<Disk>> attachments = new ArrayList<>();
        more.forEach(each -> attachments.add(() -> {
            plug.attach(id, each);
            return each;
        }));
        for (Future<Disk> each : threads.invokeAll(attachments)) {
            each.get();
        }
        threads.shutdown();

        assertThat(disks(id))
                .hasSize(7)
                .containsAll(more.stream().map(DevicesIT::place).toList());
        assertThat(vmware.vcenter().calls("ReconfigVM_Task"))
                .as("none was refused since another was under way")
                .isEqualTo(more.size());
    }

    @Test
    void a_machine_has_room_for_fifteen_disks_and_keeps_their_order() throws InterruptedException {
        List<MachineDisk> all = new ArrayList<>(List.of(place(disk)));
        MachineSpec full = spec;
        for (int i = 1; i < 14; i++) {
            Disk one = vmware.disk(new VolumeId(disk.volume() + "-" + i));
            all.add(place(one));
            full = full.with(one);
        }
        MachineId id = host.start(full).id();
        HotPlug plug = host.hotPlug().orElseThrow();
        Disk last = vmware.disk(new VolumeId(disk.volume() + "-last"));
        plug.attach(id, last);
        all.add(place(last));
        assertThat(disks(id)).isEqualTo(all);

        Disk tooMuch = vmware.disk(new VolumeId(disk.volume() + "-more"));
        Refused.as(Failure.EXHAUSTED).saying("15 disks", () -> plug.attach(id, tooMuch));
        plug.detach(id, last.volume(), LONG);
        plug.attach(id, tooMuch);
        assertThat(disks(id)).hasSize(15).contains(place(tooMuch));
    }

    @Test
    void a_disk_whose_file_moved_is_the_same_and_its_new_place_is_told() throws InterruptedException {
        MachineId id = host.start(spec).id();
        Disk data = vmware.disk(new VolumeId(disk.volume() + "-data"));
        HotPlug plug = host.hotPlug().orElseThrow();
        plug.attach(id, data);
        String from = VmwareJudged.file(data.volume());
        String to = from.replace("LocalDS_0", "LocalDS_1");
        vmware.vcenter().move(from, to);
        MachineDisk moved = new MachineDisk(
                data.volume(),
                new Attachment.ImageFile(Path.of(((Attachment.ImageFile) data.attachment())
                        .path()
                        .toString()
                        .replace("LocalDS_0", "LocalDS_1"))));

        assertThat(disks(id)).containsExactly(place(disk), moved);
        plug.attach(id, data);
        assertThat(host.start(spec.with(data)).disks()).containsExactly(place(disk), moved);
        plug.detach(id, data.volume(), LONG);
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    void a_disk_whose_file_moved_while_its_machine_was_off_is_taken_away_all_the_same() throws InterruptedException {
        MachineId id = host.define(spec).id();
        String from = VmwareJudged.file(disk.volume());
        vmware.vcenter().move(from, from.replace("LocalDS_0", "LocalDS_1"));

        host.hotPlug().orElseThrow().detach(id, disk.volume(), LONG);

        assertThat(disks(id)).isEmpty();
    }

    @Test
    void a_disk_that_is_still_open_for_a_moment_is_taken_away_after_another_look() throws InterruptedException {
        MachineId id = host.start(spec).id();
        HotPlug plug = host.hotPlug().orElseThrow();
        vmware.vcenter().next(2, "ReconfigVM_Task", "task", "FileLocked");
        plug.detach(id, disk.volume(), LONG);
        assertThat(disks(id)).isEmpty();
        assertThat(vmware.vcenter().calls("ReconfigVM_Task")).isEqualTo(3);

        plug.attach(id, disk);
        vmware.vcenter().next(1, "ReconfigVM_Task", "task", "FileLocked");
        Disk data = vmware.disk(new VolumeId(disk.volume() + "-data"));
        Refused.as(Failure.IN_USE).saying("FileLocked", () -> plug.attach(id, data));
        assertThat(disks(id)).containsExactly(place(disk));
        vmware.vcenter().next(7, "ReconfigVM_Task", "task", "FileLocked");
        Refused.as(Failure.IN_USE).saying("FileLocked", () -> plug.detach(id, disk.volume(), LONG));
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    void a_machine_that_somebody_registers_anew_in_between_is_looked_for_again() throws InterruptedException {
        MachineId id = host.start(spec).id();
        Disk data = vmware.disk(new VolumeId(disk.volume() + "-data"));
        HotPlug plug = host.hotPlug().orElseThrow();

        vmware.vcenter().next(1, "ReconfigVM_Task", "soap", "ManagedObjectNotFound");
        plug.attach(id, data);
        assertThat(disks(id)).containsExactly(place(disk), place(data));
        vmware.vcenter().next(1, "ReconfigVM_Task", "task", "ManagedObjectNotFound");
        plug.detach(id, data.volume(), LONG);
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    void a_disk_that_somebody_put_in_the_place_of_ours_is_not_taken_for_it() throws InterruptedException {
        MachineId id = host.start(spec).id();
        String mine = VmwareJudged.file(disk.volume());
        vmware.vcenter().giveUuid(mine, UUID.randomUUID().toString());
        assertThat(disks(id)).isEmpty();
        Refused.as(Failure.NOT_FOUND)
                .saying(
                        disk.volume().value(),
                        () -> host.hotPlug().orElseThrow().resize(id, disk.volume(), ByteSize.mebibytes(64)));
    }

    @Test
    void the_uuid_of_a_disk_is_noted_in_one_spelling_and_none_is_made_up() throws Exception {
        Disk without = vmware.disk(new VolumeId(disk.volume() + "-without"));
        vmware.vcenter().takeUuidOf(VmwareJudged.file(without.volume()));
        MachineId id = host.start(spec.with(without)).id();

        assertThat(note(id, "hvkit.disk.0.uuid")).containsExactly(uuidInTheMachine(id));
        assertThat(uuidInTheMachine(id)).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(note(id, "hvkit.disk.1.uuid")).isEmpty();
        assertThat(disks(id)).containsExactly(place(disk), place(without));
        host.hotPlug().orElseThrow().detach(id, disk.volume(), LONG);
        assertThat(note(id, "hvkit.disk.0.uuid")).isEmpty();
        assertThat(note(id, "hvkit.disk.0.volume")).isEmpty();
    }

    private static String uuidInTheMachine(MachineId id) throws Exception {
        return property(id, "config.hardware.device").children().stream()
                .filter(device -> device.type().equals("VirtualDisk"))
                .findFirst()
                .orElseThrow()
                .text("backing", "uuid");
    }

    @Test
    void cards_are_on_networks_of_the_host_and_of_distributed_switches() throws Exception {
        MacAddress first = new MacAddress("52:54:00:0a:0b:0c");
        Nic plain = Nic.onNetwork("vm-network").addressed(first);
        Nic distributed = Nic.onNetwork("DC0_DVPG0").model(NicModel.E1000E);
        MachineSpec wired = spec.with(plain).with(distributed);
        MachineId id = host.define(wired).id();

        assertThat(cards(id)).containsExactly("VirtualVmxnet3", "VirtualE1000e");
        assertThat(host.define(wired).id()).isEqualTo(id);
        assertThat(host.start(wired).id()).isEqualTo(id);
        for (MachineSpec other : List.of(
                spec,
                spec.with(plain),
                spec.with(distributed).with(plain),
                spec.with(plain).with(Nic.onNetwork("vm-network").model(NicModel.E1000E)),
                spec.with(plain.model(NicModel.E1000E)).with(distributed),
                spec.with(Nic.onNetwork("vm-network").addressed(new MacAddress("52:54:00:0a:0b:0d")))
                        .with(distributed))) {
            Refused.as(Failure.EXISTS_DIFFERENTLY).saying(id.value(), () -> host.start(other));
        }
    }

    private static List<String> cards(MachineId id) throws Exception {
        return property(id, "config.hardware.device").children().stream()
                .filter(device -> !device.text("macAddress").isEmpty())
                .map(Node::type)
                .toList();
    }

    @Test
    void a_card_is_plugged_in_once_and_taken_away_by_its_address() throws Exception {
        MachineId id = host.start(spec).id();
        HotPlug plug = host.hotPlug().orElseThrow();
        MacAddress address = new MacAddress("52:54:00:0A:0B:0E");

        for (int i = 0; i < 3; i++) {
            plug.attach(id, Nic.onNetwork("DC0_DVPG0").addressed(address));
        }
        assertThat(cards(id)).containsExactly("VirtualVmxnet3");
        vmware.vcenter().next(1, "ReconfigVM_Task", "dropafter", "");
        plug.attach(id, Nic.onNetwork("vm-network").addressed(new MacAddress("52:54:00:0a:0b:0f")));
        assertThat(cards(id)).hasSize(2);
        for (int i = 0; i < 3; i++) {
            plug.detach(id, address, LONG);
        }
        assertThat(cards(id)).hasSize(1);
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    void a_network_that_is_not_there_and_a_bridge_are_refused_and_nothing_is_left() throws InterruptedException {
        MacAddress address = new MacAddress("52:54:00:0a:0b:0c");

        Refused.as(Failure.NOT_FOUND).saying("none-such", () -> host.start(spec.with(Nic.onNetwork("none-such"))));
        Refused.as(Failure.UNSUPPORTED).saying("no bridges", () -> host.start(spec.with(Nic.onBridge("br0"))));
        assertThat(host.find(new MachineId(spec.name()))).isEmpty();
        MachineId id = host.start(spec).id();
        HotPlug plug = host.hotPlug().orElseThrow();
        Refused.as(Failure.NOT_FOUND)
                .saying(
                        "none-such",
                        () -> plug.attach(id, Nic.onNetwork("none-such").addressed(address)));
        Refused.as(Failure.UNSUPPORTED)
                .saying("no bridges", () -> plug.attach(id, Nic.onBridge("br0").addressed(address)));
    }
}
