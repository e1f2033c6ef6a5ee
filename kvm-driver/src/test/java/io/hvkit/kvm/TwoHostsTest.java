package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
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
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHost;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two private hosts for the class that see the same folders and know nothing of each other, a connection to each for each test. */
abstract class TwoHostsTest extends HostedTest {

    @RegisterExtension
    static final PrivateHostExtension OTHER = PrivateHostExtension.perClass();

    static final ByteSize SIZE = ByteSize.mebibytes(32);
    static final JobVerdict SUCCEEDED = new JobVerdict.Succeeded(List.of());

    final Secret oldKey = Secret.random();
    final Secret newKey = Secret.random();
    TestHost other;

    @BeforeEach
    final void connectToTheOther() throws InterruptedException {
        other = new TestHost(OTHER.host(), GUEST.guest(), folder);
    }

    @AfterEach
    final void undoTheOther() {
        other.close();
        oldKey.close();
        newKey.close();
    }

    static MachineId id(MachineSpec spec) {
        return new MachineId(spec.name());
    }

    static MachineMove to(TestHost target) {
        return MachineMove.to(target.hypervisor()).over(MachineMove.Wire.CLEAR);
    }

    final GuestConsole startToMove(MachineSpec spec) throws InterruptedException {
        undoOnTheOther(spec);
        return host.startWriting(spec, 32);
    }

    final void undoOnTheOther(MachineSpec spec) {
        other.undoLater(() -> {
            other.hypervisor().stop(id(spec), StopMode.POWER_OFF);
            other.hypervisor().forget(id(spec));
        });
    }

    /** Kills the QEMU that stands for a machine on a host. */
    static void kill(PrivateHost at, MachineSpec spec) throws InterruptedException {
        List<ProcessHandle> machines = at.processes().stream()
                .filter(pid ->
                        text(Path.of("/proc", Long.toString(pid), "cmdline")).contains("guest=" + spec.name()))
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
        assertThat(machines).hasSize(1);
        machines.forEach(ProcessHandle::destroyForcibly);
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    static void awaitMoving(MachineMoveJob job) throws InterruptedException {
        Await.until(
                "the first bytes of the move",
                TestHost.PATIENCE,
                () -> job.progress().done().bytes() > 0,
                () -> "the verdict: " + job);
    }

    final void assertRunsThere(MachineSpec spec, Disk disk, GuestConsole console) throws InterruptedException {
        assertThat(host.virsh("list", "--all", "--name"))
                .as("machines of the source")
                .doesNotContain(spec.name());
        assertThat(other.hypervisor().find(id(spec)).orElseThrow()).satisfies(machine -> {
            assertThat(machine.state()).isEqualTo(MachineState.RUNNING);
            assertThat(machine.disks()).containsExactly(new MachineDisk(disk.volume(), disk.attachment()));
        });
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
    }

    final void assertRunsOnHere(MachineSpec spec, Disk disk, GuestConsole console) throws InterruptedException {
        assertThat(other.virsh("list", "--all", "--name"))
                .as("machines of the target")
                .doesNotContain(spec.name());
        assertThat(other.secrets()).as("secrets of the target").isEmpty();
        assertThat(host.hypervisor().find(id(spec)).orElseThrow()).satisfies(machine -> {
            assertThat(machine.state()).isEqualTo(MachineState.RUNNING);
            assertThat(machine.disks()).containsExactly(new MachineDisk(disk.volume(), disk.attachment()));
        });
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
    }

    static void assertHolds(RecordCheck check) {
        assertThat(check.holds()).as(check.toString()).isTrue();
    }
}
