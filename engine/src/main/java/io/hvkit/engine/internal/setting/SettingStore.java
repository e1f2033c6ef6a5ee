package io.hvkit.engine.internal.setting;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.internal.Names;
import io.hvkit.engine.setting.Setting;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.SettingValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Reads and writes settings within a transaction. */
public final class SettingStore {

    private static final int NEAR = 3;

    private SettingStore() {}

    /** Returns what a setting is for a scope: what is set nearest, or what holds as long as nobody sets it. */
    public static <T> T value(Transaction transaction, Setting<T> setting, SettingScope scope) {
        for (SettingScope each : around(transaction, scope)) {
            Optional<SettingRecord> set = find(transaction, setting.name(), each);
            if (set.isPresent()) {
                return read(setting, each, set.get().value());
            }
        }
        return setting.fallback();
    }

    /** Returns what a setting is set to for that scope itself, if it is. */
    static <T> Optional<T> set(Transaction transaction, Setting<T> setting, SettingScope scope) {
        return find(transaction, setting.name(), scope).map(set -> read(setting, scope, set.value()));
    }

    private static <T> T read(Setting<T> setting, SettingScope scope, String text) {
        try {
            return setting.parse(text);
        } catch (DriverException e) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message(
                            "what is kept for %s makes no sense, set it anew: %s",
                            scope, String.valueOf(e.getMessage()));
        }
    }

    /** Returns what a setting is for a scope, and where that is set. */
    public static SettingValue shown(Transaction transaction, Setting<?> setting, SettingScope scope) {
        for (SettingScope each : around(transaction, scope)) {
            Optional<SettingRecord> set = find(transaction, setting.name(), each);
            if (set.isPresent()) {
                return new SettingValue(setting, set.get().value(), Optional.of(each));
            }
        }
        return new SettingValue(setting, setting.fallback().toString(), Optional.empty());
    }

    /** Returns what is written for that scope itself, if anything is. */
    public static Optional<String> written(Transaction transaction, String name, SettingScope scope) {
        return find(transaction, name, scope).map(SettingRecord::value);
    }

    /** Sets it, or takes it back; returns what was set for that scope before. */
    public static Optional<String> change(
            Transaction transaction, String name, SettingScope scope, Optional<String> after) {
        Optional<SettingRecord> known = find(transaction, name, scope);
        if (after.isEmpty()) {
            known.ifPresent(transaction.settings()::delete);
        } else {
            SettingRecord unused = known.isPresent()
                    ? transaction.settings().update(known.get().setTo(after.get()))
                    : transaction.settings().insert(record(name, scope, after.get()));
        }
        return known.map(SettingRecord::value);
    }

    /** Returns everything that is set. */
    public static List<SettingRecord> all(Transaction transaction) {
        List<SettingRecord> all = new ArrayList<>();
        Optional<RecordId<SettingRecord>> last = Optional.empty();
        List<SettingRecord> page;
        do {
            page = transaction.settings().page(last, Table.LONGEST_PAGE);
            all.addAll(page);
            last = page.isEmpty() ? last : Optional.of(page.get(page.size() - 1).id());
        } while (page.size() == Table.LONGEST_PAGE);
        return all;
    }

    /** Forgets what is set for a pool that is to be removed. */
    public static void forget(Transaction transaction, PoolRecord pool) {
        transaction.settings().where(SettingRecord.POOL, pool.id()).forEach(transaction.settings()::delete);
    }

    /** Forgets what is set for a cluster that is to be removed. */
    public static void forget(Transaction transaction, ClusterRecord cluster) {
        transaction.settings().where(SettingRecord.CLUSTER, cluster.id()).forEach(transaction.settings()::delete);
    }

    /** Forgets what is set for a zone that is to be removed. */
    public static void forget(Transaction transaction, ZoneRecord zone) {
        transaction.settings().where(SettingRecord.ZONE, zone.id()).forEach(transaction.settings()::delete);
    }

    /** Returns the name that somebody may have meant, in words; nothing if none is near. */
    public static String nearest(String name, Collection<String> known) {
        return known.stream()
                .filter(each -> Names.distance(name, each) <= NEAR)
                .min(Comparator.comparing(each -> Names.distance(name, each)))
                .map(near -> " (did you mean " + near + "?)")
                .orElse("");
    }

    private static Optional<SettingRecord> find(Transaction transaction, String name, SettingScope scope) {
        return transaction.settings().find(record(name, scope, "").id());
    }

    private static SettingRecord record(String name, SettingScope scope, String value) {
        return switch (scope.level()) {
            case GLOBAL -> SettingRecord.ofAll(name, value);
            case ZONE -> SettingRecord.ofZone(scope.zone().orElseThrow(), name, value);
            case CLUSTER -> SettingRecord.ofCluster(scope.cluster().orElseThrow(), name, value);
            case POOL -> SettingRecord.ofPool(scope.pool().orElseThrow(), name, value);
        };
    }

    /** The scope itself and those around it, the nearest first. */
    private static List<SettingScope> around(Transaction transaction, SettingScope scope) {
        List<SettingScope> all = new ArrayList<>();
        switch (scope.level()) {
            case GLOBAL -> all.add(scope);
            case ZONE -> {
                ZoneRecord zone = transaction.zones().require(scope.zone().orElseThrow());
                all.add(SettingScope.zone(zone.id()));
                all.add(SettingScope.global());
            }
            case CLUSTER -> {
                ClusterRecord cluster =
                        transaction.clusters().require(scope.cluster().orElseThrow());
                all.add(scope);
                all.addAll(around(transaction, SettingScope.zone(cluster.zone())));
            }
            case POOL -> {
                PoolRecord pool = transaction.pools().require(scope.pool().orElseThrow());
                all.add(scope);
                pool.membership().ifPresent(of -> all.add(SettingScope.pool(of.parent())));
                all.addAll(around(
                        transaction,
                        pool.reach()
                                .cluster()
                                .map(SettingScope::cluster)
                                .orElseGet(() -> SettingScope.zone(pool.reach().zone()))));
            }
        }
        return all;
    }
}
