package io.hvkit.core.internal;

import io.hvkit.core.DisabledPlugin;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PluginDirectory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The drivers of one SPI in one process, each behind its guard. A driver that breaks a rule costs nothing but itself. Safe for
 * any thread.
 */
public final class DriverRegistry<D, T> {

    /** Puts a guard before a driver that keeps the rules. */
    @FunctionalInterface
    public interface Gate<D, T> {
        /** Returns the guarded driver, or throws what is wrong with it. */
        Admitted<D, T> admit(D driver, PluginBoundary boundary);
    }

    /**
     * A driver behind its guard.
     *
     * @param driver what callers get
     * @param card what it says of itself
     */
    public record Admitted<D, T>(D driver, DriverCard<T> card) {}

    private final TypeRegistry<T> types;
    private final Function<ClassLoader, ServiceLoader<D>> services;
    private final Gate<D, T> gate;
    private final SortedMap<String, D> byType = new TreeMap<>();
    private final List<DisabledPlugin> disabled = new ArrayList<>();
    private final Set<Class<?>> discovered = new HashSet<>();

    /**
     * Returns a registry without drivers.
     *
     * @param types where they register what they bring
     * @param services finds them; made by the SPI's own module, which alone may use its services
     * @param gate looks each of them over
     */
    public DriverRegistry(TypeRegistry<T> types, Function<ClassLoader, ServiceLoader<D>> services, Gate<D, T> gate) {
        this.types = types;
        this.services = services;
        this.gate = gate;
    }

    /** Adds these drivers. */
    public void addAll(Collection<? extends D> drivers) {
        drivers.forEach(driver -> admit(new PluginBoundary(driver.getClass()), driver));
    }

    /** Adds the drivers that {@code loader} sees and that were not discovered before. */
    public void addDiscovered(ClassLoader loader) {
        DriverSearch<D> search = DriverSearch.in(loader, services.apply(loader));
        search.failures().forEach(this::disable);
        for (DriverSearch.Candidate<D> candidate : search.found()) {
            if (isNew(candidate.type())) {
                make(candidate).ifPresent(driver -> admit(new PluginBoundary(driver.getClass()), driver));
            }
        }
    }

    /** Adds the drivers of plug-ins that are kept apart. */
    public void addDiscovered(PluginDirectory directory) {
        directory.disabled().forEach(this::disable);
        directory.loaders().forEach(this::addDiscovered);
    }

    /** Returns the plug-ins that are not used, in the order in which they were looked at. */
    public synchronized List<DisabledPlugin> disabled() {
        return List.copyOf(disabled);
    }

    /** Fails with {@code HOST_NOT_READY} if one is disabled. */
    public void requireAll() {
        List<DisabledPlugin> broken = disabled();
        if (!broken.isEmpty()) {
            throw DriverException.because(Failure.HOST_NOT_READY).message("disabled plug-ins: %s", broken);
        }
    }

    /** Returns the guarded driver for a type, or fails with {@code UNSUPPORTED}. */
    public synchronized D forType(T type) {
        D driver = byType.get(types.id(type));
        if (driver == null) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "no driver opens %s %ss; there are drivers for %s%s",
                            type,
                            types.noun(),
                            byType.keySet(),
                            disabled.isEmpty() ? "" : "; disabled are " + disabled);
        }
        return driver;
    }

    private synchronized boolean isNew(Class<?> type) {
        return discovered.add(type);
    }

    private synchronized void disable(DisabledPlugin plugin) {
        disabled.add(plugin);
    }

    private Optional<D> make(DriverSearch.Candidate<D> candidate) {
        PluginBoundary boundary = new PluginBoundary(candidate.type());
        try {
            return Optional.of(boundary.ask("its constructor", candidate::make));
        } catch (DriverException e) {
            disable(broken(boundary, e));
            return Optional.empty();
        }
    }

    private void admit(PluginBoundary boundary, D driver) {
        try {
            register(gate.admit(driver, boundary));
        } catch (DriverException e) {
            disable(broken(boundary, e));
        }
    }

    private synchronized void register(Admitted<D, T> admitted) {
        DriverCard<T> card = admitted.card();
        try {
            types.registerAll(card.types(), card.provider());
        } catch (DriverException e) {
            types.explainAbsence(card.types(), "plug-in " + card.provider() + " is disabled: " + e.getMessage());
            throw e;
        }
        card.types().forEach(type -> byType.put(types.id(type), admitted.driver()));
    }

    private static DisabledPlugin broken(PluginBoundary boundary, DriverException e) {
        String plugin = boundary.provider().toString();
        String message = String.valueOf(e.getMessage());
        String reason = message.startsWith(plugin + " ") ? message.substring(plugin.length() + 1) : message;
        return new DisabledPlugin(plugin, reason, Optional.ofNullable(e.getCause()));
    }
}
