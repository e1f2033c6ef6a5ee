package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.Volume;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that machines have, running or not, grow by these machines; where others count on their size they do not grow. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VolumeGrowthIT extends VolumeCases {

    private static final HostId ESX = new HostId("esx");
    private static final SnapshotId BASE = new SnapshotId("base");
    private static final ByteSize LARGER = ByteSize.mebibytes(8);

    private MachineId machine;

    @BeforeEach
    void plugIn() throws InterruptedException {
        machine = host.start(spec).id();
        host.hotPlug().orElseThrow().attach(machine, asDisk(pool.attach(volume.id(), ESX)));
    }

    private void stop() throws InterruptedException {
        host.stop(machine, StopMode.POWER_OFF);
    }

    private Volume grow(ByteSize size) throws InterruptedException {
        return pool.growth().orElseThrow().growTo(volume.id(), size);
    }

    /** The machine was not asked for more than that, and nobody went past it. */
    private void requireGrown(int changes) throws Exception {
        assertThat(pool.find(volume.id()).orElseThrow().size()).isEqualTo(LARGER);
        assertThat(sizes()).containsExactly(LARGER.bytes() / 1024);
        assertThat(vcenter().calls("ReconfigVM_Task")).isEqualTo(changes);
        assertThat(vcenter().calls("ExtendVirtualDisk_Task")).isZero();
        assertThat(pool.uses(volume.id())).hasSize(1);
    }

    private List<Long> sizes() throws Exception {
        return property(machine, "config.hardware.device").children().stream()
                .filter(device -> device.text("backing", "fileName").contains(volume.name()))
                .map(device -> Long.parseLong(device.text("capacityInKB")))
                .toList();
    }

    private void requireRefused(String words) throws InterruptedException {
        Refused.as(Failure.IN_USE).saying(words, () -> grow(LARGER));
        assertThat(pool.find(volume.id())).contains(volume);
        assertThat(vcenter().bytesOf(file())).isEqualTo(SIZE.bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"running", "stopped"})
    void a_disk_of_a_machine_grows_and_the_machine_knows(String state) throws Exception {
        if (state.equals("stopped")) {
            stop();
        }
        vcenter().reset();

        Volume grown = grow(LARGER);

        assertThat(pool.find(volume.id())).contains(grown);
        assertThat(grow(LARGER)).isEqualTo(grown);
        assertThat(grow(SIZE)).as("it never shrinks").isEqualTo(grown);
        requireGrown(1);
        host.start(machine);
        host.hotPlug().orElseThrow().resize(machine, volume.id(), LARGER);
        requireGrown(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"drop", "dropafter"})
    void a_lost_call_or_answer_is_looked_after(String lost) throws Exception {
        stop();
        vcenter().reset();
        vcenter().next(1, "ReconfigVM_Task", lost, "");

        assertThat(grow(LARGER).size()).isEqualTo(LARGER);
        requireGrown(lost.equals("drop") ? 2 : 1);
    }

    @Test
    void a_disk_that_moved_with_its_machine_grows_where_it_is_now() throws Exception {
        stop();
        vcenter().reset();
        String moved = "[LocalDS_1] " + machine + "/" + volume.name() + ".vmdk";
        vcenter().move(file(), moved);

        assertThat(grow(LARGER).liesIn()).isPresent();
        assertThat(vcenter().bytesOf(moved)).isEqualTo(LARGER.bytes());
        requireGrown(1);
    }

    @Test
    void a_machine_that_changes_meanwhile_and_a_datastore_that_is_full_are_no_harm() throws Exception {
        stop();
        vcenter().next(1, "ReconfigVM_Task", "task", "NoDiskSpace");
        Refused.as(Failure.EXHAUSTED).saying("NoDiskSpace", () -> grow(LARGER));
        assertThat(pool.find(volume.id())).contains(volume);
        vcenter().reset();
        vcenter().next(1, "ReconfigVM_Task", "task", "ConcurrentAccess");

        assertThat(grow(LARGER).size()).isEqualTo(LARGER);
        requireGrown(2);
    }

    @Test
    void a_machine_with_snapshots_or_layers_of_such_keeps_its_disks_as_they_are() throws Exception {
        stop();
        HostSnapshots snapshots = host.hostSnapshots().orElseThrow();
        snapshots.take(machine, BASE, Quiescing.NONE);
        requireRefused(machine.value());
        snapshots.remove(machine, BASE, Removal.ALONE);

        assertThat(grow(LARGER).size()).isEqualTo(LARGER);
    }

    @Test
    void a_template_and_a_machine_that_is_suspended_say_what_to_do() throws InterruptedException {
        vcenter().suspend(machine.value());
        requireRefused("suspended");
        stop();
        MachineClones clones = host.machineClones().orElseThrow();
        clones.toTemplate(machine);
        requireRefused("make it a machine first");
        clones.toMachine(machine);

        assertThat(grow(LARGER).size()).isEqualTo(LARGER);
    }

    @Test
    void a_disk_that_two_machines_have_does_not_grow_under_either() throws InterruptedException {
        stop();
        MachineId other = host.define(MachineSpec.named(machine + "-2")
                        .with(asDisk(pool.attach(volume.id(), ESX)))
                        .keptAs(Persistence.PERSISTENT))
                .id();

        requireRefused(other.value());
    }

    @Test
    void a_linked_clone_grows_neither_by_its_machine_nor_under_it() throws Exception {
        HostSnapshots snapshots = host.hostSnapshots().orElseThrow();
        snapshots.take(machine, BASE, Quiescing.NONE);
        MachineId clone = new MachineId(machine + "-c");
        VolumeId root = new VolumeId(clone.value());
        VolumeId data = new VolumeId(clone + "-data");
        host.machineClones()
                .orElseThrow()
                .clone(
                        machine,
                        CloneRequest.named(clone.value())
                                .calling(disk.volume(), root)
                                .calling(volume.id(), data)
                                .from(BASE)
                                .as(Kind.LINKED));
        host.start(clone);
        vcenter().reset();

        Refused.as(Failure.INVALID_REQUEST)
                .saying("full clone", () -> host.hotPlug().orElseThrow().resize(clone, data, LARGER));
        requireRefused(clone.value());
        assertThat(vcenter().calls("ReconfigVM_Task")).isZero();
        List<MachineDisk> cloned = disks(clone);
        host.stop(clone, StopMode.POWER_OFF);
        host.forget(clone);
        for (MachineDisk each : cloned) {
            vmware.delete(each);
        }
        snapshots.remove(machine, BASE, Removal.ALONE);
    }
}
