package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.Volume;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/** What a pool must do that takes snapshots. */
public abstract non-sealed class SnapshotsContract extends StorageCases {

    private Snapshots snapshots;

    /** Made by JUnit. */
    protected SnapshotsContract() {}

    /** Puts a byte on a volume, as a machine would. */
    protected abstract void write(VolumeId volume, byte content) throws InterruptedException;

    /** Returns the byte that was put on a volume last. */
    protected abstract byte read(VolumeId volume) throws InterruptedException;

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        snapshots = pool.snapshots().orElseThrow();
    }

    @TestTemplate
    final void taking_again_gives_the_snapshot_as_it_was_taken() throws InterruptedException {
        Volume volume = create();
        write(volume.id(), (byte) 1);
        Snapshot first = snapshots.take(volume.id(), "monday");
        write(volume.id(), (byte) 2);

        for (int i = 0; i < REPEATS; i++) {
            assertThat(snapshots.take(volume.id(), "monday")).isEqualTo(first);
        }
        Snapshots others = connection().snapshots().orElseThrow();
        assertThat(others.list(volume.id())).containsExactly(first);
        assertThat(others.find(first.id())).contains(first);
        assertThat(first.size()).isEqualTo(volume.size());
        assertThat(first.volume()).isEqualTo(volume.id());
        assertThat(read(volume.id())).isEqualTo((byte) 2);
    }

    @TestTemplate
    final void names_are_the_volumes_own_and_the_oldest_comes_first() throws InterruptedException {
        VolumeId one = create().id();
        VolumeId two = create().id();
        Snapshot monday = snapshots.take(one, "monday");
        Snapshot tuesday = snapshots.take(one, "tuesday");
        Snapshot elsewhere = snapshots.take(two, "monday");

        assertThat(snapshots.list(one)).containsExactly(monday, tuesday);
        assertThat(snapshots.list(two)).containsExactly(elsewhere);
        assertThat(elsewhere.id()).isNotEqualTo(monday.id());
    }

    @TestTemplate
    final void deleting_takes_one_and_may_be_repeated() throws InterruptedException {
        VolumeId volume = create().id();
        Snapshot monday = snapshots.take(volume, "monday");
        Snapshot tuesday = snapshots.take(volume, "tuesday");

        for (int i = 0; i < REPEATS; i++) {
            snapshots.delete(monday.id());
            assertThat(snapshots.list(volume)).containsExactly(tuesday);
        }
        snapshots.delete(new SnapshotId(unique()));
        snapshots.delete(new SnapshotId("../etc"));
        assertThat(snapshots.find(monday.id())).isEmpty();
        assertThat(snapshots.take(volume, "monday").id()).as("a new one").isNotEqualTo(monday.id());
    }

    @TestTemplate
    final void a_volume_with_snapshots_is_not_removed() throws InterruptedException {
        Volume volume = create();
        Snapshot snapshot = snapshots.take(volume.id(), "monday");

        refuses(Failure.IN_USE, () -> pool.delete(volume.id()));
        assertThat(pool.find(volume.id())).contains(volume);
        assertThat(snapshots.find(snapshot.id())).contains(snapshot);
        snapshots.delete(snapshot.id());
        pool.delete(volume.id());
    }

    @TestTemplate
    final void what_is_not_there_is_not_found_and_lists_nothing() throws InterruptedException {
        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> snapshots.take(foreign, "monday"));
            assertThat(snapshots.list(foreign)).isEmpty();
        }
        assertThat(snapshots.find(new SnapshotId(unique()))).isEmpty();
        refuses(Failure.INVALID_REQUEST, () -> snapshots.take(create().id(), ""));
    }

    @TestTemplate
    final void reverting_brings_back_what_was_or_is_refused() throws InterruptedException {
        Volume volume = create();
        write(volume.id(), (byte) 1);
        Snapshot monday = snapshots.take(volume.id(), "monday");
        write(volume.id(), (byte) 2);
        Snapshot tuesday = snapshots.take(volume.id(), "tuesday");
        write(volume.id(), (byte) 3);
        if (!offers(PoolFeature.REVERT)) {
            refuses(Failure.UNSUPPORTED, () -> snapshots.revert(monday.id()));
            assertThat(read(volume.id())).isEqualTo((byte) 3);
            return;
        }
        for (int i = 0; i < REPEATS; i++) {
            assertThat(snapshots.revert(monday.id())).isEqualTo(volume);
            assertThat(read(volume.id())).isEqualTo((byte) 1);
        }
        assertThat(snapshots.list(volume.id())).isEqualTo(List.of(monday, tuesday));
        snapshots.revert(tuesday.id());
        assertThat(read(volume.id())).isEqualTo((byte) 2);
    }

    @TestTemplate
    final void an_attached_volume_is_not_reverted() throws InterruptedException {
        VolumeId volume = create().id();
        write(volume, (byte) 1);
        Snapshot monday = snapshots.take(volume, "monday");
        write(volume, (byte) 2);
        pool.attach(volume, HOST);
        Failure expected = offers(PoolFeature.REVERT) ? Failure.IN_USE : Failure.UNSUPPORTED;

        refuses(expected, () -> snapshots.revert(monday.id()));
        assertThat(read(volume)).isEqualTo((byte) 2);
        snapshots.take(volume, "in-use");
    }

    @TestTemplate
    final void a_snapshot_of_nothing_is_not_reverted_to() {
        Failure expected = offers(PoolFeature.REVERT) ? Failure.NOT_FOUND : Failure.UNSUPPORTED;

        refuses(expected, () -> snapshots.revert(new SnapshotId(unique())));
    }
}
