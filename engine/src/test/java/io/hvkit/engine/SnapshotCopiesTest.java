package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.Replica;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Snapshots in two stores: each copy is whole, either is read when the other cannot be, and none is left half made. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotCopiesTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int APART = 13;

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;
    private PoolRecord vault;
    private Snapshot one;
    private Snapshot two;

    @BeforeEach
    void make() throws InterruptedException {
        build();
    }

    /** A volume under a machine, with two snapshots, the second over the first; and another store. */
    private void build() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
        world.start(root);
        one = world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        two = world.take(root, "two");
        world.hosts.write(0, (byte) 'z');
        try (HvKit hvkit = world.process()) {
            vault = MoveWorld.pool(hvkit, world.pool.reach().zone(), "vault", ImageFilesStorage.TYPE);
        }
    }

    private static void refused(Failure failure, Call call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        DriverException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }

    private interface Call {
        void run() throws InterruptedException;
    }

    private Snapshot copied(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().copy(snapshot.id(), vault.id()).await();
            return hvkit.snapshots().find(snapshot.id()).orElseThrow();
        }
    }

    private static LayerId layerIn(Snapshot snapshot, PoolRecord store) {
        return snapshot.chained().replicaIn(store.poolId()).map(Replica::layer).orElseThrow();
    }

    private byte[] held(LayerId layer) throws InterruptedException {
        try (Catalog catalog = world.catalog()) {
            return world.read(catalog, List.of(layer));
        }
    }

    private byte[] restored(Snapshot snapshot, String name) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            RestoreRequest request = RestoreRequest.of(snapshot.id(), name, world.pool.id());
            return world.content(hvkit.snapshots().restore(request.encrypted()).await());
        }
    }

    @Test
    void a_copy_is_whole_and_has_a_key_of_its_own() throws Exception {
        Snapshot both = copied(two);

        assertThat(both.layers()).as("the copy is full, and read first").isOne();
        assertThat(both.reasons().get(vault.poolId())).contains("in full");
        assertThat(held(layerIn(both, vault))).isEqualTo(world.expected.get("two"));
        try (Catalog catalog = world.catalog()) {
            List<Optional<?>> keys = catalog.inTransaction(transaction -> List.<Optional<?>>of(
                    transaction
                            .backups()
                            .where(BackupRecord.NAME, layerIn(both, vault).toString())
                            .get(0)
                            .key(),
                    transaction
                            .backups()
                            .where(BackupRecord.NAME, layerIn(both, world.store).toString())
                            .get(0)
                            .key()));
            assertThat(keys).allMatch(Optional::isPresent).doesNotHaveDuplicates();
        }
    }

    @Test
    void a_snapshot_is_taken_copied_and_restored_and_its_volume_goes_back_to_it() throws Exception {
        RecordId<VolumeRecord> web = root.id();
        RecordId<PoolRecord> fast = world.pool.id();
        RecordId<PoolRecord> nfs = world.store.id();
        try (HvKit hvkit = world.process()) {
            // tag::calls[]
            RecordId<SnapshotRecord> monday = hvkit.snapshots()
                    .take(web, SnapshotRequest.named("monday", nfs))
                    .await();
            String plan = hvkit.snapshots().planDelete(monday).explain(); // touches nothing
            RecordId<SnapshotRecord> copied = hvkit.snapshots()
                    .copy(monday, vault.id()) // in full, under a key of its own; read if nfs does not answer
                    .await();
            VolumeRecord restored = hvkit.snapshots()
                    .restore(RestoreRequest.of(monday, "web-02-root", fast).encrypted())
                    .await();
            // end::calls[]
            byte[] then = world.hosts.disk();
            assertThat(copied).isEqualTo(monday);
            assertThat(plan).contains("delete " + nfs + "/" + monday);
            assertThat(world.content(restored)).isEqualTo(then);
            world.hosts.write(2, (byte) 'y');
            world.stop(root);
            // tag::back[]
            VolumeRecord back = hvkit.snapshots().revert(web, monday).await(); // at rest; what was there is kept
            VolumeRecord alone = hvkit.volumes().tidy(web).await(); // until now
            hvkit.snapshots().delete(monday).await();
            // end::back[]
            assertThat(back.second()).isPresent();
            assertThat(alone.second()).isEmpty();
            assertThat(world.content(alone)).isEqualTo(then);
            assertThat(hvkit.snapshots().find(monday)).isEmpty();
        }
    }

    @Test
    void copying_again_does_nothing() throws Exception {
        copied(two);
        copied(two);

        assertThat(world.storage.namesIn(vault.poolId())).hasSize(1);
    }

    @Test
    void where_one_store_does_not_answer_the_other_one_is_read() throws Exception {
        Snapshot both = copied(two);
        world.storage.silence(vault.poolId());
        assertThat(restored(both, "from nfs")).isEqualTo(world.expected.get("two"));
        world.storage.answerAgain(vault.poolId());
        world.storage.silence(world.store.poolId());
        assertThat(restored(both, "from vault")).isEqualTo(world.expected.get("two"));
        world.storage.silence(vault.poolId());

        refused(Failure.UNREACHABLE, () -> restored(both, "from nowhere"));
    }

    @Test
    void where_a_layer_was_lost_the_other_copy_is_read() throws Exception {
        Snapshot both = copied(two);
        world.storage.lose(vault.poolId(), SnapshotWorld.imageOf(layerIn(both, vault)));

        assertThat(restored(both, "made")).isEqualTo(world.expected.get("two"));
    }

    @Test
    void where_a_copy_is_damaged_the_other_one_is_read_and_what_is_made_of_it_is_whole() throws Exception {
        Snapshot both = copied(two);
        world.storage.spoil(SnapshotWorld.imageOf(layerIn(both, vault)), SnapshotWorld.SIZE);

        assertThat(restored(both, "made")).isEqualTo(world.expected.get("two"));
        world.stop(root);
        try (HvKit hvkit = world.process()) {
            VolumeRecord back = hvkit.snapshots().revert(root.id(), both.id()).await();
            assertThat(world.content(back)).isEqualTo(world.expected.get("two"));
        }
        world.storage.spoil(SnapshotWorld.imageOf(layerIn(one, world.store)), SnapshotWorld.SIZE);
        refused(Failure.CORRUPT_DATA, () -> restored(both, "of nothing"));
        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.volumes().named("of nothing")).isEmpty();
        }
        for (Snapshot each : List.of(one, two)) {
            for (PoolRecord store : List.of(world.store, vault)) {
                each.chained()
                        .replicaIn(store.poolId())
                        .ifPresent(replica -> assertThat(world.storage.usesOf(SnapshotWorld.imageOf(replica.layer())))
                                .isEmpty());
            }
        }
    }

    @Test
    void a_volume_is_reverted_from_the_store_that_answers_wherever_the_volume_is_now() throws Exception {
        Snapshot both = copied(two);
        world.stop(root);
        try (HvKit hvkit = world.process()) {
            PoolRecord other = MoveWorld.pool(hvkit, world.pool.reach().zone(), "p2", ImageFilesStorage.TYPE);
            hvkit.volumes().move(MoveRequest.of(root.id(), other.id())).await();
            hvkit.volumes().rekey(root.id()).await();
            world.storage.silence(world.store.poolId());
            VolumeRecord back = hvkit.snapshots().revert(root.id(), both.id()).await();

            assertThat(back.place().pool()).isEqualTo(other.id());
            assertThat(world.content(back)).isEqualTo(world.expected.get("two"));
        }
    }

    @Test
    void with_the_snapshot_both_copies_go_and_the_chain_of_the_first_is_hidden_as_before() throws Exception {
        copied(one);
        copied(two);
        world.delete(one);
        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.DESTROYED, State.BACKED_UP);
        assertThat(world.storage.namesIn(vault.poolId())).hasSize(1);
        assertThat(restored(two, "made")).isEqualTo(world.expected.get("two"));
        world.delete(two);

        assertThat(world.list(root)).isEmpty();
        assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
        assertThat(world.storage.namesIn(world.store.poolId())).isEmpty();
    }

    @Test
    void each_store_has_a_chain_of_its_own_and_goes_on_with_it_after_snapshots_in_the_other() throws Exception {
        Snapshot three = world.take(root, SnapshotRequest.named("three", vault.id()));
        world.hosts.write(2, (byte) 'c');
        Snapshot four = world.take(root, "four");
        world.hosts.write(3, (byte) 'd');
        Snapshot five = world.take(root, SnapshotRequest.named("five", vault.id()));

        assertThat(List.of(three, four, five)).extracting(Snapshot::layers).containsExactly(1L, 3L, 2L);
        for (Snapshot each : List.of(two, three, four, five)) {
            assertThat(restored(each, each.name())).isEqualTo(world.expected.get(each.name()));
        }
    }

    @Test
    void one_whose_copy_is_in_a_store_that_does_not_answer_goes_wholly_once_it_does() throws Exception {
        Snapshot both = copied(two);
        world.storage.silence(vault.poolId());
        world.delete(both);
        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.BACKED_UP, State.DESTROYING);
        world.storage.answerAgain(vault.poolId());
        world.tidy(root);

        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("one");
        assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
        world.checkThatAllAgree(root, "it answers again");
    }

    @Test
    void two_that_are_deleted_at_once_by_two_engines_both_go() throws Exception {
        try (HvKit here = world.process();
                HvKit there = world.process()) {
            Job<?> first = here.snapshots().delete(one.id());
            Job<?> second = there.snapshots().delete(two.id());
            first.await();
            second.await();
        }
        world.tidy(root);

        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "both are gone");
    }

    @Test
    void one_that_two_engines_delete_at_once_goes_once() throws Exception {
        try (HvKit here = world.process();
                HvKit there = world.process()) {
            List<Job<?>> begun = new ArrayList<>();
            for (HvKit each : List.of(here, there)) {
                try {
                    begun.add(each.snapshots().delete(two.id()));
                } catch (DriverException e) {
                    assertThat(e.failure()).isEqualTo(Failure.OPERATION_PENDING);
                }
            }
            for (Job<?> each : begun) {
                each.await();
            }
        }
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("one");
        world.checkThatAllAgree(root, "it is gone");
        world.checkThatAllCounts("it is gone");
    }

    @Test
    void it_is_not_deleted_while_it_is_copied() throws Exception {
        boolean[] refused = {false};
        world.atEachCall(call -> {
            if (call.equals("copy")) {
                refused[0] = true;
                refused(Failure.OPERATION_PENDING, () -> world.delete(two));
            }
        });
        copied(two);
        assertThat(refused[0]).isTrue();
    }

    /** What copies snapshots. */
    enum Way {
        ALONE,
        WITH_ITS_CHAIN
    }

    /** Copies the second snapshot to a store that answers no more once all was copied, and answers again when it is too late. */
    private void copyInVain(Way way) throws InterruptedException {
        world.atEachCall(call -> {
            if (call.equals("areEqual")) {
                world.storage.silence(vault.poolId());
            }
        });
        refused(Failure.UNREACHABLE, () -> copy(way));
        world.atEachCall(call -> {});
        world.storage.answerAgain(vault.poolId());
        assertThat(world.storage.namesIn(vault.poolId()))
                .as("what could not be given up")
                .isNotEmpty();
    }

    private void copy(Way way) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            if (way == Way.ALONE) {
                hvkit.snapshots().copy(two.id(), vault.id()).await();
            } else {
                hvkit.snapshots().copyChain(two.id(), vault.id()).await();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_copy_that_could_not_be_given_up_keeps_nobody_from_deleting_its_snapshot(Way way) throws Exception {
        copyInVain(way);

        world.delete(one);
        world.delete(two);

        assertThat(world.list(root)).isEmpty();
        assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
        world.checkThatAllAgree(root, "both are gone");
        world.checkThatAllCounts("both are gone");
    }

    @ParameterizedTest
    @EnumSource
    void a_copy_that_could_not_be_given_up_is_tidied_up_and_made_again(Way way) throws Exception {
        copyInVain(way);
        refused(Failure.IN_USE, () -> copy(way));

        world.tidy(root);

        assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
        copy(way);
        world.checkThatAllAgreeBut(vault, root, "made again");
        Snapshot both = world.list(root).get(1);
        world.storage.silence(world.store.poolId());
        assertThat(restored(both, "made")).isEqualTo(world.expected.get("two"));
    }

    @Test
    void a_copy_that_is_being_made_is_not_taken_for_one_that_is_dead() throws Exception {
        List<Integer> left = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copy") && left.isEmpty()) {
                left.add(0);
                try {
                    world.tidy(root);
                    left.add(world.storage.namesIn(vault.poolId()).size());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        copied(two);

        assertThat(left).containsExactly(0, 1);
    }

    @Test
    void what_cannot_be_copied_is_refused_and_nothing_is_left() throws Exception {
        Snapshot three = world.take(root, "three");
        world.delete(one);
        try (HvKit hvkit = world.process()) {
            var snapshots = hvkit.snapshots();
            refused(
                    Failure.NOT_FOUND,
                    () -> snapshots.copy(new RecordId<>("none"), vault.id()).await());
            refused(
                    Failure.INVALID_REQUEST,
                    () -> snapshots.copy(three.id(), world.pool.id()).await());
            refused(
                    Failure.INVALID_REQUEST,
                    () -> snapshots.copy(one.id(), vault.id()).await());
        }
        assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
    }

    @Test
    void whenever_the_process_dies_there_is_a_whole_copy_or_none() throws Exception {
        Fuse whole = Fuse.counting();
        world.run(hvkit -> hvkit.snapshots().copy(two.id(), vault.id()), whole);
        assertThat(whole.moments()).isGreaterThan(20);
        for (int moment : Moments.each(Moments.apart(APART), whole.moments())) {
            build();
            world.run(hvkit -> hvkit.snapshots().copy(two.id(), vault.id()), Fuse.burningAt(moment));
            String when = "died at moment " + moment + ", " + Moments.seed();
            assertThat(world.recover().with(Verdict.HALTED)).as(when).isEmpty();
            Snapshot now = world.list(root).get(1);
            assertThat(world.storage.namesIn(vault.poolId()))
                    .as(when)
                    .hasSize(now.chained().replicaIn(vault.poolId()).isPresent() ? 1 : 0);
            world.checkThatAllAgreeBut(vault, root, when);
            world.checkThatAllCounts(when);
            assertThat(held(layerIn(copied(now), vault))).as(when).isEqualTo(world.expected.get("two"));
        }
    }

    @Test
    void whenever_the_process_dies_that_chooses_between_copies_no_host_keeps_one() throws Exception {
        Fuse whole = Fuse.counting();
        copied(two);
        world.expected.put("made", world.expected.get("two"));
        world.run(this::restore, whole);
        for (int moment : Moments.each(Moments.apart(APART), whole.moments())) {
            build();
            Snapshot both = copied(two);
            world.expected.put("made", world.expected.get("two"));
            world.run(this::restore, Fuse.burningAt(moment));
            String when = "died at moment " + moment + ", " + Moments.seed();
            assertThat(world.recover().with(Verdict.HALTED)).as(when).isEmpty();
            assertThat(world.storage.usesOf(SnapshotWorld.imageOf(layerIn(both, vault))))
                    .as(when)
                    .isEmpty();
            world.checkThatAllAgreeBut(vault, root, when);
        }
    }

    @Test
    void one_that_is_to_stop_after_its_process_died_while_it_chose_takes_from_the_host_what_that_had()
            throws Exception {
        Fuse whole = Fuse.counting();
        copied(two);
        world.run(this::restore, whole);
        boolean isFound = false;
        for (int moment = 1; moment < whole.moments() && !isFound; moment++) {
            build();
            String image = SnapshotWorld.imageOf(layerIn(copied(two), vault));
            world.run(this::restore, Fuse.burningAt(moment));
            if (!world.storage.usesOf(image).isEmpty()) {
                isFound = true;
                world.askAllToStop();
                assertThat(world.recover().with(Verdict.HALTED)).isEmpty();
                assertThat(world.storage.usesOf(image))
                        .as("died at moment %d", moment)
                        .isEmpty();
                world.checkThatAllAgreeBut(vault, root, "stopped");
            }
        }
        assertThat(isFound).as("it died while the host had the other copy").isTrue();
    }

    private Job<?> restore(HvKit hvkit) throws InterruptedException {
        RestoreRequest request = RestoreRequest.of(two.id(), "made", world.pool.id());
        return hvkit.snapshots().restore(request.encrypted());
    }

    @Test
    void who_gives_up_a_snapshot_being_taken_ends_its_backup_and_leaves_no_job() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        world.hosts.atEachGlance(() -> {
            seen.countDown();
            try {
                asked.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try (HvKit hvkit = world.process()) {
            Job<?> take = hvkit.snapshots().take(root.id(), world.request("three"));
            assertThat(seen.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
            assertThat(world.hosts.isBackingUp()).isTrue();
            JobEnd<?> unused = take.cancel(Duration.ZERO);
            asked.countDown();
            String end = take.await(PATIENCE).match(done -> "done", detached -> "detached", stopped -> "stopped");

            assertThat(end).isEqualTo("stopped");
            assertThat(hvkit.jobs().open()).isEmpty();
        }
        assertThat(world.hosts.cancelled()).isPositive();
        assertThat(world.hosts.isBackingUp()).isFalse();
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("one", "two");
        world.hosts.atEachGlance(() -> {});
        world.checkThatAllAgree(root, "given up");
        assertThat(world.take(root, "three").layers()).isEqualTo(3);
    }
}
