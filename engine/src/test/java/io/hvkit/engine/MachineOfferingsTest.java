package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.machine.MachineRequests;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachineOfferingsTest {

    @TempDir
    private Path directory;

    private MachineWorld world;
    private HvKit hvkit;

    @BeforeEach
    void open() throws Exception {
        world = new MachineWorld(directory);
        hvkit = world.calm();
    }

    @AfterEach
    void close() throws Exception {
        hvkit.close();
    }

    @Test
    void a_machine_is_had_by_an_offering_which_says_what_it_is_and_where_it_runs() throws Exception {
        world.note(new PlacementNotes() {
            @Override
            public Set<String> tags(HostRecord host) {
                return host.name().equals("h2") ? Set.of("ssd") : Set.of();
            }

            @Override
            public Set<String> tags(PoolRecord pool) {
                return Set.of("fast");
            }
        });
        try (HvKit knowing = world.calm()) {
            VolumeRecord root = world.encrypted(knowing, "root");
            // tag::offering[]
            OfferingRecord vault = knowing.offerings()
                    .add(ServiceOffering.named("vault", 2, ByteSize.gibibytes(1))
                            .encryptingRoot()
                            .rootTagged("fast")
                            .hostTagged("ssd"));
            MachineRequest request = ServiceOffering.machineOf(vault, "web-01").root(root.id());
            // end::offering[]

            MachineRecord web = knowing.machines().start(request).await();

            assertThat(web.offering()).contains(vault.id());
            assertThat(web.needs()).isEqualTo(new MachineRecord.Needs(2, ByteSize.gibibytes(1)));
            assertThat(web.host()).contains(world.two.id());
            assertThat(MachineRequests.comesBack(request)).isTrue();
            DriverException had =
                    refused(Failure.IN_USE, () -> knowing.offerings().remove(vault.id()));
            assertThat(had).hasMessageContaining("machine web-01 has offering");
            knowing.machines().stop(web.id(), StopMode.POWER_OFF).await();
            VolumeRecord plain = world.plain(knowing, "plain");
            knowing.machines().detach(web.id(), root.id()).await();
            DriverException laidOpen = refused(
                    Failure.INVALID_REQUEST,
                    () -> knowing.machines().attach(web.id(), plain.id()).await());
            assertThat(laidOpen).hasMessageContaining("plain, the root of machine web-01, lies in clear");
            knowing.machines().delete(web.id()).await();
            knowing.offerings().remove(vault.id());
            assertThat(knowing.offerings().find(vault.id())).isEmpty();
        }
        world.checkThatAllAgree("the offering is gone");
    }

    @Test
    void a_machine_that_is_not_what_its_offering_has_is_refused_and_not_known() throws Exception {
        OfferingRecord vault = hvkit.offerings()
                .add(ServiceOffering.named("vault", 2, ByteSize.gibibytes(1)).encryptingRoot());
        OfferingRecord tagged = hvkit.offerings()
                .add(ServiceOffering.named("tagged", 1, ByteSize.gibibytes(1)).rootTagged("fast"));
        ServiceOffering terms = ServiceOffering.in(vault);
        VolumeRecord root = world.encrypted(hvkit, "root");
        VolumeRecord plain = world.plain(hvkit, "plain");

        assertThat(refusedMachine(
                        terms.machine("web-01").cpus(4).root(root.id()).by(vault.id())))
                .hasMessageContaining("has machines with 2 processors");
        assertThat(refusedMachine(terms.machine("web-01").root(plain.id()).by(vault.id())))
                .hasMessageContaining("offering vault encrypts the root");
        assertThat(refusedMachine(ServiceOffering.in(tagged)
                        .machine("web-01")
                        .root(root.id())
                        .by(tagged.id())))
                .hasMessageContaining("is in pool shared, tagged []");
        hvkit.offerings().put(vault.id(), OfferingRecord.Standing.RETIRED);
        refused(
                Failure.EXHAUSTED,
                () -> hvkit.machines()
                        .create(terms.machine("web-01").root(root.id()).by(vault.id()))
                        .await());
        assertThat(hvkit.machines().named("web-01")).isEmpty();
    }

    @Test
    void the_first_disk_of_a_machine_is_its_root_and_is_where_its_offering_has_roots() throws Exception {
        OfferingRecord tagged = hvkit.offerings()
                .add(ServiceOffering.named("tagged", 1, ByteSize.gibibytes(1)).rootTagged("fast"));
        VolumeRecord root = world.encrypted(hvkit, "root");
        VolumeRecord data = world.plain(hvkit, "data");
        tag("fast");
        MachineRecord web = hvkit.machines()
                .create(ServiceOffering.machineOf(tagged, "web-01").root(root.id()))
                .await();
        hvkit.machines().detach(web.id(), root.id()).await();
        hvkit.offerings().put(tagged.id(), OfferingRecord.Standing.RETIRED);
        tag("slow");

        DriverException slow = refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.machines().attach(web.id(), root.id()).await());

        assertThat(slow)
                .hasMessageContaining("offering tagged has the root of its machines in pools tagged [fast]")
                .hasMessageContaining("that of machine web-01 is in pool shared, tagged [slow]; choose or move it");
        assertThat(hvkit.machines().disks(web.id())).isEmpty();
        tag("fast");
        hvkit.machines().attach(web.id(), root.id()).await();
        tag("slow");
        hvkit.machines().attach(web.id(), data.id()).await(); // of other disks the offering says nothing
        assertThat(hvkit.machines().disks(web.id())).containsExactly(root.id(), data.id());
        hvkit.machines().delete(web.id()).await();
    }

    private void tag(String tag) throws InterruptedException {
        hvkit.settings()
                .set(
                        StandardSettings.STORAGE_TAGS,
                        SettingScope.pool(world.pool.id()),
                        StandardSettings.Tags.parse(tag));
    }

    private DriverException refusedMachine(MachineRequest request) {
        return refused(
                Failure.INVALID_REQUEST, () -> hvkit.machines().create(request).await());
    }
}
