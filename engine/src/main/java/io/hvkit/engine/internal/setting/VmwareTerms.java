package io.hvkit.engine.internal.setting;

import static java.util.stream.Collectors.joining;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.engine.internal.inventory.Additions;
import io.hvkit.engine.internal.inventory.Connections.HostTerms;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators have set about clones on vSphere, as the driver of its hosts reads it: by options of the names of the settings, and by one
 * that names the datastores for which something else is set than for all.
 */
public final class VmwareTerms implements HostTerms {

    private static final Logger LOG = LoggerFactory.getLogger(VmwareTerms.class);
    private static final String FULL = StandardSettings.VMWARE_FULL_CLONE.name();
    private static final String FULL_ON = FULL + ".datastores";
    private static final String PARALLEL = StandardSettings.VMWARE_PARALLEL.name();
    private static final String VCENTER = "vcenter";
    private static final String DATASTORE = "datastore";

    private final Catalog catalog;

    /** Makes them of what a catalog has. */
    public VmwareTerms(Catalog catalog) {
        this.catalog = catalog;
    }

    @Override
    public Map<String, String> of(HostRecord host, Set<String> options) throws InterruptedException {
        return options.contains(FULL) ? catalog.inTransaction(transaction -> of(transaction, host)) : Map.of();
    }

    private static Map<String, String> of(Transaction transaction, HostRecord host) {
        boolean usual = SettingStore.value(transaction, StandardSettings.VMWARE_FULL_CLONE, SettingScope.global());
        Map<String, String> terms = new HashMap<>();
        terms.put(FULL, Boolean.toString(usual));
        terms.put(
                PARALLEL,
                SettingStore.value(transaction, StandardSettings.VMWARE_PARALLEL, SettingScope.global())
                        .toString());
        terms.put(
                FULL_ON,
                differing(transaction, host.options().find(VCENTER), usual).entrySet().stream()
                        .map(each -> each.getKey() + "=" + each.getValue())
                        .collect(joining(",")));
        return terms;
    }

    /** The datastores of a vCenter for which it is not as usual. */
    private static SortedMap<String, Boolean> differing(
            Transaction transaction, Optional<String> vcenter, Boolean usual) {
        SortedMap<String, Boolean> differing = new TreeMap<>();
        for (PoolRecord pool : Additions.all(transaction.pools())) {
            boolean isThere = pool.options().find(VCENTER).equals(vcenter)
                    && transaction
                            .pools()
                            .where(PoolRecord.PARENT, pool.id())
                            .isEmpty(); // a parent's counts for its children
            Optional<String> datastore = isThere ? pool.options().find(DATASTORE) : Optional.empty();
            datastore.ifPresent(name -> {
                Boolean own = SettingStore.value(
                        transaction, StandardSettings.VMWARE_FULL_CLONE, SettingScope.pool(pool.id()));
                if (!own.equals(usual)) {
                    note(differing, name, own);
                }
            });
        }
        return differing;
    }

    private static void note(SortedMap<String, Boolean> differing, String datastore, Boolean own) {
        if (datastore.contains(",")) {
            LOG.warn("{} is not told to hosts for datastore '{}', whose name has a comma", FULL, datastore);
            return;
        }
        Boolean unused = differing.putIfAbsent(datastore, own);
    }
}
