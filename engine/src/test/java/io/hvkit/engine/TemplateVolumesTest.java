package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.volume.VolumeRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TemplateVolumesTest {

    @TempDir
    private Path directory;

    private TemplateWorld world;
    private HvKit hvkit;

    @BeforeEach
    void open() throws Exception {
        world = new TemplateWorld(directory);
        hvkit = world.calm();
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.close();
    }

    @Test
    void a_volume_of_a_template_is_made_in_the_same_pool_and_in_others_plain_and_encrypted() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        int i = 0;
        for (PoolRecord pool : List.of(world.pool, world.blocks, world.bare)) {
            VolumeRecord plain = hvkit.templates()
                    .newVolume(debian.id(), TemplateWorld.blank("plain" + i, pool))
                    .await();
            assertThat(plain.key()).isEmpty();
            if (!pool.equals(world.bare)) {
                VolumeRecord secret = hvkit.templates()
                        .newVolume(
                                debian.id(),
                                TemplateWorld.blank("secret" + i, pool).encrypted())
                        .await();
                assertThat(secret.key()).isPresent();
                assertThat(secret.place().encryption()).isPresent();
            }
            i++;
        }
        world.checkThatAllAgree("in each pool");
    }

    @Test
    void a_volume_that_would_cut_the_end_off_or_be_in_another_zone_is_refused() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);

        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.templates()
                        .newVolume(debian.id(), VolumeRequest.blank("small", ByteSize.bytes(512), world.pool.id()))
                        .await());
        DriverException zone = refused(
                Failure.NOT_FOUND,
                () -> hvkit.templates()
                        .newVolume(debian.id(), TemplateWorld.blank("far", world.elsewhere))
                        .await());
        assertThat(zone).hasMessageContaining("download it to one first");
        assertThat(hvkit.volumes().page(Optional.empty(), 10)).isEmpty();
    }

    @Test
    void a_volume_is_not_ready_while_a_host_copies() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        List<VolumeRecord.State> seen = new CopyOnWriteArrayList<>();
        world.beforeCopies = () -> {
            try {
                seen.add(hvkit.volumes().named("root").orElseThrow().state());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };

        hvkit.templates()
                .newVolume(
                        debian.id(), TemplateWorld.blank("root", world.blocks).encrypted())
                .await();

        assertThat(seen).containsExactly(VolumeRecord.State.CREATING);
    }

    @Test
    void a_volume_that_is_being_filled_is_nobodys_to_use_and_its_template_stays() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        VolumeRequest request = TemplateWorld.blank("root", world.blocks).encrypted();
        Fuse whole = Fuse.counting();
        try (HvKit counting = world.process(whole)) {
            counting.templates().newVolume(debian.id(), request).await();
            counting.volumes()
                    .delete(counting.volumes().named("root").orElseThrow().id())
                    .await();
        }
        int seen = 0;
        for (int moment = whole.moments() / 3; moment < whole.moments() * 2 / 3; moment += 5) {
            HvKit dying = world.process(Fuse.burningAt(moment));
            try {
                dying.templates().newVolume(debian.id(), request).await();
            } catch (Fuse.Crash | RuntimeException e) {
                // it dies
            }
            Optional<VolumeRecord> half = hvkit.volumes().named("root");
            if (half.filter(volume -> volume.state() == VolumeRecord.State.CREATING)
                    .isPresent()) {
                seen++;
                refused(
                        Failure.IN_USE,
                        () -> hvkit.volumes()
                                .attach(half.orElseThrow().id(), world.host.id(), new MachineId("web"))
                                .await());
                refused(
                        Failure.OPERATION_PENDING,
                        () -> hvkit.templates().delete(debian.id()).await());
            }
            world.waitForLeases();
            assertThat(hvkit.recover().findings()).isNotEmpty();
            world.checkThatAllAgree("died at " + moment);
            for (VolumeRecord volume : hvkit.volumes().page(Optional.empty(), 10)) {
                hvkit.volumes().delete(volume.id()).await();
            }
        }
        assertThat(seen).isPositive();
    }
}
