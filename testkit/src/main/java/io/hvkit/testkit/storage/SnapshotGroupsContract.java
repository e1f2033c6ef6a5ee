package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.SnapshotGroups;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.Volume;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/** What a pool must do that takes snapshots of several volumes at one moment. */
public abstract non-sealed class SnapshotGroupsContract extends StorageCases {

    private static final int VOLUMES = 4;

    private SnapshotGroups groups;
    private Snapshots snapshots;

    /** Made by JUnit. */
    protected SnapshotGroupsContract() {}

    /** Puts a byte on a volume, as a machine would. */
    protected abstract void write(VolumeId volume, byte content) throws InterruptedException;

    /** Returns the byte that was put on a volume last. */
    protected abstract byte read(VolumeId volume) throws InterruptedException;

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        groups = pool.snapshotGroups().orElseThrow();
        snapshots = pool.snapshots().orElseThrow();
    }

    /** Makes volumes, each with a byte of its own. */
    private Set<VolumeId> volumes() throws InterruptedException {
        Set<VolumeId> made = new LinkedHashSet<>();
        for (int i = 0; i < VOLUMES; i++) {
            VolumeId volume = create().id();
            write(volume, (byte) (10 + i));
            made.add(volume);
        }
        return made;
    }

    private void writeAll(Set<VolumeId> volumes, byte content) throws InterruptedException {
        for (VolumeId volume : volumes) {
            write(volume, content);
        }
    }

    private Map<VolumeId, Byte> contents(Set<VolumeId> volumes) throws InterruptedException {
        Map<VolumeId, Byte> contents = new LinkedHashMap<>();
        for (VolumeId volume : volumes) {
            contents.put(volume, read(volume));
        }
        return contents;
    }

    private static Set<SnapshotId> ids(Map<VolumeId, Snapshot> taken) {
        return taken.values().stream().map(Snapshot::id).collect(Collectors.toSet());
    }

    @TestTemplate
    final void a_group_is_taken_once_however_often_it_is_asked_for_and_each_has_its_own() throws InterruptedException {
        Set<VolumeId> volumes = volumes();
        Map<VolumeId, Snapshot> taken = groups.take(volumes, "monday");

        for (int i = 0; i < REPEATS; i++) {
            assertThat(groups.take(volumes, "monday")).isEqualTo(taken);
        }
        assertThat(taken.keySet()).isEqualTo(volumes);
        for (VolumeId volume : volumes) {
            Snapshot one = taken.get(volume);
            assertThat(one).isNotNull().extracting(Snapshot::volume).isEqualTo(volume);
            assertThat(connection().snapshots().orElseThrow().list(volume)).containsExactly(one);
            assertThat(snapshots.take(volume, "monday")).isEqualTo(one);
        }
    }

    @TestTemplate
    final void all_volumes_become_what_they_were_each_by_its_own_past() throws InterruptedException {
        Set<VolumeId> volumes = volumes();
        Map<VolumeId, Byte> before = contents(volumes);
        Map<VolumeId, Snapshot> taken = groups.take(volumes, "monday");
        writeAll(volumes, (byte) 99);
        if (!offers(PoolFeature.REVERT)) {
            refuses(Failure.UNSUPPORTED, () -> groups.revert(ids(taken)));
            return;
        }
        for (int i = 0; i < REPEATS; i++) {
            Map<VolumeId, Volume> reverted = groups.revert(ids(taken));
            assertThat(reverted.keySet()).isEqualTo(volumes);
            assertThat(contents(volumes)).isEqualTo(before);
        }
        for (VolumeId volume : volumes) {
            assertThat(snapshots.list(volume))
                    .as("nothing is left of it")
                    .extracting(Snapshot::name)
                    .containsExactly("monday");
        }
    }

    @TestTemplate
    final void a_group_is_whole_or_it_is_not_taken() throws InterruptedException {
        Set<VolumeId> volumes = volumes();
        VolumeId first = volumes.iterator().next();
        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> groups.take(Set.of(first, foreign), "monday"));
        }
        refuses(Failure.INVALID_REQUEST, () -> groups.take(volumes, ""));
        refuses(Failure.INVALID_REQUEST, () -> groups.take(Set.of(), "monday"));
        assertThat(snapshots.list(first)).isEmpty();

        snapshots.take(first, "alone");
        refuses(Failure.EXISTS_DIFFERENTLY, () -> groups.take(volumes, "alone"));
        for (VolumeId volume : volumes) {
            assertThat(snapshots.list(volume)).hasSize(volume.equals(first) ? 1 : 0);
            snapshots.take(volume, "alone");
        }
        refuses(Failure.EXISTS_DIFFERENTLY, "not of one moment", () -> groups.take(volumes, "alone"));
    }

    @TestTemplate
    final void nothing_is_brought_back_if_one_cannot_be() throws InterruptedException {
        if (!offers(PoolFeature.REVERT)) {
            return; // refused, as the case above has it
        }
        Set<VolumeId> volumes = volumes();
        VolumeId first = volumes.iterator().next();
        Map<VolumeId, Snapshot> taken = groups.take(volumes, "monday");
        Snapshot second = snapshots.take(first, "tuesday");
        writeAll(volumes, (byte) 77);
        Map<VolumeId, Byte> now = contents(volumes);
        Set<SnapshotId> withStranger = new LinkedHashSet<>(ids(taken));
        withStranger.add(new SnapshotId(unique()));
        Set<SnapshotId> twice = new LinkedHashSet<>(ids(taken));
        twice.add(second.id());

        refuses(Failure.NOT_FOUND, () -> groups.revert(withStranger));
        refuses(Failure.INVALID_REQUEST, "two of one volume", () -> groups.revert(twice));
        refuses(Failure.INVALID_REQUEST, "none", () -> groups.revert(Set.of()));
        pool.attach(first, HOST);
        refuses(Failure.IN_USE, () -> groups.revert(ids(taken)));
        assertThat(contents(volumes)).isEqualTo(now);
        groups.take(volumes, "in-use");
    }
}
