package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand operations while answers are late, lost, refused or turned round: each has one effect, and nothing is left over. Lanes have
 * arrays of their own; a seed that failed is repeated by {@code -Dhvkit.seed}.
 */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CampaignIT {

    private static final System.Logger LOG = System.getLogger(CampaignIT.class.getName());
    private static final boolean THOROUGH = Boolean.getBoolean("hvkit.thorough");
    private static final int LANES = THOROUGH ? 8 : 2;
    private static final int OPERATIONS = 10_000 / 8;
    private static final Duration LIMIT = THOROUGH ? Duration.ofHours(2) : Duration.ofSeconds(6);

    @Test
    void every_operation_has_one_effect_and_the_inventory_is_exact() throws InterruptedException, ExecutionException {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        ExecutorService threads = Executors.newFixedThreadPool(LANES);
        List<Future<Integer>> lanes = new ArrayList<>();
        for (int lane = 0; lane < LANES; lane++) {
            long own = seed + lane;
            lanes.add(threads.submit(() -> {
                try (Campaign campaign = new Campaign(own)) {
                    return campaign.run(OPERATIONS, LIMIT);
                }
            }));
        }
        threads.shutdown();
        int done = 0;
        for (Future<Integer> lane : lanes) {
            done += lane.get();
        }
        LOG.log(System.Logger.Level.INFO, "campaign of seed {0}: {1} operations", Long.toString(seed), done);
        assertThat(done).isGreaterThanOrEqualTo(THOROUGH ? 8 * OPERATIONS : LANES);
    }
}
