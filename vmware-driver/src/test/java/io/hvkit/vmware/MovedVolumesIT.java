package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Volumes whose disks are not where they were: Storage DRS and people move files, and nobody is asked. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MovedVolumesIT extends VolumeCases {

    private static final HostId ESX = new HostId("esx");
    private static final String OTHER = "LocalDS_1";
    private static final SnapshotId BASE = new SnapshotId("base");

    @AfterEach
    void heal() {
        vcenter().datastore(OTHER, "accessible", "true");
    }

    @Test
    void a_disk_that_moved_with_its_machine_is_found_by_what_it_carries_and_its_new_place_is_told()
            throws InterruptedException {
        MachineId machine = host.start(spec).id();
        host.hotPlug().orElseThrow().attach(machine, asDisk(pool.attach(volume.id(), ESX)));
        String moved = "[" + OTHER + "] " + machine + "/" + machine + "_1.vmdk";
        vcenter().move(file(), moved);

        Volume there = volume.lyingIn(identityOf(OTHER));
        assertThat(pool.find(volume.id())).contains(there);
        assertThat(pool.list()).contains(there);
        assertThat(pool.attach(volume.id(), ESX)).isEqualTo(at(moved));
        host.hotPlug().orElseThrow().detach(machine, volume.id(), LONG);
        assertThat(pool.attach(volume.id(), ESX)).as("once no machine has it").isEqualTo(at(moved));
        pool.detach(volume.id(), ESX);

        assertThat(pool.growth()
                        .orElseThrow()
                        .growTo(volume.id(), ByteSize.mebibytes(8))
                        .size())
                .isEqualTo(ByteSize.mebibytes(8));
        assertThat(vcenter().bytesOf(moved)).isEqualTo(ByteSize.mebibytes(8).bytes());
        Volume clone = pool.clones().orElseThrow().create(CloneVolume.of(volume.id(), unique()));
        assertThat(clone.size()).isEqualTo(ByteSize.mebibytes(8));
        pool.delete(volume.id());
        assertThat(Path.of(vcenter().local(moved))).doesNotExist();
        assertThat(pool.find(volume.id())).isEmpty();
    }

    @Test
    void the_uuid_stays_with_the_volume_from_machine_to_machine_through_snapshots_and_moves() throws Exception {
        DiskUuid uuid = volume.diskUuid().orElseThrow();
        MachineId first = host.start(spec).id();
        host.hotPlug().orElseThrow().attach(first, asDisk(pool.attach(volume.id(), ESX)));
        requireUuid(host, first, uuid);
        host.hotPlug().orElseThrow().detach(first, volume.id(), LONG);
        pool.detach(volume.id(), ESX);
        requireListed(volume);
        HostId elsewhere = new HostId("esx-2");
        try (Hypervisor other = vmware.open(Map.of("host", "DC0_C0_H1"))) {
            MachineId second = other.start(MachineSpec.named(unique()).keptAs(Persistence.PERSISTENT))
                    .id();
            Disk again = asDisk(pool.attach(volume.id(), elsewhere));
            other.hotPlug().orElseThrow().attach(second, again);
            HostSnapshots snapshots = other.hostSnapshots().orElseThrow();
            snapshots.take(second, BASE, Quiescing.NONE);
            requireUuid(other, second, uuid);
            other.machineRelocation()
                    .orElseThrow()
                    .start(second, Relocation.onItsHost().storedAt(VmwareJudged.STORE.resolveSibling(OTHER)))
                    .await(LONG)
                    .orElseThrow()
                    .orThrow();
            requireUuid(other, second, uuid);
            requireListed(volume.lyingIn(identityOf(OTHER)));
            snapshots.remove(second, BASE, Removal.ALONE);
            requireUuid(other, second, uuid);
            other.hotPlug().orElseThrow().detach(second, volume.id(), LONG);
            pool.detach(volume.id(), elsewhere);
            other.stop(second, StopMode.POWER_OFF);
            other.forget(second);
        }
        requireListed(volume.lyingIn(identityOf(OTHER)));
        host.hotPlug().orElseThrow().attach(first, asDisk(pool.attach(volume.id(), ESX)));
        requireUuid(host, first, uuid);
    }

    private void requireUuid(Hypervisor where, MachineId machine, DiskUuid uuid) throws InterruptedException {
        assertThat(where.find(machine).orElseThrow().uuid(volume.id())).contains(uuid);
        assertThat(pool.find(volume.id()).orElseThrow().diskUuid()).contains(uuid);
    }

    private void requireListed(Volume expected) throws InterruptedException {
        assertThat(expected.diskUuid()).isEqualTo(volume.diskUuid());
        assertThat(pool.list()).containsExactly(expected);
        assertThat(pool.find(volume.id())).contains(expected);
    }

    private static String identityOf(String name) throws InterruptedException {
        try (StoragePool other = new DatastoreJudged(vmware, name).open()) {
            return other.identity().orElseThrow();
        }
    }

    @Test
    void a_disk_with_layers_of_a_snapshot_over_it_is_its_base_wherever_that_is() throws InterruptedException {
        MachineId machine = host.start(spec).id();
        host.hotPlug().orElseThrow().attach(machine, asDisk(pool.attach(volume.id(), ESX)));
        vcenter().layerOver(file());

        assertThat(pool.attach(volume.id(), ESX)).isEqualTo(at(file()));
        String moved = "[" + OTHER + "] " + machine + "/" + volume.id() + ".vmdk";
        vcenter().move(file(), moved);
        assertThat(pool.attach(volume.id(), ESX)).isEqualTo(at(moved));
        pool.detach(volume.id(), ESX);

        Refused.as(Failure.IN_USE).saying(machine.value(), () -> pool.delete(volume.id()));
        Refused.as(Failure.IN_USE).saying("lie over", () -> pool.attach(volume.id(), new HostId("esx-2")));
        assertThat(pool.uses(volume.id())).isEmpty();
    }

    @Test
    void a_disk_that_may_be_where_nobody_can_look_is_not_told_to_be_gone() throws InterruptedException {
        String moved = "[" + OTHER + "] elsewhere/" + volume.id() + ".vmdk";
        vcenter().move(file(), moved);
        assertThat(pool.attach(volume.id(), ESX)).isEqualTo(at(moved));
        vcenter().datastore(OTHER, "accessible", "false");

        Refused.as(Failure.HOST_NOT_READY).saying(OTHER, () -> pool.find(volume.id()));
        Refused.as(Failure.HOST_NOT_READY).saying(OTHER, () -> pool.delete(volume.id()));
        Refused.as(Failure.HOST_NOT_READY).saying(OTHER, () -> pool.create(disk(volume.name())));
        assertThat(pool.list())
                .as("one that cannot be found does not keep others from being listed")
                .isEmpty();

        vcenter().datastore(OTHER, "accessible", "true");
        assertThat(pool.list()).containsExactly(volume.lyingIn(identityOf(OTHER)));
    }

    @Test
    void a_disk_that_somebody_deleted_is_gone_and_its_name_is_free() throws Exception {
        pool.attach(volume.id(), ESX);
        deleteFiles();

        assertThat(pool.find(volume.id())).isEmpty();
        assertThat(pool.list()).isEmpty();
        Volume again = pool.create(disk(volume.name()));
        assertThat(again.diskUuid()).isPresent().isNotEqualTo(volume.diskUuid());
        assertThat(pool.uses(again.id())).as("the uses of the one that is gone").isEmpty();
        deleteFiles();
        pool.delete(again.id());
        assertThat(Path.of(vcenter().local("[LocalDS_0] hvkit/" + volume.name())))
                .doesNotExist();
    }

    @Test
    void taking_over_leaves_alone_what_others_have_where_the_disk_was_and_is() throws InterruptedException {
        DatastoreJudged judged = new DatastoreJudged(vmware, OTHER);
        String moved = "[" + OTHER + "] elsewhere/" + volume.id() + ".vmdk";
        vcenter().move(file(), moved);
        try (StoragePool other = judged.open()) {
            Volume squatter = other.create(disk(volume.name()));
            Refused.as(Failure.EXISTS_DIFFERENTLY)
                    .saying("another one", () -> other.adoption().orElseThrow().adopt(volume.id(), pool));
            other.delete(squatter.id());
            vmware.disk(id(volume.name()), "hvkit/" + volume.name());
            Refused.as(Failure.EXISTS_DIFFERENTLY)
                    .saying(
                            "another disk lies",
                            () -> other.adoption().orElseThrow().adopt(volume.id(), pool));
            assertThat(pool.find(volume.id())).isPresent();
            assertThat(other.find(volume.id())).isEmpty();
            vcenter().move(file(), "[LocalDS_0] contract/" + unique() + ".vmdk");
            assertThat(other.adoption().orElseThrow().adopt(volume.id(), pool)).isEqualTo(volume);
            assertThat(Path.of(vcenter().local("[LocalDS_0] hvkit/" + volume.name())))
                    .doesNotExist();
            other.delete(volume.id());
            assertThat(Path.of(vcenter().local(moved))).doesNotExist();
        }
    }

    private void deleteFiles() throws IOException {
        Files.delete(Path.of(vcenter().local(file())));
        Files.delete(datastore.bytes(file()));
    }

    @Test
    void another_disk_in_the_place_of_ours_is_not_taken_for_it() throws InterruptedException {
        String moved = "[" + OTHER + "] elsewhere/ours.vmdk";
        String name = volume.name();
        vcenter().move(file(), moved);
        vmware.disk(id(name), "hvkit/" + name);

        assertThat(pool.find(volume.id())).contains(volume.lyingIn(identityOf(OTHER)));
        assertThat(pool.attach(volume.id(), ESX)).isEqualTo(at(moved));
        pool.detach(volume.id(), ESX);
        pool.delete(volume.id());
        assertThat(Path.of(vcenter().local(moved))).doesNotExist();
        assertThat(Path.of(vcenter().local(file()))).as("the other one").exists();
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("not the disk", () -> pool.create(disk(name)));
        vcenter().giveUuid(file(), volume.diskUuid().orElseThrow().value()); // so that it is removed
    }

    @Test
    void of_two_disks_that_carry_the_same_uuid_none_is_chosen() throws InterruptedException {
        String uuid = volume.diskUuid().orElseThrow().value();
        vcenter().move(file(), "[" + OTHER + "] elsewhere/one.vmdk");
        String second = VmwareJudged.file(vmware.disk(id(unique())).volume());
        vcenter().giveUuid(second, uuid);

        Refused.as(Failure.HOST_NOT_READY).saying("several disks carry", () -> pool.attach(volume.id(), ESX));
        Refused.as(Failure.HOST_NOT_READY).saying(second, () -> pool.delete(volume.id()));
        vcenter().giveUuid(second, UUID.randomUUID().toString());
        assertThat(pool.find(volume.id())).contains(volume.lyingIn(identityOf(OTHER)));
    }

    @Test
    void a_disk_without_a_uuid_has_none_and_is_in_its_place_or_nowhere() throws InterruptedException {
        Volume plain = pool.create(disk(unique()));
        vcenter().takeUuidOf(datastore.file(plain.id()));

        assertThat(pool.find(plain.id()).orElseThrow().diskUuid()).isEmpty();
        assertThat(pool.attach(plain.id(), ESX)).isEqualTo(at(datastore.file(plain.id())));
    }
}
