package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.libvirt.DaemonRelay;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The moment in which both hosts have the whole machine: the target has been told to go on, the source not yet to end. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HandOverIT extends TwoHostsTest {

    /** Numbers of libvirt's remote protocol, which never change. */
    private static final int FINISH = 306;

    private static final int CONFIRM = 307;

    @Test
    void the_process_that_leads_a_move_is_killed_when_the_machine_runs_there_and_is_not_yet_ended_here()
            throws Exception {
        Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineSpec spec = host.spec(disk, WRITING).keptAs(Persistence.PERSISTENT);
        GuestConsole console = startToMove(spec);
        Path log = folder.resolve("log");
        try (DaemonRelay relay = DaemonRelay.at(folder.resolve("relay"), HOST.host())) {
            relay.holdCallOf(Set.of(CONFIRM));
            Process jvm = MoveProgram.spawned(
                    log,
                    newKey,
                    "qemu+unix:///system?socket=" + folder.resolve("relay"),
                    OTHER.host().uri().toString(),
                    spec.name(),
                    disk.volume().value(),
                    target.volume().value(),
                    TestHost.file(target).toString(),
                    "100",
                    folder.resolve("reached").toString());
            try {
                Await.until(
                        "the end of the move",
                        TestHost.PATIENCE,
                        () -> relay.held() == 1 || !jvm.isAlive(),
                        () -> log + ": " + text(log));
                assertThat(jvm.isAlive()).as(text(log)).isTrue();
            } finally {
                jvm.destroyForcibly().waitFor();
            }
        } // and the source's daemon sees that it is gone
        assertThat(host.virsh("domstate", spec.name())).as("here").contains("paused");
        assertThat(other.virsh("domstate", spec.name())).as("there").contains("paused");
        assertThat(host.secrets()).hasSize(1);

        MachineMoveJob found =
                host.machineMigration().find(id(spec), other.hypervisor()).orElseThrow();

        assertThat(found.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertRunsThere(spec, target, console);
        assertThat(host.secrets()).as("secrets of the source").isEmpty();
        assertThat(other.secrets()).as("secrets of the target").hasSize(1);
        assertThat(other.virsh("dumpxml", "--inactive", spec.name()))
                .contains(TestHost.file(target).toString())
                .doesNotContain(TestHost.file(disk).toString());
        assertHolds(other.stopAndCheck(spec, TestHost.image(target)));
    }

    @Test
    void a_target_whose_last_answer_is_lost_never_runs_the_machine_that_goes_on_here() throws InterruptedException {
        Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineSpec spec =
                MachineSpec.named("m-" + UUID.randomUUID()).with(disk).keptAs(Persistence.PERSISTENT);
        undoOnTheOther(spec);
        host.start(spec);
        try (DaemonRelay relay = DaemonRelay.at(folder.resolve("relay"), OTHER.host())) {
            Hypervisor there = other.connect("qemu+unix:///system?socket=" + folder.resolve("relay"));
            relay.loseReplyTo(Set.of(FINISH));
            MachineMove move =
                    MachineMove.to(there).over(MachineMove.Wire.CLEAR).moving(disk.volume(), target);

            MachineMoveJob job = host.machineMigration().start(id(spec), move);
            while (job.await(Duration.ofMillis(50)).isEmpty()) {
                assertThat(other.virsh("list", "--state-running", "--name"))
                        .as("running on the target")
                        .doesNotContain(spec.name());
            }

            assertThat(relay.lost()).isEqualTo(1);
            assertThat(job.await(TestHost.PATIENCE))
                    .get()
                    .isInstanceOfSatisfying(
                            JobVerdict.Failed.class,
                            failed -> assertThat(failed.failure()).isEqualTo(Failure.UNREACHABLE));
            there.close();
        }
        assertThat(host.hypervisor().find(id(spec)).orElseThrow().state()).isEqualTo(MachineState.RUNNING);
        assertThat(host.virsh("list", "--persistent", "--name")).contains(spec.name());
        assertThat(host.secrets()).hasSize(1);
        assertThat(other.virsh("list", "--all", "--name")).doesNotContain(spec.name());
        assertThat(other.secrets()).isEmpty();
        assertThat(host.machineMigration()
                        .start(id(spec), to(other).moving(disk.volume(), target))
                        .await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        assertThat(other.hypervisor().find(id(spec)).orElseThrow().state()).isEqualTo(MachineState.RUNNING);
        staysPausedIfItWas(spec, target, disk);
    }

    /** Nobody lets go on what stood still before. */
    private void staysPausedIfItWas(MachineSpec spec, Disk from, Disk back) throws InterruptedException {
        other.hypervisor().control().orElseThrow().pause(id(spec));

        MachineMoveJob job = other.machineMigration().start(id(spec), to(host).moving(from.volume(), back));

        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertThat(host.hypervisor().find(id(spec)).orElseThrow().state()).isEqualTo(MachineState.PAUSED);
        assertThat(other.hypervisor().find(id(spec))).isEmpty();
    }
}
