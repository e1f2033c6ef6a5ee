package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;

/** What the cases of machine snapshots share: a machine with two disks, and overlays for them. */
public abstract sealed class MachineSnapshotCases extends HypervisorCases permits MachineMergeCases {

    static final Duration PATIENCE = Duration.ofMinutes(1);
    static final SnapshotId FIRST = new SnapshotId("first");
    static final SnapshotId SECOND = new SnapshotId("second");

    MachineSnapshots snapshots;
    Disk data;
    MachineId machine;

    MachineSnapshotCases() {}

    /** Returns a plain, empty {@code QCOW2} disk over a plain one, of the same size, that nothing uses. */
    protected abstract Disk overlay(VolumeId volume, Disk base) throws InterruptedException;

    /** Returns the same, of another size. */
    protected abstract Disk smallOverlay(VolumeId volume, Disk base) throws InterruptedException;

    /** Returns the same, but one that holds something. */
    protected abstract Disk usedOverlay(VolumeId volume, Disk base) throws InterruptedException;

    /** Returns a disk like those of {@link #disk}, encrypted with a key; asked for only if such disks are offered. */
    protected abstract Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException;

    /** Returns an empty {@code QCOW2} disk over any disk, encrypted with a key; asked for only if such disks are offered. */
    protected abstract Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) throws InterruptedException;

    /** Made by JUnit: makes another disk. */
    @BeforeEach
    final void find() throws InterruptedException {
        snapshots = hypervisor.machineSnapshots().orElseThrow();
        data = anotherDisk();
        spec = spec.with(data);
        machine = new MachineId(spec.name());
    }

    final boolean isNeverRemembered() {
        if (offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            return false;
        }
        refuses(Failure.UNSUPPORTED, () -> start(kept(spec)));
        return true;
    }

    final void assertMerged(MachineId id, Disk merged) throws InterruptedException {
        BlockJob job = snapshots.merge(id, DiskMerge.of(merged));
        assertThat(job.await(PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(job.phase()).isEqualTo(BlockJobPhase.ENDED);
        assertThat(job.progress().percent()).isEqualTo(100);
        assertThat(snapshots.merging(id, merged.volume())).isEmpty();
    }

    final void assertUses(Disk root, Disk other) throws InterruptedException {
        assertThat(disks(machine)).containsExactly(place(root), place(other));
    }

    final Disk over(Disk base) throws InterruptedException {
        return overlay(new VolumeId(unique()), base);
    }

    final SnapshotRequest both(SnapshotId id, Disk overRoot, Disk overData) {
        return SnapshotRequest.named(id).onto(disk.volume(), overRoot).onto(data.volume(), overData);
    }

    final SnapshotRequest rootAlone(SnapshotId id, Disk root, Disk overRoot) {
        return SnapshotRequest.named(id).onto(root.volume(), overRoot).leavingOut(data.volume());
    }

    static MachineSpec kept(MachineSpec machine) {
        return machine.keptAs(Persistence.PERSISTENT);
    }

    static SnapshotDisk intact(Disk frozen, Disk overlay) {
        return new SnapshotDisk(place(frozen), place(overlay), SnapshotDisk.Content.INTACT);
    }
}
