package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.SnapshotRecord.Consistency;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.usage.Thing;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a volume at rest that holds what its newest snapshot does nothing is written: both have one layer, as long as either is there. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotSharingTest {

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;

    @BeforeEach
    void make() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
    }

    private LayerId layer(Snapshot snapshot) {
        return snapshot.chained().replicaIn(world.store.poolId()).orElseThrow().layer();
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

    private void agrees(String when) throws InterruptedException {
        world.checkThatAllAgree(root, when);
        world.checkThatAllCounts(when);
    }

    @Test
    void nothing_is_written_as_long_as_nothing_changes() throws Exception {
        Snapshot monday = world.take(root, "monday");
        List<String> calls = new ArrayList<>();
        world.atEachCall(calls::add);
        Snapshot tuesday = world.take(root, "tuesday");
        Snapshot wednesday = world.take(root, "wednesday");
        world.atEachCall(call -> {});

        assertThat(calls).contains("areEqual").doesNotContain("copy", "create");
        assertThat(List.of(layer(tuesday), layer(wednesday))).containsOnly(layer(monday));
        assertThat(tuesday.state()).isEqualTo(State.BACKED_UP);
        assertThat(tuesday.reasons().get(world.store.poolId())).contains("nothing was written since");
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(1);
        agrees("three share a layer");

        world.write(root, 1, (byte) 'b');
        Snapshot thursday = world.take(root, "thursday");
        assertThat(layer(thursday)).isNotEqualTo(layer(monday));
        agrees("something was written");
    }

    @Test
    void a_layer_counts_once_and_goes_with_the_last_that_has_it() throws Exception {
        Snapshot monday = world.take(root, "monday");
        long all = counted(monday);
        Snapshot tuesday = world.take(root, "tuesday");
        Snapshot wednesday = world.take(root, "wednesday");
        assertThat(List.of(counted(monday), counted(tuesday), counted(wednesday)))
                .containsExactly(all, 0L, 0L);
        assertThat(all).isPositive();

        world.delete(tuesday);
        world.delete(monday);
        assertThat(counted(wednesday)).isEqualTo(all);
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("wednesday");
        agrees("one is left");
        world.delete(wednesday);
        assertThat(world.storage.namesIn(world.store.poolId())).isEmpty();
        agrees("none is left");
    }

    @Test
    void what_was_written_under_a_machine_after_a_shared_layer_is_known_by_that_ones_notes() throws Exception {
        world.start(root);
        Snapshot monday = world.take(root, "monday");
        world.hosts.write(1, (byte) 'b');
        Snapshot tuesday = world.take(root, "tuesday");
        world.stop(root);
        Snapshot wednesday = world.take(root, "wednesday");

        assertThat(wednesday.layers()).isEqualTo(2);
        assertThat(layer(wednesday)).isEqualTo(layer(tuesday));
        assertThat(layer(tuesday)).isNotEqualTo(layer(monday));
        world.delete(tuesday);
        world.delete(monday);
        agrees("stopped");
    }

    @Test
    void under_a_machine_that_has_written_nothing_since_the_layer_of_the_one_before_serves_too() throws Exception {
        world.start(root);
        Snapshot monday = world.take(root, "monday");
        world.hosts.promise(BackupJob.Consistency.QUIESCED);
        Snapshot tuesday = world.take(root, "tuesday");
        Snapshot wednesday = world.take(root, "wednesday");

        assertThat(List.of(layer(tuesday), layer(wednesday))).containsOnly(layer(monday));
        assertThat(wednesday.reasons().get(world.store.poolId())).contains("nothing was written since");
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(1);
        assertThat(world.list(root))
                .extracting(Snapshot::consistency)
                .containsExactly(
                        Consistency.CRASH_CONSISTENT,
                        Consistency.FILE_SYSTEM_CONSISTENT,
                        Consistency.FILE_SYSTEM_CONSISTENT);
        assertThat(List.of(counted(tuesday), counted(wednesday))).containsOnly(0L);
        agrees("three share a layer");
        assertThat(world.hosts.checkpoints())
                .as("the newest notes serve, as nothing was written before")
                .singleElement()
                .satisfies(notes ->
                        assertThat(notes.value()).contains(wednesday.id().value()));

        world.hosts.write(1, (byte) 'b');
        Snapshot thursday = world.take(root, "thursday");
        assertThat(thursday.layers()).as("by notes that began with wednesday's").isEqualTo(2);
        for (Snapshot each : List.of(monday, tuesday)) {
            world.delete(each);
        }
        agrees("something was written");
        world.delete(wednesday);
        world.delete(thursday);
        assertThat(world.storage.namesIn(world.store.poolId())).isEmpty();
        agrees("none is left");
    }

    @Test
    void one_that_is_deleted_while_the_next_one_finds_nothing_new_leaves_it_the_layer() throws Exception {
        world.start(root);
        Snapshot monday = world.take(root, "monday");
        world.hosts.atEachGlance(() -> {
            world.hosts.atEachGlance(() -> {});
            delete(monday);
        });
        Snapshot tuesday = world.take(root, "tuesday");

        assertThat(layer(tuesday)).isEqualTo(layer(monday));
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("tuesday");
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(1);
        agrees("monday's layer is tuesday's");
    }

    private void delete(Snapshot snapshot) {
        try {
            world.delete(snapshot);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_layer_of_which_nobody_can_tell_that_it_is_empty_is_kept_beside_the_other() throws Exception {
        world.start(root);
        Snapshot monday = world.take(root, "monday");
        world.atEachCall(call -> {
            if (call.equals("allocated")) {
                throw DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("no map is drawn here");
            }
        });
        Snapshot tuesday = world.take(root, "tuesday");
        world.atEachCall(call -> {});

        assertThat(layer(tuesday)).isNotEqualTo(layer(monday));
        assertThat(tuesday.layers()).isEqualTo(2);
        agrees("two layers hold the same");
    }

    @Test
    void one_lives_on_the_layer_to_which_the_one_before_was_flattened_meanwhile() throws Exception {
        Snapshot tuesday = tuesdayOverMonday();
        world.hosts.atEachGlance(() -> {
            world.hosts.atEachGlance(() -> {});
            flatten(tuesday);
        });
        Snapshot wednesday = world.take(root, "wednesday");

        assertThat(layer(wednesday)).isNotEqualTo(layer(tuesday));
        assertThat(wednesday.layers()).isOne();
        world.tidy(root);
        assertThat(world.list(root)).extracting(this::layer).hasSize(3);
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(2);
        agrees("flattened");
    }

    private Snapshot tuesdayOverMonday() throws InterruptedException {
        world.start(root);
        world.take(root, "monday");
        world.hosts.write(1, (byte) 'b');
        return world.take(root, "tuesday");
    }

    @Test
    void a_layer_that_its_store_lacked_meanwhile_is_not_shared_and_neither_is_one_that_it_lost() throws Exception {
        Snapshot tuesday = tuesdayOverMonday();
        String image = SnapshotWorld.imageOf(layer(tuesday));
        world.hosts.atEachGlance(() -> {
            world.hosts.atEachGlance(() -> {});
            Volume misplaced = world.storage.misplace(world.store.poolId(), image);
            assertThatThrownBy(() -> flatten(tuesday)).hasMessageContaining("is not in its store");
            world.storage.putBack(world.store.poolId(), image, misplaced);
        });
        assertThatThrownBy(() -> world.take(root, "wednesday")).hasMessageContaining("is unusable");
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("monday", "tuesday");

        Snapshot thursday = world.take(root, "thursday");
        assertThat(thursday.layers())
                .as("what it would stand on cannot be read")
                .isOne();
        world.hosts.atEachGlance(() -> {
            world.hosts.atEachGlance(() -> {});
            world.storage.lose(world.store.poolId(), SnapshotWorld.imageOf(layer(thursday)));
        });
        Snapshot friday = world.take(root, "friday");
        assertThat(layer(friday)).isNotEqualTo(layer(thursday));
    }

    private void flatten(Snapshot snapshot) {
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().flatten(snapshot.id(), world.store.id()).await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_disk_that_grew_under_its_machine_does_not_share_a_layer_that_is_smaller() throws Exception {
        world.start(root);
        Snapshot monday = world.take(root, "monday");
        ByteSize larger = SnapshotWorld.SIZE.plus(SnapshotWorld.SIZE);
        world.grow(root, larger); // by a hypervisor that keeps its notes
        Snapshot tuesday = world.take(root, "tuesday");

        assertThat(tuesday.size()).isEqualTo(larger);
        assertThat(layer(tuesday)).isNotEqualTo(layer(monday));
        assertThat(tuesday.layers()).isEqualTo(2);
    }

    @Test
    void one_that_is_deleted_while_the_layer_that_was_begun_for_it_goes_is_gone_too() throws Exception {
        world.start(root);
        world.take(root, "monday");
        world.atEachCall(RelayedEndPoint.once("delete", () -> delete("tuesday"))::at);
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().take(root.id(), world.request("tuesday")).await();
        }
        world.atEachCall(call -> {});

        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("monday");
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(1);
        agrees("tuesday was never needed");
    }

    private void delete(String name) {
        try {
            delete(world.list(root).stream()
                    .filter(snapshot -> snapshot.name().equals(name))
                    .findAny()
                    .orElseThrow());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void what_was_begun_for_one_that_shares_stays_with_its_key_until_its_store_removes_it() throws Exception {
        world.start(root);
        world.take(root, "monday");
        world.storage.keepAll(world.store.poolId());
        Snapshot tuesday = world.take(root, "tuesday");
        world.storage.removeAgain(world.store.poolId());

        assertThat(tuesday.layers()).isOne();
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(2);
        world.tidy(root);
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(1);
        agrees("tidied up");
    }

    @Test
    void a_layer_that_is_damaged_lost_or_elsewhere_is_not_shared() throws Exception {
        Snapshot monday = world.take(root, "monday");
        world.atEachCall(call -> {
            if (call.equals("isIncomplete")) {
                world.atEachCall(later -> {});
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("no qcow2 any more");
            }
        });
        Snapshot tuesday = world.take(root, "tuesday");
        assertThat(layer(tuesday)).isNotEqualTo(layer(monday));
        agrees("one was damaged for a moment");

        PoolRecord vault = world.anotherStore();
        Snapshot away = world.take(root, SnapshotRequest.named("away", vault.id()));
        assertThat(away.chained().replicaIn(vault.poolId())).isPresent();
        assertThat(away.layers()).isOne();
    }

    @Test
    void what_lies_in_clear_is_not_shared_once_the_volume_is_encrypted() throws Exception {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
        Snapshot monday = world.take(root, "monday");
        try (HvKit hvkit = world.process()) {
            root = hvkit.volumes().encrypt(root.id()).await();
            assertThat(root.key()).isPresent();
        }
        Snapshot tuesday = world.take(root, "tuesday");

        assertThat(layer(tuesday)).isNotEqualTo(layer(monday));
        assertThat(tuesday.reasons().get(world.store.poolId())).contains("are encrypted and the volume is not, or");
    }

    @Test
    void a_volume_that_grew_has_a_layer_as_large_and_one_that_is_smaller_again_a_full_one() throws Exception {
        Snapshot monday = world.take(root, "monday");
        ByteSize larger = SnapshotWorld.SIZE.plus(SnapshotWorld.SIZE);
        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.volumes().grow(root.id(), larger).await().size()).isEqualTo(larger);
        }
        Snapshot tuesday = world.take(root, "tuesday"); // what is new are zeroes, and is no part of monday
        assertThat(layer(tuesday)).isNotEqualTo(layer(monday));
        assertThat(tuesday.layers()).isEqualTo(2);
        assertThat(tuesday.size()).isEqualTo(larger);
        assertThat(counted(tuesday)).isLessThan(counted(monday));
        agrees("it grew");

        try (HvKit hvkit = world.process()) {
            VolumeRecord back = hvkit.snapshots().revert(root.id(), monday.id()).await();
            root = hvkit.volumes().tidy(back.id()).await();
        }
        Snapshot wednesday = world.take(root, "wednesday");
        assertThat(wednesday.layers()).isOne();
        assertThat(wednesday.reasons().get(world.store.poolId())).contains("was larger when");
        agrees("it is what it was on monday");
    }
}
