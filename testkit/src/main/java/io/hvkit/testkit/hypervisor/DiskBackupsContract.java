package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupDisk.Why;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that writes what disks of running machines hold to images. Needs change tracking, too. */
public abstract non-sealed class DiskBackupsContract extends HypervisorCases {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final CheckpointId FIRST = new CheckpointId("first");
    private static final CheckpointId SECOND = new CheckpointId("second");

    private DiskBackups backups;
    private ChangeTracking tracking;
    private Disk one;
    private Disk two;
    private MachineId machine;
    private Optional<Disk> unfit = Optional.empty();

    /** Made by JUnit. */
    protected DiskBackupsContract() {}

    /** Returns a disk that exists, holds something, is used by nothing else, and can be backed up. */
    protected abstract Disk filledDisk(VolumeId volume) throws InterruptedException;

    /** Returns an image that exists, holds nothing, and has the size of a {@link #filledDisk}. */
    protected abstract Disk emptyImage(VolumeId volume) throws InterruptedException;

    /** Returns the same of another size. */
    protected abstract Disk largerImage(VolumeId volume) throws InterruptedException;

    /** Returns the size of a {@link #filledDisk}. */
    protected abstract ByteSize filledSize();

    /** Returns whether images, each over the next, read as a disk does; nobody has any of them open. Not by the driver. */
    protected abstract boolean readAs(Disk disk, List<Disk> images) throws InterruptedException;

    /** Returns a disk that cannot be backed up; none unless a plug-in has such. */
    protected Optional<Disk> unfitDisk(VolumeId volume) throws InterruptedException {
        return Optional.empty();
    }

    /** Made by JUnit: starts a machine with two disks. */
    @BeforeEach
    final void begin() throws InterruptedException {
        backups = hypervisor.diskBackups().orElseThrow();
        tracking = hypervisor.changeTracking().orElseThrow();
        one = filledDisk(new VolumeId(unique()));
        two = filledDisk(new VolumeId(unique()));
        MachineSpec spec = MachineSpec.named(unique()).with(one).with(two);
        unfit = unfitDisk(new VolumeId(unique()));
        machine = start(unfit.map(spec::with).orElse(spec)).id();
    }

    private Disk image() throws InterruptedException {
        return emptyImage(new VolumeId(unique()));
    }

    private BackupJob done(BackupRequest request) throws InterruptedException {
        BackupJob job = backups.start(machine, request);
        job.await(PATIENCE).orElseThrow().orThrow();
        return job;
    }

    private static BackupDisk of(BackupJob job, Disk disk) {
        return job.disks().stream()
                .filter(each -> each.volume().equals(disk.volume()))
                .findAny()
                .orElseThrow();
    }

    @Test
    final void a_full_backup_and_the_changes_since_read_as_the_disks_did() throws InterruptedException {
        Disk all = image();
        Disk other = image();
        Disk changes = image();
        BackupJob full = done(BackupRequest.named(FIRST).onto(one.volume(), all).onto(two.volume(), other));
        assertThat(full.disks()).extracting(BackupDisk::why).containsExactly(Why.FULL_ASKED, Why.FULL_ASKED);
        assertThat(full.progress().percent()).isEqualTo(100);
        BackupJob next =
                done(BackupRequest.named(SECOND).onto(one.volume(), changes).since(FIRST));
        assertThat(of(next, one).why()).isEqualTo(Why.NOTES_WHOLE);
        assertThat(of(next, one).since()).contains(FIRST);
        assertThat(tracking.list(machine)).extracting(Checkpoint::id).containsExactly(FIRST, SECOND);
        hypervisor.stop(machine, StopMode.POWER_OFF);

        assertThat(readAs(one, List.of(all))).isTrue();
        assertThat(readAs(two, List.of(other))).isTrue();
        assertThat(readAs(one, List.of(changes, all))).isTrue();
        assertThat(readAs(one, List.of(changes))).as("changes alone").isFalse();
    }

    @Test
    final void one_backup_runs_and_everybody_finds_it_until_it_has_ended() throws InterruptedException {
        BackupRequest request = BackupRequest.named(FIRST).onto(one.volume(), image());
        BackupJob job = done(request);
        assertThat(job.await(Duration.ZERO)).contains(new JobVerdict.Succeeded(List.of()));
        assertThat(backups.running(machine)).isEmpty();
        assertThat(connection().diskBackups().orElseThrow().running(machine)).isEmpty();
        assertThat(backups.running(new MachineId(unique()))).isEmpty();
        BackupRequest again = BackupRequest.named(FIRST).onto(one.volume(), image());
        refuses(Failure.EXISTS_DIFFERENTLY, () -> backups.start(machine, again));
        job.cancel();
        assertThat(job.await(Duration.ZERO).orElseThrow()).isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(tracking.list(machine)).extracting(Checkpoint::id).containsExactly(FIRST);
    }

    @Test
    final void what_cannot_be_backed_up_is_refused_and_nothing_is_begun() throws InterruptedException {
        Disk used = image();
        done(BackupRequest.named(FIRST).onto(one.volume(), used));
        tracking.forget(machine, FIRST);
        BackupRequest request = BackupRequest.named(FIRST);

        refuses(Failure.INVALID_REQUEST, () -> backups.start(machine, request));
        refuses(Failure.INVALID_REQUEST, () -> backups.start(machine, request.onto(one.volume(), used)));
        Disk larger = largerImage(new VolumeId(unique()));
        refuses(Failure.INVALID_REQUEST, () -> backups.start(machine, request.onto(one.volume(), larger)));
        Disk image = image();
        refuses(Failure.NOT_FOUND, () -> backups.start(machine, request.onto(new VolumeId(unique()), image)));
        refuses(Failure.NOT_FOUND, () -> backups.start(new MachineId(unique()), request.onto(one.volume(), image)));
        if (unfit.isPresent()) {
            VolumeId raw = unfit.get().volume();
            refuses(
                    Failure.UNSUPPORTED,
                    () -> backups.start(
                            machine, request.onto(one.volume(), image).onto(raw, larger)));
        }
        assertThat(tracking.list(machine)).isEmpty();
        assertThat(backups.running(machine)).isEmpty();
    }

    @Test
    final void notes_that_are_not_whole_give_everything_with_the_reason() throws InterruptedException {
        Disk unknown = image();
        BackupJob first =
                done(BackupRequest.named(FIRST).onto(one.volume(), unknown).since(SECOND));
        assertThat(of(first, one).why()).isEqualTo(Why.CHECKPOINT_UNKNOWN);
        BackupJob second =
                done(BackupRequest.named(SECOND).onto(two.volume(), image()).since(FIRST));
        assertThat(of(second, two).why()).isEqualTo(Why.NOT_TRACKED);
        assertThat(of(second, two).since()).isEmpty();
        if (offers(HypervisorFeature.HOT_PLUG)) {
            ByteSize larger = filledSize().plus(ByteSize.mebibytes(1));
            hypervisor.hotPlug().orElseThrow().resize(machine, one.volume(), larger);
            BackupJob resized = done(BackupRequest.named(new CheckpointId("third"))
                    .onto(one.volume(), largerImage(new VolumeId(unique())))
                    .since(FIRST));
            assertThat(of(resized, one).why()).isEqualTo(Why.NOTES_LOST);
            assertThat(of(resized, one).evidence()).isNotEmpty();
        }
        hypervisor.stop(machine, StopMode.POWER_OFF);
        assertThat(readAs(two, List.of(unknown)))
                .as("the image of another disk")
                .isFalse();
    }

    @Test
    final void a_backup_that_is_cancelled_leaves_no_checkpoint_unless_it_was_done() throws InterruptedException {
        BackupRequest request = BackupRequest.named(FIRST).onto(one.volume(), image());
        BackupJob job = backups.start(machine, request);
        Optional<BackupJob> followed = connection().diskBackups().orElseThrow().running(machine);
        job.cancel();
        JobVerdict verdict = job.await(PATIENCE).orElseThrow();
        assertThat(verdict).isInstanceOfAny(JobVerdict.Cancelled.class, JobVerdict.Succeeded.class);
        assertThat(tracking.list(machine)).hasSize(verdict instanceof JobVerdict.Succeeded ? 1 : 0);
        assertThat(backups.running(machine)).isEmpty();
        done(BackupRequest.named(SECOND).onto(one.volume(), image()));
        if (followed.isPresent() && verdict instanceof JobVerdict.Cancelled) {
            assertThat(followed.get().await(PATIENCE).orElseThrow())
                    .as("what who followed it learns once a later one has succeeded")
                    .isInstanceOfAny(JobVerdict.Cancelled.class, JobVerdict.Vanished.class);
        }
    }
}
