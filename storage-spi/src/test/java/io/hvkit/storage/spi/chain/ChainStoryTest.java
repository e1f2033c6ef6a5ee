package io.hvkit.storage.spi.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.TakeSnapshot.Primary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What docs/snapshots.md shows, and that it shows what comes out. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChainStoryTest {

    private static final Path PAGE = Path.of("../docs/snapshots.md");
    private static final SnapshotId MONDAY = new SnapshotId("monday");
    private static final SnapshotId TUESDAY = new SnapshotId("tuesday");

    private static ChainGraph week() {
        // tag::take[]
        PoolId fast = new PoolId("fast");
        PoolId nfs = new PoolId("nfs");
        VolumeId root = new VolumeId("web-01-root");
        ChainGraph graph = ChainGraph.empty()
                .withStore(ChainStore.of(fast))
                .withStore(ChainStore.of(nfs))
                .withVolume(root, fast);

        TakeSnapshot monday = TakeSnapshot.of(MONDAY, root)
                .backedUpTo(nfs, ChainLimit.USUAL, ChangeTracking.none())
                .primary(Primary.SKIPPED);
        graph = ChainPlanner.of(graph).take(monday).outcome();

        TakeSnapshot tuesday = TakeSnapshot.of(TUESDAY, root)
                .backedUpTo(nfs, ChainLimit.USUAL, ChangeTracking.since(MONDAY))
                .primary(Primary.SKIPPED);
        ChainPlan plan = ChainPlanner.of(graph).take(tuesday);
        // end::take[]
        shows(plan.explain());
        return plan.outcome();
    }

    @Test
    void the_page_shows_the_plans_and_the_pictures_that_come_out() {
        ChainGraph graph = week();
        // tag::delete[]
        ChainPlan plan = ChainPlanner.of(graph).delete(MONDAY); // touches nothing
        // end::delete[]
        shows(plan.explain());
        shows(ChainPicture.of(plan.outcome()));
        // tag::run[]
        for (Step step : plan.steps()) {
            ChainGraph.Applied applied = graph.apply(step); // after the work of the step, if it needs a store
            graph = applied.graph();
        }
        // end::run[]
        ChainPlan last = ChainPlanner.of(graph).delete(TUESDAY);
        shows(last.explain());
        assertThat(last.outcome().rows().layers()).isEmpty();
    }

    private static void shows(String text) {
        try {
            assertThat(Files.readString(PAGE)).contains("```\n" + text + "```");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
