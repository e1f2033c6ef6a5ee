package io.hvkit.engine.internal.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.engine.job.Job;
import io.hvkit.testkit.Await;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process stands still until its lease is over and another one has done its work; then it wakes up, and must touch nothing. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LostLeaseMatrixTest {

    /** What freezes a process before one of its transactions, or after one of its calls has had its effect. */
    private static final class Frost {
        private final int moment;
        private final AtomicInteger moments = new AtomicInteger();
        private final CountDownLatch frozen = new CountDownLatch(1);
        private final CountDownLatch thawed = new CountDownLatch(1);

        Frost(int moment) {
            this.moment = moment;
        }

        void pass() throws InterruptedException {
            if (moments.incrementAndGet() == moment) {
                frozen.countDown();
                thawed.await();
            }
        }

        Catalog around(Catalog catalog) {
            return new Catalog() {
                @Override
                public <T> T inTransaction(Work<T> work) throws InterruptedException {
                    pass();
                    return catalog.inTransaction(work);
                }

                @Override
                public void close() {
                    catalog.close();
                }
            };
        }

        /** Something that happens before and after each call; every second time is after one. */
        Runnable afterCalls(World world) {
            AtomicInteger times = new AtomicInteger();
            return () -> {
                world.cancelIfWanted();
                if (times.incrementAndGet() % 2 == 0) {
                    try {
                        pass();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            };
        }
    }

    @ParameterizedTest
    @EnumSource(World.Scenario.class)
    void a_process_that_wakes_up_after_its_lease_touches_nothing(World.Scenario scenario) throws Exception {
        int moment = 2;
        while (tryMoment(scenario, moment)) {
            moment++;
        }
        assertThat(moment).as("moments tried").isGreaterThan(8);
    }

    /** Returns whether there was such a moment. */
    private static boolean tryMoment(World.Scenario scenario, int moment) throws InterruptedException {
        World world = new World(scenario);
        Frost frost = new Frost(moment);
        Replacement replacement = world.replacement(world.outside().with(frost.afterCalls(world)));
        try (Operations frozen = world.engine(frost.around(world.catalog().another()), replacement)) {
            Job<String> job = frozen.begin(replacement, "a", "k");
            Await.until(
                    "a frozen process, or the end of the operation",
                    EngineOfTests.LONG,
                    () -> frost.frozen.getCount() == 0
                            || frozen.running(job.id()).isEmpty());
            boolean wasFrozen = frost.frozen.getCount() == 0;
            if (wasFrozen) {
                world.clock().pass(EngineOfTests.terms().lease());
                world.recover(Fuse.counting());
                world.check();
            }
            List<String> calls = world.outside().calls();
            frost.thawed.countDown();
            Await.until(
                    "the end of the late run",
                    EngineOfTests.LONG,
                    () -> frozen.running(job.id()).isEmpty());
            assertThat(world.outside().calls())
                    .as("after a sleep at moment %s", moment)
                    .isEqualTo(calls);
            world.check();
            return wasFrozen;
        }
    }
}
