package io.hvkit.engine.internal.setting;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.Option;
import io.hvkit.engine.setting.Setting;
import io.hvkit.engine.setting.SettingScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Hands settings to the drivers of hosts: each that is called as an option of the driver, as it is set nearest to the host, unless the host's own
 * options say it. What is set for single pools goes into the option that is called so with {@value #DATASTORES} behind, by the datastores of the
 * pools that the host reaches.
 */
public final class DriverSettings {

    private static final String DATASTORES = ".datastores";
    private static final String DATASTORE = "datastore";

    private final Catalog catalog;
    private final List<Setting<?>> known;

    /** Makes it, for the settings that an engine knows. */
    public DriverSettings(Catalog catalog, List<Setting<?>> known) {
        this.catalog = catalog;
        this.known = List.copyOf(known);
    }

    /** Returns the options with which a host is opened. */
    public Map<String, String> options(HostRecord host, Collection<Option<?>> offered) throws InterruptedException {
        Set<String> names = offered.stream().map(Option::name).collect(Collectors.toSet());
        if (known.stream().noneMatch(setting -> names.contains(setting.name()))) {
            return host.options().texts();
        }
        return catalog.inTransaction(transaction -> {
            Map<String, String> all = new TreeMap<>();
            for (Setting<?> setting : known) {
                if (names.contains(setting.name())) {
                    SettingScope scope = SettingScope.cluster(host.cluster());
                    all.put(
                            setting.name(),
                            SettingStore.value(transaction, setting, scope).toString());
                }
                String datastores = setting.name() + DATASTORES;
                if (names.contains(datastores)) {
                    all.put(datastores, String.join(",", ofPools(transaction, host, setting)));
                }
            }
            all.putAll(host.options().texts());
            return all;
        });
    }

    private static List<String> ofPools(Transaction transaction, HostRecord host, Setting<?> setting) {
        ClusterRecord cluster = transaction.clusters().require(host.cluster());
        Map<String, String> texts = new TreeMap<>();
        for (PoolRecord pool : transaction.pools().where(PoolRecord.ZONE, cluster.zone())) {
            Optional<String> datastore = pool.options().find(DATASTORE);
            boolean isReached = pool.reach()
                            .cluster()
                            .filter(id -> !id.equals(cluster.id()))
                            .isEmpty()
                    && pool.reach().host().filter(id -> !id.equals(host.id())).isEmpty();
            if (isReached && datastore.isPresent()) {
                SettingStore.set(transaction, setting, SettingScope.pool(pool.id()))
                        .ifPresent(value -> texts.put(datastore.get(), value.toString()));
            }
        }
        List<String> all = new ArrayList<>();
        texts.forEach((datastore, value) -> all.add(datastore + "=" + value));
        return all;
    }
}
