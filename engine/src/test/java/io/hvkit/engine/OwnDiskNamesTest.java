package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An embedder that starts its machines itself calls their disks as it likes; which volume one is, its place tells. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OwnDiskNamesTest {

    private static final MachineId APP = new MachineId("app-01");
    private static final VolumeId RECORDS = new VolumeId("records");

    @TempDir
    private Path directory;

    private MachineWorld world;
    private HvKit hvkit;
    private Hypervisor direct;
    private VolumeRecord volume;
    private Attachment place;

    @BeforeEach
    void run() throws Exception {
        world = new MachineWorld(directory);
        hvkit = world.calm();
        volume = world.plain(hvkit, "records-of-app");
        direct = world.hypervisor(world.one);
        place = hvkit.volumes().attach(volume.id(), world.one.id(), APP).await();
        direct.start(MachineSpec.named(APP.value())
                .with(Disk.of(RECORDS, place, volume.place().format())));
    }

    @AfterEach
    void close() throws Exception {
        direct.close();
        hvkit.close();
    }

    private List<MachineDisk> disks() throws InterruptedException {
        return direct.find(APP).orElseThrow().disks();
    }

    @Test
    void a_volume_is_taken_from_the_machine_that_has_it_before_its_host_gives_it_back() throws Exception {
        hvkit.volumes().detach(volume.id(), world.one.id(), APP).await();

        assertThat(disks()).isEmpty();
        assertThat(world.uses(volume)).isEmpty();
    }

    @Test
    void a_volume_that_lies_below_an_overlay_of_the_machine_stays_with_it() throws Exception {
        Path overlay = Files.copy(place.requirePath(), directory.resolve("overlay"));
        InMemoryHypervisorDriver.layOver(overlay, place.requirePath());
        MachineSnapshot before = direct.machineSnapshots()
                .orElseThrow()
                .take(
                        APP,
                        SnapshotRequest.named(new SnapshotId("before"))
                                .onto(
                                        RECORDS,
                                        Disk.of(
                                                new VolumeId("overlay"),
                                                new Attachment.ImageFile(overlay),
                                                ImageFormat.QCOW2)));
        assertThat(before.disks()).hasSize(1);

        refused(() -> hvkit.volumes().detach(volume.id(), world.one.id(), APP).await());
        refused(() -> hvkit.volumes()
                .grow(volume.id(), MachineWorld.SIZE.plus(MachineWorld.SIZE))
                .await());

        assertThat(world.uses(volume)).containsExactly(VolumeUse.by(world.one.hostId()));
        assertThat(hvkit.volumes().find(volume.id()).orElseThrow().size()).isEqualTo(MachineWorld.SIZE);
    }

    private static void refused(ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e).as("refused").isNotNull();
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(Failure.IN_USE);
        assertThat(e).hasMessageContaining("has overlay overlay over volume records");
    }

    @Test
    void a_volume_that_the_machine_has_is_not_given_to_it_once_more() throws Exception {
        assertThat(hvkit.volumes().attach(volume.id(), world.one.id(), APP).await())
                .isEqualTo(place);

        assertThat(disks()).extracting(MachineDisk::volume).containsExactly(RECORDS);
    }

    @Test
    void the_machine_is_told_that_the_volume_has_grown() throws Exception {
        ByteSize more = MachineWorld.SIZE.plus(MachineWorld.SIZE);

        VolumeRecord grown = hvkit.volumes().grow(volume.id(), more).await();

        assertThat(grown.size()).isEqualTo(more);
    }
}
