package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Machines, disks, moves and verdicts. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RequestsTest {

    private static final Disk DISK = disk("v", "/v");

    @Test
    void equal_requests_are_equal_whatever_their_keys() {
        Disk qcow2 = Disk.of(DISK.volume(), DISK.attachment(), ImageFormat.QCOW2);
        try (Secret one = Secret.random();
                Secret other = Secret.random()) {
            assertThat(DiskMove.to(qcow2.unlockedBy(one))).isEqualTo(DiskMove.to(qcow2.unlockedBy(other)));
            assertThat(DiskMove.to(qcow2.unlockedBy(one))).isNotEqualTo(DiskMove.to(qcow2));
            assertThat(MachineSpec.named("m").with(qcow2.unlockedBy(one)).toString())
                    .contains("ENCRYPTED")
                    .doesNotContain("Secret");
        }
    }

    @Test
    void every_change_of_a_request_is_another_request() {
        MachineSpec spec = MachineSpec.named("m");

        assertThat(spec)
                .isEqualTo(MachineSpec.named("m"))
                .isNotEqualTo(spec.cpus(2))
                .isNotEqualTo(spec.memory(ByteSize.gibibytes(1)))
                .isNotEqualTo(spec.with(DISK))
                .isNotEqualTo(spec.booting(KernelBoot.of(Path.of("/k"))))
                .isNotEqualTo(spec.serialLog(Path.of("/log")))
                .isNotEqualTo(spec.keptAs(Persistence.PERSISTENT))
                .isNotEqualTo(spec.platform(Platform.with(Firmware.UEFI)))
                .isNotEqualTo(spec.platform(Platform.with(Firmware.BIOS).machineType("pc")))
                .isNotEqualTo(spec.platform(Platform.with(Firmware.BIOS).processor("qemu64")))
                .isNotEqualTo(spec.with(Nic.onBridge("br0")))
                .isNotEqualTo(spec.bootingFrom(BootSource.NETWORK))
                .isNotEqualTo(spec.console(Console.TERMINAL))
                .isNotEqualTo(spec.randomness(RandomSource.HOST))
                .isNotEqualTo(spec.tagged("a", "b"));
        assertThat(spec.with(DISK)).isNotEqualTo(spec.with(DISK.as(DiskDevice.on(DiskBus.SCSI))));
        assertThat(StopMode.GRACEFUL)
                .isNotEqualTo(StopMode.GRACEFUL.orPowerOff())
                .isNotEqualTo(StopMode.GRACEFUL.within(Duration.ofSeconds(1)))
                .isNotEqualTo(StopMode.POWER_OFF);
        assertThat(StopMode.POWER_OFF.orPowerOff()).isEqualTo(StopMode.POWER_OFF);
        assertThat(DiskMove.to(DISK))
                .isNotEqualTo(DiskMove.to(DISK).pivoting(Pivot.WHEN_ASKED))
                .isNotEqualTo(DiskMove.to(DISK).limitedTo(ByteSize.mebibytes(1)))
                .isNotEqualTo(DiskMove.to(DISK).sharing(ByteSize.mebibytes(1)))
                .isNotEqualTo(DiskMove.to(DISK).copying(CopyMode.WRITE_BLOCKING))
                .isEqualTo(DiskMove.to(DISK).copying(CopyMode.WRITE_BLOCKING).copying(CopyMode.BACKGROUND));
        DiskMove all = DiskMove.to(DISK)
                .copying(CopyMode.WRITE_BLOCKING)
                .limitedTo(ByteSize.mebibytes(1))
                .pivoting(Pivot.WHEN_ASKED);
        assertThat(all.copyMode()).isEqualTo(CopyMode.WRITE_BLOCKING);
        DiskMove shared = all.sharing(ByteSize.mebibytes(3));
        assertThat(shared.sharedBandwidth()).contains(ByteSize.mebibytes(3));
        assertThat(shared.bandwidth()).as("in place of its own").isEmpty();
        assertThat(shared.limitedTo(ByteSize.mebibytes(1))).isEqualTo(all);
    }

    @Test
    void devices_that_make_no_sense_cannot_be_said() {
        DiskDevice virtio = DiskDevice.on(DiskBus.VIRTIO);
        MachineSpec carded =
                MachineSpec.named("m").with(Nic.onBridge("br0").addressed(new MacAddress("52:54:00:00:00:0A")));

        assertThat(new MacAddress("52:54:00:00:00:0A").value()).isEqualTo("52:54:00:00:00:0a");
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> virtio.cached(DiskCache.WRITEBACK).submitting(DiskIo.NATIVE),
                () -> virtio.submitting(DiskIo.NATIVE).cached(DiskCache.UNSAFE),
                () -> virtio.serial("twenty-one-characters"),
                () -> virtio.serial("a b"),
                () -> DiskLimits.none().iops(0),
                () -> DiskLimits.none().burstOf(-1),
                () -> DiskLimits.none().bandwidth(ByteSize.ZERO),
                () -> Nic.onBridge("br 0"),
                () -> Nic.onNetwork(""),
                () -> new MacAddress("52:54:00:00:00"),
                () -> new MacAddress("01:00:5e:00:00:01"),
                () -> carded.with(Nic.onNetwork("n").addressed(new MacAddress("52:54:00:00:00:0a"))),
                () -> Platform.with(Firmware.BIOS).machineType("q35,accel=kvm"),
                () -> Platform.with(Firmware.BIOS).processor(" "),
                () -> carded.bootingFrom(),
                () -> carded.bootingFrom(BootSource.DISK, BootSource.DISK),
                () -> carded.tagged("a b", ""),
                () -> carded.tagged("a", "line\nbreak"),
                () -> StopMode.POWER_OFF.within(Duration.ofSeconds(1)),
                () -> StopMode.GRACEFUL.within(Duration.ZERO))) {
            assertThatIllegalArgumentException().isThrownBy(call);
        }
    }

    @Test
    void nonsense_is_refused_where_it_is_said() {
        MachineSpec spec = MachineSpec.named("m").with(DISK);

        assertThatIllegalArgumentException().isThrownBy(() -> MachineSpec.named("a b"));
        assertThatIllegalArgumentException().isThrownBy(() -> spec.cpus(0));
        assertThatIllegalArgumentException().isThrownBy(() -> spec.memory(ByteSize.bytes(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> spec.memory(ByteSize.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> spec.with(disk("v", "/other")));
        assertThatIllegalArgumentException().isThrownBy(() -> spec.with(disk("w", "/v")));
        assertThatIllegalArgumentException().isThrownBy(() -> spec.serialLog(Path.of("log")));
        assertThatIllegalArgumentException().isThrownBy(() -> KernelBoot.of(Path.of("k")));
        assertThatIllegalArgumentException().isThrownBy(() -> DiskMove.to(DISK).limitedTo(ByteSize.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> DiskMove.to(DISK).sharing(ByteSize.ZERO));
        try (Secret key = Secret.random()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> DISK.unlockedBy(key))
                    .withMessageContaining("LUKS");
        }
    }

    @Test
    void a_verdict_throws_what_a_caller_can_branch_on() {
        new JobVerdict.Succeeded(List.of("warning")).orThrow();
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> new JobVerdict.Failed(Failure.EXHAUSTED, "full").orThrow())
                .withMessageContaining("full")
                .satisfies(e -> {
                    assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                });
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> new JobVerdict.Vanished("seen").orThrow())
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
        assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> new JobVerdict.Cancelled().orThrow());
    }

    private static Disk disk(String volume, String path) {
        return Disk.of(new VolumeId(volume), new Attachment.ImageFile(Path.of(path)), ImageFormat.RAW);
    }
}
