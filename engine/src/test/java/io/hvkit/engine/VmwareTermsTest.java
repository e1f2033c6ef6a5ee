package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What operators have set about vSphere is told to the driver of its hosts when an engine opens one. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VmwareTermsTest {

    private static final Option<String> VCENTER = Option.text("vcenter").withDefault("");
    private static final Option<String> DATASTORE = Option.text("datastore").withDefault("");
    private static final Option<String> FULL =
            Option.text("vmware.create.full.clone").withDefault("none");
    private static final Option<String> FULL_ON =
            Option.text("vmware.create.full.clone.datastores").withDefault("none");
    private static final Option<String> PARALLEL =
            Option.text("vmware.allow.parallel.command.execution").withDefault("none");

    private final InMemoryCatalog catalog = InMemoryCatalog.empty().rerunning();
    private final Map<String, String> told = new TreeMap<>();
    private final Set<Option<?>> hostOptions = new HashSet<>(Set.of(VCENTER, FULL, FULL_ON, PARALLEL));
    private HvKit hvkit;
    private ZoneRecord zone;
    private ClusterRecord cluster;

    /** Keeps what it is opened with. */
    private final class Hosts implements HypervisorDriver {

        private final InMemoryHypervisorDriver memory = new InMemoryHypervisorDriver();

        @Override
        public Set<HypervisorType> types() {
            return memory.types();
        }

        @Override
        public SpiVersion builtAgainst() {
            return memory.builtAgainst();
        }

        @Override
        public Set<Option<?>> options() {
            return Set.copyOf(hostOptions);
        }

        @Override
        public Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException {
            told.clear();
            for (Option<String> option : List.of(FULL, FULL_ON, PARALLEL)) {
                if (hostOptions.contains(option)) {
                    told.put(option.name(), options.get(option));
                }
            }
            return memory.open(host, type, Options.parse(memory.options(), Map.of()));
        }
    }

    /** Pools that say which vCenter they are of, and which datastore. */
    private static final class Pools implements StorageDriver {

        private final InMemoryStorageDriver memory = new InMemoryStorageDriver();

        @Override
        public Set<StoragePoolType> types() {
            return memory.types();
        }

        @Override
        public SpiVersion builtAgainst() {
            return memory.builtAgainst();
        }

        @Override
        public Set<Option<?>> options() {
            return Set.of(VCENTER, DATASTORE);
        }

        @Override
        public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
            return memory.open(id, type, Options.parse(memory.options(), Map.of()));
        }
    }

    @BeforeEach
    void open() throws InterruptedException {
        hvkit = engine();
        zone = hvkit.inventory().addZone("z1");
        cluster = hvkit.inventory().addCluster(zone.id(), "c1", InMemoryHypervisorDriver.TYPE);
    }

    @AfterEach
    void close() {
        hvkit.close();
    }

    private HvKit engine() {
        return HvKit.open(HvKitConfig.on(catalog.another())
                .driversFrom(HypervisorDrivers.of(List.of(new Hosts())), StorageDrivers.of(List.of(new Pools()))));
    }

    private PoolRecord pool(String name, String vcenter, Optional<Boolean> full) throws InterruptedException {
        PoolRecord pool = hvkit.inventory()
                .addPool(
                        Reach.of(zone),
                        PoolRequest.named(vcenter + " " + name, InMemoryStorageDriver.TYPE)
                                .with(VCENTER, vcenter)
                                .with(DATASTORE, name));
        if (full.isPresent()) {
            hvkit.settings().set(StandardSettings.VMWARE_FULL_CLONE, SettingScope.pool(pool.id()), full.get());
        }
        return pool;
    }

    private Map<String, String> told(HostRequest request) throws InterruptedException {
        hvkit.inventory().addHost(cluster.id(), request);
        return Map.copyOf(told);
    }

    private static HostRequest host(String name) {
        return HostRequest.named(name).with(VCENTER, "v1");
    }

    @Test
    void what_nobody_has_set_is_told_as_it_holds() throws Exception {
        assertThat(told(host("h1")))
                .isEqualTo(Map.of(FULL.name(), "false", FULL_ON.name(), "", PARALLEL.name(), "false"));
    }

    @Test
    void what_is_set_for_all_is_told_with_the_datastores_of_that_vcenter_for_which_it_is_otherwise() throws Exception {
        pool("fast", "v1", Optional.of(true));
        pool("usual", "v1", Optional.empty());
        pool("same", "v1", Optional.of(false));
        pool("a,b", "v1", Optional.of(true));
        pool("slow", "v1", Optional.of(true));
        pool("far", "v2", Optional.of(true));
        hvkit.settings().set(StandardSettings.VMWARE_FULL_CLONE, SettingScope.global(), false);
        hvkit.settings().set(StandardSettings.VMWARE_PARALLEL, SettingScope.global(), true);

        assertThat(told(host("h1")))
                .isEqualTo(
                        Map.of(FULL.name(), "false", FULL_ON.name(), "fast=true,slow=true", PARALLEL.name(), "true"));
    }

    @Test
    void what_a_host_was_added_with_counts_more_and_its_record_stays_as_it_was_asked_for() throws Exception {
        assertThat(told(host("h1").with(FULL, "false"))).containsEntry(FULL.name(), "false");
        assertThat(hvkit.inventory().hosts().get(0).options().texts()).containsOnlyKeys("vcenter", FULL.name());
    }

    @Test
    void a_driver_that_does_not_read_it_is_told_nothing() throws Exception {
        hvkit.close();
        hostOptions.removeAll(Set.of(FULL, FULL_ON, PARALLEL));
        hvkit = engine();

        assertThat(told(host("h1"))).isEmpty();
    }

    @Test
    void what_is_set_later_is_told_when_a_host_is_opened_again() throws Exception {
        assertThat(told(host("h1"))).containsEntry(PARALLEL.name(), "false");
        hvkit.settings().set(StandardSettings.VMWARE_PARALLEL, SettingScope.global(), true);
        hvkit.close();
        hvkit = engine();
        hvkit.inventory().lookAtHost(hvkit.inventory().hosts().get(0).id());

        assertThat(told).containsEntry(PARALLEL.name(), "true");
    }
}
