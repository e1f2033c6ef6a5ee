package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Membership;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.storage.spi.Volume;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process dies at each moment at which it looks after a parent of pools; the next one does the same again. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolClustersCrashTest {

    private static final MachineId WEB = new MachineId("web");

    /** What is under way when the process dies: before, a world is made; after, all of it must be done, or nothing. */
    enum Work {
        ADD {
            @Override
            void prepare(HvKit hvkit, ClusterWorld world) throws InterruptedException {
                hvkit.inventory().addPool(world.everywhere(), ClusterWorld.shelf("one"));
            }

            @Override
            void run(HvKit hvkit, ClusterWorld world) throws InterruptedException {
                hvkit.inventory().addPool(world.everywhere(), ClusterWorld.cabinet("gold"));
            }

            @Override
            void checkWhole(ClusterWorld world, String when) throws InterruptedException {
                List<PoolRecord> pools = world.pools();
                Optional<PoolRecord> gold = named(pools, "gold");
                Optional<Membership> membership = gold.map(parent -> Membership.of(parent.id()));
                assertThat(pools).as(when).hasSize(gold.isPresent() ? 3 : 1);
                assertThat(pools)
                        .as(when)
                        .filteredOn(pool -> !pool.name().equals("gold"))
                        .allMatch(pool -> pool.membership().equals(membership));
            }
        },
        SYNCHRONISE {
            @Override
            void prepare(HvKit hvkit, ClusterWorld world) throws InterruptedException {
                world.shelves.put("silver", "three");
                PoolRecord gold = hvkit.inventory().addPool(world.everywhere(), ClusterWorld.cabinet("gold"));
                hvkit.inventory().addPool(world.everywhere(), ClusterWorld.cabinet("silver"));
                world.shelves.put("gold", "one", "five");
                hvkit.poolClusters().synchronise(gold.id());
                world.passTime();
                world.shelves.put("silver", "four");
                world.shelves.put("gold", "one", "three", "five", "six");
            }

            @Override
            void run(HvKit hvkit, ClusterWorld world) throws InterruptedException {
                hvkit.poolClusters().synchronise(world.pool("gold").id());
            }

            /** One was moved, one came, one went: all at once. */
            @Override
            void checkWhole(ClusterWorld world, String when) throws InterruptedException {
                List<PoolRecord> pools = world.pools();
                boolean isDone = named(pools, "gold/six").isPresent();
                Membership membership =
                        named(pools, "silver/three").orElseThrow().membership().orElseThrow();
                assertThat(membership.parent())
                        .as(when)
                        .isEqualTo(world.pool(isDone ? "gold" : "silver").id());
                assertThat(named(pools, "gold/two").isPresent()).as(when).isEqualTo(!isDone);
            }
        },
        MAINTENANCE {
            @Override
            void prepare(HvKit hvkit, ClusterWorld world) throws InterruptedException {
                hvkit.inventory().addPool(world.everywhere(), ClusterWorld.cabinet("gold"));
                hvkit.inventory().putPool(world.pool("gold/one").id(), Standing.MAINTENANCE);
            }

            @Override
            void run(HvKit hvkit, ClusterWorld world) throws InterruptedException {
                for (Standing standing : List.of(Standing.MAINTENANCE, Standing.ENABLED, Standing.MAINTENANCE)) {
                    hvkit.inventory().putPool(world.pool("gold").id(), standing);
                }
            }

            /** All children are as their parent is, but for the one that rests by itself. */
            @Override
            void checkWhole(ClusterWorld world, String when) throws InterruptedException {
                Standing parent = world.pool("gold").standing();
                try (HvKit hvkit = world.process(Fuse.counting())) {
                    assertThat(hvkit.poolClusters()
                                    .closed(world.pool("gold/two").id())
                                    .isPresent())
                            .as(when)
                            .isEqualTo(parent == Standing.MAINTENANCE);
                    assertThat(hvkit.poolClusters()
                                    .closed(world.pool("gold/one").id()))
                            .as(when)
                            .isPresent();
                }
                assertThat(world.pool("gold/one").standing()).as(when).isEqualTo(Standing.MAINTENANCE);
            }
        },
        FOLLOW {
            @Override
            void prepare(HvKit hvkit, ClusterWorld world) throws InterruptedException {
                hvkit.inventory().addPool(world.everywhere(), ClusterWorld.cabinet("gold"));
                VolumeRecord v = hvkit.volumes()
                        .create(ClusterWorld.volume("v", world.pool("gold/one")))
                        .await();
                hvkit.volumes().attach(v.id(), world.host.id(), WEB).await();
                world.shelves.move(ClusterWorld.external(v), "two");
            }

            @Override
            void run(HvKit hvkit, ClusterWorld world) throws InterruptedException {
                hvkit.volumes().lookAt(world.volumes().get(0).id()).await();
            }

            /** The pool that the record names has the volume, with its use, and no other pool has it. */
            @Override
            void checkWhole(ClusterWorld world, String when) throws InterruptedException {
                VolumeRecord v = world.volumes().get(0);
                for (PoolRecord pool : List.of(world.pool("gold/one"), world.pool("gold/two"))) {
                    boolean isNamed = pool.id().equals(v.place().pool());
                    assertThat(world.open(pool).list())
                            .as("%s: in pool %s", when, pool.name())
                            .extracting(Volume::id)
                            .isEqualTo(isNamed ? List.of(ClusterWorld.external(v)) : List.of());
                    assertThat(world.open(pool).uses(ClusterWorld.external(v)))
                            .as(when)
                            .hasSize(isNamed ? 1 : 0);
                }
                assertThat(v.place().home())
                        .as(when)
                        .isEqualTo(world.pool("gold/one").id());
            }
        };

        abstract void prepare(HvKit hvkit, ClusterWorld world) throws InterruptedException;

        abstract void run(HvKit hvkit, ClusterWorld world) throws InterruptedException;

        abstract void checkWhole(ClusterWorld world, String when) throws InterruptedException;

        static Optional<PoolRecord> named(List<PoolRecord> pools, String name) {
            return pools.stream().filter(pool -> pool.name().equals(name)).findAny();
        }
    }

    private static ClusterWorld prepared(Work work) throws InterruptedException {
        ClusterWorld world = new ClusterWorld();
        world.shelves.put("gold", "one", "two");
        try (HvKit hvkit = world.process(Fuse.counting())) {
            work.prepare(hvkit, world);
        }
        world.passTime();
        return world;
    }

    private static void run(Work work, ClusterWorld world, Fuse fuse) throws InterruptedException {
        HvKit hvkit = world.process(fuse);
        try {
            work.run(hvkit, world);
        } catch (Fuse.Crash | DriverException e) {
            assertThat(fuse.moments())
                    .as("it is dead, or was told of a death: %s", e)
                    .isPositive();
        } finally {
            try {
                hvkit.close();
            } catch (Fuse.Crash e) {
                assertThat(fuse.moments()).as("the dead close nothing").isPositive();
            }
        }
        world.passTime();
    }

    @ParameterizedTest
    @EnumSource
    void all_of_it_is_done_or_nothing_and_the_next_process_does_the_rest(Work work) throws InterruptedException {
        Fuse whole = Fuse.counting();
        ClusterWorld calm = prepared(work);
        run(work, calm, whole);
        work.checkWhole(calm, work + ", and nothing happened");
        List<String> end = names(calm);

        for (int moment = 1; moment <= whole.moments(); moment++) {
            String when = work + " died at moment " + moment;
            ClusterWorld world = prepared(work);
            run(work, world, Fuse.burningAt(moment));

            assertThat(world.recover().with(RecoveryReport.Verdict.HALTED))
                    .as(when)
                    .isEmpty();
            work.checkWhole(world, when);
            run(work, world, Fuse.counting());
            work.checkWhole(world, when + ", and then it was done again");
            assertThat(names(world)).as(when).isEqualTo(end);
        }
        assertThat(whole.moments()).isGreaterThan(5);
    }

    private static List<String> names(ClusterWorld world) throws InterruptedException {
        return world.pools().stream()
                .map(pool -> pool.name() + " " + pool.membership().isPresent())
                .sorted()
                .toList();
    }
}
