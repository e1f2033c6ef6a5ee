package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.jdbc.SchemaMode;
import io.hvkit.testkit.postgres.PrivatePostgresExtension;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two engines over one PostgreSQL are asked for everything at once by many, while calls fail, answers are lost and engines are killed. Now and
 * then all are quiet; then catalog, pools, hosts, keys and counters agree with each other and with what callers were told.
 */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EngineChaosIT {

    private static final boolean IS_THOROUGH = Boolean.getBoolean("hvkit.thorough");
    private static final int OPERATIONS = Integer.getInteger("hvkit.chaos.operations", IS_THOROUGH ? 10_000 : 200);
    private static final int A_ROUND = 100;

    @RegisterExtension
    static final PrivatePostgresExtension POSTGRES = PrivatePostgresExtension.perClass();

    @TempDir
    private Path folder;

    @Test
    void whatever_two_engines_are_asked_for_and_whenever_they_die_nothing_is_lost_done_twice_or_left()
            throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        System.out.println("chaos by seed " + seed + ", " + OPERATIONS + " operations");
        try (PooledConnections connections =
                        new PooledConnections(POSTGRES.postgres().url());
                ChaosWorld world = new ChaosWorld(
                        folder, clock -> JdbcCatalog.on(connections, "chaos_", SchemaMode.MIGRATE), seed);
                ChaosCampaign campaign = new ChaosCampaign(world, seed)) {
            while (world.log.asked() < OPERATIONS) {
                campaign.round(A_ROUND, "seed " + seed + ", after " + (world.log.asked() + A_ROUND) + " operations");
            }
            System.out.println("chaos: " + world.log.asked() + " asked: " + world.log.counts());
            assertThat(world.log.counts().values())
                    .as("kinds of things of which one was done: %s", world.log.counts())
                    .filteredOn(outcomes -> outcomes.containsKey("done"))
                    .hasSizeGreaterThan(IS_THOROUGH ? 30 : 15);
        }
    }
}
