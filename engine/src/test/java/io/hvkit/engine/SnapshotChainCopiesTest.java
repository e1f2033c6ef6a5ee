package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.chain.ChainGraph;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Replica;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chains in two stores: layers stay as they are, under their keys, each copy is whole, and none is left half made. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotChainCopiesTest {

    private static final long SEED = Long.getLong("hvkit.seed", System.nanoTime());
    private static final int STEP = Boolean.getBoolean("hvkit.thorough") ? 1 : 17;

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;
    private PoolRecord vault;
    private Snapshot one;
    private Snapshot two;
    private Snapshot three;

    @BeforeEach
    void make() throws InterruptedException {
        build();
    }

    /** An encrypted volume under a machine, with three snapshots, each over the one before; and another store. */
    private void build() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
        world.start(root);
        one = world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        two = world.take(root, "two");
        world.hosts.write(0, (byte) 0);
        three = world.take(root, "three");
        world.hosts.write(2, (byte) 'z');
        vault = world.anotherStore();
    }

    private void copyChain(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().copyChain(snapshot.id(), vault.id()).await();
        }
    }

    /** Returns how often hosts were told to copy, and how. */
    private Map<String, Integer> copies() {
        Map<String, Integer> copies = new TreeMap<>();
        world.atEachCall(call -> {
            if (call.startsWith("copy")) {
                copies.merge(call, 1, Integer::sum);
            }
        });
        return copies;
    }

    private ChainGraph graph() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.snapshots().chain(root.id());
        }
    }

    /** Returns the layers that a snapshot is read from in a store, from the top down; none if it has no whole copy there. */
    private List<LayerId> line(Snapshot snapshot, PoolRecord store) throws InterruptedException {
        ChainGraph graph = graph();
        List<LayerId> line = new ArrayList<>();
        Optional<LayerId> at = graph.snapshot(snapshot.chained().id())
                .flatMap(known -> known.replicaIn(store.poolId()))
                .filter(replica -> replica.state() == Replica.State.READY)
                .map(Replica::layer);
        while (at.isPresent()) {
            line.add(at.get());
            at = graph.layer(at.get()).flatMap(Layer::parent);
        }
        return line;
    }

    /** Requires that a snapshot is read from so many layers in the second store, and holds there what it did. */
    private void holds(Snapshot snapshot, int layers, String when) throws InterruptedException {
        List<LayerId> line = line(snapshot, vault);
        assertThat(line).as("%s, %s", snapshot.name(), when).hasSize(layers);
        try (Catalog catalog = world.catalog()) {
            assertThat(world.read(catalog, line))
                    .as("%s, %s", snapshot.name(), when)
                    .isEqualTo(world.expected.get(snapshot.name()));
        }
    }

    private byte[] restored(Snapshot snapshot, String name) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            RestoreRequest request = RestoreRequest.of(snapshot.id(), name, world.pool.id());
            return world.content(hvkit.snapshots()
                    .restore(request.encrypted().ownedBy(Counted.OWNER))
                    .await());
        }
    }

    @Test
    void each_layer_is_copied_as_it_is_under_the_key_that_it_has() throws Exception {
        Map<String, Integer> copies = copies();
        RecordId<SnapshotRecord> monday = three.id();
        RecordId<PoolRecord> offsite = vault.id();
        try (HvKit hvkit = world.process()) {
            // tag::chain[]
            hvkit.snapshots().copyChain(monday, offsite).await(); // layer by layer, under their keys
            // end::chain[]
        }
        assertThat(copies).isEqualTo(Map.of("copyAsIs", 3));
        holds(one, 1, "copied");
        holds(two, 2, "copied");
        holds(three, 3, "copied");
        List<LayerId> here = line(three, world.store);
        List<LayerId> there = line(three, vault);
        for (int i = 0; i < 3; i++) {
            assertThat(world.keyOf(there.get(i))).isPresent().isEqualTo(world.keyOf(here.get(i)));
        }
        assertThat(world.list(root).get(2).reasons().get(vault.poolId())).contains("differs from " + there.get(1));
        world.checkThatAllAgreeBut(vault, root, "copied");
        world.checkThatAllCounts("copied");
    }

    @Test
    void what_is_there_is_not_copied_again_and_what_is_new_stands_on_it() throws Exception {
        copyChain(two);
        Map<String, Integer> copies = copies();
        copyChain(two);
        assertThat(copies).isEmpty();

        copyChain(three);
        assertThat(copies).isEqualTo(Map.of("copyAsIs", 1));
        holds(three, 3, "copied in two goes");
        assertThat(world.storage.namesIn(vault.poolId())).hasSize(3);
    }

    @Test
    void either_store_is_enough_and_whatever_goes_first_keys_stay_as_long_as_a_layer_needs_them() throws Exception {
        copyChain(three);
        world.delete(one);
        world.storage.silence(world.store.poolId());
        assertThat(restored(three, "made")).isEqualTo(world.expected.get("three"));
        world.storage.answerAgain(world.store.poolId());
        world.storage.silence(vault.poolId());
        assertThat(restored(two, "made too")).isEqualTo(world.expected.get("two"));
        world.storage.answerAgain(vault.poolId());
        world.checkThatAllAgreeBut(vault, root, "one is hidden");

        world.delete(three);
        holds(two, 2, "three is gone");
        world.delete(two);
        assertThat(world.list(root)).isEmpty();
        assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
        world.checkThatAllAgreeBut(vault, root, "all are gone");
        world.checkThatAllCounts("all are gone");
    }

    @Test
    void what_stands_on_a_hidden_one_is_copied_in_full_and_what_stands_on_that_is_not() throws Exception {
        world.delete(one);
        Map<String, Integer> copies = copies();
        copyChain(three);

        assertThat(copies).isEqualTo(Map.of("copy", 1, "copyAsIs", 1));
        holds(two, 1, "one is hidden");
        holds(three, 2, "one is hidden");
        assertThat(world.keyOf(line(two, vault).get(0))).isPresent();
    }

    @Test
    void one_that_lacks_the_hidden_one_below_it_does_not_stand_on_what_lies_further_down() throws Exception {
        copyChain(one);
        world.delete(two);
        copyChain(three);

        holds(one, 1, "two is hidden");
        holds(three, 1, "two is hidden");
        assertThat(world.list(root).get(2).reasons().get(vault.poolId())).contains("not copied");
    }

    @Test
    void the_chain_there_is_no_longer_than_that_store_allows() throws Exception {
        try (HvKit hvkit = world.process()) {
            hvkit.settings().set(StandardSettings.SNAPSHOT_DELTA_MAX, SettingScope.pool(vault.id()), new ChainLimit(2));
        }
        copyChain(three);

        holds(one, 1, "limited");
        holds(two, 2, "limited");
        holds(three, 1, "limited");
    }

    @Test
    void nobody_deletes_or_copies_what_is_being_copied() throws Exception {
        List<String> asked = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copyAsIs") && asked.isEmpty()) {
                asked.add(call);
                refused(Failure.OPERATION_PENDING, () -> world.delete(one));
                refused(Failure.OPERATION_PENDING, () -> world.delete(three));
                refused(Failure.OPERATION_PENDING, () -> copyChain(two));
                refused(Failure.OPERATION_PENDING, () -> {
                    try (HvKit hvkit = world.process()) {
                        hvkit.snapshots().copy(two.id(), vault.id()).await();
                    }
                });
            }
        });
        copyChain(three);

        assertThat(asked).hasSize(1);
        holds(three, 3, "asked meanwhile");
    }

    @Test
    void while_one_is_copied_its_chain_is_not() throws Exception {
        List<String> asked = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copy") && asked.isEmpty()) {
                asked.add(call);
                refused(Failure.OPERATION_PENDING, () -> copyChain(three));
            }
        });
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().copy(two.id(), vault.id()).await();
        }
        assertThat(asked).hasSize(1);
        copyChain(three);
        holds(two, 1, "copied in full before");
        holds(three, 2, "over that");
    }

    @Test
    void what_was_whole_stays_when_the_rest_cannot_be_copied() throws Exception {
        int[] calls = {0};
        world.atEachCall(call -> {
            if (call.equals("copyAsIs") && ++calls[0] == 2) {
                throw DriverException.because(Failure.EXHAUSTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("there is no room");
            }
        });
        try (HvKit hvkit = world.process()) {
            List<String> leftovers = hvkit.snapshots()
                    .copyChain(three.id(), vault.id())
                    .await(PATIENCE)
                    .match(done -> List.of("done"), detached -> List.of("detached"), JobEnd.Stopped::leftovers);
            assertThat(leftovers).isEmpty();
        }
        world.atEachCall(call -> {});

        assertThat(world.storage.namesIn(vault.poolId())).hasSize(1);
        holds(one, 1, "the rest failed");
        assertThat(line(two, vault)).isEmpty();
        world.checkThatAllAgreeBut(vault, root, "the rest failed");
        world.checkThatAllCounts("the rest failed");
        copyChain(three);
        holds(three, 3, "asked again");
    }

    @Test
    void a_copy_that_is_not_the_same_is_given_up() throws Exception {
        world.atEachCall(call -> {
            if (call.equals("areEqual")) {
                spoil();
            }
        });
        refused(Failure.CORRUPT_DATA, () -> copyChain(one));
        world.atEachCall(call -> {});

        assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
        world.checkThatAllAgreeBut(vault, root, "given up");
    }

    /** Writes over what was just copied. */
    private void spoil() {
        LayerId layer = new LayerId(vault.poolId(), one.id().value());
        try (Catalog catalog = world.catalog();
                Secret key = world.vault(catalog).open(world.keyOf(layer).orElseThrow())) {
            DiskImage image = DiskImage.at(world.storage.place(SnapshotWorld.imageOf(layer)), ImageFormat.QCOW2);
            world.storage.files().write(image.unlockedBy(key), 0, new byte[BackedUpHosts.SECTOR]);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whenever_the_process_dies_each_copy_is_whole_or_not_there() throws Exception {
        Fuse whole = Fuse.counting();
        world.run(hvkit -> hvkit.snapshots().copyChain(three.id(), vault.id()), whole);
        assertThat(whole.moments()).isGreaterThan(60);
        for (int moment = 1 + Math.floorMod(SEED, STEP); moment <= whole.moments(); moment += STEP) {
            build();
            world.run(hvkit -> hvkit.snapshots().copyChain(three.id(), vault.id()), Fuse.burningAt(moment));
            String when = "died at moment " + moment + ", with -Dhvkit.seed=" + SEED;
            assertThat(world.recover().with(Verdict.HALTED)).as(when).isEmpty();
            List<LayerId> copies = graph().rows().layers().stream()
                    .map(Layer::id)
                    .filter(layer -> layer.store().equals(vault.poolId()))
                    .toList();
            assertThat(world.storage.namesIn(vault.poolId())).as(when).hasSameSizeAs(copies);
            world.checkThatAllAgreeBut(vault, root, when);
            world.checkThatAllCounts(when);
            copyChain(three);
            holds(one, 1, when);
            holds(two, 2, when);
            holds(three, 3, when);
            for (LayerId layer : line(three, vault)) {
                assertThat(world.storage.usesOf(SnapshotWorld.imageOf(layer)))
                        .as(when)
                        .isEmpty();
            }
        }
    }
}
