package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume that its pool made larger under a machine that was not told. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HalfGrownVolumeTest {

    private static final Account OWNER = Account.of("acme");

    @TempDir
    private Path folder;

    private ChaosWorld world;

    @BeforeEach
    void open() throws Exception {
        world = new ChaosWorld(folder, SnapshotWorld.inMemory(), 1);
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void it_is_recorded_and_counted_as_large_as_its_pool_made_it() throws Exception {
        try (ChaosEngine engine = world.engine("calm")) {
            HvKit hvkit = engine.hvkit();
            VolumeRecord root = create(hvkit, "root");
            VolumeRecord data = create(hvkit, "data");
            MachineRecord web = hvkit.machines()
                    .start(MachineRequest.named("web").root(root.id()).disk(data.id()))
                    .await();
            assertThat(web.host()).isPresent();
            take(root);

            DriverException refused = catchThrowableOfType(
                    DriverException.class,
                    () -> hvkit.volumes()
                            .grow(root.id(), ChaosWorld.SIZE.plus(ChaosWorld.SIZE))
                            .await());

            assertThat(refused).hasMessageContaining("its machine was not told");
            assertThat(refused.failure()).isEqualTo(Failure.NOT_FOUND);
            VolumeRecord known = hvkit.volumes().find(root.id()).orElseThrow();
            assertThat(known.size()).isGreaterThan(ChaosWorld.SIZE).isEqualTo(inPool(known));
            assertThat(hvkit.usage().held(OWNER).of("primary_storage"))
                    .isEqualTo(known.size().bytes() + data.size().bytes());
            assertThat(hvkit.usage().drift()).isEmpty();
        }
    }

    private VolumeRecord create(HvKit hvkit, String name) throws InterruptedException {
        return hvkit.volumes()
                .create(VolumeRequest.blank(
                                name, ChaosWorld.SIZE, world.pools.get(0).id())
                        .ownedBy(OWNER))
                .await();
    }

    /** Somebody takes a disk from the machine, by the host's own means. */
    private void take(VolumeRecord volume) throws InterruptedException {
        String name = ChaosSight.idOf(volume.place());
        for (HostRecord host : world.hosts) {
            try (Hypervisor open = world.hypervisor(host)) {
                for (Machine there : open.list()) {
                    for (MachineDisk disk : there.disks()) {
                        Path file = disk.attachment().requirePath();
                        if (file.getFileName().toString().equals(name)) {
                            open.hotPlug().orElseThrow().detach(there.id(), disk.volume(), Duration.ofSeconds(10));
                        }
                    }
                }
            }
        }
    }

    private ByteSize inPool(VolumeRecord volume) {
        return world.array
                .find(world.pools.get(0).poolId(), new VolumeId(ChaosSight.idOf(volume.place())))
                .orElseThrow()
                .describe()
                .size();
    }
}
