package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A volume is encrypted anew in its directory under a guest that writes, on a real host, by engines some of which are killed. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LiveEncryptIT {

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    final GuestExtension guest = GuestExtension.shared();

    @TempDir
    private Path folder;

    @Test
    void a_volume_gets_other_bytes_under_a_guest_and_engines_are_killed_in_mid_copy_and_after_the_switch()
            throws Exception {
        LiveWorld world = new LiveWorld(folder, HOST.host(), guest.guest());
        world.whileAGuestWrites((direct, scene) -> {
            Path first = world.onlyFile("fast", "large");
            world.killAfter("start", scene.data(), Optional.empty());
            world.recover();
            world.checkThatAllAgree(direct, scene.data(), scene.fast(), "killed in mid copy");
            assertThat(first).doesNotExist();
            assertThatItIsCopy(1, world, scene.data());
            world.killAfter("pivot", scene.data(), Optional.empty());
            world.recover();
            world.checkThatAllAgree(direct, scene.data(), scene.fast(), "killed after the switch");
            assertThatItIsCopy(2, world, scene.data());
        });
        world.assertThatNoRecordIsLost("fast", "large");
    }

    private static void assertThatItIsCopy(int copy, LiveWorld world, VolumeRecord data) throws InterruptedException {
        try (HvKit hvkit = world.engine()) {
            VolumeRecord anew = hvkit.volumes().find(data.id()).orElseThrow();
            assertThat(anew.place().copy()).isEqualTo(copy);
            assertThat(anew.key()).isPresent().isNotEqualTo(data.key());
        }
    }
}
