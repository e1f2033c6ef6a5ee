package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.SnapshotGroups;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Groups of snapshots when the array answers in another order, late, not at all, or has no room. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GroupsIT {

    private static final int MOST_SNAPSHOTS = 126;
    private static final byte OLD = 1;
    private static final byte NEW = 2;

    private final Set<VolumeId> disks = new LinkedHashSet<>();
    private Simulated array;
    private StoragePool pool;
    private SnapshotGroups groups;
    private Snapshots snapshots;

    @BeforeEach
    void start() throws InterruptedException {
        array = Simulated.start(GatewayVersion.V4_5);
        pool = array.open();
        groups = pool.snapshotGroups().orElseThrow();
        snapshots = pool.snapshots().orElseThrow();
        for (int i = 0; i < 3; i++) {
            disks.add(pool.create(CreateVolume.blank("disk" + i, ByteSize.gibibytes(8)))
                    .id());
        }
    }

    @AfterEach
    void stop() {
        pool.close();
        array.close();
    }

    private void fault(Fault fault) {
        array.system().faults().add(fault);
    }

    private void write(byte content) {
        disks.forEach(disk -> array.write(disk, content));
    }

    private Map<VolumeId, Byte> contents() {
        Map<VolumeId, Byte> contents = new LinkedHashMap<>();
        disks.forEach(disk -> contents.put(disk, array.read(disk)));
        return contents;
    }

    private void assertAll(byte content) {
        assertThat(contents().values()).as("all or none").containsOnly(content);
    }

    private Set<SnapshotId> taken() throws InterruptedException {
        write(OLD);
        Map<VolumeId, Snapshot> taken = groups.take(disks, "monday");
        write(NEW);
        return taken.values().stream().map(Snapshot::id).collect(Collectors.toSet());
    }

    @Test
    void each_volume_has_its_own_in_whatever_order_the_array_lists_them() throws InterruptedException {
        int i = 0;
        for (VolumeId disk : disks) {
            i++;
            array.write(disk, (byte) i);
        }
        fault(Fault.at("snapshotVolumes").reordering());
        fault(Fault.at("snapshotVolumes").afterWork().losingTheAnswer());

        Map<VolumeId, Snapshot> taken = groups.take(disks, "monday");

        for (VolumeId disk : disks) {
            Snapshot one = taken.getOrDefault(disk, taken.values().iterator().next());
            assertThat(one.volume()).isEqualTo(disk);
            assertThat(array.read(new VolumeId(one.id().value()))).isEqualTo(array.read(disk));
            assertThat(snapshots.list(disk)).containsExactly(one);
        }
    }

    @Test
    void whatever_goes_wrong_on_the_way_back_all_volumes_are_as_they_were() throws InterruptedException {
        Set<SnapshotId> monday = taken();
        int before = array.volumesOfTheArray();
        for (int refused = 0; refused < disks.size(); refused++) {
            for (int well = 0; well < refused; well++) {
                fault(Fault.at("overwriteVolumeContent").slowBy(Duration.ZERO));
            }
            fault(Fault.at("overwriteVolumeContent").refusing(330));

            Refused.as(Failure.UNSUPPORTED).saying("all are as they were", () -> groups.revert(monday));

            assertAll(NEW);
            assertThat(array.volumesOfTheArray()).as("the safety is removed").isEqualTo(before);
        }
        assertThat(array.system().faults().waiting()).isEmpty();
        groups.revert(monday);
        assertAll(OLD);
        assertThat(array.volumesOfTheArray()).isEqualTo(before);
    }

    @Test
    void one_that_may_have_been_touched_is_brought_back_too() throws InterruptedException {
        Set<SnapshotId> monday = taken();
        int before = array.volumesOfTheArray();
        fault(Fault.at("overwriteVolumeContent").slowBy(Duration.ZERO));
        fault(Fault.at("overwriteVolumeContent").afterWork().answering(503).times(5));

        Refused.as(Failure.UNREACHABLE).unknown().saying("unless the array still does", () -> groups.revert(monday));

        assertAll(NEW);
        assertThat(array.volumesOfTheArray()).as("and the safety").isEqualTo(before + disks.size());
    }

    @Test
    void what_was_is_kept_if_it_cannot_be_brought_back_and_goes_with_the_next_that_succeeds()
            throws InterruptedException {
        Set<SnapshotId> monday = taken();
        int before = array.volumesOfTheArray();
        fault(Fault.at("overwriteVolumeContent").slowBy(Duration.ZERO));
        fault(Fault.at("overwriteVolumeContent").refusing(330).times(2));

        Refused.as(Failure.UNSUPPORTED).unknown().saying("is kept in", () -> groups.revert(monday));

        assertThat(array.volumesOfTheArray()).as("the safety").isEqualTo(before + disks.size());
        assertThat(snapshots.list(disks.iterator().next()))
                .as("nobody's snapshot")
                .hasSize(1);
        groups.revert(monday);
        assertAll(OLD);
        assertThat(array.volumesOfTheArray()).isEqualTo(before);
    }

    @Test
    void one_that_is_interrupted_leaves_all_as_they_were() throws InterruptedException {
        Set<SnapshotId> monday = taken();
        int before = array.volumesOfTheArray();
        fault(Fault.at("overwriteVolumeContent").slowBy(Duration.ZERO));
        fault(Fault.at("overwriteVolumeContent").slowBy(Duration.ofSeconds(2)));
        Thread reverting = new Thread(() -> {
            try {
                groups.revert(monday);
            } catch (InterruptedException | DriverException e) {
                Thread.currentThread().interrupt();
            }
        });
        reverting.start();
        Await.until(
                "the second overwriting",
                Duration.ofSeconds(20),
                () -> array.system().faults().waiting().isEmpty());
        reverting.interrupt();
        reverting.join();

        assertThat(array.volumesOfTheArray())
                .as("the safety stays: the array may yet do what was cut short")
                .isEqualTo(before + disks.size());
        assertThat(array.read(disks.iterator().next()))
                .as("the first was brought back")
                .isEqualTo(NEW);
        groups.revert(monday);
        assertAll(OLD);
        assertThat(array.volumesOfTheArray()).isEqualTo(before);
    }

    @Test
    void a_tree_holds_so_many_and_a_group_with_a_full_one_takes_none() throws InterruptedException {
        VolumeId full = disks.iterator().next();
        for (int i = 0; i < MOST_SNAPSHOTS; i++) {
            snapshots.take(full, "s" + i);
        }

        Refused.as(Failure.EXHAUSTED).saying("182", () -> snapshots.take(full, "one-more"));
        Refused.as(Failure.EXHAUSTED).saying("182", () -> groups.take(disks, "monday"));

        assertThat(snapshots.list(full)).hasSize(MOST_SNAPSHOTS);
        for (VolumeId disk : disks) {
            assertThat(snapshots.list(disk)).hasSize(disk.equals(full) ? MOST_SNAPSHOTS : 0);
        }
    }

    @Test
    void a_name_that_is_changed_without_an_answer_is_changed_once() throws InterruptedException {
        VolumeId disk = disks.iterator().next();
        fault(Fault.at("setVolumeName").afterWork().losingTheAnswer());

        Volume renamed = pool.renaming().orElseThrow().rename(disk, "other");

        assertThat(renamed.name()).isEqualTo("other");
        assertThat(pool.list()).extracting(Volume::name).containsExactlyInAnyOrder("other", "disk1", "disk2");
        for (String kept : List.of("r!x", "d!x")) {
            Refused.as(Failure.INVALID_REQUEST)
                    .saying("are kept", () -> pool.renaming().orElseThrow().rename(disk, kept));
        }
    }
}
