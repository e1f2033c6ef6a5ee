package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that notes which parts of disks are written. */
public abstract non-sealed class ChangeTrackingContract extends HypervisorCases {

    private static final int REPEATS = 3;
    private static final CheckpointId FIRST = new CheckpointId("first");
    private static final CheckpointId SECOND = new CheckpointId("second");

    /** Clocks of hosts are not ours, and some count seconds alone. */
    private static final Duration CLOCKS = Duration.ofMinutes(5);

    private ChangeTracking tracking;
    private Disk one;
    private Disk two;
    private MachineSpec both;

    /** Made by JUnit. */
    protected ChangeTrackingContract() {}

    /** Returns a disk that exists, that nothing else uses, and that can be tracked. */
    protected abstract Disk trackableDisk(VolumeId volume) throws InterruptedException;

    /** Returns the size of one that {@link #trackableDisk} made, as the guest sees it. */
    protected abstract ByteSize trackableSize();

    /** Returns a disk that cannot be tracked; none unless a plug-in has such. */
    protected Optional<Disk> untrackableDisk(VolumeId volume) throws InterruptedException {
        return Optional.empty();
    }

    /** Made by JUnit: makes two disks. */
    @BeforeEach
    final void find() throws InterruptedException {
        tracking = hypervisor.changeTracking().orElseThrow();
        one = trackableDisk(new VolumeId(unique()));
        two = trackableDisk(new VolumeId(unique()));
        both = MachineSpec.named(unique()).with(one).with(two);
    }

    @Test
    final void a_checkpoint_is_begun_once_however_often_it_is_asked_for_and_known_to_everybody()
            throws InterruptedException {
        MachineId id = start(both).id();
        ChangeTracking second = connection().changeTracking().orElseThrow();
        Instant now = Instant.now();

        for (int i = 0; i < REPEATS; i++) {
            Checkpoint begun = tracking.begin(id, FIRST, Set.of(one.volume(), two.volume()));
            Checkpoint again = second.begin(id, FIRST, Set.of(two.volume(), one.volume()));
            assertThat(again.begunAt()).isEqualTo(begun.begunAt());
            assertThat(begun.begunAt()).isBetween(now.minus(CLOCKS), now.plus(CLOCKS));
            assertThat(second.list(id)).extracting(Checkpoint::id).containsExactly(FIRST);
        }
        Checkpoint found = second.find(id, FIRST).orElseThrow();
        assertThat(found.disks()).extracting(TrackedDisk::volume).containsExactlyInAnyOrder(one.volume(), two.volume());
        assertThat(found.disks()).extracting(TrackedDisk::tracking).hasOnlyElementsOfType(Tracking.Whole.class);
        assertThat(second.find(id, SECOND)).isEmpty();
    }

    @Test
    final void a_name_stands_for_one_set_of_disks() throws InterruptedException {
        MachineId id = start(both).id();
        tracking.begin(id, FIRST, Set.of(one.volume()));

        refuses(Failure.EXISTS_DIFFERENTLY, () -> tracking.begin(id, FIRST, Set.of(two.volume())));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> tracking.begin(id, FIRST, Set.of(one.volume(), two.volume())));
        assertThat(tracking.find(id, FIRST).orElseThrow().disks())
                .extracting(TrackedDisk::volume)
                .containsExactly(one.volume());
        tracking.begin(id, SECOND, Set.of(two.volume()));
        assertThat(tracking.list(id)).extracting(Checkpoint::id).containsExactly(FIRST, SECOND);
    }

    @Test
    final void what_cannot_be_tracked_is_refused_and_nothing_is_begun() throws InterruptedException {
        Optional<Disk> untracked = untrackableDisk(new VolumeId(unique()));
        MachineId id = start(untracked.map(both::with).orElse(both)).id();
        MachineId nobody = new MachineId(unique());

        if (untracked.isPresent()) {
            Set<VolumeId> mixed = Set.of(one.volume(), untracked.get().volume());
            refuses(Failure.UNSUPPORTED, () -> tracking.begin(id, FIRST, mixed));
        }
        refuses(Failure.NOT_FOUND, () -> tracking.begin(id, FIRST, Set.of(one.volume(), new VolumeId(unique()))));
        refuses(Failure.NOT_FOUND, () -> tracking.begin(nobody, FIRST, Set.of(one.volume())));
        refuses(Failure.NOT_FOUND, () -> tracking.list(nobody));
        refuses(Failure.INVALID_REQUEST, () -> tracking.begin(id, FIRST, Set.of()));
        assertThat(tracking.list(id)).isEmpty();
    }

    @Test
    final void a_forgotten_checkpoint_is_gone_and_its_name_free_while_others_go_on() throws InterruptedException {
        MachineId id = start(both).id();
        tracking.begin(id, FIRST, Set.of(one.volume(), two.volume()));
        tracking.begin(id, SECOND, Set.of(one.volume()));

        for (int i = 0; i < REPEATS; i++) {
            tracking.forget(id, FIRST);
            assertThat(tracking.list(id)).extracting(Checkpoint::id).containsExactly(SECOND);
        }
        assertThat(fate(id, SECOND, one)).isInstanceOf(Tracking.Whole.class);
        tracking.forget(id, new CheckpointId("never-begun"));
        tracking.forget(new MachineId(unique()), FIRST);
        tracking.begin(id, FIRST, Set.of(two.volume()));
        assertThat(fate(id, FIRST, two)).isInstanceOf(Tracking.Whole.class);
    }

    @Test
    final void a_disk_of_another_size_is_not_tracked_any_more_and_others_are() throws InterruptedException {
        MachineId id = start(both).id();
        tracking.begin(id, FIRST, Set.of(one.volume(), two.volume()));
        if (offers(HypervisorFeature.HOT_PLUG)) {
            ByteSize larger = trackableSize().plus(ByteSize.mebibytes(1));
            connection().hotPlug().orElseThrow().resize(id, one.volume(), larger);
            assertThat(fate(id, FIRST, one))
                    .isInstanceOfSatisfying(
                            Tracking.Lost.class, lost -> assertThat(lost.loss()).isEqualTo(Tracking.Loss.DISK_RESIZED));
        }
        assertThat(fate(id, FIRST, two)).isInstanceOf(Tracking.Whole.class);
        tracking.forget(id, FIRST);
        assertThat(tracking.list(id)).isEmpty();
    }

    @Test
    final void a_remembered_machine_keeps_its_checkpoints_over_an_orderly_end() throws InterruptedException {
        MachineSpec kept = both.keptAs(Persistence.PERSISTENT);
        if (!offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            refuses(Failure.UNSUPPORTED, () -> start(kept));
            return;
        }
        MachineId id = start(kept).id();
        tracking.begin(id, FIRST, Set.of(one.volume()));
        hypervisor.stop(id, StopMode.POWER_OFF);

        assertThat(fate(id, FIRST, one)).isInstanceOf(Tracking.Unknown.class);
        refuses(Failure.NOT_FOUND, () -> tracking.begin(id, SECOND, Set.of(one.volume())));
        refuses(Failure.INVALID_REQUEST, () -> tracking.forget(id, FIRST));
        start(kept);
        assertThat(fate(id, FIRST, one)).isInstanceOf(Tracking.Whole.class);
        hypervisor.stop(id, StopMode.POWER_OFF);
        hypervisor.forget(id);
        assertThat(hypervisor.find(id)).isEmpty();
    }

    private Tracking fate(MachineId id, CheckpointId checkpoint, Disk of) throws InterruptedException {
        List<TrackedDisk> disks =
                tracking.find(id, checkpoint).map(Checkpoint::disks).orElse(List.of());
        return disks.stream()
                .filter(each -> each.volume().equals(of.volume()))
                .map(TrackedDisk::tracking)
                .findAny()
                .orElseThrow();
    }
}
