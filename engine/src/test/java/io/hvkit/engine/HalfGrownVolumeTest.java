package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest;
import java.nio.file.Path;
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
            VolumeRecord root = hvkit.volumes()
                    .create(VolumeRequest.blank(
                                    "root", ChaosWorld.SIZE, world.pools.get(0).id())
                            .ownedBy(OWNER))
                    .await();
            MachineRecord unused = hvkit.machines()
                    .start(MachineRequest.named("web").root(root.id()))
                    .await();

            DriverException refused = catchThrowableOfType(
                    DriverException.class,
                    () -> hvkit.volumes()
                            .grow(root.id(), ChaosWorld.SIZE.plus(ByteSize.bytes(1)))
                            .await());

            assertThat(refused).hasMessageContaining("its machine was not told");
            assertThat(refused.failure()).isEqualTo(Failure.INVALID_REQUEST);
            VolumeRecord known = hvkit.volumes().find(root.id()).orElseThrow();
            assertThat(known.size()).isGreaterThan(ChaosWorld.SIZE).isEqualTo(inPool(known));
            assertThat(hvkit.usage().held(OWNER).of("primary_storage"))
                    .isEqualTo(known.size().bytes());
            assertThat(hvkit.usage().drift()).isEmpty();
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
