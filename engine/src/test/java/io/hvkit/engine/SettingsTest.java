package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.setting.Setting;
import io.hvkit.engine.setting.Setting.Level;
import io.hvkit.engine.setting.SettingChange;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.SettingValue;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.engine.setting.StandardSettings.Tags;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SettingsTest {

    private static final Option<String> FULL =
            Option.text("vmware.create.full.clone").withDefault("");
    private static final Option<String> FULL_ON =
            Option.text("vmware.create.full.clone.datastores").withDefault("");
    private static final Option<String> PARALLEL =
            Option.text("vmware.allow.parallel.command.execution").withDefault("");
    private static final Setting<Integer> OWN =
            Setting.of("acme.retries", "a whole number", Integer::parseInt, 3).alsoFor(Level.CLUSTER);

    private final InMemoryCatalog catalog = InMemoryCatalog.empty().rerunning();
    private HvKit hvkit;
    private Settings settings;
    private SettingScope zone;
    private SettingScope cluster;
    private PoolRecord pool;

    @BeforeEach
    void open() throws Exception {
        hvkit = HvKit.open(HvKitConfig.on(catalog.another())
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(new InMemoryStorageDriver())))
                .knowing(OWN));
        settings = hvkit.settings();
        RecordId<ZoneRecord> zoneId = hvkit.inventory().addZone("z1").id();
        RecordId<ClusterRecord> clusterId =
                hvkit.inventory().addCluster(zoneId, "c1", HypervisorType.KVM).id();
        zone = SettingScope.zone(zoneId);
        cluster = SettingScope.cluster(clusterId);
        pool = hvkit.inventory()
                .addPool(
                        new PoolRecord.Reach(zoneId, Optional.of(clusterId), Optional.empty()),
                        PoolRequest.named("p1", InMemoryStorageDriver.TYPE));
    }

    @AfterEach
    void close() {
        hvkit.close();
        catalog.close();
    }

    private static void assertFailure(Failure failure, String text, ThrowingCallable call) {
        DriverException thrown = catchThrowableOfType(DriverException.class, call);
        assertThat(thrown).isNotNull();
        assertThat(thrown.failure()).as(thrown.getMessage()).isEqualTo(failure);
        assertThat(thrown).hasMessageContaining(text);
    }

    @Test
    void what_is_set_nearest_counts_and_taking_it_back_uncovers_what_is_around_it() throws Exception {
        Setting<ChainLimit> delta = StandardSettings.SNAPSHOT_DELTA_MAX;
        SettingScope ofPool = SettingScope.pool(pool.id());
        assertThat(settings.value(delta, ofPool)).isEqualTo(ChainLimit.USUAL);

        // tag::set[]
        settings.set(delta, SettingScope.global(), new ChainLimit(8));
        assertThat(settings.value(delta, ofPool)).isEqualTo(new ChainLimit(8));
        settings.set(delta.name(), zone, "-1");
        assertThat(settings.value(delta, ofPool)).isEqualTo(ChainLimit.UNLIMITED);
        // end::set[]
        settings.set(delta, ofPool, new ChainLimit(2));
        assertThat(settings.value(delta, ofPool)).isEqualTo(new ChainLimit(2));
        assertThat(settings.value(delta, cluster)).isEqualTo(ChainLimit.UNLIMITED);

        settings.reset(delta, ofPool);
        settings.reset(delta, ofPool);
        assertThat(settings.value(delta, ofPool)).isEqualTo(ChainLimit.UNLIMITED);
        settings.reset(delta, zone);
        assertThat(settings.value(delta, ofPool)).isEqualTo(new ChainLimit(8));
    }

    @Test
    void a_cluster_counts_before_its_zone() throws Exception {
        settings.set(OWN, SettingScope.global(), 5);
        settings.set(OWN, cluster, 7);

        assertThat(settings.value(OWN, SettingScope.pool(pool.id()))).isEqualTo(7);
        assertThat(settings.value(OWN, zone)).isEqualTo(5);
    }

    @Test
    void bad_input_is_refused_with_the_rule_and_changes_nothing() throws Exception {
        String name = StandardSettings.ALLOCATED_THRESHOLD.name();
        assertFailure(
                Failure.INVALID_REQUEST,
                "a share above 0, up to 1, and '1.2' is not",
                () -> settings.set(name, SettingScope.global(), "1.2"));
        assertFailure(
                Failure.INVALID_REQUEST,
                "firstfitleastconsumed",
                () -> settings.set(StandardSettings.ALLOCATION_ALGORITHM.name(), zone, "fistfit"));
        assertFailure(
                Failure.INVALID_REQUEST, "not for pool", () -> settings.set(name, SettingScope.pool(pool.id()), "0.5"));
        assertFailure(
                Failure.NOT_FOUND,
                "did you mean snapshot.delta.max?",
                () -> settings.set("snapshot.delta.mx", SettingScope.global(), "1"));
        assertFailure(
                Failure.NOT_FOUND,
                "no-zone",
                () -> settings.set(name, SettingScope.zone(new RecordId<>("no-zone")), "0.5"));
        assertFailure(
                Failure.INVALID_REQUEST,
                "true or false",
                () -> settings.set("vmware.create.full.clone", SettingScope.global(), "yes"));

        assertThat(settings.list(SettingScope.global()))
                .extracting(SettingValue::from)
                .containsOnly(Optional.empty());
    }

    @Test
    void a_listener_hears_of_what_changed_and_one_that_throws_changes_nothing() throws Exception {
        List<SettingChange> heard = new ArrayList<>();
        settings.listen(change -> {
            throw new IllegalStateException("a listener of no use");
        });
        settings.listen(heard::add);

        settings.set(OWN, SettingScope.global(), 5);
        settings.set(OWN, SettingScope.global(), 5);
        settings.set("acme.retries", SettingScope.global(), " 6 ");
        settings.reset(OWN, SettingScope.global());
        settings.reset(OWN, SettingScope.global());

        SettingScope all = SettingScope.global();
        assertThat(heard)
                .containsExactly(
                        new SettingChange("acme.retries", all, Optional.empty(), Optional.of("5")),
                        new SettingChange("acme.retries", all, Optional.of("5"), Optional.of("6")),
                        new SettingChange("acme.retries", all, Optional.of("6"), Optional.empty()));
    }

    @Test
    void another_engine_on_the_catalog_sees_it_and_keeps_what_it_does_not_know() throws Exception {
        settings.set(OWN, SettingScope.global(), 9);
        try (HvKit other = HvKit.open(HvKitConfig.on(catalog.another()))) {
            assertThat(other.settings().value(OWN)).isEqualTo(9);
            assertThat(other.settings().unknown()).containsExactly("acme.retries");
            assertThat(other.settings().list(SettingScope.global()))
                    .noneMatch(value -> value.setting().name().equals("acme.retries"));
        }
        assertThat(settings.unknown()).isEmpty();
    }

    @Test
    void what_was_written_by_hand_and_is_no_value_is_told_of_and_not_guessed() throws Exception {
        catalog.inTransaction(t -> t.settings().insert(SettingRecord.ofAll("acme.retries", "many")));

        assertFailure(Failure.CORRUPT_DATA, "'many'", () -> settings.value(OWN));
        settings.set(OWN, SettingScope.global(), 2);
        assertThat(settings.value(OWN)).isEqualTo(2);
    }

    @Test
    void a_pool_a_cluster_and_a_zone_take_what_was_set_for_them_with_them() throws Exception {
        settings.set(StandardSettings.STORAGE_TAGS, SettingScope.pool(pool.id()), new Tags(Set.of("ssd")));
        settings.set(OWN, cluster, 7);
        settings.set(StandardSettings.SNAPSHOT_DELTA_MAX, zone, new ChainLimit(1));

        hvkit.inventory().removePool(pool.id());
        hvkit.inventory().removeCluster(cluster.cluster().orElseThrow());
        hvkit.inventory().removeZone(zone.zone().orElseThrow());

        List<SettingRecord> left = catalog.inTransaction(t -> t.settings().page(Optional.empty(), 100));
        assertThat(left).isEmpty();
    }

    @Test
    void pools_are_placed_by_what_is_set() throws Exception {
        VolumeQuery query = VolumeQuery.of(ByteSize.gibibytes(1), pool.reach()).tagged("ssd");
        assertThat(hvkit.placement().explain(query).chosen()).isEmpty();

        settings.set("storage.tags", SettingScope.pool(pool.id()), " ssd , fast ");
        assertThat(hvkit.placement().choose(query)).isEqualTo(pool.id());
        settings.set(StandardSettings.ALLOCATED_THRESHOLD, zone, Ratio.parse("0.000001"));
        PoolSelection full = hvkit.placement().explain(query);
        assertThat(full.chosen()).isEmpty();
        settings.set(StandardSettings.ALLOCATION_ALGORITHM, zone, PlacementOrder.FIRST_FIT_LEAST_CONSUMED);
        settings.reset(StandardSettings.ALLOCATED_THRESHOLD, zone);
        assertThat(hvkit.placement().choose(query)).isEqualTo(pool.id());
    }

    @Test
    void a_hypervisor_type_that_is_renamed_is_renamed_in_the_list_of_those_to_offer_and_nowhere_else()
            throws Exception {
        SettingScope all = SettingScope.global();
        settings.set(StandardSettings.CUSTOM_DISPLAY_NAME, all, "VM");
        settings.set(StandardSettings.HYPERVISOR_LIST, all, "in-memory, VM");

        settings.set(StandardSettings.CUSTOM_DISPLAY_NAME, all, "Acme");

        assertThat(settings.value(StandardSettings.HYPERVISOR_LIST)).isEqualTo("in-memory, Acme");
        assertThat(settings.hypervisorTypes().offers(HypervisorType.CUSTOM)).isTrue();
        assertFailure(
                Failure.EXISTS_DIFFERENTLY,
                "in-memory",
                () -> settings.set(StandardSettings.CUSTOM_DISPLAY_NAME, all, "in-memory"));
        assertThat(settings.value(StandardSettings.CUSTOM_DISPLAY_NAME)).isEqualTo("Acme");
    }

    @Test
    void a_display_name_that_is_taken_back_is_taken_back_in_the_list_too() throws Exception {
        SettingScope all = SettingScope.global();
        settings.set(StandardSettings.HYPERVISOR_LIST, all, "in-memory, Custom");
        settings.set(StandardSettings.CUSTOM_DISPLAY_NAME, all, "VM");
        List<SettingChange> heard = new ArrayList<>();
        settings.listen(heard::add);

        settings.reset(StandardSettings.CUSTOM_DISPLAY_NAME, all);

        assertThat(settings.value(StandardSettings.HYPERVISOR_LIST)).isEqualTo("in-memory, Custom");
        assertThat(settings.hypervisorTypes().offers(HypervisorType.CUSTOM)).isTrue();
        assertThat(settings.hypervisorTypes().problems()).isEmpty();
        assertThat(settings.list(all))
                .filteredOn(value -> value.setting().equals(StandardSettings.CUSTOM_DISPLAY_NAME))
                .extracting(SettingValue::from)
                .containsExactly(Optional.empty());
        assertThat(heard)
                .containsExactlyInAnyOrder(
                        new SettingChange(
                                StandardSettings.CUSTOM_DISPLAY_NAME.name(), all, Optional.of("VM"), Optional.empty()),
                        new SettingChange(
                                StandardSettings.HYPERVISOR_LIST.name(),
                                all,
                                Optional.of("in-memory, VM"),
                                Optional.of("in-memory, Custom")));
    }

    @Test
    void a_list_that_is_set_sets_no_display_name() throws Exception {
        settings.set(StandardSettings.HYPERVISOR_LIST, SettingScope.global(), "Custom, in-memory");

        List<SettingRecord> written = catalog.inTransaction(t -> t.settings().page(Optional.empty(), 100));
        assertThat(written).extracting(SettingRecord::name).containsExactly(StandardSettings.HYPERVISOR_LIST.name());
    }

    @Test
    void whatever_fails_while_a_type_is_renamed_the_name_and_the_list_tell_the_same() throws Exception {
        SettingScope all = SettingScope.global();
        Fuse whole = Fuse.counting();
        rename(whole, "VM0");
        assertThat(whole.moments()).isPositive();
        int written = 0;
        for (int moment = 1; moment <= whole.moments(); moment++) {
            settings.set(StandardSettings.CUSTOM_DISPLAY_NAME, all, "Acme");
            settings.set(StandardSettings.HYPERVISOR_LIST, all, "in-memory, Acme");
            Fuse fuse = Fuse.burningAt(moment);
            assertThat(catchThrowableOfType(Fuse.Crash.class, () -> rename(fuse, "VM")))
                    .isNotNull();

            String name = settings.value(StandardSettings.CUSTOM_DISPLAY_NAME);
            written += name.equals("VM") ? 1 : 0;
            assertThat(settings.value(StandardSettings.HYPERVISOR_LIST))
                    .as("moment %s", moment)
                    .isEqualTo("in-memory, " + name);
            assertThat(settings.hypervisorTypes().offers(HypervisorType.CUSTOM)).isTrue();
        }
        assertThat(written).isBetween(1, whole.moments() - 1);
    }

    private void rename(Fuse fuse, String to) throws InterruptedException {
        try (HvKit other = HvKit.open(HvKitConfig.on(fuse.around(catalog.another()))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(new InMemoryStorageDriver()))))) {
            other.settings().set(StandardSettings.CUSTOM_DISPLAY_NAME, SettingScope.global(), to);
        }
    }

    @Test
    void a_type_has_the_name_again_that_it_had_if_the_new_one_could_not_be_written() throws Exception {
        SettingScope all = SettingScope.global();
        AtomicBoolean fails = new AtomicBoolean();
        Catalog flaky = new Catalog() {
            @Override
            public <T> T inTransaction(Work<T> work) throws InterruptedException {
                return catalog.inTransaction(transaction -> {
                    T result = work.run(transaction);
                    if (fails.get()) {
                        throw DriverException.because(Failure.HOST_NOT_READY).message("the disk is full");
                    }
                    return result;
                });
            }

            @Override
            public void close() {}
        };
        HypervisorDrivers drivers = HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver()));
        try (HvKit other = HvKit.open(
                HvKitConfig.on(flaky).driversFrom(drivers, StorageDrivers.of(List.of(new InMemoryStorageDriver()))))) {
            fails.set(true);
            assertFailure(
                    Failure.HOST_NOT_READY,
                    "the disk is full",
                    () -> other.settings().set(StandardSettings.CUSTOM_DISPLAY_NAME, all, "VM"));
            assertThat(drivers.types().require(HypervisorType.CUSTOM.id()).displayName())
                    .isEqualTo("Custom");
            fails.set(false);
            assertThat(other.settings().value(StandardSettings.CUSTOM_DISPLAY_NAME))
                    .isEqualTo("Custom");
        }
    }

    @Test
    void what_another_engine_sets_at_any_moment_of_a_rename_is_not_written_over() throws Exception {
        SettingScope all = SettingScope.global();
        Fuse whole = Fuse.counting();
        rename(whole, "VM0");
        for (int moment = 1; moment <= whole.moments(); moment++) {
            settings.set(StandardSettings.CUSTOM_DISPLAY_NAME, all, "Acme");
            settings.set(StandardSettings.HYPERVISOR_LIST, all, "in-memory, Acme");
            AtomicInteger moments = new AtomicInteger();
            int at = moment;

            rename(
                    Fuse.atEach(() -> {
                        if (moments.incrementAndGet() == at) {
                            setFromElsewhere("custom");
                        }
                    }),
                    "VM");

            assertThat(settings.value(StandardSettings.HYPERVISOR_LIST))
                    .as("moment %s", moment)
                    .isEqualTo("custom");
            assertThat(settings.value(StandardSettings.CUSTOM_DISPLAY_NAME)).isEqualTo("VM");
        }
    }

    private void setFromElsewhere(String list) {
        try {
            settings.set(StandardSettings.HYPERVISOR_LIST, SettingScope.global(), list);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void what_each_setting_is_reads_back_as_itself() {
        for (Setting<?> setting : StandardSettings.all()) {
            assertThat((Object) setting.parse(setting.fallback().toString()))
                    .as(setting.name())
                    .isEqualTo(setting.fallback());
            assertThat(setting.rule()).isNotBlank();
        }
    }

    /** A driver of hosts that knows the two settings of vSphere, and keeps the options with which it is opened. */
    private static HypervisorDriver asking(HypervisorDriver real, List<Options> opened) {
        return (HypervisorDriver) Proxy.newProxyInstance(
                HypervisorDriver.class.getClassLoader(),
                new Class<?>[] {HypervisorDriver.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "options" -> Set.of(FULL, FULL_ON, PARALLEL);
                    case "open" -> {
                        opened.add((Options) arguments[2]);
                        yield real.open(
                                (HostId) arguments[0],
                                (HypervisorType) arguments[1],
                                Options.parse(real.options(), Map.of()));
                    }
                    default -> method.invoke(real, arguments);
                });
    }

    @Test
    void a_driver_of_hosts_is_handed_the_settings_that_it_has_as_options_unless_the_host_says_otherwise()
            throws Exception {
        List<Options> opened = new ArrayList<>();
        try (HvKit other = HvKit.open(HvKitConfig.on(catalog.another())
                .driversFrom(
                        HypervisorDrivers.of(List.of(asking(new InMemoryHypervisorDriver(), opened))),
                        StorageDrivers.of(List.of(new InMemoryStorageDriver()))))) {
            RecordId<ClusterRecord> own = other.inventory()
                    .addCluster(zone.zone().orElseThrow(), "c2", InMemoryHypervisorDriver.TYPE)
                    .id();
            other.inventory().addHost(own, HostRequest.named("h1"));
            settings.set(StandardSettings.VMWARE_FULL_CLONE, SettingScope.global(), Boolean.TRUE);
            settings.set(StandardSettings.VMWARE_PARALLEL, SettingScope.global(), Boolean.TRUE);
            catalog.inTransaction(transaction -> {
                ZoneRecord at = transaction.zones().require(zone.zone().orElseThrow());
                PoolRecord slow = transaction
                        .pools()
                        .insert(PoolRecord.named(
                                "slow",
                                new PoolRecord.Reach(at.id(), Optional.empty(), Optional.empty()),
                                InMemoryStorageDriver.TYPE.id(),
                                Facts.of("datastore", "ds 7"),
                                Instant.EPOCH));
                return transaction
                        .settings()
                        .insert(SettingRecord.ofPool(slow.id(), StandardSettings.VMWARE_FULL_CLONE.name(), "false"));
            });
            other.inventory().addHost(own, HostRequest.named("h2"));
            other.inventory().addHost(own, HostRequest.named("h3").with(FULL, "false"));
        }

        assertThat(opened)
                .extracting(options -> options.get(FULL))
                .startsWith("false")
                .endsWith("false");
        assertThat(opened)
                .anyMatch(options -> options.get(FULL).equals("true")
                        && options.get(PARALLEL).equals("true")
                        && options.get(FULL_ON).equals("ds 7=false"));
    }

    @Test
    void every_standard_setting_is_read_by_somebody() throws IOException {
        Set<String> byDrivers = Set.of("VMWARE_FULL_CLONE", "VMWARE_PARALLEL");
        Set<String> byTheTypes = Set.of("CUSTOM_DISPLAY_NAME", "HYPERVISOR_LIST");
        String sources = everySource(Path.of("src/main/java"), "StandardSettings.java");
        String drivers = everySource(Path.of("../vmware-driver/src/main/java"), "");
        String types = everySource(Path.of("../hypervisor-spi/src/main/java"), "");
        int seen = 0;
        for (Field field : StandardSettings.class.getFields()) {
            if (field.getType() != Setting.class) {
                continue;
            }
            seen++;
            String name = field.getName();
            if (byDrivers.contains(name)) {
                assertThat(drivers)
                        .contains("Option.text(\"" + settingNamed(field).name() + "\")");
            } else if (byTheTypes.contains(name)) {
                assertThat(types).contains("\"" + settingNamed(field).name() + "\"");
            } else {
                assertThat(sources).as("read by the engine").contains("StandardSettings." + name);
            }
        }
        assertThat(seen).isEqualTo(StandardSettings.all().size());
    }

    private static Setting<?> settingNamed(Field field) {
        try {
            return (Setting<?>) field.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String everySource(Path folder, String but) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".java"))
                    .filter(each -> !each.endsWith(but))
                    .toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    @Test
    void two_settings_of_one_name_are_refused() {
        Setting<Boolean> twin = Setting.onOff("snapshot.delta.max", Boolean.TRUE);
        try (InMemoryCatalog empty = InMemoryCatalog.empty()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HvKit.open(HvKitConfig.on(empty).knowing(twin)))
                    .withMessageContaining("snapshot.delta.max");
        }
    }
}
