package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Ref;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is peculiar to clones of vSphere: what they inherit, and what they lie over. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClonesIT extends HostCases {

    private static final SnapshotId BASE = new SnapshotId("base");

    private MachineClones clones;
    private HostSnapshots snapshots;
    private MachineId source;
    private MachineId clone;
    private VolumeId volume;
    private CloneRequest request;

    @BeforeEach
    void begin() throws InterruptedException {
        clones = host.machineClones().orElseThrow();
        snapshots = host.hostSnapshots().orElseThrow();
        spec = spec.tagged("owner", "us");
        source = host.define(spec).id();
        clone = new MachineId("c-" + UUID.randomUUID());
        volume = new VolumeId(clone.value());
        request = CloneRequest.named(clone.value()).calling(disk.volume(), volume);
    }

    @AfterEach
    void removeAll() throws InterruptedException {
        vmware.vcenter().reset();
        List<MachineDisk> cloned = host.find(clone).map(Machine::disks).orElse(List.of());
        host.stop(clone, StopMode.POWER_OFF);
        host.forget(clone);
        for (MachineDisk each : cloned) {
            vmware.delete(each);
        }
        snapshots.remove(source, BASE, Removal.ALONE);
        assertThat(vmware.vcenter().count("spoilt")).isZero();
    }

    private MachineClone linked() throws InterruptedException {
        snapshots.take(source, BASE, Quiescing.NONE);
        return clones.clone(source, request.from(BASE).as(Kind.LINKED));
    }

    private static String uuid(MachineId machine) throws Exception {
        return property(machine, "config.hardware.device").children().stream()
                .filter(device -> device.type().equals("VirtualDisk"))
                .findFirst()
                .orElseThrow()
                .text("backing", "uuid");
    }

    @Test
    void a_full_clone_has_a_uuid_of_its_own_and_a_linked_one_its_parents() throws Exception {
        clones.clone(source, request.as(Kind.FULL));
        assertThat(uuid(clone)).isNotEqualTo(uuid(source));
        assertThat(note(clone, "hvkit.disk.0.uuid")).containsExactly(uuid(clone));
        vmware.delete(forgotten());

        MachineClone made = linked();
        assertThat(uuid(clone)).isEqualTo(uuid(source));
        assertThat(note(clone, "hvkit.disk.0.uuid")).containsExactly(uuid(source));
        assertThat(note(clone, "hvkit.disk.0.place"))
                .containsExactly(VmwareJudged.spelt(made.machine().disks().get(0)));
    }

    private MachineDisk forgotten() throws InterruptedException {
        MachineDisk only = disks(clone).get(0);
        host.forget(clone);
        return only;
    }

    @Test
    void a_clone_inherits_neither_tags_nor_addresses_nor_what_is_noted_of_disks() throws Exception {
        host.forget(source);
        Nic card = Nic.onNetwork("vm-network").addressed(new MacAddress("52:54:00:0a:0b:1c"));
        Nic other = Nic.onNetwork("DC0_DVPG0").addressed(new MacAddress("52:54:00:0a:0b:1d"));
        host.define(spec.with(card).with(other));

        clones.clone(source, request.as(Kind.FULL));

        assertThat(note(clone, "hvkit.tag.owner")).isEmpty();
        assertThat(note(source, "hvkit.tag.owner")).containsExactly("=us");
        assertThat(note(clone, "hvkit.disk.0.volume")).containsExactly(volume.value());
        assertThat(addresses(clone)).hasSize(2).doesNotContainAnyElementsOf(addresses(source));
        assertThat(addresses(source)).containsExactly("52:54:00:0a:0b:1c", "52:54:00:0a:0b:1d");
    }

    private static List<String> addresses(MachineId machine) throws Exception {
        return property(machine, "config.hardware.device").children().stream()
                .map(device -> device.text("macAddress"))
                .filter(address -> !address.isEmpty())
                .toList();
    }

    @Test
    void what_is_noted_after_a_clone_was_made_is_noted_though_calls_and_answers_are_lost() throws Exception {
        for (String loss : List.of("drop", "dropafter")) {
            vmware.vcenter().next(1, "RenameSnapshot", loss, "");
            vmware.vcenter().next(1, "ReconfigVM_Task", loss, "");
            MachineClone made = linked();
            assertThat(clones.clone(source, request.from(BASE))).isEqualTo(made);
            assertThat(note(clone, "hvkit.disk.0.place"))
                    .containsExactly(VmwareJudged.spelt(made.machine().disks().get(0)));
            MachineDisk left = forgotten();
            Refused.as(Failure.IN_USE)
                    .saying(VmwareJudged.spelt(left), () -> snapshots.remove(source, BASE, Removal.ALONE));
            vmware.delete(left);
        }
    }

    @Test
    void a_clone_that_failed_half_way_is_finished_by_the_next_call() throws Exception {
        vmware.vcenter().next(1, "ReconfigVM_Task", "soap", "NoPermission");
        Refused.as(Failure.BAD_CREDENTIALS).saying("NoPermission", () -> clones.clone(source, request.as(Kind.FULL)));
        assertThat(note(clone, "hvkit.disk.0.place")).isEmpty();

        MachineClone made = clones.clone(source, request.as(Kind.FULL));
        assertThat(note(clone, "hvkit.disk.0.place"))
                .containsExactly(VmwareJudged.spelt(made.machine().disks().get(0)));
        assertThat(vmware.vcenter().calls("CloneVM_Task")).isEqualTo(1);
    }

    @Test
    void a_clone_goes_on_as_it_was_begun_when_the_setting_was_changed_since() throws Exception {
        try (Hypervisor full = vmware.open(Map.of("vmware.create.full.clone", "true"))) {
            vmware.vcenter().next(1, "ReconfigVM_Task", "soap", "NoPermission");
            Refused.as(Failure.BAD_CREDENTIALS)
                    .saying(
                            "NoPermission",
                            () -> full.machineClones().orElseThrow().clone(source, request));
        }

        assertThat(clones.clone(source, request).kind())
                .as("where clones are linked by now")
                .isEqualTo(Kind.FULL);
        assertThat(vmware.vcenter().calls("CloneVM_Task")).isEqualTo(1);
    }

    @Test
    void a_clone_that_is_just_being_made_is_nobody_elses_machine() throws InterruptedException {
        MachineClone made = clones.clone(source, request.as(Kind.FULL));
        vmware.vcenter().makeOf(clone.value());
        try (Hypervisor impatient = vmware.open(Map.of("task-limit", "PT0.2S"))) {
            Refused.as(Failure.OPERATION_PENDING)
                    .saying(
                            clone.value(),
                            () -> impatient.machineClones().orElseThrow().clone(source, request));
        }
        vmware.vcenter().makeOf(clone.value());

        assertThat(clones.clone(source, request)).isEqualTo(made);
    }

    @Test
    void a_clone_that_fails_leaves_nothing() throws InterruptedException {
        vmware.vcenter().next(1, "CloneVM_Task", "task", "NoDiskSpace");

        Refused.as(Failure.EXHAUSTED).saying("NoDiskSpace", () -> clones.clone(source, request.as(Kind.FULL)));
        assertThat(clones.find(clone)).isEmpty();
        assertThat(host.find(clone)).isEmpty();
    }

    @Test
    void a_clone_of_a_snapshot_has_the_disks_of_that_moment() throws Exception {
        host.start(source);
        snapshots.take(source, BASE, Quiescing.NONE);
        Disk later = vmware.disk(new VolumeId(disk.volume() + "-later"));
        host.hotPlug().orElseThrow().attach(source, later);
        CloneRequest both = request.calling(later.volume(), new VolumeId(volume + "-later"));

        Refused.as(Failure.NOT_FOUND)
                .saying(
                        later.volume().value(),
                        () -> clones.clone(source, both.from(BASE).as(Kind.FULL)));
        MachineClone made = clones.clone(source, request.from(BASE).as(Kind.FULL));
        assertThat(made.machine().disks()).extracting(MachineDisk::volume).containsExactly(volume);
        assertThat(disks(source)).containsExactly(place(disk), place(later));
    }

    @Test
    void options_say_which_kind_and_what_was_made_stays_what_it_is() throws InterruptedException {
        Refused.as(Failure.INVALID_REQUEST).saying("snapshot", () -> clones.clone(source, request));
        try (Hypervisor full =
                vmware.open(Map.of("vmware.create.full.clone.datastores", VmwareJudged.DATASTORE + "=true"))) {
            MachineClones fully = full.machineClones().orElseThrow();
            assertThat(fully.clone(source, request).kind()).isEqualTo(Kind.FULL);
        }
        assertThat(clones.clone(source, request).kind())
                .as("under another option")
                .isEqualTo(Kind.FULL);
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying(clone.value(), () -> clones.clone(source, request.as(Kind.LINKED)));
        Refused.as(Failure.INVALID_REQUEST)
                .saying("'maybe'", () -> vmware.open(Map.of("vmware.create.full.clone", "maybe")));
    }

    @Test
    void a_snapshot_stays_while_the_disk_of_a_forgotten_linked_clone_is_there() throws Exception {
        linked();
        MachineDisk left = forgotten();

        Refused.as(Failure.IN_USE)
                .saying(VmwareJudged.spelt(left), () -> snapshots.remove(source, BASE, Removal.ALONE));
        Refused.as(Failure.IN_USE)
                .saying(VmwareJudged.spelt(left), () -> snapshots.remove(source, BASE, Removal.WITH_LATER));
        vmware.delete(left);
        snapshots.remove(source, BASE, Removal.ALONE);
        assertThat(SnapshotsIT.files(source)).containsExactly(VmwareJudged.file(disk.volume()));
    }

    @Test
    void a_snapshot_stays_while_a_linked_clone_of_somebody_else_lies_over_it() throws Exception {
        snapshots.take(source, BASE, Quiescing.NONE);
        Data location = Data.of("VirtualMachineRelocateSpec")
                .with("diskMoveType", "createNewChildDiskBacking")
                .with("pool", vmware.at("DC0/host/DC0_C0/Resources"));
        Data wanted = Data.of("VirtualMachineCloneSpec")
                .with("location", location)
                .with("template", false)
                .with("powerOn", false)
                .with(
                        "snapshot",
                        property(source, "snapshot.rootSnapshotList")
                                .children()
                                .get(0)
                                .at("snapshot")
                                .orElseThrow()
                                .ref());
        Ref theirs = SnapshotsIT.run(
                        vmware.at("DC0/vm/" + source),
                        Data.of("CloneVM_Task")
                                .with("folder", vmware.at("DC0/vm"))
                                .with("name", "theirs")
                                .with("spec", wanted))
                .ref();

        Refused.as(Failure.IN_USE).saying("theirs", () -> snapshots.remove(source, BASE, Removal.ALONE));
        vmware.vcenter().loseSightOf("theirs");
        Refused.as(Failure.HOST_NOT_READY).saying("theirs", () -> snapshots.remove(source, BASE, Removal.ALONE));
        vmware.vcenter().loseSightOf("theirs");
        requirePending(() -> vmware.vcenter().makeOf("theirs"));
        requirePending(() -> vmware.vcenter().beginToMake("theirs"));
        assertThat(vmware.vcenter().calls("RemoveSnapshot_Task")).isZero();
        assertThat(admin(theirs, "UnregisterVM").children()).isEmpty();
        snapshots.remove(source, BASE, Removal.ALONE);
        assertThat(snapshots.list(source)).isEmpty();
    }

    private void requirePending(Runnable making) throws InterruptedException {
        making.run();
        try (Hypervisor impatient = vmware.open(Map.of("task-limit", "PT0.2S"))) {
            Refused.as(Failure.OPERATION_PENDING)
                    .saying(
                            "theirs",
                            () -> impatient.hostSnapshots().orElseThrow().remove(source, BASE, Removal.ALONE));
        }
        making.run();
    }

    @Test
    void an_older_snapshot_stays_too_and_a_later_one_may_go() throws Exception {
        snapshots.take(source, new SnapshotId("older"), Quiescing.NONE);
        linked();
        snapshots.take(source, new SnapshotId("later"), Quiescing.NONE);

        Refused.as(Failure.IN_USE)
                .saying("linked clone", () -> snapshots.remove(source, new SnapshotId("older"), Removal.ALONE));
        snapshots.remove(source, new SnapshotId("later"), Removal.ALONE);
        assertThat(snapshots.list(source)).hasSize(2);
        vmware.delete(forgotten());
        snapshots.remove(source, new SnapshotId("older"), Removal.WITH_LATER);
        assertThat(snapshots.list(source)).isEmpty();
    }

    @Test
    void the_disk_of_a_linked_clone_is_its_own_layer_through_snapshots_of_it() throws Exception {
        MachineClone made = linked();
        SnapshotId ofClone = new SnapshotId("of-clone");
        snapshots.take(clone, ofClone, Quiescing.NONE);

        assertThat(disks(clone)).isEqualTo(made.machine().disks());
        assertThat(SnapshotsIT.files(clone))
                .isNotEqualTo(List.of(VmwareJudged.spelt(made.machine().disks().get(0))));
        snapshots.remove(clone, ofClone, Removal.ALONE);
        assertThat(SnapshotsIT.files(clone))
                .containsExactly(VmwareJudged.spelt(made.machine().disks().get(0)));
        assertThat(disks(source)).containsExactly(place(disk));
    }

    @Test
    void marks_whose_answers_are_lost_are_made_once() throws InterruptedException {
        for (String loss : List.of("drop", "dropafter")) {
            vmware.vcenter().next(1, "MarkAsTemplate", loss, "");
            clones.toTemplate(source);
            assertThat(clones.templates()).containsExactly(source);
            vmware.vcenter().next(1, "MarkAsVirtualMachine", loss, "");
            clones.toMachine(source);
            assertThat(clones.templates()).isEmpty();
        }
    }
}
