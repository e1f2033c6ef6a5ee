package io.hvkit.testkit.chain;

import static io.hvkit.testkit.chain.ChainCase.FAR;
import static io.hvkit.testkit.chain.ChainCase.FAST;
import static io.hvkit.testkit.chain.ChainCase.NFS;
import static io.hvkit.testkit.chain.ChainCase.ROOT;
import static io.hvkit.testkit.chain.ChainCase.SLOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.ChainPlan;
import io.hvkit.storage.spi.chain.ChainStore;
import io.hvkit.storage.spi.chain.ChangeTracking;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.RankedSource;
import io.hvkit.storage.spi.chain.Step;
import io.hvkit.storage.spi.chain.TakeSnapshot;
import io.hvkit.testkit.contract.ContractCases;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a planner of chains of snapshots must do. Its plans are carried out on files in memory, and after each step everything is read that
 * anybody needs: what a snapshot holds never changes, whatever is deleted, copied or stopped.
 */
public abstract class ChainPlannerContract extends ContractCases {

    private PlannerUnderTest planner;
    private ChainCase chain;

    /** Made by JUnit. */
    protected ChainPlannerContract() {}

    /** Returns the planner to judge. */
    protected abstract PlannerUnderTest underTest();

    @Override
    protected final Subject subject() {
        return new Subject(underTest().getClass().getSimpleName(), "plans for chains of snapshots");
    }

    /** Made by JUnit. */
    @BeforeEach
    final void begin() {
        planner = underTest();
        chain = new ChainCase(planner);
    }

    private static SnapshotId s(int number) {
        return new SnapshotId("s" + number);
    }

    private void refuses(Failure failure, ChainCase.Question question) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> question.apply(chain.graph()))
                .satisfies(e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }

    /** Writes a block or two, and takes a snapshot. */
    private ChainPlan take(int number, ChainLimit limit) {
        writeSome(number);
        return chain.take(chain.request(s(number), NFS, limit));
    }

    private void writeSome(int number) {
        chain.files.write(number % ChainFiles.BLOCKS);
        chain.files.write((number * 5 + 3) % ChainFiles.BLOCKS);
    }

    private void takeAll(int count, ChainLimit limit) {
        for (int i = 1; i <= count; i++) {
            take(i, limit);
        }
    }

    private long length(int number) {
        return chain.length(s(number), NFS);
    }

    private List<Long> lengths(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(this::length).toList();
    }

    private static LayerId nfs(int number) {
        return new LayerId(NFS, s(number).value());
    }

    @Test
    final void the_chain_of_a_store_is_as_long_as_its_limit_allows_and_no_longer() {
        takeAll(7, new ChainLimit(3));
        assertThat(lengths(7)).containsExactly(1L, 2L, 3L, 1L, 2L, 3L, 1L);
        for (int alone : List.of(0, 1)) {
            begin();
            takeAll(3, new ChainLimit(alone));
            assertThat(lengths(3)).as("with a limit of %d", alone).containsOnly(1L);
        }
        begin();
        takeAll(5, ChainLimit.UNLIMITED);
        assertThat(length(5)).isEqualTo(5);
        take(6, new ChainLimit(5));
        assertThat(length(6)).as("after the limit was lowered").isOne();
        assertThat(length(5)).as("what is there stays").isEqualTo(5);
    }

    @Test
    final void a_layer_that_is_kept_for_others_counts_for_the_length() {
        takeAll(2, new ChainLimit(3));
        chain.delete(s(1));
        take(3, new ChainLimit(3));
        take(4, new ChainLimit(3));

        assertThat(List.of(length(3), length(4))).containsExactly(3L, 1L);
    }

    @Test
    final void it_is_full_where_changes_alone_would_be_of_no_use() {
        take(1, ChainLimit.USUAL);
        takeKnowing(2, ChangeTracking.none());
        takeKnowing(3, ChangeTracking.broken("a crash"));
        assertThat(lengths(3)).as("what was written is not known").containsOnly(1L);
        writeSome(4);
        chain.take(chain.request(s(4), FAR, ChainLimit.USUAL));
        assertThat(chain.length(s(4), FAR))
                .as("the others are in another store")
                .isOne();
        take(5, ChainLimit.USUAL);
        assertThat(length(5)).as("over the newest in its store").isEqualTo(2);
        chain.learn(graph -> graph.withUnusable(nfs(5)));
        take(6, ChainLimit.USUAL);
        assertThat(length(6)).as("the newest there cannot be read").isOne();
        chain.learn(graph -> graph.withVolume(ROOT, SLOW));
        take(7, ChainLimit.USUAL);
        assertThat(length(7)).as("the volume was moved").isOne();
    }

    private void takeKnowing(int number, ChangeTracking tracking) {
        writeSome(number);
        chain.take(ChainCase.request(s(number), NFS, ChainLimit.USUAL, tracking));
    }

    @Test
    final void in_whatever_order_they_are_deleted_each_stays_readable_until_then_and_nothing_is_left() {
        for (List<Integer> order : orders(List.of(1, 2, 3, 4))) {
            begin();
            takeAll(4, ChainLimit.USUAL);
            for (int number : order) {
                chain.delete(s(number));
                assertThat(chain.delete(s(number)).steps())
                        .as("deleted again, of %s", order)
                        .isEmpty();
            }
            chain.requireNothingLeft();
        }
    }

    private static List<List<Integer>> orders(List<Integer> numbers) {
        if (numbers.isEmpty()) {
            return List.of(List.of());
        }
        List<List<Integer>> all = new ArrayList<>();
        for (Integer first : numbers) {
            List<Integer> rest = new ArrayList<>(numbers);
            rest.remove(first);
            for (List<Integer> order : orders(rest)) {
                List<Integer> whole = new ArrayList<>(List.of(first));
                whole.addAll(order);
                all.add(whole);
            }
        }
        return all;
    }

    @Test
    final void with_the_newest_goes_none_of_those_that_it_stands_on() {
        takeAll(4, ChainLimit.USUAL);

        chain.delete(s(4));

        assertThat(chain.files.layers()).containsExactlyInAnyOrder(nfs(1), nfs(2), nfs(3));
        for (int i = 1; i < 4; i++) {
            assertThat(chain.snapshot(s(i)).state()).isEqualTo(LogicalSnapshot.State.BACKED_UP);
        }
    }

    @Test
    final void the_oldest_of_sixteen_is_kept_until_all_that_stand_on_it_have_gone() {
        takeAll(16, ChainLimit.USUAL);
        for (int i = 1; i < 16; i++) {
            ChainPlan plan = chain.delete(s(i));
            assertThat(chain.snapshot(s(i)).state()).isEqualTo(LogicalSnapshot.State.DESTROYED);
            assertThat(plan.reasons()).as("why it is kept").isNotEmpty();
            assertThat(chain.graph().blockers(s(i))).as("who keeps it").isNotEmpty();
        }
        assertThat(chain.files.layers()).hasSize(16);

        chain.delete(s(16));

        chain.requireNothingLeft();
    }

    @Test
    final void snapshots_between_which_nothing_was_written_share_a_layer_which_outlives_each_of_them() {
        take(1, ChainLimit.USUAL);
        for (int i = 2; i < 4; i++) {
            chain.take(ChainCase.request(s(i), NFS, ChainLimit.USUAL, ChangeTracking.nothingSince(s(i - 1))));
        }
        take(4, ChainLimit.USUAL);
        assertThat(chain.files.layers()).hasSize(2);
        assertThat(length(4)).isEqualTo(2);

        for (int i : List.of(2, 1, 4)) {
            chain.delete(s(i));
        }
        assertThat(chain.files.layers()).hasSize(1);
        chain.delete(s(3));

        chain.requireNothingLeft();
    }

    @Test
    final void one_is_deleted_while_the_next_is_written_over_it_and_goes_with_that() {
        take(1, ChainLimit.USUAL);
        writeSome(2);
        TakeSnapshot second = chain.request(s(2), NFS, ChainLimit.USUAL);
        chain.files.hold(s(2));
        int notes = chain.begin(graph -> planner.take(graph, second));
        assertThat(notes).isPositive();
        refuses(Failure.OPERATION_PENDING, graph -> planner.delete(graph, s(2)));

        chain.delete(s(1));
        chain.carryOut(graph -> planner.take(graph, second));
        assertThat(chain.snapshot(s(2)).state()).isEqualTo(LogicalSnapshot.State.BACKED_UP);
        chain.delete(s(2));

        chain.requireNothingLeft();
    }

    @Test
    final void one_that_is_given_up_before_it_is_whole_never_counts_and_leaves_nothing() {
        take(1, ChainLimit.USUAL);
        writeSome(2);
        TakeSnapshot second = chain.request(s(2), NFS, ChainLimit.USUAL);
        chain.files.hold(s(2));
        int unused = chain.begin(graph -> planner.take(graph, second));

        chain.files.carryOut(planner.take(chain.graph(), second).steps().get(0)); // and nobody says so

        chain.carryOut(graph -> planner.abandon(graph, s(2)));
        assertThat(chain.files.layers()).containsExactly(nfs(1));
        chain.delete(s(2));

        assertThat(chain.told(s(2))).isEmpty();
        assertThat(chain.graph().snapshot(s(2))).isEmpty();
        refuses(Failure.INVALID_REQUEST, graph -> planner.abandon(graph, s(1)));
    }

    @Test
    final void what_a_store_cannot_remove_counts_until_it_can_and_is_told_once() {
        takeAll(2, ChainLimit.USUAL);
        chain.being(NFS, ChainStore.Standing.DOWN);
        ChainPlan plan = chain.delete(s(2));
        assertThat(plan.isComplete()).isFalse();
        assertThat(chain.snapshot(s(2)).state()).isEqualTo(LogicalSnapshot.State.DESTROYING);
        assertThat(chain.snapshot(s(2)).usage()).isEqualTo(LogicalSnapshot.Usage.RUNNING);
        refuses(Failure.UNREACHABLE, graph -> planner.take(graph, chain.request(s(3), NFS, ChainLimit.USUAL)));
        chain.being(NFS, ChainStore.Standing.UP);

        chain.carryOut(planner::collect);

        assertThat(chain.files.layers()).containsExactly(nfs(1));
        chain.delete(s(1));
        chain.requireNothingLeft();
    }

    @Test
    final void wherever_it_stops_asking_again_gives_the_rest() {
        stops("taking", 2, graph -> planner.take(graph, chain.request(s(3), NFS, ChainLimit.USUAL)));
        stops("deleting", 4, graph -> planner.delete(graph, s(4)));
        stops("copying", 4, graph -> planner.copyChain(graph, s(4), FAR, ChainLimit.USUAL));
        stops("restoring", 3, graph -> planner.restore(graph, s(2), new VolumeId("made"), SLOW));
    }

    /** Of four, the first two are deleted already. */
    private void stops(String what, int count, ChainCase.Question question) {
        int length = ready(count).carryOut(question).steps().size();
        String whole = chain.graph().toString();
        for (int stop = 1; stop < length; stop++) {
            List<Step> begun = ready(count).graph().equals(chain.graph())
                    ? question.apply(chain.graph()).steps().subList(0, stop)
                    : List.of();
            chain.apply(begun);
            chain.carryOut(question);
            assertThat(chain.graph()).as("%s, stopped after %s", what, begun).hasToString(whole);
        }
    }

    private ChainCase ready(int count) {
        begin();
        takeAll(count, ChainLimit.USUAL);
        if (count == 4) {
            chain.delete(s(1));
            chain.delete(s(2));
        }
        writeSome(count + 1);
        chain.files.hold(s(count + 1));
        return chain;
    }

    @Test
    final void a_chain_is_copied_to_another_store_and_either_is_enough() {
        takeAll(3, ChainLimit.USUAL);
        chain.carryOut(graph -> planner.copyChain(graph, s(3), FAR, ChainLimit.USUAL));
        assertThat(IntStream.rangeClosed(1, 3).mapToObj(i -> chain.length(s(i), FAR)))
                .containsExactly(1L, 2L, 3L);
        assertThat(chain.carryOut(graph -> planner.copyChain(graph, s(3), FAR, ChainLimit.USUAL))
                        .steps())
                .as("copied again")
                .isEmpty();
        chain.being(FAR, ChainStore.Standing.DOWN);
        RankedSource best = planner.revertSources(chain.graph(), s(3)).requireBest();
        assertThat(best.replica().store()).isEqualTo(NFS);
        chain.being(FAR, ChainStore.Standing.UP);
        for (int i : List.of(2, 3, 1)) {
            chain.delete(s(i));
        }
        chain.requireNothingLeft();
    }

    @Test
    final void a_snapshot_is_not_deleted_while_it_is_copied_and_the_copy_can_be_given_up() {
        take(1, ChainLimit.USUAL);
        int unused = chain.begin(graph -> planner.copyChain(graph, s(1), FAR, ChainLimit.USUAL));
        refuses(Failure.OPERATION_PENDING, graph -> planner.delete(graph, s(1)));

        chain.carryOut(graph -> planner.abandonCopy(graph, s(1), FAR));

        assertThat(chain.snapshot(s(1)).replicaIn(FAR)).isEmpty();
        chain.delete(s(1));
        chain.requireNothingLeft();
    }

    @Test
    final void a_layer_that_a_volume_is_made_of_stays_until_that_is_whole() {
        takeAll(2, ChainLimit.USUAL);
        VolumeId made = new VolumeId("made");
        int unused = chain.begin(graph -> planner.restore(graph, s(2), made, SLOW));

        chain.delete(s(2));
        chain.delete(s(1));
        assertThat(chain.files.layers()).hasSize(2);
        chain.carryOut(graph -> planner.restore(graph, s(2), made, SLOW));
        chain.carryOut(planner::collect);

        chain.requireNothingLeft();
        refuses(Failure.NOT_FOUND, graph -> planner.restore(graph, s(2), new VolumeId("other"), SLOW));
    }

    @Test
    final void a_volume_goes_back_to_the_nearest_copy_that_can_be_read_and_is_told_why_none_can() {
        chain.files.hold(s(1));
        chain.carryOut(graph -> planner.take(graph, TakeSnapshot.of(s(1), ROOT)));
        RankedSource near = planner.revertSources(chain.graph(), s(1)).requireBest();
        assertThat(near.replica().store()).isEqualTo(FAST);
        chain.learn(graph -> graph.withVolume(ROOT, SLOW));
        assertThatExceptionOfType(DriverException.class)
                .as("it lives only in the pool that the volume has left")
                .isThrownBy(() -> planner.revertSources(chain.graph(), s(1)).requireBest())
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND))
                .withMessageContaining("fast");
        take(2, ChainLimit.USUAL);
        chain.being(NFS, ChainStore.Standing.DOWN);
        refusesToRevert(Failure.UNREACHABLE);
        chain.being(NFS, ChainStore.Standing.UP);
        chain.learn(graph -> graph.withUnusable(nfs(2)));
        refusesToRevert(Failure.CORRUPT_DATA);
        chain.learn(graph -> graph.withReadable(nfs(2)));
        assertThat(planner.revertSources(chain.graph(), s(2))
                        .requireBest()
                        .replica()
                        .store())
                .isEqualTo(NFS);
    }

    private void refusesToRevert(Failure failure) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> planner.revertSources(chain.graph(), s(2)).requireBest())
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure));
    }

    @Test
    final void what_is_merged_or_made_full_reads_the_same_and_needs_the_others_no_more() {
        takeAll(3, ChainLimit.USUAL);
        chain.delete(s(1));
        chain.carryOut(graph -> planner.merge(graph, s(1)));
        assertThat(chain.files.layers()).containsExactlyInAnyOrder(nfs(2), nfs(3));
        refuses(Failure.INVALID_REQUEST, graph -> planner.merge(graph, s(2)));

        chain.carryOut(graph -> planner.flatten(graph, s(3), NFS));
        assertThat(length(3)).isOne();
        chain.delete(s(2));

        assertThat(chain.files.layers()).containsExactly(nfs(3));
    }

    @Test
    final void a_volume_that_is_gone_leaves_its_snapshots_until_they_are_deleted() {
        takeAll(2, ChainLimit.USUAL);
        chain.learn(graph -> graph.withoutVolume(ROOT));
        assertThat(chain.carryOut(planner::collect).steps()).isEmpty();
        refuses(
                Failure.NOT_FOUND,
                graph -> planner.take(graph, ChainCase.request(s(3), NFS, ChainLimit.USUAL, ChangeTracking.none())));

        chain.delete(s(1));
        chain.delete(s(2));

        chain.requireNothingLeft();
    }
}
