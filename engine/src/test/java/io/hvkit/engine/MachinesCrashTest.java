package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.hypervisor.spi.StopMode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process dies at each moment of each operation on machines; another one recovers, and catalog, hosts, pool and keys agree. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachinesCrashTest {

    /** Each how-manieth moment is tried, unless all are. */
    private static final int SLICE = 23;

    @TempDir
    private Path directory;

    /** What is begun when the process dies. */
    enum Work {
        CREATE {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().create(stage.wanted);
            }
        },
        START_NEW {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().start(stage.wanted);
            }
        },
        START_NEW_WITH_A_BROKEN_DISK {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().start(stage.broken);
            }
        },
        START {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().start(stage.stopped.id());
            }
        },
        STOP {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().stop(stage.running.id(), StopMode.POWER_OFF);
            }
        },
        MIGRATE {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().migrate(MigrateRequest.of(stage.running.id()));
            }
        },
        MIGRATE_WITH_ITS_DISKS {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines()
                        .migrate(MigrateRequest.of(stage.local.id()).withLocalDisks());
            }
        },
        ATTACH {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().attach(stage.running.id(), stage.spare.id());
            }
        },
        ATTACH_AT_REST {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().attach(stage.stopped.id(), stage.spare.id());
            }
        },
        DETACH {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines()
                        .detach(
                                stage.running.id(),
                                hvkit.machines().disks(stage.running.id()).get(1));
            }
        },
        DELETE {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines().delete(stage.stopped.id());
            }
        };

        abstract Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException;
    }

    /** A world with a machine that runs, one that is stopped, and what others are made of. */
    private static final class Stage {
        private final MachineWorld world;
        private final MachineRecord running;
        private final MachineRecord stopped;
        private final MachineRecord local;
        private final MachineRequest wanted;
        private final MachineRequest broken;
        private final VolumeRecord spare;

        Stage(Path folder) throws InterruptedException, IOException {
            world = new MachineWorld(folder);
            try (HvKit hvkit = world.calm()) {
                running = hvkit.machines().start(world.request(hvkit, "runs")).await();
                stopped = hvkit.machines().create(world.request(hvkit, "rests")).await();
                local = hvkit.machines()
                        .start(world.localRequest(hvkit, "local"))
                        .await();
                wanted = world.request(hvkit, "new");
                VolumeRecord rotten = world.encrypted(hvkit, "rotten");
                try (RandomAccessFile file = new RandomAccessFile(
                        world.storage.file(MachineWorld.external(rotten)).toFile(), "rw")) {
                    file.write(new byte[64]);
                }
                broken = world.request(hvkit, "broken").disk(rotten.id());
                spare = world.encrypted(hvkit, "spare");
            }
        }

        /** Returns whether it came to its end. */
        boolean run(Work work, Fuse fuse) throws InterruptedException {
            HvKit hvkit = world.process(fuse);
            try {
                work.begin(hvkit, this).await();
                return true;
            } catch (Fuse.Crash | RuntimeException e) {
                return false; // dead, or refused: what is left is looked at afterwards
            } finally {
                close(hvkit);
                world.waitForLeases();
            }
        }

        private static void close(HvKit hvkit) {
            try {
                hvkit.close();
            } catch (Fuse.Crash e) {
                // the dead close nothing
            }
        }
    }

    private Stage stage(String name) throws InterruptedException, IOException {
        return new Stage(Files.createDirectory(directory.resolve(name)));
    }

    @ParameterizedTest
    @EnumSource
    void whenever_the_process_dies_recovery_makes_catalog_hosts_pool_and_keys_agree(Work work) throws Exception {
        Fuse whole = Fuse.counting();
        Stage calm = stage("calm");
        assertThat(calm.run(work, whole)).isEqualTo(work != Work.START_NEW_WITH_A_BROKEN_DISK);
        calm.world.checkThatAllAgree(work + " and nothing happened");
        Counted.check(calm.world.catalog, work + " and nothing happened");

        for (int moment : Moments.each(Moments.apart(SLICE), whole.moments())) {
            String when = work + " died at moment " + moment + " of " + whole.moments() + ", " + Moments.seed();
            Stage stage = stage("m" + moment);
            stage.run(work, Fuse.burningAt(moment));

            assertThat(stage.world.recover().with(RecoveryReport.Verdict.HALTED))
                    .as(when)
                    .isEmpty();

            stage.world.checkThatAllAgree(when);
            Counted.check(stage.world.catalog, when);
            assertThat(stage.world.recover().findings()).as(when).isEmpty();
        }
        assertThat(whole.moments()).isGreaterThan(6);
    }
}
