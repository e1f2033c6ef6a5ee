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
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.NicModel;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Ref;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is peculiar to machines of vSphere: names, files that move, guests without tools, and what others did. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachinesIT {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static VmwareJudged vmware;

    private Hypervisor host;
    private MachineSpec spec;
    private Disk disk;

    @BeforeAll
    static void startAll() throws InterruptedException {
        vmware = VmwareJudged.start();
    }

    @AfterAll
    static void stopAll() {
        vmware.close();
    }

    @BeforeEach
    void open() throws InterruptedException {
        vmware.vcenter().reset(); // what cleaning up called is counted, too
        host = vmware.open(Map.of());
        disk = vmware.disk(new VolumeId("m-" + UUID.randomUUID()));
        spec = MachineSpec.named(disk.volume().value()).with(disk).keptAs(Persistence.PERSISTENT);
    }

    @AfterEach
    void close() throws InterruptedException {
        vmware.vcenter().reset();
        for (Machine machine : host.list()) {
            if (!machine.name().startsWith("DC0_")) {
                host.stop(machine.id(), StopMode.POWER_OFF);
                host.forget(machine.id());
            }
        }
        host.close();
    }

    private static Node property(MachineId machine, String path) throws Exception {
        return vmware.admin()
                .properties()
                .read(vmware.at("DC0/vm/" + machine), path)
                .value(path)
                .orElseThrow();
    }

    private static Node admin(Ref target, String method) throws InterruptedException {
        return vmware.admin().require(Call.changing(target, Data.of(method)));
    }

    private List<MachineDisk> disks(MachineId id) throws InterruptedException {
        return host.find(id).orElseThrow().disks();
    }

    private static MachineDisk place(Disk disk) {
        return new MachineDisk(disk.volume(), disk.attachment());
    }

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
    void names_keep_their_characters_and_have_a_length() throws InterruptedException {
        String odd = "a/b\\c%2fd [x]&<é".replace("é", "~");
        MachineSpec strange = MachineSpec.named("odd-" + UUID.randomUUID() + odd.replace(" ", "_"))
                .with(disk)
                .keptAs(Persistence.PERSISTENT);
        MachineSpec longest = MachineSpec.named("l".repeat(80)).keptAs(Persistence.PERSISTENT);

        MachineId id = host.define(strange).id();
        assertThat(id.value()).isEqualTo(strange.name());
        assertThat(host.find(id).map(Machine::name)).contains(strange.name());
        assertThat(host.list()).extracting(Machine::name).contains(strange.name());
        assertThat(host.start(id, KeySource.NONE).state()).isEqualTo(MachineState.RUNNING);
        assertThat(host.define(longest).name()).hasSize(80);
        Refused.as(Failure.INVALID_REQUEST)
                .saying(
                        "up to 80",
                        () -> host.define(MachineSpec.named("l".repeat(81)).keptAs(Persistence.PERSISTENT)));
    }

    @Test
    void sizes_that_a_vcenter_does_not_take_are_refused_with_the_rule() throws InterruptedException {
        Refused.as(Failure.INVALID_REQUEST)
                .saying("steps of 4", () -> host.define(spec.memory(ByteSize.mebibytes(130))));
        MachineSpec crowded = MachineSpec.named(spec.name()).keptAs(Persistence.PERSISTENT);
        for (int i = 0; i < 16; i++) {
            crowded = crowded.with(vmware.at(new VolumeId("crowd-" + i)));
        }
        MachineSpec sixteen = crowded;
        Refused.as(Failure.EXHAUSTED).saying("15 disks", () -> host.define(sixteen));
        assertThat(host.find(new MachineId(spec.name()))).isEmpty();
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
    void a_name_on_another_host_or_of_a_machine_that_is_not_ours_is_taken() throws InterruptedException {
        host.define(spec);

        try (Hypervisor other = vmware.open(Map.of("host", "DC0_C0_H1"))) {
            assertThat(other.find(new MachineId(spec.name()))).isEmpty();
            Refused.as(Failure.EXISTS_DIFFERENTLY).saying(spec.name(), () -> other.start(spec));
            Refused.as(Failure.NOT_FOUND)
                    .saying(spec.name(), () -> other.start(new MachineId(spec.name()), KeySource.NONE));
            other.stop(new MachineId(spec.name()), StopMode.POWER_OFF);
            other.forget(new MachineId(spec.name()));
        }
        assertThat(host.find(new MachineId(spec.name()))).isPresent();
        try (Hypervisor outside = vmware.open(Map.of("host", "DC0_H0"))) {
            Machine foreign = outside.list().get(0);
            Refused.as(Failure.EXISTS_DIFFERENTLY)
                    .saying("not made here", () -> outside.start(MachineSpec.named(foreign.name())));
            assertThat(outside.find(foreign.id())).contains(foreign);
        }
    }

    @Test
    void what_is_forgotten_leaves_its_disks_and_no_file_of_its_own() throws Exception {
        MachineId id = host.define(spec).id();
        String home = "[" + VmwareJudged.DATASTORE + "] " + id + "/" + id + ".vmx";
        for (int i = 0; i < 3; i++) {
            host.start(id, KeySource.NONE);
            host.stop(id, StopMode.POWER_OFF);
            assertThat(property(id, "config.files.vmPathName").text())
                    .as("in the same folder again, since nothing is in its way")
                    .isEqualTo(home);
            host.forget(id);
            assertThat(host.define(spec).disks()).containsExactly(place(disk));
        }
        assertThat(vmware.vcenter().calls("Destroy_Task")).isZero();
        assertThat(vmware.vcenter().calls("DeleteVirtualDisk_Task")).isZero();
    }

    @Test
    void a_disk_in_the_machines_own_folder_outlives_it_too() throws Exception {
        String name = "own-" + UUID.randomUUID();
        Disk inside = vmware.disk(new VolumeId(name), name);
        MachineSpec wanted = MachineSpec.named(name).with(inside);

        for (int i = 0; i < 2; i++) {
            MachineId id = host.start(wanted).id();
            host.stop(id, StopMode.POWER_OFF);
            assertThat(host.find(id)).isEmpty();
        }
        assertThat(host.define(wanted.keptAs(Persistence.PERSISTENT)).disks()).containsExactly(place(inside));
    }

    @Test
    void files_that_somebody_left_in_a_machines_folder_are_not_touched() throws Exception {
        MachineId id = host.define(spec).id();
        admin(vmware.at("DC0/vm/" + id), "UnregisterVM"); // as somebody may by hand: its files stay
        assertThat(host.find(id)).isEmpty();

        assertThat(host.define(spec).id()).isEqualTo(id);
        assertThat(property(id, "config.files.vmPathName").text())
                .isNotEqualTo("[" + VmwareJudged.DATASTORE + "] " + id + "/" + id + ".vmx");
    }

    @Test
    void a_transient_machine_whose_guest_shut_down_by_itself_is_gone_and_in_nobodys_way() throws Exception {
        MachineSpec fleeting = spec.keptAs(Persistence.TRANSIENT);
        MachineId id = host.start(fleeting).id();
        admin(vmware.at("DC0/vm/" + id), "ShutdownGuest");

        assertThat(host.find(id)).isEmpty();
        assertThat(host.list()).extracting(Machine::id).doesNotContain(id);
        Refused.as(Failure.NOT_FOUND).saying(id.value(), () -> host.start(id, KeySource.NONE));
        assertThat(host.start(fleeting.cpus(2)).state()).isEqualTo(MachineState.RUNNING);
        assertThat(property(id, "config.hardware.numCPU").text()).isEqualTo("2");
        admin(vmware.at("DC0/vm/" + id), "ShutdownGuest");
        host.stop(id, StopMode.POWER_OFF);
        assertThat(host.define(spec).state()).isEqualTo(MachineState.STOPPED);
    }

    @Test
    void a_start_that_fails_leaves_nothing_and_the_next_one_works() throws InterruptedException {
        for (MachineSpec each : List.of(spec, spec.keptAs(Persistence.TRANSIENT))) {
            vmware.vcenter().next(1, "PowerOnVM_Task", "task", "InsufficientMemoryResourcesFault");
            Refused.as(Failure.EXHAUSTED).saying("InsufficientMemory", () -> host.start(each));
            assertThat(host.find(new MachineId(each.name()))).isEmpty();

            MachineId id = host.start(each).id();
            host.stop(id, StopMode.POWER_OFF);
            host.forget(id);
        }
    }

    @Test
    void what_somebody_else_is_changing_is_tried_again() throws InterruptedException {
        vmware.vcenter().next(2, "CreateVM_Task", "task", "ConcurrentAccess");
        vmware.vcenter().next(2, "PowerOnVM_Task", "task", "TaskInProgress");
        vmware.vcenter().next(2, "ReconfigVM_Task", "task", "TaskInProgress");
        MachineId id = host.start(spec).id();

        host.hotPlug().orElseThrow().detach(id, disk.volume(), LONG);

        assertThat(disks(id)).isEmpty();
        assertThat(vmware.vcenter().calls("ReconfigVM_Task")).isEqualTo(3);
    }

    @Test
    void an_answer_that_is_lost_while_its_task_is_slow_makes_nothing_twice() throws InterruptedException {
        vmware.vcenter().tasksTake(400);
        for (String method : List.of("CreateVM_Task", "PowerOnVM_Task", "ReconfigVM_Task", "PowerOffVM_Task")) {
            vmware.vcenter().next(1, method, "dropafter", "");
        }
        MachineId id = host.start(spec).id();
        Disk data = vmware.disk(new VolumeId(disk.volume() + "-data"));
        host.hotPlug().orElseThrow().attach(id, data);
        assertThat(disks(id)).containsExactly(place(disk), place(data));
        host.stop(id, StopMode.POWER_OFF);

        assertThat(host.find(id).map(Machine::state)).contains(MachineState.STOPPED);
        for (String method : List.of("CreateVM_Task", "PowerOnVM_Task", "ReconfigVM_Task", "PowerOffVM_Task")) {
            assertThat(vmware.vcenter().calls(method)).as(method).isEqualTo(1);
        }
    }

    @Test
    void a_guest_without_tools_cannot_be_asked_and_says_so_at_once() throws InterruptedException {
        MachineId id = host.start(spec).id();
        vmware.vcenter().next(2, "ShutdownGuest", "soap", "ToolsUnavailable");

        Refused.as(Failure.TIMED_OUT).saying("VMware Tools", () -> host.stop(id, StopMode.GRACEFUL));
        assertThat(host.find(id).map(Machine::state)).contains(MachineState.RUNNING);
        host.stop(id, StopMode.GRACEFUL.orPowerOff());
        assertThat(host.find(id).map(Machine::state)).contains(MachineState.STOPPED);
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

    private static List<String> note(MachineId id, String key) throws Exception {
        return property(id, "config.extraConfig").children().stream()
                .filter(option -> option.text("key").equals(key))
                .map(option -> option.text("value"))
                .toList();
    }

    private static String uuidInTheMachine(MachineId id) throws Exception {
        return property(id, "config.hardware.device").children().stream()
                .filter(device -> device.type().equals("VirtualDisk"))
                .findFirst()
                .orElseThrow()
                .text("backing", "uuid");
    }

    @Test
    void tags_are_kept_with_the_machine_and_are_part_of_the_request() throws Exception {
        MachineSpec tagged = spec.tagged("owner", "a team").tagged("empty", "");
        MachineId id = host.define(tagged).id();

        assertThat(host.define(tagged).id()).isEqualTo(id);
        assertThat(note(id, "hvkit.tag.owner")).containsExactly("=a team");
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying(id.value(), () -> host.define(spec));
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying(id.value(), () -> host.define(tagged.tagged("owner", "another")));
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
