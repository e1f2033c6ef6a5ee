package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Failure;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What users see of snapshots that are deleted. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotDeletionTest extends SnapshotCases {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void a_deleted_one_is_hidden_with_its_reason_as_long_as_others_stand_on_it() throws Exception {
        world.start(root);
        Snapshot one = world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        Snapshot two = world.take(root, "two");
        world.hosts.write(2, (byte) 'c');
        Snapshot three = world.take(root, "three");

        try (HvKit hvkit = world.process()) {
            assertThat(hvkit.snapshots().planDelete(one.id()).explain()).contains("Hidden");
            assertThat(hvkit.snapshots().find(one.id()).orElseThrow().state()).isEqualTo(State.BACKED_UP);
        }
        world.delete(two);
        world.delete(one);
        world.delete(one);

        List<Snapshot> left = world.list(root);
        assertThat(left).extracting(Snapshot::state).containsExactly(State.DESTROYED, State.DESTROYED, State.BACKED_UP);
        assertThat(left).extracting(Snapshot::usage).containsExactly(Usage.ENDED, Usage.ENDED, Usage.RUNNING);
        assertThat(left.get(1).explain()).contains(three.id().value());
        world.checkThatAllAgree(root, "two are hidden");
        world.delete(three);
        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "all are gone");
    }

    @Test
    void the_newest_is_deleted_and_its_parents_stay() throws Exception {
        world.start(root);
        world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        world.take(root, "two");
        world.hosts.write(2, (byte) 'c');
        world.delete(world.take(root, "three"));

        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("one", "two");
        world.hosts.write(3, (byte) 'd');
        assertThat(world.take(root, "four").layers())
                .as("the notes since three stand for nothing")
                .isOne();
        world.checkThatAllAgree(root, "the newest was deleted");
    }

    @Test
    void one_can_be_deleted_while_the_next_one_is_written_over_it() throws Exception {
        world.start(root);
        Snapshot one = world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        boolean[] over = {false};
        world.hosts.atEachGlance(() -> {
            if (!over[0]) {
                over[0] = true;
                try {
                    world.delete(one);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        Snapshot two = world.take(root, "two");

        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.DESTROYED, State.BACKED_UP);
        assertThat(two.layers()).isEqualTo(2);
        world.checkThatAllAgree(root, "deleted meanwhile");
    }

    @Test
    void what_a_store_does_not_remove_is_paid_for_until_it_is_tidied_up() throws Exception {
        world.start(root);
        Snapshot one = world.take(root, "one");
        world.storage.keepAll(world.store.poolId());
        try (HvKit hvkit = world.process()) {
            List<String> leftovers = hvkit.snapshots()
                    .delete(one.id())
                    .await(PATIENCE)
                    .match(JobEnd.Done::leftovers, detached -> List.of(), stopped -> List.of());
            assertThat(leftovers).hasSize(1);
        }
        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.DESTROYING);
        assertThat(world.list(root)).extracting(Snapshot::usage).containsExactly(Usage.RUNNING);
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().tidy(root.id()).await();
            assertThat(hvkit.snapshots().list(root.id())).hasSize(1);
            world.storage.removeAgain(world.store.poolId());
            hvkit.snapshots().tidy(root.id()).await();
        }
        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "tidied up");
    }

    @Test
    void one_can_be_deleted_while_a_volume_is_made_of_it_which_nobody_can_use_yet() throws Exception {
        world.start(root);
        world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        Snapshot two = world.take(root, "two");
        List<State> seen = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copy")) {
                try (HvKit hvkit = world.process()) {
                    for (Snapshot each : hvkit.snapshots().list(root.id())) {
                        hvkit.snapshots().delete(each.id()).await();
                    }
                    hvkit.snapshots().tidy(root.id()).await();
                    hvkit.snapshots().list(root.id()).forEach(each -> seen.add(each.state()));
                    VolumeRecord made = hvkit.volumes().named("made").orElseThrow();
                    refused(
                            Failure.IN_USE,
                            () -> hvkit.volumes()
                                    .attach(made.id(), world.host.id(), SnapshotWorld.WEB)
                                    .await());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        world.expected.put("made", world.expected.get("two"));
        try (HvKit hvkit = world.process()) {
            RestoreRequest request = RestoreRequest.of(two.id(), "made", world.pool.id());
            hvkit.snapshots().restore(request.encrypted()).await();
        }
        assertThat(seen).containsExactly(State.DESTROYED, State.DESTROYED);
        world.tidy(root);
        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "deleted while it was read");
    }

    @Test
    void snapshots_outlive_their_volume_and_can_be_restored_and_deleted() throws Exception {
        Snapshot one = world.take(root, "one");
        try (HvKit hvkit = world.process()) {
            hvkit.volumes().delete(root.id()).await();
            RestoreRequest request = RestoreRequest.of(one.id(), "one", world.pool.id());
            hvkit.snapshots().restore(request.encrypted()).await();
        }
        world.checkThatAllAgree(root, "the volume is gone");
        world.delete(one);
        assertThat(world.list(root)).isEmpty();
        world.checkThatAllAgree(root, "both are gone");
    }
}
