package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.engine.snapshot.ScheduleRun;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Processes that die while they take what is due and delete what is superseded. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SchedulesCrashTest extends ScheduleCases {

    private static final int APART = 17;

    @Test
    void whenever_the_process_dies_each_moment_has_one_snapshot_and_what_is_superseded_goes() throws Exception {
        Fuse whole = Fuse.counting();
        twoDays(SnapshotWorld.inMemory());
        world.live(hvkit -> hvkit.schedules().runDue(), whole);
        assertThat(whole.moments()).isGreaterThan(40);
        for (int moment : Moments.each(Moments.apart(APART), whole.moments())) {
            twoDays(SnapshotWorld.inMemory());
            dies(moment);
        }
    }

    @Test
    void so_it_is_on_sqlite() throws Exception {
        twoDays(clock -> JdbcCatalog.file(folder.resolve("catalog")));
        dies(7 + Moments.draw(0, 40));
    }

    private void twoDays(SnapshotWorld.Catalogs catalogs) throws InterruptedException {
        build(catalogs);
        set(policy().keeping(1, "daily", AT_TWO));
        runAt("2026-01-02T02:00:00Z");
        world.sleepUntil(Instant.parse("2026-01-03T02:00:00Z"));
    }

    private void dies(int moment) throws InterruptedException {
        String when = "died at moment " + moment + ", " + Moments.seed();
        world.live(hvkit -> hvkit.schedules().runDue(), Fuse.burningAt(moment));
        Await.until(
                "what the dead left is recovered",
                Duration.ofMinutes(1),
                () -> world.recover().with(Verdict.LEFT_ALONE).isEmpty());

        ScheduleRun run = run();

        assertThat(run.failures()).as(when).isEmpty();
        assertThat(moments()).as(when).containsExactly("20260103T0200Z");
        world.checkThatAllAgree(root, when);
        world.checkThatAllCounts(when);
    }
}
