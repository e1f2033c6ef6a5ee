package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process dies at each moment of each operation on snapshots, and another one recovers: nothing that lives has lost a byte, and catalog,
 * pool, store, keys and machine agree. Then the one that recovers dies, too. A slice of the moments, all with {@code -Dhvkit.thorough=true}.
 */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotsCrashTest {

    @TempDir
    private Path folder;

    /** What is begun when the process dies. */
    enum Work {
        TAKE_AT_REST(Protection.ENCRYPTED, Machine.ENDED) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return scene.take(hvkit, "new");
            }
        },
        TAKE_AT_REST_IN_CLEAR(Protection.PLAIN, Machine.ENDED) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return scene.take(hvkit, "new");
            }
        },
        TAKE_AT_REST_IN_FULL(Protection.ENCRYPTED, Machine.ENDED) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.expect(scene.root, "new");
                return hvkit.snapshots()
                        .take(scene.root.id(), scene.world.request("new").limitedTo(new ChainLimit(1)));
            }
        },
        TAKE_AT_REST_OVER_WHAT_CANNOT_BE_READ(Protection.ENCRYPTED, Machine.ENDED) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.atEachCall(call -> {
                    if (call.equals("write")) {
                        throw DriverException.because(Failure.CORRUPT_DATA)
                                .effect(Effect.NOT_APPLIED)
                                .message("a cluster below cannot be read");
                    }
                });
                return scene.take(hvkit, "new");
            }
        },
        TAKE_WHAT_IS_UNCHANGED(Protection.ENCRYPTED, Machine.ENDED) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.take(scene.root, "same");
                return scene.take(hvkit, "new");
            }
        },
        TAKE_RUNNING(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return scene.take(hvkit, "new");
            }
        },
        TAKE_RUNNING_UNCHANGED(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.take(scene.root, "same");
                return scene.take(hvkit, "new");
            }
        },
        TAKE_RUNNING_IN_FULL(Protection.PLAIN, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.hosts.loseNotes();
                return scene.take(hvkit, "new");
            }
        },
        TAKE_UNDER_A_TAKEN_NAME(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return hvkit.snapshots().take(scene.root.id(), scene.world.request("one"));
            }
        },
        TAKE_AND_FAIL(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.hosts.take(BackedUpHosts.Course.FAILING);
                return scene.take(hvkit, "new");
            }
        },
        TAKE_AND_NOBODY_CAN_TELL(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.hosts.take(BackedUpHosts.Course.VANISHING);
                return scene.take(hvkit, "new");
            }
        },
        DELETE_ONE_THAT_IS_READ(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return hvkit.snapshots().delete(scene.snapshots.get(1).id());
            }
        },
        DELETE_THE_NEWEST(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return hvkit.snapshots().delete(scene.snapshots.get(2).id());
            }
        },
        DELETE_THE_LAST_OF_A_LINE(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.delete(scene.snapshots.get(0));
                scene.world.delete(scene.snapshots.get(1));
                return hvkit.snapshots().delete(scene.snapshots.get(2).id());
            }
        },
        TIDY(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.storage.keepAll(scene.world.store.poolId());
                scene.world.delete(scene.snapshots.get(2));
                scene.world.storage.removeAgain(scene.world.store.poolId());
                return hvkit.snapshots().tidy(scene.root.id());
            }
        },
        RESTORE(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.expected.put("made", scene.world.expected.get("three"));
                return hvkit.snapshots()
                        .restore(RestoreRequest.of(scene.snapshots.get(2).id(), "made", scene.world.pool.id())
                                .encrypted()
                                .ownedBy(Counted.OWNER));
            }
        },
        REVERT(Protection.ENCRYPTED, Machine.ENDED) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return hvkit.snapshots()
                        .revert(scene.root.id(), scene.snapshots.get(1).id());
            }
        },
        TEMPLATE(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                scene.world.expected.put("golden", scene.world.expected.get("three"));
                return hvkit.templates()
                        .capture(
                                CaptureRequest.ofSnapshot(scene.snapshots.get(2).id(), "golden", scene.world.pool.id())
                                        .ownedBy(Counted.OWNER));
            }
        },
        FLATTEN(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return hvkit.snapshots().flatten(scene.snapshots.get(1).id(), scene.world.store.id());
            }
        },
        RESTORE_UNDER_A_TAKEN_NAME(Protection.ENCRYPTED, Machine.RUNS) {
            @Override
            Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException {
                return hvkit.snapshots()
                        .restore(RestoreRequest.of(scene.snapshots.get(2).id(), "root", scene.world.pool.id())
                                .encrypted()
                                .ownedBy(Counted.OWNER));
            }
        };

        private final Protection protection;
        private final Machine machine;

        Work(Protection protection, Machine machine) {
            this.protection = protection;
            this.machine = machine;
        }

        abstract Job<?> begin(HvKit hvkit, Scene scene) throws InterruptedException;
    }

    private enum Protection {
        PLAIN,
        ENCRYPTED
    }

    private enum Machine {
        RUNS,
        ENDED
    }

    /** A volume with three snapshots, each of which stands on the one before. */
    private static final class Scene {
        private final SnapshotWorld world;
        private final VolumeRecord root;
        private final List<Snapshot> snapshots = new ArrayList<>();
        private byte[] before = new byte[0];

        Scene(SnapshotWorld world, Work work) throws InterruptedException {
            this.world = world;
            VolumeRequest plain = world.plain().ownedBy(Counted.OWNER);
            this.root = world.create(work.protection == Protection.PLAIN ? plain : plain.encrypted());
            world.write(root, 0, (byte) 'a');
            world.start(root);
            for (String name : List.of("one", "two", "three")) {
                world.hosts.write(snapshots.size() + 1, (byte) name.charAt(0));
                snapshots.add(world.take(root, name));
            }
            world.hosts.write(0, (byte) 0);
            world.hosts.write(5, (byte) 'z');
            if (work.machine == Machine.ENDED) {
                world.stop(root);
                before = world.content(root);
            }
        }

        /** The volume holds what the snapshot did, and what it held before is kept; or it holds what it did. */
        void checkThatItIsOneOrTheOther(String when) throws InterruptedException {
            try (HvKit hvkit = world.process()) {
                VolumeRecord now = hvkit.volumes().find(root.id()).orElseThrow();
                byte[] reverted = world.expected.get("two");
                assertThat(world.content(root)).as(when).isEqualTo(before);
                assertThat(world.content(now)).as(when).isEqualTo(now.second().isPresent() ? reverted : before);
                hvkit.volumes().tidy(root.id()).await();
            }
        }

        Job<?> take(HvKit hvkit, String name) throws InterruptedException {
            world.expect(root, name);
            return hvkit.snapshots().take(root.id(), world.request(name));
        }
    }

    private interface Worlds {
        SnapshotWorld make() throws InterruptedException;
    }

    private SnapshotWorld inMemory() throws InterruptedException {
        return new SnapshotWorld(folder, SnapshotWorld.inMemory());
    }

    private SnapshotWorld onSqlite() throws InterruptedException {
        Path file = folder.resolve("catalog-" + System.nanoTime());
        return new SnapshotWorld(folder, clock -> JdbcCatalog.file(file));
    }

    @ParameterizedTest
    @EnumSource
    void whenever_the_process_dies_recovery_makes_all_agree(Work work) throws Exception {
        dies(work, this::inMemory, Moments.apart(11));
    }

    @ParameterizedTest
    @EnumSource(names = {"TAKE_RUNNING", "DELETE_THE_LAST_OF_A_LINE"})
    void so_it_is_on_sqlite(Work work) throws Exception {
        dies(work, this::onSqlite, Moments.ARE_ALL_TRIED ? 5 : Integer.MAX_VALUE);
    }

    private static void dies(Work work, Worlds worlds, int apart) throws InterruptedException {
        Fuse whole = Fuse.counting();
        SnapshotWorld calm = worlds.make();
        Scene quiet = new Scene(calm, work);
        calm.run(hvkit -> work.begin(hvkit, quiet), whole);
        if (work == Work.REVERT) {
            quiet.checkThatItIsOneOrTheOther("nothing happened");
        }
        calm.checkThatAllAgree(quiet.root, work + ", and nothing happened");
        calm.checkThatAllCounts(work + ", and nothing happened");

        for (int moment : Moments.each(apart, whole.moments())) {
            String when = work + " died at moment " + moment + ", " + Moments.seed();
            SnapshotWorld world = worlds.make();
            Scene scene = new Scene(world, work);
            world.run(hvkit -> work.begin(hvkit, scene), Fuse.burningAt(moment));
            if (Moments.ARE_ALL_TRIED || moment % 3 == 0) {
                when += ", and so did the next one";
                dieRecovering(world, moment % 13 + 1);
            }

            recover(world, when);
            if (work == Work.TIDY) {
                world.tidy(scene.root); // it may have died before it was asked for
            }
            if (work == Work.REVERT) {
                scene.checkThatItIsOneOrTheOther(when);
            }
            world.checkThatAllAgree(scene.root, when);
            world.checkThatAllCounts(when);
            assertThat(world.recover().findings()).as(when).isEmpty();
        }
        assertThat(whole.moments()).isGreaterThan(8);
    }

    /** Leases of the dead last by the catalog's clock, which may be a real one. */
    private static void recover(SnapshotWorld world, String when) throws InterruptedException {
        Await.until("what the dead left is recovered", Duration.ofMinutes(1), () -> {
            RecoveryReport report = world.recover();
            assertThat(report.with(RecoveryReport.Verdict.HALTED)).as(when).isEmpty();
            return report.with(RecoveryReport.Verdict.LEFT_ALONE).isEmpty();
        });
    }

    private static void dieRecovering(SnapshotWorld world, int moment) throws InterruptedException {
        HvKit hvkit = world.process(Fuse.burningAt(moment));
        try {
            RecoveryReport unused = hvkit.recover();
        } catch (Fuse.Crash | RuntimeException e) {
            // dead: what is left is looked at by the next one
        } finally {
            try {
                hvkit.close();
            } catch (Fuse.Crash e) {
                // the dead close nothing
            }
        }
        world.waitForLeases();
    }
}
