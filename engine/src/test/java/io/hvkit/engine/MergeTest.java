package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.machine.DiskChain;
import io.hvkit.engine.machine.DiskChain.Standing;
import io.hvkit.engine.machine.MachineSnapshotRequest;
import io.hvkit.engine.machine.MergeRequest;
import io.hvkit.engine.machine.MergedDisk;
import io.hvkit.engine.machine.MergedDisks;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MergeSight.Newest;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Disks of machines that stand on overlays: seen, merged one by one, started with them, and otherwise left alone. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MergeTest {

    private static final Logger LOG = LoggerFactory.getLogger(MergeTest.class);

    @TempDir
    private Path directory;

    private OverlaidMachine web;

    @BeforeEach
    void lay() throws Exception {
        web = new OverlaidMachine(directory);
        web.layOver("over");
    }

    @Test
    void all_disks_are_merged_into_their_volumes_and_the_overlays_are_nobodys() throws Exception {
        try (HvKit hvkit = web.world.calm()) {
            MergedDisks merged = hvkit.machines().merge(web.machine.id()).await();

            merged.orThrow();
            assertThat(merged.unused())
                    .extracting(MachineDisk::volume)
                    .containsExactly(new VolumeId("over-root"), new VolumeId("over-data"));
            assertThat(merged.disks()).extracting(MergedDisk::volume).containsExactly(web.root.id(), web.data.id());
            assertThat(hvkit.machines().chains(web.machine.id()))
                    .extracting(DiskChain::standing)
                    .containsOnly(Standing.ALONE);
            assertThat(hvkit.machines().merge(web.machine.id()).await().disks()).isEmpty();
        }
        assertThat(web.names()).isEqualTo(web.volumes());
        web.world.checkThatAllAgree("merged");
    }

    @Test
    void the_call_sites_of_the_documents_do_what_they_say() throws Exception {
        RecordId<MachineRecord> id = web.machine.id();
        Path folder = web.folder;
        try (HvKit hvkit = web.world.calm()) {
            // tag::overlays[]
            hvkit.machines()
                    .snapshot(MachineSnapshotRequest.of(id, "before-upgrade", folder))
                    .await();
            hvkit.machines().chains(id).forEach(disk -> LOG.info("{}", disk)); // touches nothing
            MergedDisks merged = hvkit.machines().merge(id).await();
            merged.unused().forEach(overlay -> LOG.info("{} may be deleted", overlay.attachment()));
            merged.orThrow(); // names each disk that is not merged, and why
            // end::overlays[]
            assertThat(merged.unused()).hasSize(4);
        }
        assertThat(web.names()).isEqualTo(web.volumes());
    }

    @Test
    void two_overlays_over_one_another_are_merged_the_highest_first() throws Exception {
        web.layOver("higher");
        try (HvKit hvkit = web.world.calm()) {
            MergedDisks merged = hvkit.machines().merge(web.machine.id()).await();

            assertThat(merged.disks().get(0).merged())
                    .extracting(disk -> disk.volume().value())
                    .containsExactly("higher-root", "over-root");
            assertThat(merged.isDone()).isTrue();
        }
        assertThat(web.names()).isEqualTo(web.volumes());
    }

    @Test
    void a_merge_that_takes_too_long_keeps_no_other_disk_from_being_merged_and_the_machine_can_restart()
            throws Exception {
        web.world.seeHostsBy(hosts -> new StuckMerges(hosts, new VolumeId("over-data")));
        try (HvKit hvkit = web.world.calm()) {
            MergedDisks merged = hvkit.machines()
                    .merge(MergeRequest.of(web.machine.id()).within(Duration.ofMillis(20)))
                    .await();

            assertThat(merged.disks()).extracting(MergedDisk::isMerged).containsExactly(true, false);
            assertThatThrownBy(merged::orThrow)
                    .isInstanceOfSatisfying(
                            DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY))
                    .hasMessageContaining("over-data")
                    .hasMessageContaining("READY");
            assertThat(web.recorded(web.root)).isEmpty();
            assertThat(web.recorded(web.data)).extracting(Overlay::state).containsExactly(Overlay.State.MERGING);
            assertThat(hvkit.machines().chains(web.machine.id()))
                    .extracting(DiskChain::standing)
                    .containsExactly(Standing.ALONE, Standing.RECORDED);
        }
        web.world.seeHostsBy(hosts -> hosts);
        try (HvKit hvkit = web.world.calm()) {
            hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
            assertThat(web.recorded(web.data)).extracting(Overlay::state).containsExactly(Overlay.State.LAID);
            hvkit.machines().start(web.machine.id()).await();

            assertThat(web.names()).containsExactly(web.volumes().get(0), "over-data");
            web.world.checkThatAllAgree("restarted");
            assertThat(hvkit.machines().merge(web.machine.id()).await().isDone())
                    .isTrue();
        }
        assertThat(web.names()).isEqualTo(web.volumes());
    }

    @Test
    void a_machine_that_is_stopped_keeps_its_overlays_and_starts_with_them() throws Exception {
        try (HvKit hvkit = web.world.calm()) {
            assertThat(hvkit.machines().chains(web.machine.id()))
                    .extracting(DiskChain::standing)
                    .containsOnly(Standing.UNRECORDED);
            hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
            assertThat(web.names()).isEmpty();
            assertThat(hvkit.machines().chains(web.machine.id()))
                    .extracting(DiskChain::standing)
                    .containsOnly(Standing.RECORDED);
            assertThat(refusal(
                            Failure.INVALID_REQUEST,
                            () -> hvkit.machines().merge(web.machine.id()).await()))
                    .contains("over-root", "start it");

            hvkit.machines().start(web.machine.id()).await();

            assertThat(web.names()).containsExactly("over-root", "over-data");
            web.world.checkThatAllAgree("started with its overlays");
            hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
            hvkit.machines().start(web.machine.id()).await();
            assertThat(web.names()).containsExactly("over-root", "over-data");
            assertThat(hvkit.machines().merge(web.machine.id()).await().isDone())
                    .isTrue();
        }
    }

    @Test
    void a_volume_below_an_overlay_is_left_alone_while_its_machine_runs() throws Exception {
        try (HvKit hvkit = web.world.calm()) {
            ByteSize larger = MachineWorld.SIZE.plus(MachineWorld.SIZE);
            for (ThrowingCallable each : List.<ThrowingCallable>of(
                    () -> hvkit.machines()
                            .migrate(MigrateRequest.of(web.machine.id()))
                            .await(),
                    () -> hvkit.machines()
                            .detach(web.machine.id(), web.data.id())
                            .await(),
                    () -> hvkit.volumes().grow(web.data.id(), larger).await())) {
                assertThat(refusal(Failure.IN_USE, each)).contains("over-", "merge");
            }
        }
        assertThat(web.names()).containsExactly("over-root", "over-data");
        try (HvKit hvkit = web.world.calm()) {
            assertThat(hvkit.machines().merge(web.machine.id()).await().isDone())
                    .isTrue();
        }
        web.world.checkThatAllAgree("nothing was begun");
    }

    @Test
    void a_volume_below_an_overlay_is_left_alone_while_its_machine_is_off() throws Exception {
        try (HvKit hvkit = web.world.calm()) {
            hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
            ByteSize larger = MachineWorld.SIZE.plus(MachineWorld.SIZE);
            for (ThrowingCallable each : List.<ThrowingCallable>of(
                    () -> hvkit.machines().delete(web.machine.id()).await(),
                    () -> hvkit.machines()
                            .detach(web.machine.id(), web.data.id())
                            .await(),
                    () -> hvkit.volumes().grow(web.data.id(), larger).await(),
                    () -> hvkit.volumes().rekey(web.root.id()).await(),
                    () -> hvkit.volumes().delete(web.data.id()).await(),
                    () -> hvkit.volumes()
                            .attach(web.data.id(), web.world.two.id(), web.machine.machineId())
                            .await())) {
                assertThat(refusal(Failure.IN_USE, each)).contains("over-", "merge");
            }
            hvkit.machines().start(web.machine.id()).await();
        }
        assertThat(web.names()).containsExactly("over-root", "over-data");
    }

    @Test
    void a_machine_of_which_nobody_knows_what_it_had_last_is_not_started_before_that_is_settled() throws Exception {
        web.world.seeHostsBy(hosts -> new StuckMerges(hosts, new VolumeId("over-data")));
        try (HvKit hvkit = web.world.calm()) {
            MergedDisks unused = hvkit.machines()
                    .merge(MergeRequest.of(web.machine.id()).within(Duration.ofMillis(20)))
                    .await();
            web.end();
            hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();

            DiskChain doubtful = hvkit.machines().chains(web.machine.id()).get(1);
            assertThat(doubtful.standing()).isEqualTo(Standing.IN_DOUBT);
            assertThat(refusal(
                            Failure.HOST_NOT_READY,
                            () -> hvkit.machines().start(web.machine.id()).await()))
                    .contains(doubtful.words(), "settle");
            assertThat(web.names()).isEmpty();
            assertThat(refusal(
                            Failure.INVALID_REQUEST,
                            () -> hvkit.machines()
                                    .settle(web.machine.id(), web.root.id(), Newest.LAYER)
                                    .await()))
                    .contains("nothing is in doubt");

            MachineRecord settled = hvkit.machines()
                    .settle(web.machine.id(), web.data.id(), Newest.OVERLAY)
                    .await();
            assertThat(settled.state()).isEqualTo(MachineRecord.State.STOPPED);
            hvkit.machines().start(web.machine.id()).await();
            assertThat(web.names()).containsExactly(web.volumes().get(0), "over-data");
        }
    }

    @Test
    void what_lies_below_is_what_the_machine_starts_with_if_that_is_what_it_had_last() throws Exception {
        web.world.seeHostsBy(hosts -> new StuckMerges(hosts, new VolumeId("over-data")));
        try (HvKit hvkit = web.world.calm()) {
            MergedDisks unused = hvkit.machines()
                    .merge(MergeRequest.of(web.machine.id()).within(Duration.ofMillis(20)))
                    .await();
            assertThat(refusal(
                            Failure.INVALID_REQUEST,
                            () -> hvkit.machines()
                                    .settle(web.machine.id(), web.data.id(), Newest.LAYER)
                                    .await()))
                    .contains("RUNNING");
            web.end();
            hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
            hvkit.machines()
                    .settle(web.machine.id(), web.data.id(), Newest.LAYER)
                    .await();
            hvkit.machines().start(web.machine.id()).await();
        }
        assertThat(web.names()).isEqualTo(web.volumes());
        web.world.checkThatAllAgree("settled");
    }

    @Test
    void a_snapshot_freezes_all_disks_but_those_left_out_and_again_does_nothing() throws Exception {
        MachineSnapshotRequest upgrade = MachineSnapshotRequest.of(web.machine.id(), "upgrade", web.folder);
        try (HvKit hvkit = web.world.calm()) {
            MachineRecord taken = hvkit.machines().snapshot(upgrade).await();
            assertThat(taken.state()).isEqualTo(MachineRecord.State.RUNNING);
            List<String> both =
                    List.of(web.volumes().get(0) + "-upgrade", web.volumes().get(1) + "-upgrade");
            assertThat(web.names()).isEqualTo(both);
            assertThat(web.recorded(web.root))
                    .extracting(overlay -> overlay.disk().value())
                    .containsExactly("over-root", both.get(0));
            hvkit.machines().snapshot(upgrade).await();
            assertThat(web.names()).isEqualTo(both);
            web.world.checkThatAllAgree("frozen");
            hvkit.machines()
                    .snapshot(MachineSnapshotRequest.of(web.machine.id(), "rest", web.folder)
                            .leavingOut(web.data.id()))
                    .await();
            assertThat(web.names()).containsExactly(web.volumes().get(0) + "-rest", both.get(1));
            assertThat(refusal(
                            Failure.EXISTS_DIFFERENTLY,
                            () -> hvkit.machines()
                                    .snapshot(MachineSnapshotRequest.of(web.machine.id(), "rest", web.folder))
                                    .await()))
                    .contains("rest");
            assertThat(hvkit.machines().merge(web.machine.id()).await().unused())
                    .hasSize(5);
        }
    }

    @Test
    void a_snapshot_that_cannot_be_taken_leaves_the_machine_as_it_was() throws Exception {
        MachineSnapshotRequest upgrade = MachineSnapshotRequest.of(web.machine.id(), "upgrade", web.folder);
        try (HvKit hvkit = web.world.calm()) {
            Files.write(web.folder.resolve(web.volumes().get(1) + "-upgrade.qcow2"), new byte[4096]);
            assertThat(refusal(
                            Failure.EXISTS_DIFFERENTLY,
                            () -> hvkit.machines().snapshot(upgrade).await()))
                    .contains("upgrade.qcow2");
            assertThat(web.names()).containsExactly("over-root", "over-data");
            web.world.checkThatAllAgree("not frozen");
            assertThat(refusal(
                            Failure.INVALID_REQUEST,
                            () -> hvkit.machines()
                                    .snapshot(upgrade.leavingOut(web.root.id()).leavingOut(web.data.id()))
                                    .await()))
                    .contains("left out");
            assertThat(refusal(
                            Failure.INVALID_REQUEST,
                            () -> hvkit.machines()
                                    .snapshot(upgrade.leavingOut(new RecordId<>("nobody")))
                                    .await()))
                    .contains("nobody");
            hvkit.machines().stop(web.machine.id(), StopMode.POWER_OFF).await();
            assertThat(refusal(
                            Failure.INVALID_REQUEST,
                            () -> hvkit.machines().snapshot(upgrade).await()))
                    .contains("STOPPED");
        }
        for (String name : List.of("", "../x", ".x", "a b", "x".repeat(65))) {
            assertThatThrownBy(() -> MachineSnapshotRequest.of(web.machine.id(), name, web.folder))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + name + "'");
        }
        assertThatThrownBy(() -> MachineSnapshotRequest.of(web.machine.id(), "x", Path.of("here")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("here");
    }

    private static String refusal(Failure failure, ThrowingCallable call) {
        DriverException refused = catchThrowableOfType(DriverException.class, call);
        assertThat(refused).as("it was done").isNotNull();
        assertThat(refused.failure()).as(refused.getMessage()).isEqualTo(failure);
        return String.valueOf(refused.getMessage());
    }
}
