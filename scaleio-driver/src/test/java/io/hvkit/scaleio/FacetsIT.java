package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.powerflex.simulator.control.Fault;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What the array makes of snapshots, clones and limits beyond what contracts ask for. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FacetsIT {

    private static final HostId HOST = new HostId(Simulated.HOSTS.get(0));

    private Simulated array;
    private StoragePool pool;
    private Volume disk;

    @BeforeEach
    void start() throws InterruptedException {
        array = Simulated.start(GatewayVersion.V4_5);
        pool = array.open();
        disk = pool.create(CreateVolume.blank("disk", ByteSize.gibibytes(8)));
    }

    @AfterEach
    void stop() {
        pool.close();
        array.close();
    }

    @Test
    void a_snapshot_whose_answer_is_lost_is_taken_once() throws InterruptedException {
        Snapshots snapshots = pool.snapshots().orElseThrow();
        array.system().faults().add(Fault.at("snapshotVolumes").afterWork().losingTheAnswer());

        Snapshot monday = snapshots.take(disk.id(), "monday");

        assertThat(snapshots.list(disk.id())).containsExactly(monday);
        assertThat(pool.list()).as("a snapshot is no volume").containsExactly(disk);
        Refused.as(Failure.INVALID_REQUEST).saying("1 to 18", () -> snapshots.take(disk.id(), "x".repeat(19)));
    }

    @Test
    void a_volume_that_has_grown_is_not_made_smaller_by_its_past() throws InterruptedException {
        Snapshots snapshots = pool.snapshots().orElseThrow();
        Snapshot small = snapshots.take(disk.id(), "small");
        Volume grown = pool.growth().orElseThrow().growTo(disk.id(), ByteSize.gibibytes(16));

        Refused.as(Failure.UNSUPPORTED).saying("has grown", () -> snapshots.revert(small.id()));

        assertThat(pool.find(disk.id())).contains(grown);
        assertThat(pool.clones()
                        .orElseThrow()
                        .create(CloneVolume.of(small.id(), "past"))
                        .size())
                .isEqualTo(ByteSize.gibibytes(8));
    }

    @Test
    void a_tree_holds_so_many_snapshots_and_no_more() throws InterruptedException {
        Snapshots snapshots = pool.snapshots().orElseThrow();
        array.system().faults().add(Fault.at("snapshotVolumes").refusing(182));

        Refused.as(Failure.EXHAUSTED).saying("182", () -> snapshots.take(disk.id(), "too-many"));

        assertThat(snapshots.list(disk.id())).isEmpty();
    }

    @Test
    void limits_hold_for_mappings_to_come_and_their_notes_go_with_the_volume() throws InterruptedException {
        Limits limits = pool.limits().orElseThrow();
        VolumeLimits some = VolumeLimits.none().iops(5000).bandwidth(ByteSize.mebibytes(300));
        limits.set(disk.id(), some);
        array.system().calls().clear();

        pool.attach(disk.id(), HOST);

        assertThat(array.system().calls().of("setMappedSdcLimits")).isEqualTo(1);
        limits.set(disk.id(), VolumeLimits.none());
        assertThat(array.system().calls().of("setMappedSdcLimits")).isEqualTo(2);
        Refused.as(Failure.INVALID_REQUEST)
                .saying("11 to", () -> limits.set(disk.id(), VolumeLimits.none().iops(10)));
        pool.detach(disk.id(), HOST);
        limits.set(disk.id(), some);
        pool.delete(disk.id());
        assertThat(pool.statistics().provisioned()).isEqualTo(ByteSize.ZERO);
    }
}
