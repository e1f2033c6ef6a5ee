package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Volumes that are made of snapshots, and volumes that go back to them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotRestoreTest extends SnapshotCases {

    @Test
    void a_volume_is_made_of_any_of_them_with_a_key_of_its_own_and_stands_on_nothing() throws Exception {
        world.start(root);
        world.take(root, "one");
        world.hosts.write(1, (byte) 'b');
        Snapshot two = world.take(root, "two");
        world.hosts.write(1, (byte) 'z');
        VolumeRecord made;
        try (HvKit hvkit = world.process()) {
            RestoreRequest request = RestoreRequest.of(two.id(), "restored", world.pool.id());
            refused(
                    Failure.INVALID_REQUEST,
                    () -> hvkit.snapshots().restore(request).await());
            made = hvkit.snapshots()
                    .restore(request.encrypted().ownedBy(Counted.OWNER))
                    .await();
            assertThat(hvkit.usage().held(Account.ROOT))
                    .isEqualTo(Measures.volume(made.size()))
                    .isEqualTo(hvkit.usage().held(Counted.OWNER));
            assertThat(hvkit.usage().events(0, 1000))
                    .extracting(UsageRecord::kind)
                    .containsExactly(UsageRecord.Kind.RESERVED, UsageRecord.Kind.STARTED);
        }
        assertThat(made.key()).isPresent().isNotEqualTo(root.key());
        assertThat(world.content(made)).isEqualTo(world.expected.get("two"));
        for (Snapshot each : world.list(root)) {
            world.delete(each);
        }
        assertThat(world.content(made)).isEqualTo(world.expected.get("two"));
        world.checkThatAllAgree(root, "restored");
    }

    @Test
    void after_a_volume_was_moved_the_next_one_is_full_and_those_before_stay() throws Exception {
        Snapshot one = world.take(root, "one");
        PoolRecord other;
        VolumeRecord moved;
        try (HvKit hvkit = world.process()) {
            other = MoveWorld.pool(hvkit, world.pool.reach().zone(), "p2", ImageFilesStorage.TYPE);
            moved = hvkit.volumes().move(MoveRequest.of(root.id(), other.id())).await();
        }
        world.start(moved);
        assertThat(world.take(moved, "two").layers()).isOne();
        world.hosts.write(1, (byte) 'b');
        assertThat(world.take(moved, "three").layers()).isEqualTo(2);
        assertThat(world.list(root))
                .extracting(each -> each.chained().takenIn())
                .containsExactly(world.pool.poolId(), other.poolId(), other.poolId());
        try (HvKit hvkit = world.process()) {
            RestoreRequest request = RestoreRequest.of(one.id(), "of one", world.pool.id());
            VolumeRecord made = hvkit.snapshots().restore(request.encrypted()).await();
            assertThat(world.content(made)).isEqualTo(world.expected.get("one"));
        }
    }

    @Test
    void a_volume_comes_back_to_what_it_held_and_what_it_held_meanwhile_is_kept_until_it_is_tidied_up()
            throws Exception {
        Snapshot one = world.take(root, "one");
        world.write(root, 0, (byte) 'z');
        byte[] meanwhile = world.content(root);
        VolumeRecord back;
        try (HvKit hvkit = world.process()) {
            back = hvkit.snapshots().revert(root.id(), one.id()).await();
            assertThat(back.key()).isPresent().isNotEqualTo(root.key());
            assertThat(back.second().flatMap(VolumeRecord.Second::key)).isEqualTo(root.key());
            assertThat(world.content(root)).isEqualTo(meanwhile);
            refused(
                    Failure.IN_USE,
                    () -> hvkit.snapshots().revert(root.id(), one.id()).await());
            back = hvkit.volumes().tidy(root.id()).await();
        }
        assertThat(world.content(back)).isEqualTo(world.expected.get("one"));
        assertThat(world.take(back, "two").layers()).isOne();
        world.checkThatAllAgree(back, "reverted");
    }

    @Test
    void a_volume_that_lies_in_another_format_by_now_comes_back_in_that() throws Exception {
        Snapshot one = world.take(root, "one");
        world.write(root, 0, (byte) 'z');
        try (HvKit hvkit = world.process()) {
            PoolRecord other = MoveWorld.pool(hvkit, world.pool.reach().zone(), "p2", ImageFilesStorage.TYPE);
            hvkit.volumes()
                    .move(MoveRequest.of(root.id(), other.id()).as(ImageFormat.LUKS))
                    .await();
            VolumeRecord back = hvkit.snapshots().revert(root.id(), one.id()).await();

            assertThat(back.place().format()).isEqualTo(ImageFormat.LUKS);
            assertThat(world.content(back)).isEqualTo(world.expected.get("one"));
        }
    }

    @Test
    void of_two_that_are_to_bring_it_back_at_once_one_is_told_to_wait() throws Exception {
        Snapshot one = world.take(root, "one");
        Snapshot two = world.take(root, "two");
        List<Integer> asked = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("copy") && asked.isEmpty()) {
                asked.add(0);
                refused(Failure.OPERATION_PENDING, () -> revert(one));
                asked.add(1);
            }
        });
        revert(two);

        assertThat(asked).containsExactly(0, 1);
        VolumeRecord back = reread(root);
        assertThat(world.content(back)).isEqualTo(world.expected.get("two"));
    }

    private void revert(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            hvkit.snapshots().revert(root.id(), snapshot.id()).await();
        }
    }

    private VolumeRecord reread(VolumeRecord volume) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.volumes().find(volume.id()).orElseThrow();
        }
    }

    @Test
    void a_volume_is_not_reverted_under_a_machine_nor_to_what_another_one_held() throws Exception {
        Snapshot one = world.take(root, "one");
        VolumeRecord other = world.create(VolumeRequest.blank("other", SnapshotWorld.SIZE, world.pool.id())
                .as(ImageFormat.QCOW2)
                .encrypted());
        try (HvKit hvkit = world.process()) {
            refused(
                    Failure.INVALID_REQUEST,
                    () -> hvkit.snapshots().revert(other.id(), one.id()).await());
        }
        world.start(root);
        try (HvKit hvkit = world.process()) {
            refused(
                    Failure.IN_USE,
                    () -> hvkit.snapshots().revert(root.id(), one.id()).await());
        }
        world.checkThatAllAgree(root, "nothing was reverted");
    }
}
