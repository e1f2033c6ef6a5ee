package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.setting.SettingStore;
import io.hvkit.engine.setting.Setting;
import io.hvkit.engine.setting.SettingChange;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.SettingValue;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.hypervisor.spi.HypervisorSettings;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.HypervisorTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators have set. A setting is asked for where it is needed, and what counts is what is set nearest: for the pool, its cluster, its zone, for
 * all, and otherwise what holds as long as nobody sets it. What is set counts from the next question on, in every engine on the same catalog. Any
 * number of threads may share one.
 */
@Incubating(since = "0.1")
public final class Settings {

    private static final Set<String> TYPE_SETTINGS =
            Set.of(HypervisorSettings.CUSTOM_DISPLAY_NAME, HypervisorSettings.LIST);
    private static final Logger LOG = LoggerFactory.getLogger(Settings.class);

    private final Catalog catalog;
    private final HypervisorTypes types;
    private final SortedMap<String, Setting<?>> known = new TreeMap<>();
    private final List<SettingChange.Listener> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock renaming = new ReentrantLock();

    /** @throws IllegalArgumentException if two have one name */
    Settings(Catalog catalog, HypervisorTypes types, List<Setting<?>> known) {
        this.catalog = catalog;
        this.types = types;
        for (Setting<?> setting : known) {
            if (this.known.put(setting.name(), setting) != null) {
                throw new IllegalArgumentException("two settings are called " + setting.name());
            }
        }
    }

    /**
     * Returns what a setting is for all.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if what is kept is no value of it, as after a write by hand
     */
    public <T> T value(Setting<T> setting) throws InterruptedException {
        return value(setting, SettingScope.global());
    }

    /**
     * Returns what a setting is for a zone, cluster or pool: what is set nearest.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no such zone, cluster or pool; with {@code CORRUPT_DATA} if what is kept is no value
     *     of it, as after a write by hand
     */
    public <T> T value(Setting<T> setting, SettingScope scope) throws InterruptedException {
        return catalog.inTransaction(transaction -> SettingStore.value(transaction, setting, scope));
    }

    /**
     * Sets a setting.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it is not set for things of that kind</td><td>{@code INVALID_REQUEST}, naming those it is set for</td></tr>
     * <tr><td>there is no such zone, cluster or pool</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>there is no such setting</td><td>{@code NOT_FOUND}, naming the nearest</td></tr>
     * </table>
     */
    public <T> void set(Setting<T> setting, SettingScope scope, T value) throws InterruptedException {
        set(setting.name(), scope, value.toString());
    }

    /**
     * Sets a setting by what an operator writes; fails as {@link #set(Setting, SettingScope, Object)} does, and with {@code INVALID_REQUEST} if the text
     * is no value, naming the rule.
     */
    public void set(String name, SettingScope scope, String text) throws InterruptedException {
        Setting<?> setting = require(name);
        requireLevel(setting, scope);
        String written = setting.parse(text).toString();
        apply(
                scope,
                TYPE_SETTINGS.contains(name)
                        ? typeChanges(name, Optional.of(written))
                        : transaction -> Map.of(name, Optional.of(written)));
    }

    /**
     * Returns what is set about hypervisor types, applied to the types of this engine's drivers: a display name counts from here on, and the
     * usual one does where none is set. A type that is renamed, by {@link #set} or {@link #reset}, is renamed in the list of those to offer, too,
     * in the same transaction.
     */
    public HypervisorSettings hypervisorTypes() throws InterruptedException {
        return typesAlone(() -> HypervisorSettings.load(types, withUsualName(catalog.inTransaction(Settings::stored))));
    }

    /**
     * Takes back what was set for a scope, so that what is set around it counts; does nothing if nothing was. A display name that is taken back
     * is renamed in the list of types to offer, as by {@link #set}, and fails as that does if another type has the usual name.
     */
    public void reset(Setting<?> setting, SettingScope scope) throws InterruptedException {
        String name = require(setting.name()).name();
        apply(
                scope,
                name.equals(HypervisorSettings.CUSTOM_DISPLAY_NAME)
                        ? typeChanges(name, Optional.empty())
                        : transaction -> Map.of(name, Optional.empty()));
    }

    /** What is to be set, or taken back, by name; asked within the transaction that writes it. */
    @FunctionalInterface
    private interface Changes {
        Map<String, Optional<String>> in(Transaction transaction);
    }

    /** What a change of the settings of types comes to, which is more than one setting where a name that is listed changes. */
    private Changes typeChanges(String name, Optional<String> after) {
        return transaction -> {
            Map<String, String> stored = stored(transaction);
            Map<String, Optional<String>> changes = new TreeMap<>();
            HypervisorSettings.load(types, withUsualName(stored))
                    .set(name, after.orElse(StandardSettings.CUSTOM_DISPLAY_NAME.fallback()))
                    .forEach((each, value) -> {
                        if (each.equals(name) || stored.containsKey(each)) {
                            changes.put(each, Optional.of(value));
                        }
                    });
            if (after.isEmpty()) {
                changes.put(name, after);
            }
            return changes;
        };
    }

    private static Map<String, String> stored(Transaction transaction) {
        Map<String, String> stored = new TreeMap<>();
        for (SettingRecord record : SettingStore.all(transaction)) {
            if (TYPE_SETTINGS.contains(record.name())) {
                stored.put(record.name(), record.value());
            }
        }
        return stored;
    }

    /** The name that counts where none is set is told, too: the types of this engine may have the one that was set before. */
    private static Map<String, String> withUsualName(Map<String, String> stored) {
        Map<String, String> all = new TreeMap<>(stored);
        all.putIfAbsent(HypervisorSettings.CUSTOM_DISPLAY_NAME, StandardSettings.CUSTOM_DISPLAY_NAME.fallback());
        return all;
    }

    /** All of it is written in one transaction, or nothing; the listeners are told afterwards. */
    private void apply(SettingScope scope, Changes changes) throws InterruptedException {
        List<SettingChange> made = typesAlone(() -> catalog.inTransaction(transaction -> {
            List<SettingChange> each = new ArrayList<>();
            changes.in(transaction).forEach((name, after) -> {
                if (!SettingStore.written(transaction, name, scope).equals(after)) {
                    each.add(new SettingChange(
                            name, scope, SettingStore.change(transaction, name, scope, after), after));
                }
            });
            return each;
        }));
        for (SettingChange change : made) {
            listeners.forEach(listener -> tell(listener, change));
        }
    }

    /** What fails may have renamed a type of this engine already, and is not known to be written: it has the name again that it had. */
    private <T> T typesAlone(Renaming<T> work) throws InterruptedException {
        renaming.lockInterruptibly();
        try {
            Optional<String> before = types.find(HypervisorType.CUSTOM.id()).map(HypervisorType::displayName);
            boolean isDone = false;
            try {
                T result = work.run();
                isDone = true;
                return result;
            } finally {
                if (!isDone) {
                    before.ifPresent(this::nameAgain);
                }
            }
        } finally {
            renaming.unlock();
        }
    }

    private void nameAgain(String name) {
        HypervisorType unused = types.rename(HypervisorType.CUSTOM, name);
    }

    @FunctionalInterface
    private interface Renaming<T> {
        T run() throws InterruptedException;
    }

    private static void tell(SettingChange.Listener listener, SettingChange change) {
        try {
            listener.changed(change);
        } catch (RuntimeException e) {
            LOG.warn("a listener failed to hear that setting {} was changed for {}", change.name(), change.scope(), e);
        }
    }

    /** Returns what every known setting is for a scope, and where that is set, ordered by name. */
    public List<SettingValue> list(SettingScope scope) throws InterruptedException {
        return catalog.inTransaction(transaction -> known.values().stream()
                .map(setting -> SettingStore.shown(transaction, setting, scope))
                .toList());
    }

    /** Returns the names of what is set and no setting of this engine, such as those of a newer version; they are kept. */
    public List<String> unknown() throws InterruptedException {
        return catalog.inTransaction(transaction -> SettingStore.all(transaction).stream()
                .map(SettingRecord::name)
                .filter(name -> !known.containsKey(name))
                .distinct()
                .sorted()
                .toList());
    }

    /** Tells a listener of what is changed by this engine from now on; other engines on the catalog tell theirs. */
    public void listen(SettingChange.Listener listener) {
        listeners.add(listener);
    }

    private Setting<?> require(String name) {
        Setting<?> setting = known.get(name);
        if (setting == null) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "there is no setting '%s'%s; known are %s",
                            name, SettingStore.nearest(name, known.keySet()), known.keySet());
        }
        return setting;
    }

    private static void requireLevel(Setting<?> setting, SettingScope scope) {
        if (!setting.levels().contains(scope.level())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("setting %s is set for %s, not for %s", setting, setting.levels(), scope);
        }
    }
}
