package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.engine.volume.VolumeRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ReinstallTest {

    @TempDir
    private Path directory;

    private TemplateWorld world;
    private HvKit hvkit;

    @BeforeEach
    void open() throws Exception {
        world = new TemplateWorld(directory);
        hvkit = world.calm();
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.close();
    }

    @Test
    void a_machine_gets_another_root_and_keeps_its_other_disks_in_order() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        VolumeRecord root = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("root", world.pool).encrypted())
                .await();
        VolumeRecord data = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("data", world.pool))
                .await();
        MachineRecord web = hvkit.machines()
                .create(MachineRequest.named("web").root(root.id()).disk(data.id()))
                .await();
        VolumeRequest fresh = TemplateWorld.blank("root-2", world.pool).encrypted();

        // tag::reinstall[]
        hvkit.machines()
                .reinstall(ReinstallRequest.of(web.id(), debian.id(), fresh))
                .await();
        // end::reinstall[]

        VolumeRecord now = hvkit.volumes().named("root-2").orElseThrow();
        assertThat(hvkit.machines().disks(web.id())).containsExactly(now.id(), data.id());
        assertThat(hvkit.volumes().find(root.id())).isEmpty();
        assertThat(now.key()).isPresent().isNotEqualTo(root.key());
        world.checkThatAllAgree("reinstalled");
        hvkit.machines()
                .reinstall(ReinstallRequest.of(
                                web.id(),
                                debian.id(),
                                TemplateWorld.blank("root-3", world.blocks).encrypted())
                        .keepingTheOldRoot())
                .await();
        assertThat(hvkit.volumes().find(now.id())).isPresent();
        hvkit.volumes().delete(now.id()).await();
        world.checkThatAllAgree("reinstalled again");
    }

    @Test
    void a_root_is_not_reinstalled_in_clear_or_while_its_machine_runs() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        VolumeRecord root = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("root", world.pool).encrypted())
                .await();
        MachineRecord web = hvkit.machines()
                .create(MachineRequest.named("web").root(root.id()))
                .await();

        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines()
                        .reinstall(ReinstallRequest.of(web.id(), debian.id(), TemplateWorld.blank("clear", world.pool)))
                        .await());
        world.catalog.inTransaction(transaction ->
                transaction.machines().update(web.in(MachineRecord.State.RUNNING, Optional.of(world.host.id()))));
        refused(
                Failure.IN_USE,
                () -> hvkit.machines()
                        .reinstall(ReinstallRequest.of(
                                web.id(),
                                debian.id(),
                                TemplateWorld.blank("fresh", world.pool).encrypted()))
                        .await());

        assertThat(hvkit.machines().disks(web.id())).containsExactly(root.id());
        world.checkThatAllAgree("refused");
    }

    @Test
    void a_new_root_is_in_a_pool_with_the_tags_of_its_machines_offering_be_that_retired() throws Exception {
        hvkit.settings()
                .set(
                        StandardSettings.STORAGE_TAGS,
                        SettingScope.pool(world.pool.id()),
                        StandardSettings.Tags.parse("fast"));
        OfferingRecord quick = hvkit.offerings()
                .add(ServiceOffering.named("quick", 1, ByteSize.mebibytes(128)).rootTagged("fast"));
        TemplateRecord debian = world.loaded(hvkit);
        VolumeRecord root = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("root", world.pool))
                .await();
        MachineRecord web = hvkit.machines()
                .create(ServiceOffering.machineOf(quick, "web").root(root.id()))
                .await();
        hvkit.offerings().put(quick.id(), OfferingRecord.Standing.RETIRED);

        DriverException refusal = refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines()
                        .reinstall(
                                ReinstallRequest.of(web.id(), debian.id(), TemplateWorld.blank("slow", world.blocks)))
                        .await());

        assertThat(refusal)
                .hasMessageContaining("offering quick has the root of its machines in pools tagged [fast]")
                .hasMessageContaining("that of machine web is in pool " + world.blocks.name());
        assertThat(hvkit.machines().disks(web.id())).containsExactly(root.id());
        assertThat(hvkit.volumes().named("slow")).isEmpty();
        hvkit.machines()
                .reinstall(ReinstallRequest.of(web.id(), debian.id(), TemplateWorld.blank("fresh", world.pool)))
                .await();
        assertThat(hvkit.volumes().find(root.id())).isEmpty();
        world.checkThatAllAgree("reinstalled where the offering has it");
    }

    @Test
    void an_old_root_that_has_snapshots_is_a_leftover_and_stays() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        VolumeRecord root = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("root", world.pool))
                .await();
        MachineRecord web = hvkit.machines()
                .create(MachineRequest.named("web").root(root.id()))
                .await();
        world.catalog.inTransaction(transaction -> transaction
                .snapshots()
                .insert(new SnapshotRecord(
                        RecordId.random(), 0, Optional.of(root.id()), "monday", Optional.empty(), root.createdAt())));

        JobEnd<MachineRecord> end = hvkit.machines()
                .reinstall(ReinstallRequest.of(web.id(), debian.id(), TemplateWorld.blank("fresh", world.pool)))
                .await(Duration.ofMinutes(1));

        assertThat(end).isInstanceOf(JobEnd.Done.class);
        assertThat(end.toString()).contains("has snapshots");
        assertThat(hvkit.volumes().find(root.id())).contains(root);
        world.checkThatAllAgree("kept");
    }
}
