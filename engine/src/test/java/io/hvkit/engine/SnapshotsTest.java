package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord.Consistency;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.BackedUpHosts.Course;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.LayerId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What users see of snapshots that are taken. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotsTest extends SnapshotCases {

    @Test
    void each_tells_why_it_is_full_or_holds_what_was_written_since() throws Exception {
        assertThat(because(world.take(root, "one"))).contains("first snapshot");
        world.write(root, 1, (byte) 'b');
        Snapshot two = world.take(root, "two");
        assertThat(because(two)).as("a volume at rest").contains("what was written since");
        assertThat(two.layers()).isEqualTo(2);
        world.start(root);
        assertThat(because(world.take(root, "three")))
                .as("the one before was taken at rest")
                .contains("no notes began with");
        world.hosts.write(2, (byte) 'c');
        Snapshot four = world.take(root, "four");
        assertThat(because(four)).contains("what was written since");
        assertThat(four.layers()).isEqualTo(2);
        world.hosts.loseNotes();
        assertThat(because(world.take(root, "five"))).contains("has no checkpoint");
        Snapshot six = world.take(root, world.request("six").limitedTo(new ChainLimit(1)));
        assertThat(because(six)).contains("snapshot.delta.max");
        world.hosts.write(3, (byte) 's');
        world.stop(root);
        world.writeNoDeltas();
        Snapshot seven = world.take(root, "seven");
        assertThat(because(seven)).contains("no machine runs with the volume", "writes no layers");
        assertThat(seven.layers()).isOne();
        assertThat(world.list(root))
                .extracting(this::because)
                .doesNotContainNull()
                .hasSize(7);
        world.checkThatAllAgree(root, "after seven");
    }

    @Test
    void of_a_volume_at_rest_later_ones_hold_what_differs_up_to_the_limit_each_under_a_key_of_its_own()
            throws Exception {
        for (int day = 1; day <= 6; day++) {
            world.write(root, day, (byte) ('0' + day));
            world.take(root, "day-" + day);
        }

        List<Snapshot> all = world.list(root);
        assertThat(all).extracting(Snapshot::layers).containsExactly(1L, 2L, 3L, 4L, 1L, 2L);
        assertThat(because(all.get(4))).contains("the chain of");
        world.checkThatAllAgree(root, "after six");
        world.delete(all.get(0));
        world.delete(all.get(2));
        world.checkThatAllAgree(root, "what others stand on is kept");
    }

    @Test
    void of_a_volume_at_rest_what_cannot_be_read_or_written_over_is_copied_in_full_and_says_so() throws Exception {
        world.take(root, "one");
        world.write(root, 1, (byte) 'b');
        world.atEachCall(call -> {
            if (call.equals("write")) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("a cluster below cannot be read");
            }
        });
        Snapshot two = world.take(root, "two");
        world.atEachCall(call -> {});
        assertThat(two.layers()).isOne();
        assertThat(because(two)).contains("cannot be written or read", "CORRUPT_DATA");
        world.checkThatAllAgree(root, "in full");

        world.write(root, 2, (byte) 'c');
        Snapshot three = world.take(root, "three");
        assertThat(three.layers()).as("the full one is a parent like others").isEqualTo(2);
        world.checkThatAllAgree(root, "and on");

        lose(three);
        world.write(root, 3, (byte) 'd');
        Snapshot four = world.take(root, "four");
        assertThat(four.layers()).isOne();
        assertThat(because(four)).contains("is not in its store");
    }

    @Test
    void a_layer_of_changes_that_is_not_what_it_was_to_be_does_not_count() throws Exception {
        world.take(root, "one");
        world.write(root, 1, (byte) 'b');
        world.atEachCall(RelayedEndPoint.once(
                "write", () -> world.atEachCall(RelayedEndPoint.once("areEqual", this::rot)::at))::at);
        Snapshot two = world.take(root, "two");
        world.atEachCall(call -> {});

        assertThat(two.layers()).isOne();
        assertThat(because(two)).contains("CORRUPT_DATA");
        world.checkThatAllAgree(root, "in full");
    }

    @Test
    void what_was_kept_for_changes_alone_that_cannot_be_written_goes_with_the_next_that_tidies_up() throws Exception {
        Snapshot one = world.take(root, "one");
        world.write(root, 1, (byte) 'b');
        world.atEachCall(RelayedEndPoint.once("write", () -> {
            delete(one);
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("a cluster below cannot be read");
        })::at);
        Snapshot two = world.take(root, "two");
        world.atEachCall(call -> {});

        assertThat(two.layers()).isOne();
        world.tidy(root);
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("two");
        world.checkThatAllAgree(root, "one is gone");
    }

    private void delete(Snapshot snapshot) {
        try {
            world.delete(snapshot);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Spoils the newest layer, whole or not. */
    private void rot() {
        try {
            List<Snapshot> all = world.list(root);
            Snapshot newest = all.get(all.size() - 1);
            world.write(
                    newest.chained()
                            .replicaIn(world.store.poolId())
                            .orElseThrow()
                            .layer(),
                    3,
                    (byte) 'x');
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void of_one_with_which_a_machine_runs_later_ones_hold_what_was_written_since_up_to_the_limit() throws Exception {
        world.start(root);
        for (int day = 1; day <= 6; day++) {
            world.hosts.write(day, (byte) ('0' + day));
            world.take(root, "day-" + day);
            assertThat(world.hosts.checkpoints()).hasSize(1);
        }

        assertThat(world.list(root)).extracting(Snapshot::layers).containsExactly(1L, 2L, 3L, 4L, 1L, 2L);
        world.checkThatAllAgree(root, "after six");
    }

    @Test
    void each_tells_what_file_systems_are_like_in_it_and_so_it_does_once_it_was_copied() throws Exception {
        Snapshot atRest = world.take(root, "at rest");
        world.start(root);
        Snapshot crash = world.take(root, "crash");
        world.hosts.promise(BackupJob.Consistency.QUIESCED);
        Snapshot frozen = world.take(root, "frozen");
        world.hosts.promise(BackupJob.Consistency.UNKNOWN);
        Snapshot unknown = world.take(root, "unknown");

        assertThat(List.of(atRest, crash, frozen, unknown))
                .extracting(Snapshot::consistency)
                .containsExactly(
                        Consistency.AT_REST,
                        Consistency.CRASH_CONSISTENT,
                        Consistency.FILE_SYSTEM_CONSISTENT,
                        Consistency.UNKNOWN);
        try (HvKit hvkit = world.process()) {
            PoolRecord vault = MoveWorld.pool(hvkit, world.pool.reach().zone(), "vault", ImageFilesStorage.TYPE);
            hvkit.snapshots().copy(frozen.id(), vault.id()).await();
            assertThat(hvkit.snapshots().find(frozen.id()).orElseThrow().consistency())
                    .isEqualTo(Consistency.FILE_SYSTEM_CONSISTENT);
        }
    }

    @Test
    void a_lower_limit_lets_longer_chains_stay_and_grow_no_more() throws Exception {
        world.start(root);
        takeWritten("one", ChainLimit.UNLIMITED);
        takeWritten("two", ChainLimit.UNLIMITED);
        takeWritten("three", ChainLimit.UNLIMITED);
        takeWritten("four", new ChainLimit(2));
        takeWritten("five", new ChainLimit(0));
        takeWritten("six", new ChainLimit(1));
        takeWritten("seven", new ChainLimit(2));

        assertThat(world.list(root)).extracting(Snapshot::layers).containsExactly(1L, 2L, 3L, 1L, 1L, 1L, 2L);
        world.checkThatAllAgree(root, "after seven");
    }

    /** Takes one after the guest has written something. */
    private void takeWritten(String name, ChainLimit limit) throws InterruptedException {
        world.hosts.write(1, (byte) name.charAt(name.length() - 1));
        world.take(root, world.request(name).limitedTo(limit));
    }

    @Test
    void where_notes_were_lost_the_next_one_is_full() throws Exception {
        world.start(root);
        world.take(root, "one");
        world.hosts.loseNotes();
        world.hosts.write(3, (byte) 'x');
        Snapshot two = world.take(root, "two");

        assertThat(two.layers()).isOne();
        world.checkThatAllAgree(root, "after the loss");
    }

    @Test
    void nothing_is_laid_over_a_layer_that_its_store_has_lost_and_the_next_one_says_so() throws Exception {
        world.start(root);
        Snapshot one = world.take(root, "one");
        lose(one);
        world.hosts.write(3, (byte) 'x');
        Snapshot two = world.take(root, "two");

        assertThat(two.layers()).isOne();
        assertThat(because(two)).contains("is not in its store");
        world.hosts.write(4, (byte) 'y');
        Snapshot three = world.take(root, "three");
        assertThat(three.layers()).isEqualTo(2);
        lose(two);
        Snapshot four = world.take(root, "four");
        assertThat(four.layers()).as("what its parent stands on is lost").isOne();
        assertThat(because(four)).contains("is unusable", "is not in its store");
        try (HvKit hvkit = world.process()) {
            RestoreRequest request = RestoreRequest.of(four.id(), "made", world.pool.id());
            VolumeRecord made = hvkit.snapshots().restore(request.encrypted()).await();
            assertThat(world.content(made)).isEqualTo(world.expected.get("four"));
        }
        for (Snapshot each : List.of(one, three, two)) {
            world.delete(each);
        }
        world.checkThatAllAgree(root, "the lost ones are deleted");
    }

    private void lose(Snapshot snapshot) {
        LayerId layer =
                snapshot.chained().replicaIn(world.store.poolId()).orElseThrow().layer();
        world.storage.lose(world.store.poolId(), SnapshotWorld.imageOf(layer));
    }

    @Test
    void a_store_that_does_not_answer_has_lost_nothing() throws Exception {
        world.start(root);
        world.take(root, "one");
        world.storage.silence(world.store.poolId());
        refused(Failure.UNREACHABLE, () -> world.take(root, "two"));
        world.expected.remove("two");
        world.storage.answerAgain(world.store.poolId());
        world.hosts.write(1, (byte) 'b');
        assertThat(world.take(root, "two").layers()).isEqualTo(2);
        world.checkThatAllAgree(root, "it answers again");
    }

    @Test
    void after_a_machine_was_stopped_or_moved_the_next_one_is_full() throws Exception {
        world.start(root);
        world.take(root, "one");
        world.stop(root);
        world.take(root, "two");
        world.start(root);
        Snapshot three = world.take(root, "three");
        assertThat(three.layers()).isOne();
        world.checkThatAllAgree(root, "after the stop");
    }

    @Test
    void what_is_written_in_full_is_never_laid_over_another_one() throws Exception {
        world.start(root);
        world.take(root, "one");
        world.hosts.write(0, (byte) 0);
        world.hosts.take(Course.FULL_ALL_THE_SAME);

        refused(Failure.OPERATION_PENDING, () -> world.take(root, "two"));
        world.expected.remove("two");
        assertThat(world.list(root)).hasSize(1);
        world.hosts.take(Course.STEADY);
        world.take(root, "two");
        world.checkThatAllAgree(root, "after another try");
    }

    @Test
    void a_backup_that_fails_or_vanishes_leaves_nothing() throws Exception {
        world.start(root);
        world.take(root, "one");
        for (Course course : List.of(Course.FAILING, Course.VANISHING)) {
            for (int sector = 0; sector < SnapshotWorld.SECTORS; sector++) {
                world.hosts.write(sector, (byte) ('A' + sector));
            }
            world.hosts.take(course);
            assertThatThrownBy(() -> world.take(root, "two")).isInstanceOf(DriverException.class);
            world.checkThatAllAgree(root, "after " + course);
        }
        world.hosts.take(Course.STEADY);
        assertThat(world.take(root, "two").layers()).isEqualTo(2);
        world.checkThatAllAgree(root, "after another try");
    }

    @Test
    void one_of_a_volume_below_an_overlay_is_not_taken_as_it_would_not_be_what_the_machine_has() throws Exception {
        world.start(root);
        MachineDisk overlay = new MachineDisk(new VolumeId("overlay"), world.storage.place("overlay"));
        world.hosts.freeze(new SnapshotId("before-upgrade"), overlay);

        assertThatThrownBy(() -> world.take(root, "one"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IN_USE))
                .hasMessageContaining("before-upgrade");
        assertThat(world.list(root)).isEmpty();
    }

    @Test
    void which_one_is_newer_is_told_by_their_order_and_by_no_clock() throws Exception {
        world.start(root);
        Snapshot one = world.take(root, "one");
        world.sleepUntil(world.now().minus(Duration.ofDays(7)));
        world.hosts.write(1, (byte) 'b');
        Snapshot two = world.take(root, "two");
        world.hosts.write(1, (byte) 'c');
        Snapshot three = world.take(root, "three");

        assertThat(two.takenAt()).isBefore(one.takenAt()).isEqualTo(three.takenAt());
        assertThat(List.of(one, two, three)).extracting(Snapshot::layers).containsExactly(1L, 2L, 3L);
        world.delete(two);
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("one", "two", "three");
        world.checkThatAllAgree(root, "clocks differ");
    }

    @Test
    void what_cannot_be_is_refused_before_anything_is_touched() throws Exception {
        VolumeRecord raw = world.create(VolumeRequest.blank("raw", SnapshotWorld.SIZE, world.pool.id()));
        Snapshot one = world.take(root, "one");
        try (HvKit hvkit = world.process()) {
            var snapshots = hvkit.snapshots();
            refused(
                    Failure.EXISTS_DIFFERENTLY,
                    () -> snapshots.take(raw.id(), world.request("one")).await());
            refused(
                    Failure.INVALID_REQUEST,
                    () -> snapshots
                            .take(raw.id(), SnapshotRequest.named("two", world.pool.id()))
                            .await());
            refused(
                    Failure.NOT_FOUND,
                    () -> snapshots
                            .restore(RestoreRequest.of(new RecordId<>("none"), "three", world.pool.id()))
                            .await());
            refused(
                    Failure.EXISTS_DIFFERENTLY,
                    () -> snapshots
                            .restore(RestoreRequest.of(one.id(), "raw", world.pool.id())
                                    .encrypted())
                            .await());
        }
        world.expected.put("raw", new byte[(int) SnapshotWorld.SIZE.bytes()]);
        world.checkThatAllAgree(root, "all was refused");
    }
}
