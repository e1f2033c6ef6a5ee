package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshot;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do whose hosts keep snapshots by themselves. It needs persistent machines. */
public abstract non-sealed class HostSnapshotsContract extends HypervisorCases {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final SnapshotId FIRST = new SnapshotId("first");
    private static final SnapshotId SECOND = new SnapshotId("second");
    private static final SnapshotId THIRD = new SnapshotId("third");

    private HostSnapshots snapshots;
    private MachineId machine;

    /** Made by JUnit. */
    protected HostSnapshotsContract() {}

    /** Made by JUnit: begins a machine that is remembered. */
    @BeforeEach
    final void find() throws InterruptedException {
        snapshots = hypervisor.hostSnapshots().orElseThrow();
        spec = underTest().listening(spec.keptAs(Persistence.PERSISTENT));
        machine = new MachineId(spec.name());
        start(spec);
        undoLater(() -> removeAll(machine));
    }

    private void removeAll(MachineId of) throws InterruptedException {
        try (Hypervisor fresh = connection()) {
            HostSnapshots all = fresh.hostSnapshots().orElseThrow();
            for (HostSnapshot each : all.list(of)) {
                all.remove(of, each.id(), Removal.ALONE);
            }
        }
    }

    private HostSnapshot take(SnapshotId id) throws InterruptedException {
        return snapshots.take(machine, id, Quiescing.NONE);
    }

    @Test
    final void a_snapshot_is_taken_once_and_everybody_sees_it_and_the_disks_stay_what_and_where_they_are()
            throws InterruptedException {
        HostSnapshot taken = take(FIRST);

        assertThat(taken.id()).isEqualTo(FIRST);
        assertThat(taken.parent()).isEmpty();
        assertThat(take(FIRST)).isEqualTo(taken);
        HostSnapshots second = connection().hostSnapshots().orElseThrow();
        assertThat(second.list(machine)).containsExactly(taken);
        assertThat(second.find(machine, FIRST)).contains(taken);
        assertThat(second.find(machine, SECOND)).isEmpty();
        assertThat(disks(machine)).containsExactly(place(disk));
        assertThat(hypervisor.start(spec).disks()).as("an equal request").containsExactly(place(disk));
    }

    @Test
    final void each_snapshot_lies_over_the_one_before() throws InterruptedException {
        HostSnapshot first = take(FIRST);
        HostSnapshot second = take(SECOND);

        assertThat(second.parent()).contains(FIRST);
        assertThat(snapshots.list(machine)).containsExactly(first, second);
        hypervisor.stop(machine, StopMode.POWER_OFF);
        assertThat(snapshots.list(machine)).as("of a stopped machine").containsExactly(first, second);
        assertThat(take(THIRD).parent()).contains(SECOND);
    }

    @Test
    final void what_is_not_there_is_not_found_and_none_is_not_an_error() throws InterruptedException {
        MachineId nobody = new MachineId(unique());

        refuses(Failure.NOT_FOUND, () -> snapshots.take(nobody, FIRST, Quiescing.NONE));
        refuses(Failure.NOT_FOUND, () -> snapshots.revert(nobody, FIRST));
        refuses(Failure.NOT_FOUND, () -> snapshots.revert(machine, FIRST));
        assertThat(snapshots.list(nobody)).isEmpty();
        snapshots.remove(nobody, FIRST, Removal.ALONE);
        snapshots.remove(machine, FIRST, Removal.WITH_LATER);
        snapshots.consolidate(nobody);
        snapshots.consolidate(machine);
        assertThat(snapshots.list(machine)).isEmpty();
    }

    @Test
    final void a_running_machine_does_not_go_back() throws InterruptedException {
        HostSnapshot taken = take(FIRST);

        refuses(Failure.IN_USE, () -> snapshots.revert(machine, FIRST));
        assertThat(snapshots.list(machine)).containsExactly(taken);
        assertThat(disks(machine)).containsExactly(place(disk));
    }

    @Test
    final void a_stopped_machine_goes_back_to_the_disks_that_it_had() throws InterruptedException {
        HostSnapshot first = take(FIRST);
        if (offers(HypervisorFeature.HOT_PLUG)) {
            hypervisor.hotPlug().orElseThrow().attach(machine, anotherDisk());
            assertThat(disks(machine)).hasSize(2);
        }
        HostSnapshot second = take(SECOND);
        hypervisor.stop(machine, StopMode.POWER_OFF);

        snapshots.revert(machine, FIRST);
        snapshots.revert(machine, FIRST);
        assertThat(disks(machine)).containsExactly(place(disk));
        assertThat(snapshots.list(machine)).containsExactly(first, second);
        assertThat(take(THIRD).parent()).as("what the machine goes on from").contains(FIRST);
        hypervisor.start(machine);
        assertThat(disks(machine)).containsExactly(place(disk));
    }

    @Test
    final void going_to_a_later_snapshot_brings_back_what_it_has() throws InterruptedException {
        take(FIRST);
        Optional<MachineDisk> plugged = Optional.empty();
        if (offers(HypervisorFeature.HOT_PLUG)) {
            Disk data = anotherDisk();
            hypervisor.hotPlug().orElseThrow().attach(machine, data);
            plugged = Optional.of(place(data));
        }
        take(SECOND);
        hypervisor.stop(machine, StopMode.POWER_OFF);
        snapshots.revert(machine, FIRST);

        snapshots.revert(machine, SECOND);

        assertThat(disks(machine))
                .contains(place(disk))
                .containsAll(plugged.stream().toList());
    }

    @Test
    final void removing_one_leaves_those_around_it_and_may_be_repeated() throws InterruptedException {
        HostSnapshot first = take(FIRST);
        take(SECOND);
        HostSnapshot third = take(THIRD);

        snapshots.remove(machine, SECOND, Removal.ALONE);
        snapshots.remove(machine, SECOND, Removal.ALONE);
        assertThat(snapshots.list(machine))
                .containsExactly(first, new HostSnapshot(THIRD, Optional.of(FIRST), third.takenAt()));
        assertThat(disks(machine)).containsExactly(place(disk));
        assertThat(take(SECOND).parent()).as("the name is free").contains(THIRD);
    }

    @Test
    final void removing_one_with_the_later_ones_leaves_the_earlier() throws InterruptedException {
        HostSnapshot first = take(FIRST);
        take(SECOND);
        take(THIRD);

        snapshots.remove(machine, SECOND, Removal.WITH_LATER);
        snapshots.consolidate(machine);
        assertThat(snapshots.list(machine)).containsExactly(first);
        assertThat(disks(machine)).containsExactly(place(disk));
        snapshots.remove(machine, FIRST, Removal.WITH_LATER);
        assertThat(snapshots.list(machine)).isEmpty();
        assertThat(disks(machine)).containsExactly(place(disk));
    }

    @Test
    final void what_alone_is_not_the_disk_leaves_no_machine_until_the_snapshots_are_gone() throws InterruptedException {
        HostSnapshot taken = take(FIRST);
        if (offers(HypervisorFeature.HOT_PLUG)) {
            HotPlug plug = hypervisor.hotPlug().orElseThrow();
            refuses(Failure.INVALID_REQUEST, () -> plug.detach(machine, disk.volume(), PATIENCE));
            refuses(Failure.INVALID_REQUEST, () -> plug.resize(machine, disk.volume(), ByteSize.gibibytes(1)));
        }
        hypervisor.stop(machine, StopMode.POWER_OFF);

        refuses(Failure.IN_USE, () -> hypervisor.forget(machine));
        assertThat(snapshots.list(machine)).containsExactly(taken);
        assertThat(disks(machine)).containsExactly(place(disk));
        snapshots.remove(machine, FIRST, Removal.ALONE);
        hypervisor.forget(machine);
        assertThat(hypervisor.find(machine)).isEmpty();
    }

    @Test
    final void a_machine_that_is_forgotten_when_it_ends_gets_none() throws InterruptedException {
        Disk another = anotherDisk();
        MachineId transientOne =
                start(MachineSpec.named(unique()).with(another)).id();

        refuses(Failure.INVALID_REQUEST, () -> snapshots.take(transientOne, FIRST, Quiescing.NONE));
        assertThat(snapshots.list(transientOne)).isEmpty();
        hypervisor.stop(transientOne, StopMode.POWER_OFF);
        assertThat(hypervisor.find(transientOne)).isEmpty();
    }

    @Test
    final void a_guest_that_may_be_asked_and_cannot_is_no_reason_to_fail() throws InterruptedException {
        HostSnapshot taken = snapshots.take(machine, FIRST, Quiescing.IF_POSSIBLE);

        assertThat(snapshots.list(machine)).containsExactly(taken);
    }
}
