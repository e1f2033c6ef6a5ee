package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A volume moves between directories under a guest that writes, on a real host, by engines some of which are killed. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LiveMoveIT {

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    final GuestExtension guest = GuestExtension.shared();

    @TempDir
    private Path folder;

    @Test
    void a_volume_moves_under_a_guest_and_engines_are_killed_in_mid_copy_and_after_the_switch_and_no_record_is_lost()
            throws Exception {
        LiveWorld world = new LiveWorld(folder, HOST.host(), guest.guest());
        world.whileAGuestWrites((direct, scene) -> {
            move(world, scene.data(), scene.large());
            world.checkThatAllAgree(direct, scene.data(), scene.large(), "moved");
            world.killAfter("start", scene.data(), Optional.of(scene.fast()));
            world.recover();
            world.checkThatAllAgree(direct, scene.data(), scene.fast(), "killed in mid copy");
            world.killAfter("pivot", scene.data(), Optional.of(scene.large()));
            world.recover();
            world.checkThatAllAgree(direct, scene.data(), scene.large(), "killed after the switch");
        });
        world.assertThatNoRecordIsLost("large", "fast");
    }

    private static void move(LiveWorld world, VolumeRecord data, PoolRecord to) throws InterruptedException {
        try (HvKit hvkit = world.engine()) {
            VolumeRecord moved =
                    hvkit.volumes().move(MoveRequest.of(data.id(), to.id())).await();
            assertThat(moved.place().pool()).isEqualTo(to.id());
        }
    }
}
