package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host that is silent when it is to give a template back has it still. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TemplateTidyTest {

    @TempDir
    private Path directory;

    private TemplateWorld world;
    private HvKit hvkit;
    private TemplateRecord debian;

    @BeforeEach
    void load() throws Exception {
        world = new TemplateWorld(directory);
        hvkit = world.calm();
        debian = hvkit.templates().register(world.request("debian")).await();
        hvkit.templates().download(debian.id(), world.pool.id()).await();
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.close();
    }

    private TemplateCopyRecord copy() throws InterruptedException {
        return hvkit.templates().copies(debian.id()).get(0);
    }

    private void leave(VolumeUse... uses) throws InterruptedException {
        try (StoragePool pool = world.open(world.pool)) {
            for (VolumeUse use : uses) {
                Attachment unused = pool.attach(TemplateWorld.external(copy().place()), use);
            }
        }
    }

    private Set<VolumeUse> uses() throws InterruptedException {
        try (StoragePool pool = world.open(world.pool)) {
            return pool.uses(TemplateWorld.external(copy().place()));
        }
    }

    private VolumeUse lent() {
        return VolumeUse.by(world.host.hostId()).because(Reason.COPY).shared();
    }

    private static VolumeUse strangers() {
        return VolumeUse.by(new HostId("stranger")).because(Reason.COPY).shared();
    }

    @Test
    void a_template_is_taken_back_from_hosts_that_the_inventory_knows_and_from_no_other() throws Exception {
        leave(lent(), strangers());

        assertThat(hvkit.templates().tidy(debian.id()).await()).isEqualTo(debian.id());

        assertThat(uses()).containsExactly(strangers());
        assertThat(hvkit.templates().tidy(debian.id()).await()).as("again").isEqualTo(debian.id());
        assertThat(copy().state()).isEqualTo(TemplateCopyRecord.State.READY);
    }

    @Test
    void a_template_that_a_host_has_still_is_deleted_and_one_that_a_stranger_has_is_not() throws Exception {
        leave(lent(), strangers());

        refused(Failure.IN_USE, () -> hvkit.templates().delete(debian.id()).await());

        assertThat(copy().state()).isEqualTo(TemplateCopyRecord.State.READY);
        try (StoragePool pool = world.open(world.pool)) {
            pool.detach(TemplateWorld.external(copy().place()), new HostId("stranger"), Reason.COPY);
        }
        leave(lent());
        hvkit.templates().delete(debian.id()).await();
        world.checkThatAllAgree("deleted");
    }

    @Test
    void whenever_somebody_does_not_answer_a_template_that_is_deleted_is_whole_or_gone() throws Exception {
        boolean hasFailed = true;
        for (int moment = 1; hasFailed; moment++) {
            TemplateRecord template =
                    hvkit.templates().register(world.request("debian")).await();
            hvkit.templates().download(template.id(), world.pool.id()).await();
            AtomicInteger left = new AtomicInteger(moment);
            try (HvKit silenced = world.process(Fuse.atEach(() -> fallSilent(left)))) {
                silenced.templates().delete(template.id()).await();
            } catch (DriverException e) {
                assertThat(e.failure()).isIn(Failure.UNREACHABLE, Failure.OPERATION_PENDING);
            }
            hasFailed = left.get() <= 0;
            world.waitForLeases();
            hvkit.recover();
            world.checkThatAllAgree("no answer at moment " + moment);
        }
        assertThat(hvkit.templates().find(debian.id())).isEmpty();
    }

    private static void fallSilent(AtomicInteger left) {
        if (left.decrementAndGet() == 0) {
            throw DriverException.because(Failure.UNREACHABLE).message("nobody answers");
        }
    }

    @Test
    void a_template_that_a_host_reads_is_not_taken_from_it() throws Exception {
        CountDownLatch reads = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        world.beforeCopies = () -> {
            reads.countDown();
            await(mayGoOn);
        };
        Job<VolumeRecord> filling = hvkit.templates()
                .newVolume(
                        debian.id(),
                        VolumeRequest.blank("root", TemplateWorld.SIZE, world.blocks.id())
                                .encrypted());
        await(reads);

        refused(
                Failure.OPERATION_PENDING,
                () -> hvkit.templates().tidy(debian.id()).await());

        assertThat(uses()).containsExactly(lent());
        mayGoOn.countDown();
        assertThat(filling.await().state()).isEqualTo(VolumeRecord.State.READY);
        world.checkThatAllAgree("filled");
    }

    @Test
    void a_template_that_a_host_writes_is_not_taken_from_it() throws Exception {
        VolumeRecord root = hvkit.templates()
                .newVolume(
                        debian.id(),
                        VolumeRequest.blank("root", TemplateWorld.SIZE, world.pool.id())
                                .encrypted())
                .await();
        CountDownLatch writes = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        world.beforeCopies = () -> {
            writes.countDown();
            await(mayGoOn);
        };
        Job<TemplateRecord> capture =
                hvkit.templates().capture(CaptureRequest.of(root.id(), "golden", world.blocks.id()));
        await(writes);
        TemplateRecord golden = hvkit.templates().named("golden").orElseThrow();

        hvkit.templates().tidy(golden.id()).await();
        refused(
                Failure.OPERATION_PENDING,
                () -> hvkit.templates().delete(golden.id()).await());
        assertThat(hvkit.jobs().open())
                .as("what goes on")
                .extracting(OperationRecord::kind)
                .containsExactly("template.capture");

        List<TemplateCopyRecord> copies = hvkit.templates().copies(golden.id());
        try (StoragePool pool = world.open(world.blocks)) {
            assertThat(pool.list().stream()
                            .map(volume -> usesOf(pool, volume.id()))
                            .flatMap(Set::stream))
                    .as("uses in the pool of %s", copies)
                    .contains(VolumeUse.by(world.host.hostId()).because(Reason.COPY));
        }
        mayGoOn.countDown();
        assertThat(capture.await()).extracting(TemplateRecord::id).isEqualTo(golden.id());
        world.checkThatAllAgree("captured");
    }

    private static Set<VolumeUse> usesOf(StoragePool pool, VolumeId id) {
        try {
            return pool.uses(id);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
