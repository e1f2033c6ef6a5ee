package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.engine.internal.inventory.Credentials;
import io.hvkit.engine.internal.inventory.StorageHosts;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class InventoryTest {

    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

    private final InMemoryCatalog catalog = InMemoryCatalog.empty().rerunning();
    private final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
    private final InMemoryStorageDriver storage = new InMemoryStorageDriver();
    private final Credentials none = new Credentials(
            catalog, new KeyVault(catalog, KeyProvider.file(Path.of("no-such-file")), InstantSource.fixed(NOW)));
    private final Connections connections = new Connections(
            HypervisorDrivers.of(List.of(hypervisors)),
            StorageDrivers.of(List.of(storage)),
            host -> KeySource.NONE,
            none,
            Connections.HostTerms.NONE);
    private final Inventory inventory = new Inventory(
            catalog,
            connections,
            new StorageHosts(catalog, EndPointSource.NONE::open, InstantSource.fixed(NOW)),
            none,
            InstantSource.fixed(NOW));
    private RecordId<ZoneRecord> zone;
    private RecordId<ClusterRecord> cluster;

    @BeforeEach
    void make() throws Exception {
        zone = inventory.addZone("z1").id();
        cluster =
                inventory.addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE).id();
    }

    @AfterEach
    void close() {
        connections.close();
        catalog.close();
    }

    @Test
    void adding_the_same_again_returns_what_is_there() throws Exception {
        HostRecord host = inventory.addHost(cluster, HostRequest.named("h1"));
        PoolRecord pool = inventory.addPool(everywhere(), request("p1"));

        assertThat(inventory.addZone("z1").id()).isEqualTo(zone);
        assertThat(inventory
                        .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                        .id())
                .isEqualTo(cluster);
        assertThat(inventory.addHost(cluster, HostRequest.named("h1"))).isEqualTo(host);
        assertThat(inventory.addPool(everywhere(), request("p1"))).isEqualTo(pool);
        assertThat(inventory.zones()).hasSize(1);
        assertThat(inventory.clusters()).hasSize(1);
        assertThat(inventory.hosts()).containsExactly(host);
        assertThat(inventory.pools()).containsExactly(pool);
    }

    @Test
    void a_name_that_is_taken_by_something_else_is_refused() throws Exception {
        inventory.addHost(cluster, HostRequest.named("h1"));
        inventory.addPool(everywhere(), request("p1"));
        RecordId<ClusterRecord> other =
                inventory.addCluster(zone, "c2", InMemoryHypervisorDriver.TYPE).id();

        assertFailure(Failure.EXISTS_DIFFERENTLY, () -> inventory.addCluster(zone, "c1", HypervisorType.KVM));
        assertFailure(Failure.EXISTS_DIFFERENTLY, () -> inventory.addHost(other, HostRequest.named("h1")));
        assertFailure(
                Failure.EXISTS_DIFFERENTLY,
                () -> inventory.addPool(everywhere(), PoolRequest.named("p1", InMemoryStorageDriver.BARE)));
        assertThat(inventory.clusters()).hasSize(2);
    }

    @Test
    void clusters_of_two_zones_may_share_a_name() throws Exception {
        RecordId<ZoneRecord> second = inventory.addZone("z2").id();

        assertThat(inventory.addCluster(second, "c1", HypervisorType.KVM).id()).isNotEqualTo(cluster);
    }

    @Test
    void hosts_whose_plugin_is_absent_when_the_catalog_is_opened_again_are_listed_all_the_same() throws Exception {
        HostRecord host = inventory.addHost(cluster, HostRequest.named("h1"));

        try (HvKit bare = HvKit.open(HvKitConfig.on(catalog.another())
                .driversFrom(HypervisorDrivers.of(List.of()), StorageDrivers.of(List.of())))) {
            assertThat(bare.inventory().hosts()).containsExactly(host);
            assertThat(bare.inventory().clusters())
                    .extracting(ClusterRecord::hypervisorType)
                    .containsExactly(InMemoryHypervisorDriver.TYPE.id());
        }
    }

    @Test
    void a_cluster_of_a_type_whose_plugin_is_absent_is_kept_and_its_hosts_are_refused_with_the_reason()
            throws Exception {
        RecordId<ClusterRecord> absent =
                inventory.addCluster(zone, "c3", HypervisorType.KVM).id();

        DriverException e =
                assertFailure(Failure.UNSUPPORTED, () -> inventory.addHost(absent, HostRequest.named("h9")));

        assertThat(e).hasMessageContaining("kvm");
        assertThat(inventory.hosts()).isEmpty();
    }

    @Test
    void a_pool_that_does_not_answer_is_not_added_and_is_once_it_does() throws Exception {
        storage.cutOff();
        assertFailure(Failure.UNREACHABLE, () -> inventory.addPool(everywhere(), request("p1")));
        assertThat(inventory.pools()).isEmpty();

        storage.reachAgain();
        assertThat(inventory.addPool(everywhere(), request("p1")).seen())
                .isEqualTo(new Sighting(Sighting.State.UP, NOW));
    }

    @Test
    void an_unknown_option_is_refused_and_named() {
        HostRequest request = new HostRequest("h1", Facts.of("colour", "red"), Map.of());

        assertThat(assertFailure(Failure.INVALID_REQUEST, () -> inventory.addHost(cluster, request)))
                .hasMessageContaining("colour");
    }

    @Test
    void what_does_not_exist_cannot_hold_anything() {
        assertFailure(Failure.NOT_FOUND, () -> inventory.addCluster(RecordId.random(), "c9", HypervisorType.KVM));
        assertFailure(Failure.NOT_FOUND, () -> inventory.addHost(RecordId.random(), HostRequest.named("h9")));
        assertFailure(
                Failure.NOT_FOUND,
                () -> inventory.addPool(
                        new PoolRecord.Reach(RecordId.random(), Optional.empty(), Optional.empty()), request("p9")));
    }

    @Test
    void a_host_goes_into_maintenance_and_comes_back_and_is_kept_for_somebody() throws Exception {
        RecordId<HostRecord> host =
                inventory.addHost(cluster, HostRequest.named("h1")).id();

        inventory.putHost(host, Standing.MAINTENANCE);
        inventory.dedicate(host, Optional.of("acme"));

        assertThat(inventory.hosts())
                .singleElement()
                .satisfies(known -> assertThat(known.standing()).isEqualTo(Standing.MAINTENANCE))
                .satisfies(known -> assertThat(known.dedicatedTo()).contains("acme"));
        assertThat(inventory.putHost(host, Standing.ENABLED).standing()).isEqualTo(Standing.ENABLED);
        assertThat(inventory.dedicate(host, Optional.empty()).dedicatedTo()).isEmpty();
    }

    @Test
    void a_look_notes_who_is_silent_and_who_answers_again() throws Exception {
        HostRecord host = inventory.addHost(cluster, HostRequest.named("h1"));
        PoolRecord pool = inventory.addPool(everywhere(), request("p1"));
        hypervisors.cutOff(host.hostId());
        storage.cutOff();

        assertThat(inventory.lookAtHost(host.id()).seen().state()).isEqualTo(Sighting.State.DOWN);
        assertThat(inventory.lookAtPool(pool.id()).seen().state()).isEqualTo(Sighting.State.DOWN);

        hypervisors.reachAgain(host.hostId());
        storage.reachAgain();
        assertThat(inventory.lookAtHost(host.id()).seen().state()).isEqualTo(Sighting.State.UP);
        assertThat(inventory.lookAtPool(pool.id()).seen().state()).isEqualTo(Sighting.State.UP);
    }

    @Test
    void what_something_refers_to_is_not_removed_and_all_of_it_is_from_the_bottom_up() throws Exception {
        RecordId<HostRecord> host =
                inventory.addHost(cluster, HostRequest.named("h1")).id();
        RecordId<PoolRecord> pool = inventory
                .addPool(new PoolRecord.Reach(zone, Optional.of(cluster), Optional.of(host)), request("p1"))
                .id();
        VolumeRecord volume = keep(pool);
        AttachmentRecord use = catalog.inTransaction(transaction ->
                transaction.attachments().insert(AttachmentRecord.of(volume.id(), host, new MachineId("web-01"))));

        assertFailure(Failure.IN_USE, () -> inventory.removeZone(zone));
        assertFailure(Failure.IN_USE, () -> inventory.removeCluster(cluster));
        assertFailure(Failure.IN_USE, () -> inventory.removePool(pool));
        assertThat(assertFailure(Failure.IN_USE, () -> inventory.removeHost(host)))
                .hasMessageContaining(volume.id().value())
                .hasMessageContaining("web-01");

        catalog.inTransaction(transaction -> {
            transaction.attachments().delete(use);
            transaction.volumes().delete(volume);
            return use;
        });
        for (int again = 0; again < 2; again++) {
            inventory.removePool(pool);
            inventory.removeHost(host);
            inventory.removeCluster(cluster);
            inventory.removeZone(zone);
        }
        assertThat(inventory.zones()).isEmpty();
        assertThat(inventory.pools()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " a", "a ", "a\u0000", "a\n"})
    void a_name_that_nobody_can_tell_from_another_is_refused(String name) {
        assertThatThrownBy(() -> inventory.addZone(name)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> inventory.addHost(cluster, HostRequest.named(name)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private VolumeRecord keep(RecordId<PoolRecord> pool) throws InterruptedException {
        VolumeRecord volume = new VolumeRecord(
                RecordId.random(),
                0,
                "v1",
                VolumeRecord.State.READY,
                VolumeRecord.Place.first(pool, ImageFormat.RAW),
                ByteSize.gibibytes(1),
                Optional.empty(),
                Optional.empty(),
                NOW);
        return catalog.inTransaction(transaction -> transaction.volumes().insert(volume));
    }

    private PoolRecord.Reach everywhere() {
        return new PoolRecord.Reach(zone, Optional.empty(), Optional.empty());
    }

    private static PoolRequest request(String name) {
        return PoolRequest.named(name, InMemoryStorageDriver.TYPE);
    }

    private static DriverException assertFailure(Failure failure, ThrowingCallable call) {
        DriverException e = catchThrowableOfType(DriverException.class, call);
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        return e;
    }
}
