package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.AgentState;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BackupJob.Consistency;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.TargetState;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Backups of disks of real guests, with what comes out read back byte by byte. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class DiskBackupsIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    private static final ByteSize LARGE = ByteSize.mebibytes(192);
    private static final CheckpointId MONDAY = new CheckpointId("monday");
    private static final CheckpointId TUESDAY = new CheckpointId("tuesday");
    private static final String MARKER = "what nobody may read";

    private StoragePool pool;
    private DiskBackups backups;
    private ChangeTracking tracking;
    private QemuImg qemuImg;

    @BeforeEach
    void prepare() throws InterruptedException {
        pool = host.pool("pool");
        backups = host.hypervisor().diskBackups().orElseThrow();
        tracking = host.hypervisor().changeTracking().orElseThrow();
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    private Disk disk(List<Secret> key) throws InterruptedException {
        return host.disk(pool, ImageFormat.QCOW2, SIZE, key);
    }

    /** Fills a disk with bytes that no compression or hole can hide, and a word here and there. */
    private void fill(Disk disk, ByteSize size) throws IOException, InterruptedException {
        byte[] bytes = new byte[(int) size.bytes()];
        new Random().nextBytes(bytes);
        byte[] word = MARKER.getBytes(StandardCharsets.US_ASCII);
        for (int at = 4096; at < bytes.length; at += 1 << 20) {
            System.arraycopy(word, 0, bytes, at, word.length);
        }
        Path raw = Files.write(folder.resolve("fill-" + UUID.randomUUID()), bytes);
        qemuImg.convert(ConvertRequest.of(Image.raw(raw), TestHost.image(disk)).onto(TargetState.EXISTS));
        Files.delete(raw);
    }

    private Path plain(Image image) throws InterruptedException {
        Path plain = folder.resolve("plain-" + UUID.randomUUID());
        ConvertRequest request = ConvertRequest.of(image, Image.raw(plain));
        qemuImg.convert(
                image.layers().stream().anyMatch(layer -> layer.key().isPresent()) ? request.intoPlaintext() : request);
        return plain;
    }

    private static boolean holdsMarker(Disk disk) throws IOException {
        return Files.readString(TestHost.file(disk), StandardCharsets.ISO_8859_1)
                .contains(MARKER);
    }

    private BackupDisk.Why taken(MachineId machine, BackupRequest request) throws InterruptedException {
        BackupJob job = backups.start(machine, request);
        job.await(TestHost.PATIENCE).orElseThrow().orThrow();
        assertThat(job.progress().percent()).isEqualTo(100);
        assertThat(backups.running(machine)).isEmpty();
        return job.disks().get(0).why();
    }

    /** A full one while the guest writes, what changed while it stands still: together they are the disk as it stands. */
    private void comesBack(List<Secret> diskKey, List<Secret> imageKey) throws Exception {
        Disk disk = disk(diskKey);
        fill(disk, SIZE);
        Disk full = disk(imageKey);
        Disk changes = disk(imageKey);
        MachineSpec spec = host.spec(disk, WRITING);
        MachineId machine = new MachineId(spec.name());
        GuestConsole console = host.startWriting(spec, 16);

        assertThat(taken(machine, BackupRequest.named(MONDAY).onto(disk.volume(), full)))
                .isEqualTo(BackupDisk.Why.FULL_ASKED);
        console.awaitAcknowledged(console.acknowledged() + 32, TestHost.PATIENCE);
        host.hypervisor().control().orElseThrow().pause(machine);
        BackupRequest next =
                BackupRequest.named(TUESDAY).onto(disk.volume(), changes).since(MONDAY);
        assertThat(taken(machine, next)).isEqualTo(BackupDisk.Why.NOTES_WHOLE);
        assertThat(host.secrets()).hasSize(diskKey.size());
        refuses(Failure.EXISTS_DIFFERENTLY, () -> backups.start(machine, next));
        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        assertThat(Files.size(TestHost.file(changes))).isLessThan(Files.size(TestHost.file(full)));
        Path restored = plain(TestHost.image(changes).over(TestHost.image(full)));
        assertThat(Files.mismatch(restored, plain(TestHost.image(disk)))).isEqualTo(-1);
        assertThat(Files.mismatch(plain(TestHost.image(full)), restored))
                .as("the changes")
                .isNotEqualTo(-1);
        for (Disk file : List.of(disk, full, changes)) {
            assertThat(holdsMarker(file)).as("%s", file).isEqualTo(diskKey.isEmpty() && !file.equals(changes));
        }
    }

    @Test
    void a_full_backup_and_what_changed_since_give_the_disk_back() throws Exception {
        comesBack(List.of(), List.of());
    }

    @Test
    void an_encrypted_disk_comes_back_from_images_with_another_key_and_no_byte_of_them_is_plain() throws Exception {
        try (Secret key = Secret.random();
                Secret other = Secret.random()) {
            comesBack(List.of(key), List.of(other));
        }
    }

    @Test
    void what_cannot_be_backed_up_is_refused_and_nothing_is_begun() throws Exception {
        try (Secret key = Secret.random()) {
            Disk disk = disk(List.of(key));
            Disk raw = host.disk(pool, ImageFormat.RAW, SIZE, List.of());
            Disk plain = disk(List.of());
            Disk image = disk(List.of(key));
            Disk larger = host.disk(pool, ImageFormat.QCOW2, SIZE.plus(ByteSize.mebibytes(1)), List.of(key));
            Disk filled = disk(List.of(key));
            fill(filled, SIZE);
            MachineId machine = host.start(host.spec(disk, GuestWork.idle()).with(raw));

            refusesTo(Failure.INVALID_REQUEST, machine, disk.volume(), plain, "would not be");
            refusesTo(Failure.INVALID_REQUEST, machine, disk.volume(), larger, "make it of that size");
            refusesTo(Failure.INVALID_REQUEST, machine, disk.volume(), filled, "holds something already");
            refusesTo(
                    Failure.UNSUPPORTED,
                    machine,
                    raw.volume(),
                    image,
                    raw.volume().value());
            refusesTo(Failure.NOT_FOUND, machine, new VolumeId("none"), image, "has no disk");
            refusesTo(Failure.NOT_FOUND, new MachineId("nobody"), disk.volume(), image, "nobody");
            try (Secret wrong = Secret.random()) {
                refusesTo(Failure.BAD_CREDENTIALS, machine, disk.volume(), image.unlockedBy(wrong), "");
            }
            Disk gone = disk(List.of(key));
            Files.delete(TestHost.file(gone));
            refusesTo(Failure.NOT_FOUND, machine, disk.volume(), gone, "does not exist");
            refusesTo(
                    Failure.IN_USE,
                    machine,
                    disk.volume(),
                    Disk.of(new VolumeId("x"), disk.attachment(), ImageFormat.QCOW2)
                            .unlockedBy(key),
                    "is a disk of machine");
            assertThat(tracking.list(machine)).isEmpty();
            assertThat(host.secrets()).hasSize(1);
        }
    }

    private void refusesTo(Failure failure, MachineId machine, VolumeId volume, Disk image, String words) {
        refuses(
                        failure,
                        () -> backups.start(machine, BackupRequest.named(MONDAY).onto(volume, image)))
                .hasMessageContaining(words);
    }

    @Test
    void notes_that_are_not_whole_give_a_full_backup_with_the_reason() throws Exception {
        Disk disk = disk(List.of());
        Disk second = disk(List.of());
        MachineId machine = host.start(host.spec(disk, GuestWork.idle()).with(second));

        BackupRequest unknown = BackupRequest.named(TUESDAY)
                .onto(disk.volume(), disk(List.of()))
                .since(MONDAY);
        assertThat(taken(machine, unknown)).isEqualTo(BackupDisk.Why.CHECKPOINT_UNKNOWN);
        BackupRequest others = BackupRequest.named(MONDAY)
                .onto(second.volume(), disk(List.of()))
                .since(TUESDAY);
        assertThat(taken(machine, others)).isEqualTo(BackupDisk.Why.NOT_TRACKED);
        ByteSize more = SIZE.plus(ByteSize.mebibytes(4));
        host.hypervisor().hotPlug().orElseThrow().resize(machine, disk.volume(), more);
        Disk large = host.disk(pool, ImageFormat.QCOW2, more, List.of());
        BackupRequest resized = BackupRequest.named(new CheckpointId("wednesday"))
                .onto(disk.volume(), large)
                .since(TUESDAY);
        BackupJob job = backups.start(machine, resized);
        job.await(TestHost.PATIENCE).orElseThrow().orThrow();
        assertThat(job.disks().get(0).why()).isEqualTo(BackupDisk.Why.NOTES_LOST);
        assertThat(job.disks().get(0).since()).isEmpty();
        assertThat(job.disks().get(0).evidence()).contains("DISK_RESIZED");
    }

    @Test
    void a_backup_that_is_cancelled_says_so_and_leaves_no_checkpoint() throws Exception {
        Disk disk = host.disk(pool, ImageFormat.QCOW2, LARGE, List.of());
        fill(disk, LARGE);
        MachineId machine = host.start(host.spec(disk, GuestWork.idle()));
        Hypervisor second = host.connect();

        boolean isCancelled = false;
        for (int i = 0; i < 10 && !isCancelled; i++) { // one that is over sooner is a backup like any other
            CheckpointId name = new CheckpointId("cancelled-" + i);
            Disk image = host.disk(pool, ImageFormat.QCOW2, LARGE, List.of());
            BackupJob job = backups.start(
                    machine,
                    BackupRequest.named(name).onto(disk.volume(), image).quiescing(Quiescing.NONE));
            job.cancel();
            isCancelled = job.await(TestHost.PATIENCE).orElseThrow() instanceof JobVerdict.Cancelled;
            assertThat(tracking.find(machine, name).isPresent()).isNotEqualTo(isCancelled);
            assertThat(second.diskBackups().orElseThrow().running(machine)).isEmpty();
            job.cancel();
        }
        assertThat(isCancelled).isTrue();
    }

    /** Each merge rewrites the layer below, so notes that were begun there must tell of all that the merge brought. */
    @Test
    void what_was_written_to_an_overlay_and_merged_is_among_the_changes_since_a_checkpoint_before_it()
            throws Exception {
        Disk disk = disk(List.of());
        fill(disk, SIZE);
        Disk full = disk(List.of());
        Disk changes = disk(List.of());
        MachineSpec spec = host.spec(disk, WRITING);
        MachineId machine = new MachineId(spec.name());
        GuestConsole console = host.startWriting(spec, 16);
        taken(machine, BackupRequest.named(MONDAY).onto(disk.volume(), full));
        Path file = folder.resolve("overlay-" + UUID.randomUUID());
        qemuImg.create(CreateRequest.of(Image.qcow2(file).over(TestHost.image(disk))));
        Disk overlay = Disk.of(new VolumeId("overlay"), new Attachment.ImageFile(file), ImageFormat.QCOW2);
        MachineSnapshots snapshots = host.hypervisor().machineSnapshots().orElseThrow();
        snapshots.take(machine, SnapshotRequest.named(new SnapshotId("before")).onto(disk.volume(), overlay));
        console.awaitAcknowledged(console.acknowledged() + 32, TestHost.PATIENCE);
        snapshots
                .merge(machine, DiskMerge.of(overlay.over(disk)))
                .await(TestHost.PATIENCE)
                .orElseThrow()
                .orThrow();
        console.awaitAcknowledged(console.acknowledged() + 32, TestHost.PATIENCE);
        host.hypervisor().control().orElseThrow().pause(machine);

        BackupJob job = backups.start(
                machine,
                BackupRequest.named(TUESDAY).onto(disk.volume(), changes).since(MONDAY));
        job.await(TestHost.PATIENCE).orElseThrow().orThrow();
        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        Image all = job.disks().get(0).since().isPresent()
                ? TestHost.image(changes).over(TestHost.image(full))
                : TestHost.image(changes);
        assertThat(Files.mismatch(plain(all), plain(TestHost.image(disk))))
                .as("%s", job.disks())
                .isEqualTo(-1);
        assertThat(Files.mismatch(plain(TestHost.image(full)), plain(TestHost.image(disk))))
                .as("the changes")
                .isNotEqualTo(-1);
    }

    @Test
    void a_client_that_goes_away_leaves_its_backup_to_whoever_looks() throws Exception {
        Disk disk = host.disk(pool, ImageFormat.QCOW2, LARGE, List.of());
        fill(disk, LARGE);
        Disk image = host.disk(pool, ImageFormat.QCOW2, LARGE, List.of());
        MachineId machine = host.start(host.spec(disk, GuestWork.idle()));
        try (Hypervisor leaving = host.connect()) {
            leaving.diskBackups()
                    .orElseThrow()
                    .start(machine, BackupRequest.named(MONDAY).onto(disk.volume(), image));
        }
        Optional<BackupJob> found = backups.running(machine); // nothing if it is over already
        if (found.isPresent()) {
            assertThat(found.get().disks()).extracting(BackupDisk::volume).containsExactly(disk.volume());
            assertThat(found.get().consistency()).isEqualTo(Consistency.UNKNOWN);
            found.get().await(TestHost.PATIENCE).orElseThrow().orThrow();
        }
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        assertThat(Files.mismatch(plain(TestHost.image(image)), plain(TestHost.image(disk))))
                .isEqualTo(-1);
    }

    @Test
    void a_daemon_that_dies_leaves_a_backup_that_is_found_and_never_a_verdict_that_was_guessed() throws Exception {
        Disk disk = host.disk(pool, ImageFormat.QCOW2, LARGE, List.of());
        fill(disk, LARGE);
        Disk image = host.disk(pool, ImageFormat.QCOW2, LARGE, List.of());
        MachineId machine = host.start(host.spec(disk, GuestWork.idle()));
        BackupJob job = backups.start(machine, BackupRequest.named(MONDAY).onto(disk.volume(), image));
        HOST.host().killDaemon();
        HOST.host().startDaemon();

        JobVerdict verdict = job.await(TestHost.PATIENCE).orElseThrow();
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        boolean isWhole = Files.mismatch(plain(TestHost.image(image)), plain(TestHost.image(disk))) == -1;
        assertThat(verdict).isNotInstanceOf(JobVerdict.Cancelled.class).isNotInstanceOf(JobVerdict.Failed.class);
        assertThat(isWhole || verdict instanceof JobVerdict.Vanished)
                .as("%s, and the image is whole: %s", verdict, isWhole)
                .isTrue();
    }

    @Test
    void a_guest_is_frozen_for_the_moment_and_thawed_on_every_path() throws Exception {
        Disk disk = disk(List.of());
        GuestWork work = GuestWork.idle().agent(GuestWork.Agent.REAL);
        MachineSpec spec = host.spec(disk, work)
                .agentChannel(AgentChannel.PRESENT)
                .booting(KernelBoot.of(GUEST.guest().kernel())
                        .initrd(GUEST.guest().agentInitrd())
                        .commandLine(GUEST.guest().commandLine(work)));
        MachineId machine = host.start(spec);
        GuestAgent agent = host.hypervisor().guestAgent().orElseThrow();
        Await.until("the agent", TestHost.PATIENCE, () -> agent.state(machine) == AgentState.READY);

        BackupJob job = backups.start(
                machine,
                BackupRequest.named(MONDAY).onto(disk.volume(), disk(List.of())).quiescing(Quiescing.REQUIRED));
        assertThat(agent.state(machine)).isEqualTo(AgentState.READY);
        assertThat(job.consistency()).isEqualTo(Consistency.QUIESCED);
        job.await(TestHost.PATIENCE).orElseThrow().orThrow();

        host.virsh("checkpoint-create-as", machine.value(), "theirs"); // a name that libvirt knows, and we do not see
        BackupRequest failing = BackupRequest.named(new CheckpointId("theirs"))
                .onto(disk.volume(), disk(List.of()))
                .quiescing(Quiescing.REQUIRED);
        assertThat(catchFailure(machine, failing)).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(agent.state(machine)).isEqualTo(AgentState.READY);
        assertThat(backups.running(machine)).isEmpty();
    }

    private Failure catchFailure(MachineId machine, BackupRequest request) throws InterruptedException {
        try {
            backups.start(machine, request);
            throw new AssertionError("it was begun");
        } catch (DriverException e) {
            return e.failure();
        }
    }

    @Test
    void a_guest_without_an_agent_is_backed_up_as_after_a_power_cut_or_not_at_all() throws Exception {
        Disk disk = disk(List.of());
        MachineId machine = host.start(host.spec(disk, GuestWork.idle()));

        BackupRequest required =
                BackupRequest.named(MONDAY).onto(disk.volume(), disk(List.of())).quiescing(Quiescing.REQUIRED);
        refuses(Failure.UNSUPPORTED, () -> backups.start(machine, required));
        BackupJob job = backups.start(machine, required.quiescing(Quiescing.IF_POSSIBLE));
        assertThat(job.consistency()).isEqualTo(Consistency.POWER_CUT);
        assertThat(job.whyNotQuiesced().orElseThrow()).contains("UNSUPPORTED");
        job.await(TestHost.PATIENCE).orElseThrow().orThrow();
    }
}
