package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.engine.job.RecoveryReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process dies at each moment at which it meets its catalog or the world; another one recovers, and may die of that too. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CrashMatrixTest {

    private static final boolean THOROUGH = Boolean.getBoolean("hvkit.thorough");
    private static final int SLICE = 60;

    @ParameterizedTest
    @EnumSource(World.Scenario.class)
    void a_process_dies_and_another_one_recovers(World.Scenario scenario) throws Exception {
        int moments = moments(scenario);

        for (int moment = 1; moment <= moments; moment++) {
            World world = new World(scenario);
            world.begin(Fuse.burningAt(moment));
            RecoveryReport report = world.recover(Fuse.counting()).orElseThrow();
            assertThat(report.with(RecoveryReport.Verdict.HALTED))
                    .as("after a death at moment %s", moment)
                    .isEmpty();
            world.check();
            world.checkThatNothingMoreHappens();
        }
        assertThat(moments).isGreaterThan(10);
    }

    @ParameterizedTest
    @EnumSource(World.Scenario.class)
    void a_process_that_recovers_dies_too(World.Scenario scenario) throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        List<int[]> pairs = new ArrayList<>();
        int moments = moments(scenario);
        for (int first = 1; first <= moments; first++) {
            for (int second = 1; second <= moments; second++) {
                pairs.add(new int[] {first, second});
            }
        }
        Collections.shuffle(pairs, new Random(seed));
        int slice = THOROUGH ? pairs.size() : Math.min(SLICE, pairs.size());
        for (int[] pair : pairs.subList(0, slice)) {
            World world = new World(scenario);
            try {
                world.begin(Fuse.burningAt(pair[0]));
                world.recover(Fuse.burningAt(pair[1]));
                world.recover(Fuse.counting());
                world.check();
                world.checkThatNothingMoreHappens();
            } catch (AssertionError e) {
                throw new AssertionError(
                        "seed " + seed + ", deaths at moments " + pair[0] + " and " + pair[1] + ": " + e.getMessage(),
                        e);
            }
        }
    }

    private static int moments(World.Scenario scenario) throws InterruptedException {
        World world = new World(scenario);
        Fuse fuse = Fuse.counting();
        world.begin(fuse);
        world.check();
        world.checkThatNothingMoreHappens();
        return fuse.moments();
    }
}
