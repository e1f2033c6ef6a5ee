package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Somebody is killed in mid move: whoever leads it, a daemon, or a QEMU. The guest writes throughout. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class KilledMoveIT extends TwoHostsTest {

    private Disk disk;
    private Disk target;
    private MachineSpec spec;
    private GuestConsole console;

    @BeforeEach
    void startMachine() throws InterruptedException {
        disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        spec = host.spec(disk, WRITING).keptAs(Persistence.PERSISTENT);
        console = startToMove(spec);
    }

    @Test
    void the_process_that_leads_a_move_is_killed_and_another_one_finds_tidies_and_repeats_it() throws Exception {
        killInMidMove();

        MachineMoveJob found =
                host.machineMigration().find(id(spec), other.hypervisor()).orElseThrow();
        assertThat(found.await(TestHost.PATIENCE))
                .get()
                .isInstanceOfSatisfying(
                        JobVerdict.Failed.class,
                        failed -> assertThat(failed.failure()).isEqualTo(Failure.UNREACHABLE));
        assertRunsOnHere(spec, disk, console);
        assertThat(host.secrets()).as("secrets of the source").hasSize(1);
        assertThat(host.machineMigration().find(id(spec), other.hypervisor())).isEmpty();

        killInMidMove();
        MachineMove again = to(other).moving(disk.volume(), target);
        MachineMoveJob job = host.machineMigration().start(id(spec), again);
        if (!job.await(TestHost.PATIENCE).equals(Optional.of(SUCCEEDED))) { // it was still being given up, and adopted
            job = host.machineMigration().start(id(spec), again);
        }
        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertRunsThere(spec, target, console);
        assertThat(host.secrets()).as("secrets of the source").isEmpty();
        assertThat(other.secrets()).as("secrets of the target").hasSize(1);
        assertThat(TestHost.file(disk)).exists();
        MachineMoveJob arrived =
                host.machineMigration().find(id(spec), other.hypervisor()).orElseThrow();
        assertThat(arrived.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertHolds(other.stopAndCheck(spec, TestHost.image(target)));
    }

    @Test
    void daemons_and_machines_are_killed_and_the_verdict_says_what_became_of_the_machine() throws Exception {
        host.hypervisor().keysFrom(volume -> Optional.of(oldKey.copy()));

        MachineMoveJob job = slowly();
        HOST.host().killDaemon();
        HOST.host().startDaemon();
        assertThat(job.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Failed.class);
        assertRunsOnHere(spec, disk, console);
        assertThat(host.secrets()).as("secrets of the source").hasSize(1);

        job = slowly();
        kill(OTHER.host(), spec);
        assertThat(job.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Failed.class);
        assertRunsOnHere(spec, disk, console);

        job = slowly();
        kill(HOST.host(), spec);
        assertThat(job.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Vanished.class);
        assertRemembersIt(spec);
        assertThat(other.secrets()).as("secrets of the target").isEmpty();
        Await.until(
                "the end of the source's secret",
                TestHost.PATIENCE,
                () -> host.secrets().isEmpty());
        assertThat(TestHost.file(disk)).exists();
        assertThat(TestHost.file(target)).exists();
        assertHolds(host.stopAndCheck(spec, TestHost.image(disk)));

        host.hypervisor().start(id(spec));
        assertThat(host.machineMigration()
                        .start(id(spec), to(other).moving(disk.volume(), target))
                        .await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        assertThat(host.virsh("list", "--all", "--name")).doesNotContain(spec.name());
        assertThat(other.virsh("list", "--persistent", "--name")).contains(spec.name());
        other.hypervisor().stop(id(spec), StopMode.POWER_OFF);
        goneIfNobodyRemembersIt();
    }

    /** The source remembers the machine on its old volume, and the target knows nothing of it. */
    private void assertRemembersIt(MachineSpec dead) throws InterruptedException {
        assertThat(host.hypervisor().find(id(dead)).orElseThrow()).satisfies(machine -> {
            assertThat(machine.state()).isEqualTo(MachineState.STOPPED);
            assertThat(machine.disks()).containsExactly(new MachineDisk(disk.volume(), disk.attachment()));
        });
        assertThat(host.virsh("dumpxml", "--inactive", dead.name()))
                .contains("<source file='" + TestHost.file(disk))
                .doesNotContain("<source file='" + TestHost.file(target));
        assertThat(other.virsh("list", "--all", "--name")).doesNotContain(dead.name());
    }

    private void goneIfNobodyRemembersIt() throws InterruptedException {
        Disk own = host.disk(host.pool("here"), ImageFormat.RAW, SIZE, List.of());
        Disk there = other.disk(other.pool("there"), ImageFormat.RAW, SIZE, List.of());
        MachineSpec bare = MachineSpec.named("m-" + UUID.randomUUID()).with(own);
        undoOnTheOther(bare);
        host.start(bare);
        MachineMoveJob job = host.machineMigration()
                .start(id(bare), to(other).moving(own.volume(), there).limitedTo(ByteSize.mebibytes(1)));
        awaitMoving(job);

        kill(HOST.host(), bare);

        assertThat(job.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Vanished.class);
        assertThat(host.hypervisor().find(id(bare))).isEmpty();
        assertThat(other.virsh("list", "--all", "--name")).doesNotContain(bare.name());
        assertThat(TestHost.file(own)).exists();
        assertThat(TestHost.file(there)).exists();
    }

    @Test
    void several_disks_move_at_once_encrypted_and_plain_ones_each_to_its_own()
            throws InterruptedException, IOException {
        Disk plain = host.disk(host.pool("here"), ImageFormat.RAW, SIZE, List.of());
        Disk staying = host.disk(host.pool("shared"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk plainThere = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        byte[] content = new byte[(int) SIZE.bytes()];
        new SplittableRandom(4).nextBytes(content);
        Path filled = Files.write(folder.resolve("filled"), content);
        Files.write(TestHost.file(plain), content);
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        try (FileChannel payload = FileChannel.open(TestHost.file(staying), StandardOpenOption.WRITE)) {
            payload.write(ByteBuffer.wrap(content, 0, 1 << 20), payload.size() - (1 << 20)); // whatever it decrypts to
        }
        byte[] stayed = Files.readAllBytes(TestHost.file(staying));
        host.hypervisor().hotPlug().orElseThrow().attach(id(spec), plain);
        host.hypervisor().hotPlug().orElseThrow().attach(id(spec), staying);

        MachineMove move = to(other)
                .moving(disk.volume(), target)
                .moving(plain.volume(), plainThere)
                .unlocking(staying.volume(), oldKey)
                .with(MachineMove.SharedDisks.VOUCHED_FOR);
        assertThat(host.machineMigration().start(id(spec), move).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);

        assertThat(other.hypervisor().find(id(spec)).orElseThrow().disks())
                .extracting(at -> at.volume())
                .containsExactlyInAnyOrder(target.volume(), plainThere.volume(), staying.volume());
        assertThat(other.secrets()).as("secrets of the target").hasSize(3);
        assertThat(host.secrets()).as("secrets of the source").isEmpty();
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
        assertHolds(other.stopAndCheck(spec, TestHost.image(target)));
        assertThat(qemuImg.compare(Image.raw(filled), TestHost.image(plainThere))
                        .isIdentical())
                .as("what the second disk held")
                .isTrue();
        assertThat(Files.readAllBytes(TestHost.file(staying))).isEqualTo(stayed);
    }

    private MachineMoveJob slowly() throws InterruptedException {
        MachineMoveJob job = host.machineMigration()
                .start(id(spec), to(other).moving(disk.volume(), target).limitedTo(ByteSize.mebibytes(4)));
        awaitMoving(job);
        return job;
    }

    private void killInMidMove() throws Exception {
        Path reached = folder.resolve("reached-" + UUID.randomUUID());
        Path log = folder.resolve("log-" + UUID.randomUUID());
        Process jvm = MoveProgram.spawned(
                log,
                newKey,
                HOST.host().uri().toString(),
                OTHER.host().uri().toString(),
                spec.name(),
                disk.volume().value(),
                target.volume().value(),
                TestHost.file(target).toString(),
                "4",
                reached.toString());
        try {
            Await.until(
                    "a move that has begun",
                    TestHost.PATIENCE,
                    () -> Files.exists(reached) || !jvm.isAlive(),
                    () -> log + ": " + text(log));
            assertThat(reached).as(text(log)).exists();
        } finally {
            jvm.destroyForcibly().waitFor();
        }
    }
}
