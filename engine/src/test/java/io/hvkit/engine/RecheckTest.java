package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Replica;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that their store lacked for a while: they count again once it is proved that they are what they were, and by nothing else. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RecheckTest {

    private static final int APART = 11;

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;
    private PoolRecord vault;
    private Snapshot one;
    private Snapshot two;

    @BeforeEach
    void build() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
        world.start(root);
        one = world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        two = world.take(root, "two");
        vault = world.anotherStore();
    }

    private void copyBoth() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().copyChain(two.id(), vault.id()).await();
        }
    }

    private void copySecond() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().copy(two.id(), vault.id()).await();
        }
    }

    private LayerId layer(Snapshot snapshot) {
        return snapshot.chained()
                .replicaIn(world.store.poolId())
                .map(Replica::layer)
                .orElseThrow();
    }

    /** Lets the store lack the first layer until a third snapshot is taken, which notices, and is full. */
    private void lackFirst() throws InterruptedException {
        String image = SnapshotWorld.imageOf(layer(one));
        Volume misplaced = world.storage.misplace(world.store.poolId(), image);
        assertThat(world.take(root, "three").layers()).isOne();
        world.storage.putBack(world.store.poolId(), image, misplaced);
        assertThat(states()).containsExactly(Layer.State.UNUSABLE, Layer.State.UNUSABLE);
    }

    private List<Layer.State> states() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return List.of(layer(one), layer(two)).stream()
                    .map(layer -> state(hvkit, layer))
                    .toList();
        }
    }

    private Layer.State state(HvKit hvkit, LayerId layer) {
        try {
            return hvkit.snapshots()
                    .chain(root.id())
                    .layer(layer)
                    .map(Layer::state)
                    .orElseThrow();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<RecordId<SnapshotRecord>> recheck() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.snapshots().recheck(root.id()).await();
        }
    }

    private byte[] restored(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            RestoreRequest request = RestoreRequest.of(snapshot.id(), "made of " + snapshot.name(), world.pool.id());
            return world.content(hvkit.snapshots().restore(request.encrypted()).await());
        }
    }

    @Test
    void what_holds_the_same_as_another_copy_counts_again() throws Exception {
        copyBoth();
        lackFirst();

        assertThat(recheck()).containsExactlyInAnyOrder(one.id(), two.id());

        assertThat(states()).containsOnly(Layer.State.READY);
        world.checkThatAllCounts("looked at again");
        world.storage.silence(vault.poolId());
        for (Snapshot each : List.of(one, two)) {
            assertThat(restored(each)).isEqualTo(world.expected.get(each.name()));
        }
        world.checkThatAllAgreeBut(vault, root, "looked at again");
        assertThat(recheck()).as("there is no doubt left").isEmpty();
    }

    @Test
    void what_holds_something_else_does_not() throws Exception {
        copyBoth();
        lackFirst();
        world.write(layer(one), 0, (byte) 'x');

        assertThat(recheck()).isEmpty();
        assertThat(states()).containsOnly(Layer.State.UNUSABLE);
    }

    @Test
    void what_stands_on_one_that_is_another_one_does_not_although_it_reads_the_same() throws Exception {
        copyBoth();
        lackFirst();
        world.write(layer(one), 1, (byte) 'x'); // the second one has a sector of its own there

        assertThat(recheck()).isEmpty();
        assertThat(states()).containsOnly(Layer.State.UNUSABLE);
    }

    @Test
    void without_another_copy_nothing_is_proved_but_what_is_kept_for_others_is_proved_by_them() throws Exception {
        copySecond();
        lackFirst();
        assertThat(recheck()).as("nobody knows what the first one was").isEmpty();
        assertThat(states()).containsOnly(Layer.State.UNUSABLE);
        world.delete(one);

        assertThat(recheck()).containsExactly(two.id());

        assertThat(states()).containsOnly(Layer.State.READY);
        world.checkThatAllAgreeBut(vault, root, "looked at again");
    }

    @Test
    void what_is_not_there_or_cannot_be_compared_stays_as_it_is() throws Exception {
        copyBoth();
        lackFirst();
        world.storage.silence(vault.poolId());
        assertThat(recheck()).isEmpty();
        world.storage.answerAgain(vault.poolId());
        world.storage.lose(world.store.poolId(), SnapshotWorld.imageOf(layer(one)));

        assertThat(recheck()).isEmpty();

        assertThat(states()).containsOnly(Layer.State.UNUSABLE);
        for (LayerId each : List.of(layer(one), layer(two))) {
            assertThat(world.storage.usesOf(SnapshotWorld.imageOf(each))).isEmpty();
        }
    }

    @Test
    void whenever_the_process_dies_it_is_proved_by_the_next_and_no_host_keeps_a_layer() throws Exception {
        copyBoth();
        lackFirst();
        Fuse whole = Fuse.counting();
        world.run(hvkit -> hvkit.snapshots().recheck(root.id()), whole);
        for (int moment : Moments.each(Moments.apart(APART), whole.moments())) {
            build();
            copyBoth();
            lackFirst();
            world.run(hvkit -> hvkit.snapshots().recheck(root.id()), Fuse.burningAt(moment));
            String when = "died at moment " + moment + ", " + Moments.seed();
            assertThat(world.recover().with(Verdict.HALTED)).as(when).isEmpty();
            recheck();
            assertThat(states()).as(when).containsOnly(Layer.State.READY);
            world.checkThatAllAgreeBut(vault, root, when);
        }
    }

    @Test
    void one_that_is_to_stop_after_its_process_died_takes_from_the_host_what_that_had() throws Exception {
        copyBoth();
        lackFirst();
        Fuse whole = Fuse.counting();
        world.run(hvkit -> hvkit.snapshots().recheck(root.id()), whole);
        boolean isFound = false;
        for (int moment = 1; moment < whole.moments() && !isFound; moment++) {
            build();
            copyBoth();
            lackFirst();
            String image = SnapshotWorld.imageOf(layer(one));
            world.run(hvkit -> hvkit.snapshots().recheck(root.id()), Fuse.burningAt(moment));
            if (!world.storage.usesOf(image).isEmpty()) {
                isFound = true;
                world.askAllToStop();
                assertThat(world.recover().with(Verdict.HALTED)).isEmpty();
                assertThat(world.storage.usesOf(image))
                        .as("died at moment %d", moment)
                        .isEmpty();
            }
        }
        assertThat(isFound).as("it died while the host had the layer").isTrue();
    }
}
