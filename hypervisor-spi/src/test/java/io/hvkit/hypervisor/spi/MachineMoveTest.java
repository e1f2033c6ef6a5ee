package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachineMoveTest {

    private static final Hypervisor TARGET = new SmallHypervisor(new HostId("t"));
    private static final VolumeId VOLUME = new VolumeId("v");
    private static final Disk DISK =
            Disk.of(new VolumeId("w"), new Attachment.ImageFile(Path.of("/w")), ImageFormat.LUKS);

    @Test
    void a_move_takes_no_disk_waits_for_the_guest_is_checked_and_encrypted_unless_said_otherwise() {
        MachineMove move = MachineMove.to(TARGET);

        assertThat(move.target()).isSameAs(TARGET);
        assertThat(move.disks()).isEmpty();
        assertThat(move.key(VOLUME)).isEmpty();
        assertThat(move.bandwidth()).isEmpty();
        assertThat(move.busyGuest()).isEqualTo(MachineMove.BusyGuest.WAIT_FOR);
        assertThat(move.sharedDisks()).isEqualTo(MachineMove.SharedDisks.CHECKED);
        assertThat(move.wire()).isEqualTo(MachineMove.Wire.ENCRYPTED);
    }

    @Test
    void everything_that_is_said_stays_said() {
        try (Secret key = Secret.random()) {
            MachineMove move = MachineMove.to(TARGET)
                    .moving(VOLUME, DISK)
                    .unlocking(new VolumeId("other"), key)
                    .limitedTo(ByteSize.mebibytes(3))
                    .with(MachineMove.BusyGuest.SLOW_DOWN)
                    .with(MachineMove.SharedDisks.VOUCHED_FOR)
                    .over(MachineMove.Wire.CLEAR);

            assertThat(move.disks()).containsOnlyKeys(VOLUME).containsValue(DISK);
            assertThat(move.key(new VolumeId("other"))).containsSame(key);
            assertThat(move.bandwidth()).contains(ByteSize.mebibytes(3));
            assertThat(move.busyGuest()).isEqualTo(MachineMove.BusyGuest.SLOW_DOWN);
            assertThat(move.sharedDisks()).isEqualTo(MachineMove.SharedDisks.VOUCHED_FOR);
            assertThat(move.wire()).isEqualTo(MachineMove.Wire.CLEAR);
        }
    }

    @Test
    void equal_requests_are_the_same_request_and_keys_are_not_compared() {
        try (Secret one = Secret.random();
                Secret other = Secret.random()) {
            MachineMove move = MachineMove.to(TARGET).unlocking(VOLUME, one);

            assertThat(move)
                    .isEqualTo(MachineMove.to(TARGET).unlocking(VOLUME, other))
                    .hasSameHashCodeAs(MachineMove.to(TARGET).unlocking(VOLUME, other))
                    .isNotEqualTo(MachineMove.to(TARGET))
                    .isNotEqualTo(MachineMove.to(TARGET).moving(VOLUME, DISK))
                    .isNotEqualTo(move.over(MachineMove.Wire.CLEAR));
        }
    }

    @Test
    void a_move_at_no_speed_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MachineMove.to(TARGET).limitedTo(ByteSize.ZERO))
                .withMessageContaining("never ends");
    }

    @Test
    void a_verdict_throws_what_became_of_the_machine() {
        assertThatNoException().isThrownBy(() -> new JobVerdict.Succeeded(List.of("a key stayed")).orThrow());
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> new JobVerdict.Cancelled().orThrow())
                .withMessageContaining("the machine is as it was");
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> new JobVerdict.Failed(Failure.EXHAUSTED, "no memory").orThrow())
                .withMessageContaining("the machine is as it was: no memory")
                .satisfies(thrown -> assertThat(thrown.failure()).isEqualTo(Failure.EXHAUSTED))
                .satisfies(thrown -> assertThat(thrown.effect()).isEqualTo(Effect.NOT_APPLIED));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> new JobVerdict.Vanished("nobody answers").orThrow())
                .withMessageContaining("keep all disks: nobody answers")
                .satisfies(thrown -> assertThat(thrown.effect()).isEqualTo(Effect.UNKNOWN));
    }
}
