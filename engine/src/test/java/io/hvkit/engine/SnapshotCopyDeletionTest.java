package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Copies of snapshots that go, and those that could not be given up. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotCopyDeletionTest extends CopiedSnapshotCases {

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
}
