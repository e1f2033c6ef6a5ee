package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.StoragePool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an engine began that numbered no copies is recovered by one that does: its journal is of the first copies in two pools. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OlderJournalTest {

    private static final long CONTENT = 0x0ddba11;
    private static final int APART = 17;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"running", "resting"})
    void whenever_an_older_engine_died_in_a_move_recovery_makes_all_agree(String machine) throws Exception {
        Set<String> ends = new TreeSet<>();
        Fuse whole = Fuse.counting();
        died(machine, whole, ends);
        assertThat(whole.moments()).isGreaterThan(50);
        Set<Integer> moments = new TreeSet<>(Moments.each(Moments.apart(APART), whole.moments()));
        moments.addAll(List.of(1, whole.moments()));
        for (int moment : moments) {
            died(machine, Fuse.burningAt(moment), ends);
        }
        assertThat(ends).containsExactly("p1", "p2");
    }

    private void died(String machine, Fuse fuse, Set<String> ends) throws Exception {
        MoveWorld world = new MoveWorld(Files.createTempDirectory(directory, machine));
        VolumeRequest request =
                VolumeRequest.blank("data", MoveWorld.SIZE, world.from.id()).encrypted();
        VolumeRecord volume =
                machine.equals("running") ? world.running(request, CONTENT) : world.resting(request, CONTENT);
        alive(
                world.process(fuse, OlderEngine.around(world.catalog.another())),
                hvkit -> hvkit.volumes()
                        .move(MoveRequest.of(volume.id(), world.to.id()).copied())
                        .await());
        world.waitForLeases();

        RecoveryReport report = world.recover();

        String when = machine + ", died at moment " + fuse.moments();
        assertThat(report.with(RecoveryReport.Verdict.HALTED)).as(when).isEmpty();
        VolumeRecord record = world.record(volume);
        assertThat(record.place().copy()).as(when).isZero();
        world.checkThatAllAgree(volume, CONTENT, when);
        ends.add(record.place().pool().equals(world.from.id()) ? "p1" : "p2");
    }

    @Test
    void a_deletion_that_an_older_engine_began_is_finished() throws Exception {
        for (int moment : Moments.each(Moments.apart(4), 30)) {
            MoveWorld world = new MoveWorld(Files.createTempDirectory(directory, "deleted"));
            VolumeRecord volume = world.resting(VolumeRequest.blank("data", MoveWorld.SIZE, world.from.id()), CONTENT);
            alive(
                    world.process(Fuse.burningAt(moment), OlderEngine.around(world.catalog.another())),
                    hvkit -> hvkit.volumes().delete(volume.id()).await());
            world.waitForLeases();

            assertThat(world.recover().with(RecoveryReport.Verdict.HALTED)).isEmpty();

            try (HvKit hvkit = world.process(Fuse.counting())) {
                hvkit.volumes().delete(volume.id()).await();
            }
            try (StoragePool pool = world.open(world.from.id())) {
                assertThat(pool.list()).as("moment " + moment).isEmpty();
            }
        }
    }

    /** What an engine does until it dies. */
    interface Life {
        void of(HvKit hvkit) throws InterruptedException;
    }

    static void alive(HvKit hvkit, Life life) throws InterruptedException {
        try {
            life.of(hvkit);
        } catch (Fuse.Crash | RuntimeException e) {
            // dead: what is left is looked at afterwards
        } finally {
            try {
                hvkit.close();
            } catch (Fuse.Crash e) {
                // the dead close nothing
            }
        }
    }
}
