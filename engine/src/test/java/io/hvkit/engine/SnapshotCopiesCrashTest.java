package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Processes that die while they copy a snapshot or choose between copies. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotCopiesCrashTest extends CopiedSnapshotCases {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int APART = 13;

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
