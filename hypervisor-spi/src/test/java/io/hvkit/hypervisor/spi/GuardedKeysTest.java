package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is wrong with a key is told before the driver sees it, and not blamed on the driver. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuardedKeysTest {

    private static final HypervisorType TYPE =
            HypervisorType.named("keys", "Keys").offering(HypervisorFeature.ENCRYPTED_DISKS, Support.NATIVE);
    private static final Disk DISK =
            Disk.of(new VolumeId("v"), new Attachment.ImageFile(Path.of("/v")), ImageFormat.LUKS);

    private final SmallHypervisor small = new SmallHypervisor(new HostId("h")) {
        @Override
        public Features<HypervisorFeature> features() {
            return TYPE.features();
        }
    };
    private final Hypervisor guarded = GuardedHypervisor.of(small, new PluginBoundary(SmallHypervisor.class), TYPE);

    @Test
    void bytes_after_a_luks_header_are_not_handed_to_a_guest_without_the_key() {
        refuses(DISK, "could write over the header");
    }

    @Test
    void a_wiped_key_is_its_owners_fault() {
        Secret wiped = Secret.random();
        wiped.close();

        refuses(DISK.unlockedBy(wiped), "keep it open until the call returns");
    }

    @Test
    void a_key_that_is_open_passes() throws InterruptedException {
        try (Secret key = Secret.random()) {
            guarded.start(MachineSpec.named("m").with(DISK.unlockedBy(key)));
        }
        assertThat(small.asked).containsExactly("start");
    }

    private void refuses(Disk disk, String message) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> guarded.start(MachineSpec.named("m").with(disk)))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED));
        assertThat(small.asked).isEmpty();
    }
}
