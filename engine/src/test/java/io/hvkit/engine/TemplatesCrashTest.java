package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Sha256;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.internal.usage.Ledger;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.usage.Thing;
import io.hvkit.engine.volume.VolumeRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process dies at each moment of each operation on templates; another one recovers, and catalog, pools, keys and files agree. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TemplatesCrashTest {

    /** Each how-manieth moment is tried, unless all are. */
    private static final int SLICE = 31;

    @TempDir
    private Path directory;

    /** What is begun when the process dies. */
    enum Work {
        REGISTER {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates().register(stage.world.request("another").ownedBy(Counted.OWNER));
            }
        },
        DOWNLOAD {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates().download(stage.template.id(), stage.world.elsewhere.id());
            }
        },
        DOWNLOAD_OF_ANOTHER_SIZE {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates().download(stage.wrong.id(), stage.world.elsewhere.id());
            }
        },
        UPLOAD {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates().upload(stage.template.id(), stage.world.elsewhere.id(), stage.upload);
            }
        },
        VOLUME_BY_ITS_POOL {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates()
                        .newVolume(
                                stage.template.id(),
                                VolumeRequest.blank("new", TemplateWorld.SIZE, stage.world.pool.id())
                                        .encrypted()
                                        .ownedBy(Counted.OWNER));
            }
        },
        VOLUME_BY_A_HOST {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates()
                        .newVolume(
                                stage.template.id(),
                                VolumeRequest.blank("new", TemplateWorld.SIZE, stage.world.blocks.id())
                                        .encrypted()
                                        .ownedBy(Counted.OWNER));
            }
        },
        VOLUME_OF_AN_ENCRYPTED_TEMPLATE {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates()
                        .newVolume(
                                stage.secret.id(),
                                VolumeRequest.blank("new", TemplateWorld.SIZE, stage.world.pool.id())
                                        .encrypted()
                                        .ownedBy(Counted.OWNER));
            }
        },
        CAPTURE {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates()
                        .capture(CaptureRequest.of(stage.volume.id(), "captured", stage.world.blocks.id())
                                .ownedBy(Counted.OWNER));
            }
        },
        CAPTURE_UNDER_A_TAKEN_NAME {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates()
                        .capture(CaptureRequest.of(stage.volume.id(), "debian", stage.world.pool.id())
                                .ownedBy(Counted.OWNER));
            }
        },
        REINSTALL {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.machines()
                        .reinstall(ReinstallRequest.of(
                                stage.machine.id(),
                                stage.template.id(),
                                VolumeRequest.blank("new-root", TemplateWorld.SIZE, stage.world.blocks.id())
                                        .encrypted()
                                        .ownedBy(Counted.OWNER)));
            }
        },
        DELETE {
            @Override
            Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException {
                return hvkit.templates().delete(stage.secret.id());
            }
        };

        abstract Job<?> begin(HvKit hvkit, Stage stage) throws InterruptedException;

        boolean isRefused() {
            return this == DOWNLOAD_OF_ANOTHER_SIZE || this == CAPTURE_UNDER_A_TAKEN_NAME;
        }
    }

    /** A world with a template in a pool, an encrypted volume of it, and an encrypted template of that. */
    private static final class Stage implements AutoCloseable {
        private final TemplateWorld world;
        private final TemplateRecord template;
        private final TemplateRecord wrong;
        private final TemplateRecord secret;
        private final VolumeRecord volume;
        private final MachineRecord machine;
        private final Path upload;

        Stage(Path folder) throws InterruptedException, IOException {
            world = new TemplateWorld(folder);
            upload = Files.write(folder.resolve("upload"), world.image).toAbsolutePath();
            try (HvKit hvkit = world.calm()) {
                template = hvkit.templates()
                        .register(world.request("debian").ownedBy(Counted.OWNER))
                        .await();
                hvkit.templates().download(template.id(), world.pool.id()).await();
                volume = hvkit.templates()
                        .newVolume(
                                template.id(),
                                VolumeRequest.blank("root", TemplateWorld.SIZE, world.pool.id())
                                        .encrypted()
                                        .ownedBy(Counted.OWNER))
                        .await();
                VolumeRecord root = hvkit.templates()
                        .newVolume(
                                template.id(),
                                VolumeRequest.blank("old-root", TemplateWorld.SIZE, world.pool.id())
                                        .encrypted()
                                        .ownedBy(Counted.OWNER))
                        .await();
                machine = hvkit.machines()
                        .create(MachineRequest.named("web").root(root.id()).ownedBy(Counted.OWNER))
                        .await();
                secret = hvkit.templates()
                        .capture(CaptureRequest.of(volume.id(), "secret", world.pool.id())
                                .ownedBy(Counted.OWNER))
                        .await();
            }
            wrong = wrong();
        }

        /** One that was said to have another size before anybody had seen it, by an engine that did not know better. */
        private TemplateRecord wrong() throws InterruptedException {
            TemplateRequest request = TemplateRequest.named("wrong", ImageFormat.RAW, Sha256.of(world.image))
                    .from(world.uri());
            return world.catalog.inTransaction(transaction -> counted(
                    transaction,
                    transaction
                            .templates()
                            .insert(new TemplateRecord(
                                    RecordId.random(),
                                    0,
                                    request.name(),
                                    new TemplateRecord.Content(
                                            ImageFormat.RAW,
                                            Optional.of(request.digest()),
                                            Optional.of(TemplateWorld.SIZE.plus(TemplateWorld.SIZE))),
                                    Optional.of(world.uri().toString()),
                                    Optional.empty(),
                                    template.createdAt()))));
        }

        private static TemplateRecord counted(Transaction transaction, TemplateRecord kept) {
            Ledger.in(transaction, kept.createdAt())
                    .hold(Thing.template(kept.id()).toString(), Counted.OWNER, Optional.empty(), Measures.template(0));
            return kept;
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

        /** The machine has one root, the old one or the new one, and the other is nowhere. */
        void checkRoot(String when) throws InterruptedException {
            try (HvKit hvkit = world.calm()) {
                List<RecordId<VolumeRecord>> disks = hvkit.machines().disks(machine.id());
                assertThat(disks).as(when).hasSize(1);
                Optional<VolumeRecord> old = hvkit.volumes().named("old-root");
                Optional<VolumeRecord> fresh = hvkit.volumes().named("new-root");
                assertThat(old.isPresent()).as(when).isNotEqualTo(fresh.isPresent());
                assertThat(old.or(() -> fresh).map(VolumeRecord::id)).as(when).contains(disks.get(0));
            }
        }

        @Override
        public void close() {
            world.close();
        }
    }

    private Stage stage(String name) throws InterruptedException, IOException {
        return new Stage(Files.createDirectory(directory.resolve(name)));
    }

    @ParameterizedTest
    @EnumSource
    void whenever_the_process_dies_recovery_makes_catalog_pools_keys_and_files_agree(Work work) throws Exception {
        Fuse whole = Fuse.counting();
        try (Stage calm = stage("calm")) {
            assertThat(calm.run(work, whole)).isEqualTo(!work.isRefused());
            calm.world.checkThatAllAgree(work + " and nothing happened");
            Counted.check(calm.world.catalog, work + " and nothing happened");
        }
        for (int moment : Moments.each(Moments.apart(SLICE), whole.moments())) {
            String when = work + " died at moment " + moment + " of " + whole.moments() + ", " + Moments.seed();
            try (Stage stage = stage("m" + moment)) {
                stage.run(work, Fuse.burningAt(moment));

                assertThat(stage.world.recover().with(RecoveryReport.Verdict.HALTED))
                        .as(when)
                        .isEmpty();

                stage.world.checkThatAllAgree(when);
                stage.checkRoot(when);
                Counted.check(stage.world.catalog, when);
                assertThat(stage.world.recover().findings()).as(when).isEmpty();
            }
        }
        assertThat(whole.moments()).isGreaterThan(6);
    }
}
