package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Recovery;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** After each fault: a clear failure, the source still in use and whole, nothing left behind. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class MoveFaultsIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(64);

    private final Secret oldKey = Secret.random();
    private final Secret newKey = Secret.random();
    private Disk source;
    private Disk target;
    private MachineSpec spec;
    private MachineId machine;
    private GuestConsole console;

    @BeforeEach
    void startAGuest() throws InterruptedException {
        source = host.disk(host.pool("fast"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        target = host.disk(host.pool("big"), ImageFormat.LUKS, SIZE, List.of(newKey));
        spec = host.spec(source, WRITING).keptAs(Persistence.PERSISTENT);
        machine = new MachineId(spec.name());
        console = host.startWriting(spec, 100);
    }

    @AfterEach
    void wipe() {
        oldKey.close();
        newKey.close();
    }

    @TestFactory
    Stream<DynamicTest> what_cannot_be_moved_there_is_refused_and_the_guest_goes_on() {
        return Stream.of(
                fault("a target whose key is wrong is refused", this::wrongKey),
                fault("a key that is wiped before the copy begins begins none", this::wipedKey),
                fault("a target smaller than the disk is refused", this::smallTarget),
                fault(
                        "an unencrypted target for an encrypted disk is refused before a byte is written",
                        this::unencryptedTarget),
                fault(
                        "a key for a target that holds no luks is refused before a byte is written",
                        this::pretendedTarget),
                fault("a target that does not exist is refused", this::absentTarget),
                fault("a target that another machine uses is refused", this::usedTarget),
                fault("a machine or a disk that is not there is not found", this::absentMachineOrDisk),
                dynamicTest("no acknowledged record is lost by any of them", this::assertWhole));
    }

    @TestFactory
    Stream<DynamicTest> what_does_not_arrive_leaves_the_guest_on_its_source() {
        return Stream.of(
                fault("a disk that is on its way elsewhere is refused another way", this::secondWay),
                fault("a cancelled copy leaves the machine on its source", this::cancelled),
                fault("a complete copy that is cancelled has not succeeded", this::cancelledWhenComplete),
                fault("a copy that somebody else aborts has not succeeded", this::abortedByOthers),
                dynamicTest("no acknowledged record is lost by any of them", this::assertWhole));
    }

    private interface Fault {
        void happen() throws Exception;
    }

    /** The guest goes on after it, on the source. */
    private DynamicTest fault(String name, Fault fault) {
        return dynamicTest(name, () -> {
            target = host.disk(host.pool("big"), ImageFormat.LUKS, SIZE, List.of(newKey));
            fault.happen();
            assertSourceInUse();
        });
    }

    private static void assertNothingIsWritten(Disk disk) throws IOException {
        byte[] bytes = Files.readAllBytes(TestHost.file(disk));
        assertThat(Arrays.mismatch(bytes, new byte[bytes.length]))
                .as("the first byte")
                .isEqualTo(-1);
    }

    private void wrongKey() throws InterruptedException, IOException {
        try (Secret wrong = Secret.random()) {
            Disk locked = Disk.of(target.volume(), target.attachment(), ImageFormat.LUKS)
                    .unlockedBy(wrong);
            byte[] before = Files.readAllBytes(TestHost.file(target));

            refuses(Failure.BAD_CREDENTIALS, Recovery.CALL_OPERATOR, () -> move(DiskMove.to(locked)));

            assertThat(Files.readAllBytes(TestHost.file(target))).isEqualTo(before);
        }
    }

    private void wipedKey() throws InterruptedException {
        Secret wiped = Secret.random();
        Disk locked =
                Disk.of(target.volume(), target.attachment(), ImageFormat.LUKS).unlockedBy(wiped);
        wiped.close();

        assertThatIllegalStateException().isThrownBy(() -> move(DiskMove.to(locked)));
    }

    private void smallTarget() throws InterruptedException {
        Disk small = host.disk(host.pool("big"), ImageFormat.LUKS, ByteSize.mebibytes(63), List.of(newKey));

        refuses(Failure.INVALID_REQUEST, Recovery.FIX_REQUEST, () -> move(DiskMove.to(small)))
                .hasMessageContaining("63 MiB")
                .hasMessageContaining("64 MiB");
    }

    private void unencryptedTarget() throws InterruptedException, IOException {
        Disk plain = host.disk(host.pool("big"), ImageFormat.RAW, SIZE, List.of());

        refuses(Failure.INVALID_REQUEST, Recovery.FIX_REQUEST, () -> move(DiskMove.to(plain)))
                .hasMessageContaining("give the target a key");

        assertNothingIsWritten(plain);
    }

    private void pretendedTarget() throws InterruptedException, IOException {
        Disk plain = host.disk(host.pool("big"), ImageFormat.RAW, SIZE, List.of());
        Disk pretended =
                Disk.of(plain.volume(), plain.attachment(), ImageFormat.LUKS).unlockedBy(newKey);

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> move(DiskMove.to(pretended)))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED));

        assertNothingIsWritten(plain);
    }

    private void absentTarget() throws InterruptedException, IOException {
        Files.delete(TestHost.file(target));

        refuses(Failure.NOT_FOUND, Recovery.FIX_REQUEST, () -> move(DiskMove.to(target)));

        assertThat(TestHost.file(target)).doesNotExist();
    }

    private void usedTarget() throws InterruptedException {
        MachineSpec other = host.spec(target, GuestWork.idle());
        host.start(other);

        refuses(Failure.IN_USE, Recovery.RELEASE_THEN_RETRY, () -> move(DiskMove.to(target)))
                .hasMessageContaining(other.name());

        host.hypervisor().stop(new MachineId(other.name()), StopMode.POWER_OFF);
    }

    private void secondWay() throws InterruptedException {
        Disk third = host.disk(host.pool("third"), ImageFormat.LUKS, SIZE, List.of(newKey));
        BlockJob job = move(slowly(DiskMove.to(target)));

        refuses(Failure.OPERATION_PENDING, Recovery.RETRY_WITH_BACKOFF, () -> move(DiskMove.to(third)))
                .hasMessageContaining(TestHost.file(target).toString());

        job.cancel();
        assertThat(job.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());
    }

    private void absentMachineOrDisk() throws InterruptedException {
        refuses(
                Failure.NOT_FOUND,
                Recovery.FIX_REQUEST,
                () -> host.migration().start(new MachineId("nobody"), source.volume(), DiskMove.to(target)));
        refuses(
                Failure.NOT_FOUND,
                Recovery.FIX_REQUEST,
                () -> host.migration().start(machine, new VolumeId("nothing"), DiskMove.to(target)));
    }

    private void cancelled() throws InterruptedException {
        BlockJob job = move(slowly(DiskMove.to(target)));

        job.cancel();
        job.cancel();

        assertThat(job.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());
    }

    private void cancelledWhenComplete() throws InterruptedException {
        BlockJob job = move(DiskMove.to(target).pivoting(Pivot.WHEN_ASKED));
        assertThat(job.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);

        job.cancel();

        assertThat(job.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());
    }

    private void abortedByOthers() throws InterruptedException {
        BlockJob job = move(slowly(DiskMove.to(target)));

        host.virsh("blockjob", machine.value(), "vda", "--abort");

        assertThat(job.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());
    }

    @Test
    void a_guest_that_is_powered_off_in_mid_copy_stays_defined_on_its_source() throws InterruptedException {
        BlockJob job = move(slowly(DiskMove.to(target)));
        console.awaitAcknowledged(console.acknowledged() + 50, TestHost.PATIENCE);

        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        Optional<JobVerdict> verdict = job.await(TestHost.PATIENCE);
        assertThat(verdict).containsInstanceOf(JobVerdict.Failed.class);
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> verdict.orElseThrow().orThrow())
                .withMessageContaining("the machine ended in mid copy")
                .satisfies(e -> {
                    assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                });
        Machine stopped = host.hypervisor().find(machine).orElseThrow();
        assertThat(stopped.state()).isEqualTo(MachineState.STOPPED);
        assertThat(stopped.disks()).containsExactly(new MachineDisk(source.volume(), source.attachment()));
        assertThat(host.secrets()).isEmpty();
        assertThat(host.virsh("dumpxml", "--inactive", machine.value()))
                .doesNotContain(TestHost.file(target).toString());
        RecordCheck check = host.stopAndCheck(spec, TestHost.image(source));
        assertThat(check.holds()).as(check.toString()).isTrue();
    }

    private BlockJob move(DiskMove move) throws InterruptedException {
        return host.migration().start(machine, source.volume(), move);
    }

    private static DiskMove slowly(DiskMove move) {
        return move.limitedTo(ByteSize.mebibytes(4));
    }

    /** The guest goes on, on the source; libvirt has the source's secret alone. */
    private void assertSourceInUse() throws InterruptedException {
        console.awaitAcknowledged(console.acknowledged() + 32, TestHost.PATIENCE);
        assertThat(host.hypervisor().find(machine).orElseThrow().disks())
                .containsExactly(new MachineDisk(source.volume(), source.attachment()));
        assertThat(host.migration().find(machine, source.volume())).isEmpty();
        assertThat(host.secrets()).hasSize(1);
        assertThat(host.virsh("dumpxml", machine.value()))
                .doesNotContain(TestHost.file(target).toString());
    }

    private void assertWhole() throws InterruptedException {
        RecordCheck check = host.stopAndCheck(spec, TestHost.image(source));
        assertThat(check.holds()).as(check.toString()).isTrue();
    }

    private static AbstractThrowableAssert<?, DriverException> refuses(
            Failure failure, Recovery recovery, ThrowingCallable call) {
        return refuses(failure, call).satisfies(e -> assertThat(e.recovery()).isEqualTo(recovery));
    }
}
