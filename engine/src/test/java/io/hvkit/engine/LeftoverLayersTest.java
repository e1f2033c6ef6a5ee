package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Layers that a host has still, from something that ended and could not take them away. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LeftoverLayersTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;
    private Snapshot monday;

    @BeforeEach
    void take() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        monday = world.take(root, "monday");
    }

    private void lend(Reason reason) throws InterruptedException {
        String image = world.storage.namesIn(world.store.poolId()).iterator().next();
        try (StoragePool store = open(world.store)) {
            assertThat(store.attach(
                            new VolumeId(image),
                            VolumeUse.by(world.host.hostId()).because(reason).shared()))
                    .isNotNull();
        }
    }

    private StoragePool open(PoolRecord pool) {
        return world.storage.open(pool.poolId(), ImageFilesStorage.TYPE, Options.parse(List.of(), Map.of()));
    }

    private List<String> delete() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.snapshots()
                    .delete(monday.id())
                    .await(PATIENCE)
                    .match(JobEnd.Done::leftovers, detached -> List.of("goes on"), stopped -> List.of("failed"));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"COPY", "MAINTENANCE"})
    void a_layer_that_a_host_has_is_left_until_it_is_given_back_as_somebody_may_write_to_it(Reason reason)
            throws Exception {
        lend(reason);

        assertThat(delete()).singleElement().asString().contains("is used");

        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.DESTROYING);
        try (StoragePool store = open(world.store)) {
            String image =
                    world.storage.namesIn(world.store.poolId()).iterator().next();
            store.detach(new VolumeId(image), world.host.hostId(), reason);
        }
        world.tidy(root);
        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "given back");
    }
}
