package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The UUID that a disk's file carries is told with the machine, whatever becomes of both; where there is none, none is told. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DiskUuidsIT extends HostCases {

    private static final SnapshotId FIRST = new SnapshotId("first");
    private static final DiskUuid ROOT = new DiskUuid("6000C29a-e7a8-269c-7d20-0102030405ff");
    private static final DiskUuid DATA = new DiskUuid("60 00 C2 9e a7 e8 26 9c-7d 20 01 02 03 04 05 ee");

    private Optional<DiskUuid> told(MachineId machine, VolumeId volume) throws InterruptedException {
        assertThat(host.list())
                .as("the inventory says the same")
                .filteredOn(each -> each.id().equals(machine))
                .first()
                .satisfies(each -> assertThat(each).isEqualTo(host.find(machine).orElseThrow()));
        return host.find(machine).orElseThrow().uuid(volume);
    }

    @Test
    void it_is_told_of_root_and_data_disks_and_kept_through_all_that_becomes_of_them() throws InterruptedException {
        Disk data = vmware.disk(new VolumeId(disk.volume() + "-data"));
        Disk without = vmware.disk(new VolumeId(disk.volume() + "-without"));
        vmware.vcenter().giveUuid(VmwareJudged.file(disk.volume()), "6000C29A-e7a8-269c-7d20-0102030405FF");
        vmware.vcenter().giveUuid(VmwareJudged.file(data.volume()), "6000c29e-a7e8-269c-7d20-0102030405ee");
        vmware.vcenter().takeUuidOf(VmwareJudged.file(without.volume()));
        assertThat(host.define(spec.with(without)).uuid(disk.volume())).contains(ROOT);
        MachineId id = host.start(spec.with(without)).id();
        HotPlug plug = host.hotPlug().orElseThrow();
        plug.attach(id, data);
        assertTold(id, data, without);

        HostSnapshots snapshots = host.hostSnapshots().orElseThrow();
        snapshots.take(id, FIRST, Quiescing.NONE);
        assertTold(id, data, without);
        JobVerdict moved = host.machineRelocation()
                .orElseThrow()
                .start(id, Relocation.onItsHost().storedAt(VmwareJudged.STORE.resolveSibling("LocalDS_1")))
                .await(LONG)
                .orElseThrow();
        assertThat(moved).isInstanceOf(JobVerdict.Succeeded.class);
        assertTold(id, data, without);
        host.stop(id, StopMode.POWER_OFF);
        snapshots.revert(id, FIRST);
        assertTold(id, data, without);
        snapshots.remove(id, FIRST, Removal.ALONE);
        assertTold(id, data, without);
        host.start(id);
        MachineDisk place = host.find(id).orElseThrow().disks().get(2);
        plug.detach(id, data.volume(), LONG);
        assertThat(told(id, data.volume())).isEmpty();
        plug.attach(id, Disk.of(data.volume(), place.attachment(), data.format()));
        assertThat(told(id, data.volume())).contains(DATA);
    }

    private void assertTold(MachineId id, Disk data, Disk without) throws InterruptedException {
        assertThat(told(id, disk.volume())).contains(ROOT);
        assertThat(told(id, data.volume())).contains(DATA);
        assertThat(told(id, without.volume())).isEmpty();
    }

    @Test
    void a_linked_clone_tells_that_of_its_source_and_a_full_one_its_own() throws InterruptedException {
        MachineId id = host.define(spec).id();
        HostSnapshots snapshots = host.hostSnapshots().orElseThrow();
        snapshots.take(id, FIRST, Quiescing.NONE);
        MachineClones clones = host.machineClones().orElseThrow();
        MachineId full = new MachineId(id + "-full");
        MachineId linked = new MachineId(id + "-linked");
        VolumeId volume = new VolumeId(id + "-clone");
        CloneRequest any = CloneRequest.named(full.value()).calling(disk.volume(), volume);
        clones.clone(id, any.as(Kind.FULL));
        clones.clone(
                id,
                CloneRequest.named(linked.value())
                        .calling(disk.volume(), volume)
                        .from(FIRST)
                        .as(Kind.LINKED));
        Optional<DiskUuid> parents = told(id, disk.volume());

        assertThat(parents).isPresent();
        assertThat(told(linked, volume)).isEqualTo(parents);
        assertThat(told(full, volume)).isPresent().isNotEqualTo(parents);
        MachineDisk lying = disks(linked).get(0);
        host.forget(linked);
        vmware.delete(lying);
        snapshots.remove(id, FIRST, Removal.ALONE);
    }
}
