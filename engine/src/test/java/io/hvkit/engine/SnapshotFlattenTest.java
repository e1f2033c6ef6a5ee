package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.usage.Thing;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flattened copy needs no other layer, what stands on it is read as before, and whoever reads meanwhile loses nothing. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotFlattenTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;
    private Snapshot one;
    private Snapshot two;
    private Snapshot three;

    @BeforeEach
    void make() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        have(world.create(world.plain().encrypted().ownedBy(Counted.OWNER)));
    }

    /** A volume under a machine, with three snapshots, each over the one before. */
    private void have(VolumeRecord volume) throws InterruptedException {
        root = volume;
        world.write(root, 0, (byte) 'a');
        world.start(root);
        one = world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        two = world.take(root, "two");
        world.hosts.write(0, (byte) 0);
        three = world.take(root, "three");
        world.hosts.write(2, (byte) 'z');
    }

    private interface Call {
        void run() throws InterruptedException;
    }

    /** Does something before the first such call, which may itself be such calls. */
    private void before(String wanted, Call happening) {
        boolean[] over = {false};
        world.atEachCall(call -> {
            if (call.equals(wanted) && !over[0]) {
                over[0] = true;
                try {
                    happening.run();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
    }

    private void flatten(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().flatten(snapshot.id(), world.store.id()).await();
        }
    }

    private List<LayerId> line(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            ChainGraph graph = hvkit.snapshots().chain(root.id());
            List<LayerId> line = new ArrayList<>();
            Optional<LayerId> at = graph.snapshot(snapshot.chained().id())
                    .flatMap(known -> known.replicaIn(world.store.poolId()))
                    .map(replica -> replica.layer());
            while (at.isPresent()) {
                line.add(at.get());
                at = graph.layer(at.get()).flatMap(Layer::parent);
            }
            return line;
        }
    }

    private long counted(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.usage()
                    .holding(Thing.snapshot(snapshot.id()))
                    .orElseThrow()
                    .counted()
                    .of(Resource.SECONDARY_STORAGE.setting());
        }
    }

    private void stand(Standing standing) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.inventory().putPool(world.store.id(), standing);
        }
    }

    private void agrees(String when) throws InterruptedException {
        world.atEachCall(call -> {});
        world.checkThatAllAgree(root, when);
        world.checkThatAllCounts(when);
    }

    @Test
    void a_flattened_one_stands_on_nothing_under_a_key_of_its_own_and_what_stood_on_it_still_does() throws Exception {
        world.delete(one);
        LayerId before = line(two).get(0);
        RecordId<SnapshotRecord> monday = two.id();
        RecordId<PoolRecord> nfs = world.store.id();
        try (HvKit hvkit = world.process()) {
            // tag::flatten[]
            hvkit.snapshots().flatten(monday, nfs).await(); // needs no other layer from now on
            // end::flatten[]
        }
        List<LayerId> line = line(two);
        assertThat(line).hasSize(1).doesNotContain(before);
        assertThat(world.keyOf(line.get(0))).isPresent();
        assertThat(line(three)).hasSize(2).contains(line.get(0));
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("two", "three");
        assertThat(world.list(root).get(0).reasons().get(world.store.poolId())).contains("flattened");
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(2);
        agrees("flattened");

        List<String> calls = new ArrayList<>();
        world.atEachCall(calls::add);
        flatten(two);
        assertThat(calls).as("asked again").doesNotContain("copy", "create");
        agrees("flattened twice");
    }

    @Test
    void what_is_taken_next_stands_on_the_flattened_newest_one() throws Exception {
        flatten(three);
        Snapshot four = world.take(root, "four");

        assertThat(line(four)).hasSize(2).contains(line(three).get(0));
        agrees("another was taken");
        world.delete(three);
        world.delete(two);
        assertThat(world.list(root))
                .extracting(Snapshot::state)
                .containsExactly(State.BACKED_UP, State.DESTROYED, State.BACKED_UP);
        agrees("some were deleted");
    }

    @Test
    void one_of_a_plain_volume_has_no_key_and_a_full_one_is_left_alone() throws Exception {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        have(world.create(world.plain().ownedBy(Counted.OWNER)));
        LayerId full = line(one).get(0);
        flatten(one);
        flatten(two);

        assertThat(line(one)).containsExactly(full);
        assertThat(line(two)).hasSize(1);
        assertThat(world.keyOf(line(two).get(0))).isEmpty();
        agrees("in clear");
    }

    @Test
    void while_it_is_written_it_counts_and_nobody_deletes_or_copies_it_while_others_come_and_go() throws Exception {
        long counted = counted(two);
        List<Long> meanwhile = new ArrayList<>();
        before("areEqual", () -> {
            meanwhile.add(counted(two));
            refused(Failure.OPERATION_PENDING, () -> world.delete(two));
            refused(Failure.OPERATION_PENDING, () -> flatten(two));
            world.delete(one);
            world.take(root, "four");
            world.tidy(root);
        });
        flatten(two);

        assertThat(meanwhile).containsExactly(counted + SnapshotWorld.SIZE.bytes());
        assertThat(line(two)).hasSize(1);
        agrees("others came and went");
    }

    @Test
    void whoever_reads_the_old_layers_meanwhile_reads_on_and_they_go_afterwards() throws Exception {
        world.expected.put("made", world.expected.get("three"));
        before("areEqual", () -> flatten(two));
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots()
                    .restore(RestoreRequest.of(three.id(), "made", world.pool.id())
                            .encrypted()
                            .ownedBy(Counted.OWNER))
                    .await();
        }
        assertThat(line(two)).hasSize(1);
        assertThat(world.storage.namesIn(world.store.poolId()))
                .as("kept for the reader")
                .hasSize(4);
        world.tidy(root);
        agrees("read meanwhile");
    }

    @Test
    void a_copy_of_a_chain_goes_on_while_what_it_reads_is_flattened() throws Exception {
        PoolRecord vault = world.anotherStore();
        int[] compared = {0};
        world.atEachCall(call -> {
            if (call.equals("areEqual") && ++compared[0] == 2) {
                try {
                    flatten(two);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().copyChain(three.id(), vault.id()).await();
        }
        assertThat(line(two)).hasSize(1);
        world.tidy(root);
        world.atEachCall(call -> {});
        world.storage.silence(world.store.poolId());
        try (HvKit hvkit = world.process()) {
            for (Snapshot each : List.of(two, three)) {
                VolumeRecord made = hvkit.snapshots()
                        .restore(RestoreRequest.of(each.id(), "of-" + each.name(), world.pool.id())
                                .encrypted()
                                .ownedBy(Counted.OWNER))
                        .await();
                assertThat(world.content(made)).isEqualTo(world.expected.get(each.name()));
            }
        }
        world.storage.answerAgain(world.store.poolId());
        world.checkThatAllAgreeBut(vault, root, "copied meanwhile");
    }

    @Test
    void what_is_not_the_same_is_given_up() throws Exception {
        List<LayerId> line = line(three);
        before("areEqual", this::spoil);
        refused(Failure.CORRUPT_DATA, () -> flatten(three));

        assertThat(line(three)).isEqualTo(line);
        agrees("given up");
    }

    /** Writes over the layer that no snapshot is read from yet. */
    private void spoil() throws InterruptedException {
        LayerId fresh;
        try (HvKit hvkit = world.process()) {
            fresh = hvkit.snapshots().chain(root.id()).rows().layers().stream()
                    .filter(layer -> layer.state() == Layer.State.WRITING)
                    .map(Layer::id)
                    .findAny()
                    .orElseThrow();
        }
        try (Catalog catalog = world.catalog();
                Secret key = world.vault(catalog).open(world.keyOf(fresh).orElseThrow())) {
            DiskImage image = DiskImage.at(world.storage.place(SnapshotWorld.imageOf(fresh)), ImageFormat.QCOW2);
            world.storage.files().write(image.unlockedBy(key), 0, new byte[BackedUpHosts.SECTOR]);
            world.storage.files().write(image.unlockedBy(key), 1, new byte[] {'!'});
        }
    }

    @Test
    void nothing_is_left_when_it_is_stopped_or_fails() throws Exception {
        try (HvKit hvkit = world.process()) {
            CompletableFuture<Job<?>> begun = new CompletableFuture<>();
            before("copy", () -> {
                Job<?> job = begun.join();
                assertThat(job.cancel(Duration.ZERO)).isNotNull();
            });
            Job<?> job = hvkit.snapshots().flatten(two.id(), world.store.id());
            begun.complete(job);
            List<String> leftovers = job.await(PATIENCE)
                    .match(done -> List.of("done"), detached -> List.of("detached"), JobEnd.Stopped::leftovers);
            assertThat(leftovers).isEmpty();
        }
        agrees("stopped");

        before("copy", () -> {
            throw DriverException.because(Failure.EXHAUSTED)
                    .effect(Effect.NOT_APPLIED)
                    .message("there is no room");
        });
        refused(Failure.EXHAUSTED, () -> flatten(two));
        agrees("no room in the store");

        try (HvKit hvkit = world.process()) {
            hvkit.usage().limit(Counted.OWNER, Resource.SECONDARY_STORAGE, 1);
        }
        refused(Failure.EXHAUSTED, () -> flatten(two));
        agrees("no room for the account");
    }

    @Test
    void what_is_lost_is_not_there_or_deleted_is_refused() throws Exception {
        refused(Failure.NOT_FOUND, () -> {
            try (HvKit hvkit = world.process()) {
                hvkit.snapshots().flatten(two.id(), world.pool.id()).await();
            }
        });
        stand(Standing.MAINTENANCE);
        refused(Failure.EXHAUSTED, () -> flatten(two));
        stand(Standing.ENABLED);
        world.delete(two);
        refused(Failure.NOT_FOUND, () -> flatten(two));
        agrees("refused");
        world.storage.lose(world.store.poolId(), SnapshotWorld.imageOf(line(one).get(0)));
        refused(Failure.CORRUPT_DATA, () -> flatten(three));
        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.snapshots().chain(root.id()).rows().layers())
                    .extracting(Layer::state)
                    .containsOnly(Layer.State.UNUSABLE);
        }
    }
}
