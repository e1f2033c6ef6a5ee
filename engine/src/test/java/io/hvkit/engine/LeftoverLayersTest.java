package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.testkit.endpoint.EndPointUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        try (StoragePool store = open(world.store)) {
            assertThat(store.attach(
                            new VolumeId(image()),
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

    private String image() throws InterruptedException {
        return SnapshotWorld.imageOf(
                monday.chained().replicaIn(world.store.poolId()).orElseThrow().layer());
    }

    @Test
    void one_that_an_ended_copy_left_with_a_host_is_given_back_once_no_program_has_it_open() throws Exception {
        lend(Reason.COPY);
        try (EndPointUnderTest.Holding held = world.hold(image())) {
            assertThat(held).isNotNull();
            assertThat(delete()).singleElement().asString().contains("open");
            assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.DESTROYING);
            assertThat(world.storage.usesOf(image())).hasSize(1);
        }

        world.tidy(root);

        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "given back");
    }

    @Test
    void it_stays_as_long_as_its_host_cannot_say_whether_a_program_has_it_open() throws Exception {
        lend(Reason.COPY);
        world.atEachCall(call -> {
            if (call.equals("growTo")) {
                throw DriverException.because(Failure.UNREACHABLE).message("the host is silent");
            }
        });
        assertThat(delete()).singleElement().asString().contains("silent");
        assertThat(world.storage.usesOf(image())).hasSize(1);
        world.atEachCall(call -> {});

        world.tidy(root);

        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "given back");
    }

    @Test
    void it_stays_as_long_as_something_goes_on_that_may_use_it() throws Exception {
        List<List<String>> left = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copy") && left.isEmpty()) {
                try {
                    lend(Reason.COPY);
                    left.add(delete());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        world.write(root, 1, (byte) 'b'); // or the two would share a layer
        world.writeNoDeltas(); // or it would stand on the one that is deleted
        Snapshot tuesday = world.take(root, "tuesday");
        assertThat(left.get(0)).singleElement().asString().contains("is used");

        world.tidy(root);

        assertThat(world.list(root)).extracting(Snapshot::id).containsExactly(tuesday.id());
        world.checkThatAllAgree(root, "given back");
    }

    @Test
    void one_that_somebody_looks_after_is_left_until_it_is_given_back() throws Exception {
        lend(Reason.MAINTENANCE);

        assertThat(delete()).singleElement().asString().contains("is used");

        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.DESTROYING);
        try (StoragePool store = open(world.store)) {
            store.detach(new VolumeId(image()), world.host.hostId(), Reason.MAINTENANCE);
        }
        world.tidy(root);
        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "given back");
    }
}
