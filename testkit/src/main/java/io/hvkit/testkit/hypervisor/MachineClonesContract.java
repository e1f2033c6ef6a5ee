package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do whose hosts make machines from others. It needs machines that are defined. */
public abstract non-sealed class MachineClonesContract extends HypervisorCases {

    private static final SnapshotId BASE = new SnapshotId("base");

    private MachineClones clones;
    private Disk data;
    private MachineId source;
    private MachineId clone;
    private VolumeId root;
    private VolumeId other;
    private CloneRequest full;

    /** Made by JUnit. */
    protected MachineClonesContract() {}

    /** Deletes a disk of a clone that is forgotten. */
    protected abstract void delete(MachineDisk cloned) throws InterruptedException;

    /** Made by JUnit: makes another disk, and remembers a machine with both. */
    @BeforeEach
    final void find() throws InterruptedException {
        clones = hypervisor.machineClones().orElseThrow();
        data = anotherDisk();
        spec = spec.with(data).keptAs(Persistence.PERSISTENT);
        source = new MachineId(spec.name());
        undoLater(spec);
        hypervisor.define(spec);
        clone = new MachineId(unique());
        root = new VolumeId(unique());
        other = new VolumeId(unique());
        full = both(clone.value(), root, other).as(Kind.FULL);
        undoLater(MachineSpec.named(clone.value()));
    }

    private CloneRequest both(String name, VolumeId clonedRoot, VolumeId clonedData) {
        return CloneRequest.named(name).calling(disk.volume(), clonedRoot).calling(data.volume(), clonedData);
    }

    @Test
    final void a_full_clone_is_remembered_with_disks_of_its_own_and_the_source_stays_as_it_is()
            throws InterruptedException {
        MachineClone made = clones.clone(source, full);

        assertThat(made.source()).isEqualTo(source);
        assertThat(made.kind()).isEqualTo(Kind.FULL);
        assertThat(made.machine().id()).isEqualTo(clone);
        assertThat(made.machine().state()).isEqualTo(MachineState.STOPPED);
        assertThat(made.machine().disks()).extracting(MachineDisk::volume).containsExactly(root, other);
        assertThat(places(made.machine()))
                .hasSize(2)
                .doesNotHaveDuplicates()
                .doesNotContain(disk.attachment(), data.attachment());
        assertThat(disks(source)).containsExactly(place(disk), place(data));
        assertThat(clones.find(source)).isEmpty();
        start(spec);
        hypervisor.start(clone);
        assertThat(state(clone)).contains(MachineState.RUNNING);
        assertThat(state(source)).contains(MachineState.RUNNING);
    }

    private static List<Attachment> places(Machine machine) {
        return machine.disks().stream().map(MachineDisk::attachment).toList();
    }

    @Test
    final void an_equal_request_is_the_same_clone_and_everybody_finds_it() throws InterruptedException {
        MachineClone made = clones.clone(source, full);

        assertThat(clones.clone(source, full)).isEqualTo(made);
        MachineClones second = connection().machineClones().orElseThrow();
        assertThat(second.clone(source, full)).isEqualTo(made);
        assertThat(second.find(clone)).contains(made);
        assertThat(names()).containsOnlyOnce(clone.value());
        hypervisor.forget(clone);
        assertThat(clones.find(clone)).isEmpty();
    }

    @Test
    final void a_name_that_is_taken_stays_what_it_is() throws InterruptedException {
        MachineClone made = clones.clone(source, full);

        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> clones.clone(
                        source,
                        both(clone.value(), root, new VolumeId(unique())).as(Kind.FULL)));
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> clones.clone(
                        source,
                        both(source.value(), new VolumeId(unique()), new VolumeId(unique()))
                                .as(Kind.FULL)));
        assertThat(clones.find(clone)).contains(made);
        assertThat(disks(source)).containsExactly(place(disk), place(data));
    }

    @Test
    final void a_request_that_cannot_be_met_leaves_no_machine() throws InterruptedException {
        CloneRequest incomplete =
                CloneRequest.named(clone.value()).calling(disk.volume(), root).as(Kind.FULL);

        refuses(Failure.INVALID_REQUEST, () -> clones.clone(source, incomplete));
        refuses(
                Failure.NOT_FOUND,
                () -> clones.clone(source, full.calling(new VolumeId(unique()), new VolumeId(unique()))));
        refuses(Failure.NOT_FOUND, () -> clones.clone(new MachineId(unique()), full));
        refuses(Failure.NOT_FOUND, () -> clones.clone(source, full.from(BASE)));
        refuses(Failure.INVALID_REQUEST, () -> clones.clone(source, full.as(Kind.LINKED)));
        assertThat(names()).doesNotContain(clone.value());
        assertThat(disks(source)).containsExactly(place(disk), place(data));
    }

    @Test
    final void a_linked_clone_lies_over_a_snapshot_that_stays_as_long_as_the_clone() throws InterruptedException {
        if (!offers(HypervisorFeature.HOST_SNAPSHOTS)) {
            refuses(Failure.INVALID_REQUEST, () -> clones.clone(source, full.as(Kind.LINKED)));
            return;
        }
        HostSnapshots snapshots = hypervisor.hostSnapshots().orElseThrow();
        snapshots.take(source, BASE, Quiescing.NONE);
        start(spec);

        MachineClone made = clones.clone(source, full.from(BASE).as(Kind.LINKED));
        undoLater(() -> removeBase(made.machine().disks()));
        undoLater(MachineSpec.named(clone.value()));

        assertThat(made.kind()).isEqualTo(Kind.LINKED);
        assertThat(made.machine().disks()).extracting(MachineDisk::volume).containsExactly(root, other);
        assertThat(places(made.machine())).doesNotContain(disk.attachment(), data.attachment());
        assertThat(clones.clone(source, full.from(BASE).as(Kind.LINKED))).isEqualTo(made);
        assertThat(connection().machineClones().orElseThrow().find(clone)).contains(made);
        hypervisor.start(clone);
        assertThat(state(source)).contains(MachineState.RUNNING);
        refuses(Failure.IN_USE, () -> snapshots.remove(source, BASE, HostSnapshots.Removal.ALONE));
        refuses(Failure.IN_USE, () -> snapshots.remove(source, BASE, HostSnapshots.Removal.WITH_LATER));
        assertThat(snapshots.list(source)).hasSize(1);
        hypervisor.stop(clone, StopMode.POWER_OFF);
        refuses(Failure.IN_USE, () -> snapshots.remove(source, BASE, HostSnapshots.Removal.ALONE));
    }

    /** Once the clone and its disks are gone. */
    private void removeBase(List<MachineDisk> cloned) throws InterruptedException {
        for (MachineDisk each : cloned) {
            delete(each);
        }
        try (Hypervisor fresh = connection()) {
            fresh.hostSnapshots().orElseThrow().remove(source, BASE, HostSnapshots.Removal.ALONE);
            assertThat(fresh.hostSnapshots().orElseThrow().list(source)).isEmpty();
        }
    }

    @Test
    final void a_template_neither_starts_nor_is_listed_and_machines_are_made_from_it() throws InterruptedException {
        clones.toTemplate(source);
        undoLater(() -> clones.toMachine(source));
        clones.toTemplate(source);

        assertThat(clones.templates()).contains(source);
        assertThat(connection().machineClones().orElseThrow().templates()).contains(source);
        assertThat(names()).doesNotContain(source.value());
        assertThat(hypervisor.find(source)).isEmpty();
        refuses(Failure.NOT_FOUND, () -> hypervisor.start(source));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.start(spec));
        MachineClone made = clones.clone(source, full);
        assertThat(made.machine().disks()).extracting(MachineDisk::volume).containsExactly(root, other);
        hypervisor.start(clone);
        clones.toMachine(source);
        clones.toMachine(source);
        assertThat(clones.templates()).doesNotContain(source);
        assertThat(disks(source)).containsExactly(place(disk), place(data));
        hypervisor.start(source);
    }

    @Test
    final void what_runs_or_is_not_there_is_no_template() throws InterruptedException {
        start(spec);

        refuses(Failure.IN_USE, () -> clones.toTemplate(source));
        refuses(Failure.NOT_FOUND, () -> clones.toTemplate(new MachineId(unique())));
        refuses(Failure.NOT_FOUND, () -> clones.toMachine(new MachineId(unique())));
        assertThat(state(source)).contains(MachineState.RUNNING);
        assertThat(clones.templates()).doesNotContain(source);
    }
}
