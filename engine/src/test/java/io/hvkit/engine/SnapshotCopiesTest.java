package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Failure;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.volume.MoveRequest;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Copies of snapshots in other stores, and which of them is read. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotCopiesTest extends CopiedSnapshotCases {

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
}
