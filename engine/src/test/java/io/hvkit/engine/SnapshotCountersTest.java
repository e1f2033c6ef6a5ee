package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.UsageRecord.Kind;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Drift;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.usage.Thing;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How snapshots count: for who has their volume, for what they take, from when they are whole until they are gone. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotCountersTest {

    private static final Account DEV = Counted.OWNER;
    private static final long SECTOR = BackedUpHosts.SECTOR;

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;

    @BeforeEach
    void make() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().ownedBy(DEV));
        world.write(root, 0, (byte) 'a');
    }

    private static void refused(Failure failure, String message, ThrowingCallable call) {
        DriverException thrown = catchThrowableOfType(DriverException.class, call);
        assertThat(thrown).as("refused").isNotNull();
        assertThat(thrown.failure()).as(thrown.getMessage()).isEqualTo(failure);
        assertThat(thrown).hasMessageContaining(message);
    }

    private long held(String resource) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            for (Account account : DEV.lineage()) {
                assertThat(hvkit.usage().held(account)).isEqualTo(hvkit.usage().held(DEV));
            }
            assertThat(hvkit.usage().drift()).isEmpty();
            return hvkit.usage().held(DEV).of(resource);
        }
    }

    private List<Kind> kinds(RecordId<SnapshotRecord> snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.usage().events(0, 1000).stream()
                    .filter(event ->
                            event.thing().equals(Thing.snapshot(snapshot).toString()))
                    .map(UsageRecord::kind)
                    .toList();
        }
    }

    private long counted(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.usage()
                    .holding(Thing.snapshot(snapshot.id()))
                    .map(HoldingRecord::counted)
                    .orElse(Amounts.NONE)
                    .of("secondary_storage");
        }
    }

    private PoolRecord vault() throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return MoveWorld.pool(hvkit, world.pool.reach().zone(), "vault", ImageFilesStorage.TYPE);
        }
    }

    @Test
    void it_counts_for_who_has_its_volume_from_when_it_is_whole_until_it_is_deleted() throws Exception {
        Snapshot monday = world.take(root, "monday");
        assertThat(held("snapshot")).isOne();
        assertThat(held("secondary_storage")).isEqualTo(counted(monday)).isGreaterThan(SECTOR);
        world.delete(monday);
        world.delete(monday);

        assertThat(held("snapshot")).isZero();
        assertThat(held("secondary_storage")).isZero();
        assertThat(kinds(monday.id()))
                .startsWith(Kind.RESERVED, Kind.STARTED)
                .endsWith(Kind.ENDED)
                .containsOnlyOnce(Kind.STARTED, Kind.ENDED);
    }

    @Test
    void one_of_what_was_written_since_counts_for_that_alone() throws Exception {
        world.start(root);
        Snapshot full = world.take(root, "full");
        world.hosts.write(1, (byte) 'b');
        Snapshot delta = world.take(root, "delta");

        assertThat(counted(full) - counted(delta)).isEqualTo((SnapshotWorld.SECTORS - 1) * SECTOR);
        assertThat(held("secondary_storage")).isEqualTo(counted(full) + counted(delta));
    }

    @Test
    void one_that_is_hidden_counts_no_more_although_its_layer_stays() throws Exception {
        world.start(root);
        Snapshot full = world.take(root, "full");
        world.hosts.write(1, (byte) 'b');
        Snapshot delta = world.take(root, "delta");
        world.delete(full);

        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.DESTROYED, State.BACKED_UP);
        assertThat(held("snapshot")).isOne();
        assertThat(held("secondary_storage")).isEqualTo(counted(delta));
        assertThat(kinds(full.id())).containsOnlyOnce(Kind.ENDED);
        world.delete(delta);
        assertThat(held("snapshot")).isZero();
        assertThat(kinds(full.id())).containsOnlyOnce(Kind.ENDED);
    }

    @Test
    void what_a_store_does_not_remove_counts_until_it_does_and_is_told_as_deleted_then() throws Exception {
        Snapshot monday = world.take(root, "monday");
        long bytes = counted(monday);
        world.storage.keepAll(world.store.poolId());
        world.delete(monday);
        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.DESTROYING);
        assertThat(held("secondary_storage")).isEqualTo(bytes);
        assertThat(kinds(monday.id())).doesNotContain(Kind.ENDED);
        world.storage.removeAgain(world.store.poolId());
        world.tidy(root);

        assertThat(world.list(root)).isEmpty();
        assertThat(held("snapshot")).isZero();
        assertThat(held("secondary_storage")).isZero();
        assertThat(kinds(monday.id())).containsOnlyOnce(Kind.STARTED, Kind.ENDED);
    }

    @Test
    void a_copy_counts_in_each_store_and_there_is_room_for_it_before_it_is_made() throws Exception {
        Snapshot monday = world.take(root, "monday");
        long one = counted(monday);
        PoolRecord vault = vault();
        try (HvKit hvkit = world.process()) {
            hvkit.usage().limit(DEV, Resource.SECONDARY_STORAGE, one + SnapshotWorld.SIZE.bytes() - 1);
            refused(
                    Failure.EXHAUSTED,
                    "secondary_storage",
                    () -> hvkit.snapshots().copy(monday.id(), vault.id()).await());
            assertThat(world.storage.namesIn(vault.poolId())).isEmpty();
            assertThat(counted(monday)).isEqualTo(one);
            hvkit.usage().unlimit(DEV, Resource.SECONDARY_STORAGE);
            hvkit.snapshots().copy(monday.id(), vault.id()).await();
        }
        assertThat(held("secondary_storage")).isEqualTo(2 * one);
        assertThat(held("snapshot")).isOne();
        assertThat(kinds(monday.id())).containsOnlyOnce(Kind.STARTED);
    }

    @Test
    void a_copy_that_is_not_made_gives_back_its_room() throws Exception {
        Snapshot monday = world.take(root, "monday");
        long one = counted(monday);
        PoolRecord vault = vault();
        world.atEachCall(call -> {
            if (call.equals("copy")) {
                throw DriverException.because(Failure.HOST_NOT_READY).message("no copies today");
            }
        });
        try (HvKit hvkit = world.process()) {
            refused(
                    Failure.HOST_NOT_READY,
                    "no copies today",
                    () -> hvkit.snapshots().copy(monday.id(), vault.id()).await());
        }
        assertThat(held("secondary_storage")).isEqualTo(one);
        assertThat(kinds(monday.id())).containsExactly(Kind.RESERVED, Kind.STARTED, Kind.RESERVED, Kind.CHANGED);
    }

    @Test
    void a_limit_of_any_account_above_keeps_one_from_being_taken() throws Exception {
        Map<Resource, Long> limits =
                Map.of(Resource.SNAPSHOTS, 0L, Resource.SECONDARY_STORAGE, SnapshotWorld.SIZE.bytes() - 1);
        for (Map.Entry<Resource, Long> limit : limits.entrySet()) {
            for (Account account : DEV.lineage()) {
                try (HvKit hvkit = world.process()) {
                    hvkit.usage().limit(account, limit.getKey(), limit.getValue());
                    refused(
                            Failure.EXHAUSTED,
                            "account " + account + " may hold " + limit.getValue() + " of " + limit.getKey(),
                            () -> world.take(root, "monday"));
                    hvkit.usage().unlimit(account, limit.getKey());
                }
            }
        }
        world.expected.clear();
        assertThat(world.list(root)).isEmpty();
        assertThat(held("snapshot")).isZero();
        world.checkThatAllAgree(root, "there was no room");
    }

    @Test
    void one_that_is_not_taken_gives_back_its_room_and_never_began() throws Exception {
        world.start(root);
        world.hosts.take(BackedUpHosts.Course.FAILING);
        assertThat(catchThrowableOfType(DriverException.class, () -> world.take(root, "monday")))
                .isNotNull();

        assertThat(held("snapshot")).isZero();
        assertThat(held("secondary_storage")).isZero();
        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.usage().events(0, 1000))
                    .filteredOn(event -> event.thing().startsWith("snapshot:"))
                    .extracting(UsageRecord::kind)
                    .containsExactly(Kind.RESERVED, Kind.GIVEN_BACK);
        }
    }

    @Test
    void one_that_is_given_up_counts_no_more_even_while_its_store_keeps_what_was_written() throws Exception {
        world.start(root);
        world.hosts.take(BackedUpHosts.Course.FAILING);
        world.storage.keepAll(world.store.poolId());
        assertThat(catchThrowableOfType(DriverException.class, () -> world.take(root, "monday")))
                .isNotNull();

        assertThat(world.list(root)).extracting(Snapshot::usage).containsExactly(Usage.NOT_STARTED);
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(1);
        assertThat(held("snapshot")).isZero();
        assertThat(held("secondary_storage")).isZero();
    }

    @Test
    void one_whose_store_went_away_while_it_was_taken_back_can_be_deleted_and_counts_no_more() throws Exception {
        world.atEachCall(call -> {
            if (call.equals("copy")) {
                world.storage.silence(world.store.poolId());
                throw DriverException.because(Failure.HOST_NOT_READY).message("no copies today");
            }
        });
        assertThat(catchThrowableOfType(DriverException.class, () -> world.take(root, "monday")))
                .isNotNull();
        world.storage.answerAgain(world.store.poolId());
        Snapshot left = world.list(root).get(0);
        assertThat(left.state()).isEqualTo(State.BACKING_UP);
        assertThat(held("snapshot")).isOne();
        world.delete(left);

        assertThat(world.list(root))
                .as("its layer was lent to a host for a copy that nobody makes any more")
                .isEmpty();
        assertThat(held("snapshot")).isZero();
        assertThat(held("secondary_storage")).isZero();
    }

    @Test
    void where_no_host_tells_what_a_layer_takes_it_counts_as_large_as_its_disk() throws Exception {
        world.atEachCall(call -> {
            if (call.equals("occupied")) {
                throw DriverException.because(Failure.UNSUPPORTED).message("nobody can tell");
            }
        });

        assertThat(counted(world.take(root, "monday"))).isEqualTo(SnapshotWorld.SIZE.bytes());
        world.checkThatAllAgree(root, "nobody could tell");
    }

    @Test
    void one_of_a_volume_that_nobody_has_counts_for_nobody() throws Exception {
        VolumeRecord other = world.create(VolumeRequest.blank("other", SnapshotWorld.SIZE, world.pool.id())
                .as(ImageFormat.QCOW2));
        Snapshot monday = world.take(other, "monday");

        assertThat(kinds(monday.id())).isEmpty();
        assertThat(held("snapshot")).isZero();
    }

    @Test
    void what_is_counted_wrongly_is_told_before_it_is_put_right() throws Exception {
        Snapshot monday = world.take(root, "monday");
        Thing thing = Thing.snapshot(monday.id());
        long real = counted(monday);
        LayerId layer =
                monday.chained().replicaIn(world.store.poolId()).orElseThrow().layer();
        try (Catalog catalog = world.catalog();
                HvKit hvkit = world.process()) {
            catalog.inTransaction(transaction -> {
                BackupRecord row = transaction
                        .backups()
                        .where(BackupRecord.NAME, layer.toString())
                        .get(0);
                assertThat(row.layer().orElseThrow().counted()).isEqualTo(Optional.of(ByteSize.bytes(real)));
                HoldingRecord holding = transaction.holdings().require(HoldingRecord.idOf(thing.toString()));
                return transaction.holdings().update(holding.counting(Amounts.NONE));
            });
            Amounts whole = Amounts.of(Map.of("snapshot", 1L, "secondary_storage", real));
            assertThat(hvkit.usage().drift()).contains(new Drift(DEV, thing.toString(), Amounts.NONE, whole));
            assertThat(hvkit.usage().correct()).isNotEmpty();
        }
        assertThat(counted(monday)).isEqualTo(real);
        assertThat(held("secondary_storage")).isEqualTo(real);
    }
}
