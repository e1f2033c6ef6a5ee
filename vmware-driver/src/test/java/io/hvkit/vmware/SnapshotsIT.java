package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshot;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Ref;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is peculiar to snapshots of vSphere: layers with names of their own, snapshots of others, and merges that get stuck. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotsIT extends HostCases {

    private static final SnapshotId FIRST = new SnapshotId("first");
    private static final SnapshotId SECOND = new SnapshotId("se/cond");

    private HostSnapshots snapshots;
    private MachineId id;

    @BeforeEach
    void begin() throws InterruptedException {
        snapshots = host.hostSnapshots().orElseThrow();
        id = host.start(spec).id();
    }

    @AfterEach
    void removeAll() throws Exception {
        vmware.vcenter().reset();
        for (HostSnapshot each : snapshots.list(id)) {
            snapshots.remove(id, each.id(), Removal.ALONE);
        }
        assertThat(vmware.vcenter().count("spoilt")).isZero();
    }

    private HostSnapshot take(SnapshotId snapshot) throws InterruptedException {
        return snapshots.take(id, snapshot, Quiescing.NONE);
    }

    static List<String> files(MachineId machine) throws Exception {
        return property(machine, "config.hardware.device").children().stream()
                .filter(device -> device.type().equals("VirtualDisk"))
                .map(device -> device.text("backing", "fileName"))
                .toList();
    }

    static Node run(Ref target, Data arguments) throws Exception {
        return vmware.admin().tasks().run(Call.changing(target, arguments), LONG);
    }

    private static Node takeAsSomebodyElse(MachineId machine, String name) throws Exception {
        return run(
                vmware.at("DC0/vm/" + machine),
                Data.of("CreateSnapshot_Task")
                        .with("name", name)
                        .with("description", "hvkitten")
                        .with("memory", false)
                        .with("quiesce", false));
    }

    private static void removeAsSomebodyElse(Node taken) throws Exception {
        Node done = run(
                taken.ref(),
                Data.of("RemoveSnapshot_Task").with("removeChildren", false).with("consolidate", true));
        assertThat(done.children()).isEmpty();
    }

    @Test
    void the_machine_writes_to_a_layer_and_the_disk_is_told_as_the_volume_that_lies_below() throws Exception {
        String base = VmwareJudged.file(disk.volume());

        take(FIRST);
        take(SECOND);

        assertThat(files(id)).containsExactly(base.replace(".vmdk", "-000002.vmdk"));
        assertThat(disks(id)).containsExactly(place(disk));
        snapshots.remove(id, FIRST, Removal.ALONE);
        assertThat(snapshots.list(id)).extracting(HostSnapshot::id).containsExactly(SECOND);
        assertThat(disks(id)).containsExactly(place(disk));
        snapshots.remove(id, SECOND, Removal.ALONE);
        assertThat(files(id)).containsExactly(base);
    }

    @Test
    void lost_calls_and_answers_make_no_second_snapshot_and_remove_no_other_one() throws InterruptedException {
        for (String loss : List.of("drop", "dropafter")) {
            vmware.vcenter().next(1, "CreateSnapshot_Task", loss, "");
            HostSnapshot first = take(FIRST);
            HostSnapshot second = take(SECOND);
            assertThat(snapshots.list(id)).containsExactly(first, second);
            host.stop(id, StopMode.POWER_OFF);
            vmware.vcenter().next(1, "RevertToSnapshot_Task", loss, "");
            snapshots.revert(id, FIRST);
            vmware.vcenter().next(1, "RemoveSnapshot_Task", loss, "");
            snapshots.remove(id, SECOND, Removal.ALONE);
            assertThat(snapshots.list(id)).containsExactly(first);
            snapshots.remove(id, FIRST, Removal.WITH_LATER);
            assertThat(snapshots.list(id)).isEmpty();
            assertThat(disks(id)).containsExactly(place(disk));
        }
    }

    @Test
    void a_snapshot_that_somebody_removes_in_between_is_looked_for_again() throws Exception {
        Node theirs = takeAsSomebodyElse(id, "theirs");
        take(FIRST);
        vmware.vcenter().next(1, "RemoveSnapshot_Task", "soap", "ManagedObjectNotFound");
        snapshots.remove(id, FIRST, Removal.ALONE);
        assertThat(snapshots.list(id)).isEmpty();
        removeAsSomebodyElse(theirs);
    }

    @Test
    void layers_that_a_stuck_removal_left_are_merged_by_the_next_call() throws Exception {
        take(FIRST);
        vmware.vcenter().stick(id.value());
        vmware.vcenter().next(1, "ConsolidateVMDisks_Task", "soap", "FileLocked");

        Refused.as(Failure.IN_USE).saying("FileLocked", () -> snapshots.remove(id, FIRST, Removal.ALONE));
        assertThat(snapshots.list(id)).isEmpty();
        assertThat(disks(id)).containsExactly(place(disk));
        Refused.as(Failure.INVALID_REQUEST)
                .saying("consolidate", () -> host.hotPlug().orElseThrow().detach(id, disk.volume(), LONG));
        host.stop(id, StopMode.POWER_OFF);
        Refused.as(Failure.IN_USE).saying("consolidate", () -> host.forget(id));
        snapshots.remove(id, FIRST, Removal.ALONE);
        assertThat(files(id)).containsExactly(VmwareJudged.file(disk.volume()));
    }

    @Test
    void snapshots_of_others_are_not_ours_by_their_names_and_hold_the_machine_all_the_same() throws Exception {
        HostSnapshot ours = take(SECOND);
        Node theirs = takeAsSomebodyElse(id, "first");

        assertThat(snapshots.list(id)).containsExactly(ours);
        assertThat(take(FIRST).parent()).contains(SECOND);
        Refused.as(Failure.INVALID_REQUEST)
                .saying("somebody else's", () -> snapshots.remove(id, SECOND, Removal.WITH_LATER));
        assertThat(snapshots.list(id)).hasSize(2);
        snapshots.remove(id, FIRST, Removal.ALONE);
        snapshots.remove(id, SECOND, Removal.ALONE);
        Refused.as(Failure.INVALID_REQUEST)
                .saying("those of others", () -> host.hotPlug().orElseThrow().detach(id, disk.volume(), LONG));
        removeAsSomebodyElse(theirs);
        assertThat(files(id)).containsExactly(VmwareJudged.file(disk.volume()));
    }

    @Test
    void a_transient_machine_of_which_somebody_took_a_snapshot_is_stopped_and_its_layers_are_not_forgotten()
            throws Exception {
        Disk other = vmware.disk(new VolumeId(disk.volume() + "-t"));
        MachineId passing = host.start(MachineSpec.named(other.volume().value()).with(other))
                .id();
        Node theirs = takeAsSomebodyElse(passing, "x");

        host.stop(passing, StopMode.POWER_OFF);
        assertThat(files(passing))
                .containsExactly(VmwareJudged.file(other.volume()).replace(".vmdk", "-000001.vmdk"));
        removeAsSomebodyElse(theirs);
        host.stop(passing, StopMode.POWER_OFF);
        assertThat(host.find(passing)).isEmpty();
    }

    @Test
    void a_guest_is_quiesced_by_vmware_tools_or_not_at_all() throws Exception {
        Refused.as(Failure.HOST_NOT_READY).saying("VMware Tools", () -> snapshots.take(id, FIRST, Quiescing.REQUIRED));
        assertThat(snapshots.list(id)).isEmpty();
        vmware.vcenter().installTools(id.value());
        vmware.vcenter().next(1, "CreateSnapshot_Task", "task", "FilesystemQuiesceFault");
        Refused.as(Failure.HOST_NOT_READY)
                .saying("FilesystemQuiesceFault", () -> snapshots.take(id, FIRST, Quiescing.REQUIRED));
        snapshots.take(id, FIRST, Quiescing.REQUIRED);
        vmware.vcenter().next(1, "CreateSnapshot_Task", "task", "ApplicationQuiesceFault");
        snapshots.take(id, SECOND, Quiescing.IF_POSSIBLE);
        assertThat(property(id, "snapshot.rootSnapshotList").children())
                .extracting(each -> each.text("quiesced"))
                .containsExactly("true");
        assertThat(snapshots.list(id)).hasSize(2);
    }

    @Test
    void a_disk_without_a_uuid_gets_none_by_a_snapshot_and_one_that_has_it_keeps_it() throws Exception {
        Disk without = vmware.disk(new VolumeId(disk.volume() + "-without"));
        vmware.vcenter().takeUuidOf(VmwareJudged.file(without.volume()));
        host.hotPlug().orElseThrow().attach(id, without);
        List<String> before = note(id, "hvkit.disk.0.uuid");

        take(FIRST);

        assertThat(disks(id)).containsExactly(place(disk), place(without));
        assertThat(note(id, "hvkit.disk.0.uuid")).isEqualTo(before).hasSize(1);
        assertThat(note(id, "hvkit.disk.1.uuid")).isEmpty();
    }

    @Test
    void a_name_that_is_too_long_for_a_vcenter_is_refused() {
        SnapshotId name = new SnapshotId("/".repeat(30));

        Refused.as(Failure.INVALID_REQUEST).saying("80", () -> take(name));
    }
}
