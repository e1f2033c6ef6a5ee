package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.Ledger;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A machine on its way to a host whose pool has 24 MiB; it is mounted before the hosts start, which have mounts of their own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FullTargetIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final Ledger LEDGER = new Ledger();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private static Path folder;

    private static Path small;
    private static PrivateHost here;
    private static PrivateHost there;

    @BeforeAll
    static void mount() throws InterruptedException, IOException {
        small = Files.createDirectories(folder.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=24m", "hvkit-test", small.toString());
        LEDGER.add(() -> run("umount", small.toString()));
        here = PrivateHost.start(folder.resolve("a"));
        LEDGER.add(here::close);
        there = PrivateHost.start(folder.resolve("b"));
        LEDGER.add(there::close);
    }

    @AfterAll
    static void unmount() {
        LEDGER.close();
    }

    @Test
    void a_target_that_fills_up_in_mid_move_leaves_the_machine_where_it_was_and_nothing_there()
            throws InterruptedException {
        try (Secret oldKey = Secret.random();
                Secret newKey = Secret.random();
                TestHost host = new TestHost(here, GUEST.guest(), folder);
                TestHost other = new TestHost(there, GUEST.guest(), folder)) {
            Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
            StoragePool full = other.pool(small);
            Disk target = other.disk(full, ImageFormat.LUKS, SIZE, List.of(newKey));
            MachineSpec spec = host.spec(disk, HostedTest.WRITING);
            MachineId machine = new MachineId(spec.name());
            GuestConsole console = host.startWriting(spec, 32);

            MachineMoveJob job = host.machineMigration()
                    .start(machine, TwoHostsTest.to(other).moving(disk.volume(), target));

            Optional<JobVerdict> verdict = job.await(TestHost.PATIENCE);
            assertThat(verdict).get().isInstanceOfSatisfying(JobVerdict.Failed.class, failed -> {
                assertThat(failed.failure()).as(failed.toString()).isEqualTo(Failure.EXHAUSTED);
                assertThat(failed.reason()).contains("No space left on device");
            });
            assertStays(host, other, machine, disk);
            console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
            full.detach(target.volume(), TestHost.HOST);
            full.delete(target.volume()); // refused if a process still had it open

            Disk roomy = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
            MachineMove again = TwoHostsTest.to(other).moving(disk.volume(), roomy);
            other.undoLater(() -> other.hypervisor().stop(machine, StopMode.POWER_OFF));
            assertThat(host.machineMigration().start(machine, again).await(TestHost.PATIENCE))
                    .contains(TwoHostsTest.SUCCEEDED);
            console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
            RecordCheck check = other.stopAndCheck(spec, TestHost.image(roomy));
            assertThat(check.holds()).as(check.toString()).isTrue();
            assertThat(check.ioErrors()).as("writes of the guest that failed").isZero();
        }
    }

    private static void assertStays(TestHost host, TestHost other, MachineId machine, Disk disk)
            throws InterruptedException {
        assertThat(other.virsh("list", "--all", "--name"))
                .as("machines of the target")
                .isBlank();
        assertThat(other.secrets()).as("secrets of the target").isEmpty();
        assertThat(host.secrets()).as("secrets of the source").hasSize(1);
        assertThat(host.hypervisor().find(machine).orElseThrow()).satisfies(found -> {
            assertThat(found.state()).isEqualTo(MachineState.RUNNING);
            assertThat(found.disks()).containsExactly(new MachineDisk(disk.volume(), disk.attachment()));
        });
    }

    private static void run(String... words) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(words));
        assertThat(result.exitCode()).as(result.errors()).isZero();
    }
}
