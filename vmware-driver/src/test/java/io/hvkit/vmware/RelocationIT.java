package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.HostSnapshots.Removal;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is peculiar to moves of a vCenter: tasks that run, end otherwise, or whose answers are lost. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RelocationIT extends HostCases {

    private static final Path OTHER = VmwareJudged.STORE.resolveSibling("LocalDS_1");
    private static final Relocation AWAY = Relocation.onItsHost().storedAt(OTHER);
    private static final Relocation BACK = Relocation.onItsHost().storedAt(VmwareJudged.STORE);

    private MachineRelocation relocation;
    private MachineId id;

    @BeforeEach
    void begin() throws InterruptedException {
        relocation = host.machineRelocation().orElseThrow();
        id = host.start(spec).id();
    }

    private static JobVerdict end(MachineMoveJob job) throws InterruptedException {
        return job.await(LONG).orElseThrow();
    }

    private MachineMoveJob held(Relocation request) throws InterruptedException {
        int before = vmware.vcenter().calls("RelocateVM_Task");
        vmware.vcenter().next(1, "RelocateVM_Task", "hold", "");
        MachineMoveJob job = relocation.start(id, request);
        Await.until("the move", LONG, () -> vmware.vcenter().calls("RelocateVM_Task") > before);
        return job;
    }

    @Test
    void a_move_that_runs_is_found_by_everybody_and_ends_when_it_is_cancelled() throws InterruptedException {
        MachineMoveJob job = held(AWAY);

        assertThat(relocation.start(id, AWAY).await(Duration.ZERO)).isEmpty();
        Refused.as(Failure.OPERATION_PENDING)
                .saying(id.value(), () -> relocation.start(id, BACK.moving(disk.volume(), OTHER)));
        assertThat(job.progress().percent()).isLessThan(100);
        try (Hypervisor second = vmware.open(Map.of())) {
            MachineRelocation others = second.machineRelocation().orElseThrow();
            Refused.as(Failure.OPERATION_PENDING).saying(id.value(), () -> others.start(id, AWAY));
            MachineMoveJob found = others.find(id).orElseThrow();
            assertThat(found.await(Duration.ZERO)).isEmpty();
            found.cancel();
            assertThat(end(found)).isInstanceOf(JobVerdict.Cancelled.class);
        }
        assertThat(end(job)).isInstanceOf(JobVerdict.Cancelled.class);
        assertThat(disks(id)).containsExactly(place(disk));
        assertThat(relocation.find(id)).isEmpty();
    }

    @Test
    void progress_is_told_and_a_cancelled_move_leaves_the_machine_where_it_was() throws InterruptedException {
        vmware.vcenter().tasksTake(600);
        MachineMoveJob job = relocation.start(id, AWAY);
        Await.until("some progress", LONG, () -> percent(job) >= 25);

        job.cancel();

        assertThat(end(job)).isInstanceOf(JobVerdict.Cancelled.class);
        assertThat(disks(id)).containsExactly(place(disk));
    }

    private static int percent(MachineMoveJob job) {
        try {
            return job.progress().percent();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_move_that_the_vcenter_refuses_has_failed_and_says_why() throws InterruptedException {
        vmware.vcenter().next(1, "RelocateVM_Task", "task", "NoDiskSpace");

        assertThat(end(relocation.start(id, AWAY))).isInstanceOfSatisfying(JobVerdict.Failed.class, failed -> {
            assertThat(failed.failure()).isEqualTo(Failure.EXHAUSTED);
            assertThat(failed.reason()).contains("NoDiskSpace");
        });
        assertThat(disks(id)).containsExactly(place(disk));
    }

    @Test
    void a_move_that_ends_as_an_error_and_has_moved_all_the_same_has_succeeded() throws InterruptedException {
        vmware.vcenter().tasksTake(300);
        MachineMoveJob job = relocation.start(id, AWAY);
        vmware.vcenter().killSessions();

        assertThat(end(job)).isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(disks(id)).extracting(MachineDisk::volume).containsExactly(disk.volume());
    }

    @Test
    void uuids_and_notes_go_along_and_the_machine_is_forgotten_with_its_files_at_the_new_place() throws Exception {
        List<String> uuid = note(id, "hvkit.disk.0.uuid");
        HostSnapshots snapshots = host.hostSnapshots().orElseThrow();
        snapshots.take(id, new SnapshotId("s"), Quiescing.NONE);

        assertThat(end(relocation.start(id, AWAY))).isInstanceOf(JobVerdict.Succeeded.class);

        assertThat(note(id, "hvkit.disk.0.uuid")).isEqualTo(uuid).hasSize(1);
        assertThat(disks(id)).extracting(MachineDisk::volume).containsExactly(disk.volume());
        assertThat(property(id, "config.files.vmPathName").text()).startsWith("[LocalDS_1]");
        snapshots.remove(id, new SnapshotId("s"), Removal.ALONE);
        assertThat(SnapshotsIT.files(id)).containsExactly("[LocalDS_1] " + id + "/" + disk.volume() + ".vmdk");
        host.stop(id, StopMode.POWER_OFF);
        host.forget(id);
        host.define(MachineSpec.named(id.value())
                .with(vmware.disk(new VolumeId(id + "-other")))
                .keptAs(Persistence.PERSISTENT)); // in its first folder, which is free again
        assertThat(property(id, "config.files.vmPathName").text()).isEqualTo("[LocalDS_0] " + id + "/" + id + ".vmx");
    }

    @Test
    void a_linked_clone_moves_without_what_it_shares() throws Exception {
        HostSnapshots snapshots = host.hostSnapshots().orElseThrow();
        SnapshotId base = new SnapshotId("base");
        snapshots.take(id, base, Quiescing.NONE);
        MachineId clone = new MachineId(id + "-c");
        host.machineClones()
                .orElseThrow()
                .clone(
                        id,
                        CloneRequest.named(clone.value())
                                .calling(disk.volume(), new VolumeId(clone.value()))
                                .from(base)
                                .as(MachineClone.Kind.LINKED));

        assertThat(end(relocation.start(clone, AWAY))).isInstanceOf(JobVerdict.Succeeded.class);

        assertThat(disks(id)).containsExactly(place(disk));
        Refused.as(Failure.IN_USE).saying("linked clone", () -> snapshots.remove(id, base, Removal.ALONE));
        MachineDisk moved = disks(clone).get(0);
        assertThat(VmwareJudged.spelt(moved)).startsWith("[LocalDS_1] ");
        host.forget(clone);
        Refused.as(Failure.IN_USE).saying(VmwareJudged.spelt(moved), () -> snapshots.remove(id, base, Removal.ALONE));
        vmware.delete(moved);
        snapshots.remove(id, base, Removal.ALONE);
        assertThat(vmware.vcenter().count("spoilt")).isZero();
    }

    @Test
    void machines_do_not_move_to_hosts_of_another_vcenter() throws InterruptedException {
        try (VmwareJudged elsewhere = VmwareJudged.start();
                Hypervisor stranger = elsewhere.open(Map.of())) {
            Refused.as(Failure.UNSUPPORTED)
                    .saying("no host of this vCenter", () -> relocation.start(id, Relocation.to(stranger)));
        }
        assertThat(disks(id)).containsExactly(place(disk));
    }
}
