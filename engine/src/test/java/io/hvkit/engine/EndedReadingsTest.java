package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What reads a snapshot and fails, while its store answers nobody, keeps no layer for ever. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndedReadingsTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private VolumeRecord root;
    private Snapshot one;
    private Snapshot two;

    /** What reads snapshots. */
    enum Reader {
        RESTORE,
        CAPTURE,
        REVERT
    }

    /** An encrypted volume at rest, with two snapshots. */
    @BeforeEach
    void make() throws InterruptedException {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        root = world.create(world.plain().encrypted().ownedBy(Counted.OWNER));
        world.write(root, 0, (byte) 'a');
        one = world.take(root, "one");
        world.write(root, 1, (byte) 'b');
        two = world.take(root, "two");
    }

    private Job<?> read(HvKit hvkit, Reader reader, Snapshot snapshot) throws InterruptedException {
        return switch (reader) {
            case RESTORE ->
                hvkit.snapshots()
                        .restore(RestoreRequest.of(snapshot.id(), "made", world.pool.id())
                                .encrypted());
            case CAPTURE ->
                hvkit.templates().capture(CaptureRequest.ofSnapshot(snapshot.id(), "golden", world.pool.id()));
            case REVERT -> hvkit.snapshots().revert(root.id(), snapshot.id());
        };
    }

    /** Reads a snapshot from a store that answers no more once all was copied, and answers again when it is too late. */
    private void readInVain(Reader reader) throws InterruptedException {
        world.atEachCall(call -> {
            if (call.equals("areEqual")) {
                world.storage.silence(world.store.poolId());
            }
        });
        try (HvKit hvkit = world.process()) {
            assertThatThrownBy(() -> read(hvkit, reader, two).await())
                    .isInstanceOfSatisfying(
                            DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE));
        }
        world.atEachCall(call -> {});
        world.storage.answerAgain(world.store.poolId());
        assertThat(readings()).as("what could not be let go").hasSize(1);
        assertThat(world.storage.usesOf(image())).isNotEmpty();
    }

    private List<ReadingRecord> readings() throws InterruptedException {
        try (Catalog catalog = world.catalog()) {
            return catalog.inTransaction(transaction -> transaction.readings().page(Optional.empty(), 10));
        }
    }

    private String image() {
        return SnapshotWorld.imageOf(
                two.chained().replicaIn(world.store.poolId()).orElseThrow().layer());
    }

    private List<String> deleted(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = world.process()) {
            return hvkit.snapshots()
                    .delete(snapshot.id())
                    .await(PATIENCE)
                    .match(JobEnd.Done::leftovers, detached -> List.of("detached"), stopped -> List.of("stopped"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_a_reader_could_not_let_go_goes_with_the_snapshot(Reader reader) throws Exception {
        readInVain(reader);

        assertThat(deleted(two)).isEmpty();

        assertThat(readings()).isEmpty();
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(1).doesNotContain(image());
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("one");
    }

    @Test
    void a_store_that_does_not_answer_still_is_asked_again_when_it_is_tidied_up() throws Exception {
        readInVain(Reader.RESTORE);
        world.storage.silence(world.store.poolId());
        assertThat(deleted(two)).hasSize(1);
        assertThat(readings()).hasSize(1);
        world.storage.answerAgain(world.store.poolId());
        assertThat(world.list(root)).extracting(Snapshot::state).containsExactly(State.BACKED_UP, State.DESTROYED);

        world.tidy(root);

        assertThat(readings()).isEmpty();
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("one");
        assertThat(world.storage.namesIn(world.store.poolId())).hasSize(1);
    }

    @Test
    void as_long_as_another_one_reads_the_chain_nothing_is_taken_from_its_host() throws Exception {
        readInVain(Reader.RESTORE);
        List<Integer> seen = new ArrayList<>();
        world.atEachCall(call -> {
            if (call.equals("areEqual") && seen.isEmpty()) {
                seen.add(0);
                try {
                    assertThat(deleted(two)).isEmpty();
                    seen.add(readings().size());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try (HvKit hvkit = world.process()) {
            read(hvkit, Reader.CAPTURE, one).await();
        }
        world.atEachCall(call -> {});
        assertThat(seen).as("both readings stayed").containsExactly(0, 2);

        world.tidy(root);

        assertThat(readings()).isEmpty();
        assertThat(world.list(root)).extracting(Snapshot::name).containsExactly("one");
    }
}
