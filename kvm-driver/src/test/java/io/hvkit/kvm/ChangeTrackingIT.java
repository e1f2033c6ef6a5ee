package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import io.hvkit.hypervisor.spi.Tracking.Loss;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChangeTrackingIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    private static final CheckpointId FIRST = new CheckpointId("first");
    private static final CheckpointId SECOND = new CheckpointId("second");

    private static final int ROUNDS = 8;

    private StoragePool pool;
    private ChangeTracking tracking;

    @BeforeEach
    void prepare() throws InterruptedException {
        pool = host.pool("pool");
        tracking = host.hypervisor().changeTracking().orElseThrow();
    }

    @Test
    void what_a_guest_writes_to_an_encrypted_qcow2_disk_is_noted_and_raw_disks_are_refused() throws Exception {
        try (Secret key = Secret.random()) {
            Disk disk = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of(key));
            Disk luks = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
            Disk raw = host.disk(pool, ImageFormat.RAW, SIZE, List.of());
            MachineSpec spec = host.spec(disk, WRITING).with(luks).with(raw);
            MachineId machine = new MachineId(spec.name());
            GuestConsole console = host.startWriting(spec, 16);

            for (Disk refused : List.of(luks, raw)) {
                Set<VolumeId> both = Set.of(disk.volume(), refused.volume());
                refuses(Failure.UNSUPPORTED, () -> tracking.begin(machine, FIRST, both))
                        .hasMessageContaining(refused.volume().value());
            }
            assertThat(tracking.list(machine)).isEmpty();

            tracking.begin(machine, FIRST, Set.of(disk.volume()));
            console.awaitAcknowledged(console.acknowledged() + 48, TestHost.PATIENCE);
            tracking.begin(machine, SECOND, Set.of(disk.volume()));
            console.awaitAcknowledged(console.acknowledged() + 32, TestHost.PATIENCE);

            ByteSize since = changed(machine, SECOND, disk);
            assertThat(since).isGreaterThanOrEqualTo(ByteSize.bytes(16 * 4096));
            assertThat(changed(machine, FIRST, disk)).isGreaterThan(since);
            assertThat(TestHost.file(disk)).isNotEmptyFile();
        }
    }

    @Test
    void a_crash_damages_the_notes_and_the_machine_says_so_until_they_are_forgotten() throws Exception {
        Disk disk = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of());
        MachineSpec spec = host.spec(disk, GuestWork.idle()).keptAs(Persistence.PERSISTENT);
        MachineId machine = host.start(spec);
        tracking.begin(machine, FIRST, Set.of(disk.volume()));
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        host.hypervisor().start(spec);
        tracking.begin(machine, SECOND, Set.of(disk.volume()));
        assertThat(fate(machine, FIRST, disk)).isInstanceOf(Tracking.Whole.class);

        crash(machine);
        host.hypervisor().start(spec);

        for (CheckpointId damaged : List.of(FIRST, SECOND)) { // one was stored and is in use, the other never was
            lost(Loss.NOTES_DAMAGED, fate(machine, damaged, disk));
            tracking.forget(machine, damaged);
            tracking.begin(machine, damaged, Set.of(disk.volume()));
            assertThat(fate(machine, damaged, disk)).isInstanceOf(Tracking.Whole.class);
        }
    }

    @Test
    void what_a_transient_machine_left_in_a_disk_is_not_taken_for_the_notes_of_the_next() throws Exception {
        Disk disk = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of());
        MachineSpec spec = host.spec(disk, GuestWork.idle());
        MachineId machine = host.start(spec);
        tracking.begin(machine, FIRST, Set.of(disk.volume()));
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        host.hypervisor().start(spec);

        assertThat(tracking.list(machine)).isEmpty();
        refuses(Failure.EXISTS_DIFFERENTLY, () -> tracking.begin(machine, FIRST, Set.of(disk.volume())));
        tracking.forget(machine, FIRST);
        tracking.begin(machine, FIRST, Set.of(disk.volume()));
        assertThat(fate(machine, FIRST, disk)).isInstanceOf(Tracking.Whole.class);
    }

    @Test
    void a_disk_that_moved_is_not_tracked_any_more_and_what_others_track_is_theirs() throws Exception {
        Disk disk = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of());
        Disk target = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of());
        MachineId machine = host.start(host.spec(disk, GuestWork.idle()));
        host.virsh("checkpoint-create-as", machine.value(), "theirs");
        assertThat(tracking.list(machine)).isEmpty();
        CheckpointId theirs = new CheckpointId("theirs");
        refuses(Failure.EXISTS_DIFFERENTLY, () -> tracking.begin(machine, theirs, Set.of(disk.volume())));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> tracking.forget(machine, theirs));
        host.virsh("checkpoint-delete", machine.value(), "theirs");

        tracking.begin(machine, FIRST, Set.of(disk.volume()));
        host.migration()
                .start(machine, disk.volume(), DiskMove.to(target))
                .await(TestHost.PATIENCE)
                .orElseThrow()
                .orThrow();
        lost(Loss.DISK_GONE, fate(machine, FIRST, disk));
        tracking.forget(machine, FIRST);
        tracking.begin(machine, FIRST, Set.of(target.volume()));
        assertThat(fate(machine, FIRST, target)).isInstanceOf(Tracking.Whole.class);
    }

    @Test
    void checkpoints_are_listed_while_others_are_begun_and_forgotten() throws Exception {
        Disk disk = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of());
        MachineId machine = host.start(host.spec(disk, GuestWork.idle()));
        tracking.begin(machine, FIRST, Set.of(disk.volume()));
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<Integer> lister = thread.submit(() -> {
            int times = 0;
            for (; !over.get(); times++) {
                List<Checkpoint> listed = tracking.list(machine);
                assertThat(listed).extracting(Checkpoint::id).contains(FIRST);
                assertThat(listed)
                        .flatExtracting(Checkpoint::disks)
                        .extracting(TrackedDisk::tracking)
                        .as("none is damaged")
                        .allMatch(Tracking.Whole.class::isInstance);
            }
            return times;
        });
        try {
            for (int round = 0; round < ROUNDS && !lister.isDone(); round++) {
                tracking.begin(machine, SECOND, Set.of(disk.volume()));
                tracking.forget(machine, SECOND);
            }
        } finally {
            over.set(true);
            thread.shutdown();
        }

        assertThat(lister.get()).as("looks").isPositive();
    }

    private ByteSize changed(MachineId machine, CheckpointId checkpoint, Disk disk) throws InterruptedException {
        return fate(machine, checkpoint, disk)
                .match(
                        whole -> whole.changed(),
                        lost -> {
                            throw new AssertionError(lost.toString());
                        },
                        unknown -> {
                            throw new AssertionError(unknown.toString());
                        });
    }

    private Tracking fate(MachineId machine, CheckpointId checkpoint, Disk disk) throws InterruptedException {
        Checkpoint found = tracking.find(machine, checkpoint).orElseThrow();
        assertThat(found.disks()).hasSize(1);
        assertThat(found.disks().get(0).volume()).isEqualTo(disk.volume());
        return found.disks().get(0).tracking();
    }

    private static void lost(Loss loss, Tracking found) {
        assertThat(found)
                .isInstanceOfSatisfying(
                        Tracking.Lost.class, lost -> assertThat(lost.loss()).isEqualTo(loss));
    }

    /** Kills QEMU, so that nothing it has in memory reaches the disk. */
    private void crash(MachineId machine) throws InterruptedException {
        long process = HOST.host().processes().stream()
                .filter(pid -> commandLine(pid)
                        .filter(line -> line.contains("guest=" + machine + ","))
                        .isPresent())
                .findFirst()
                .orElseThrow();
        ProcessHandle.of(process).orElseThrow().destroyForcibly();
        Await.until(
                "the end of machine " + machine,
                TestHost.PATIENCE,
                () -> host.hypervisor()
                        .find(machine)
                        .filter(found -> found.state() == MachineState.RUNNING)
                        .isEmpty());
    }

    private static Optional<String> commandLine(long pid) {
        try {
            return Optional.of(Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")));
        } catch (IOException e) {
            return Optional.empty(); // it has ended
        }
    }
}
