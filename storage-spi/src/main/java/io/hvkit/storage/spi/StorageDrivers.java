package io.hvkit.storage.spi;

import io.hvkit.core.DisabledPlugin;
import io.hvkit.core.DriverException;
import io.hvkit.core.PluginDirectory;
import io.hvkit.core.internal.DriverRegistry;
import java.util.Collection;
import java.util.List;
import java.util.ServiceLoader;

/**
 * The drivers of one host process and the types they bring. An object, not a global; any number of threads may share it. A plug-in
 * that is broken, was built against an SPI that this host does not run, or claims a name of another one costs nothing but itself:
 * it is {@link #disabled}, with the reason. No pool is ever opened by another driver than that of its type.
 */
public final class StorageDrivers {

    private final StoragePoolTypes types = StoragePoolTypes.empty();
    private final DriverRegistry<StorageDriver, StoragePoolType> registry = new DriverRegistry<>(
            types.registry(), loader -> ServiceLoader.load(StorageDriver.class, loader), GuardedDriver::of);

    private StorageDrivers() {}

    /** Returns these drivers. One that breaks a rule is {@link #disabled}. */
    public static StorageDrivers of(Collection<? extends StorageDriver> drivers) {
        StorageDrivers all = new StorageDrivers();
        all.registry.addAll(drivers);
        return all;
    }

    /** Returns the drivers that {@code loader} sees, by {@code META-INF/services} or module descriptors. */
    public static StorageDrivers discoveredBy(ClassLoader loader) {
        return new StorageDrivers().addDiscovered(loader);
    }

    /** Returns the drivers of plug-ins that are kept apart. */
    public static StorageDrivers discoveredIn(PluginDirectory directory) {
        return new StorageDrivers().addDiscovered(directory);
    }

    /** Adds a driver. If it breaks a rule it is {@link #disabled}. */
    public StorageDrivers add(StorageDriver driver) {
        registry.addAll(List.of(driver));
        return this;
    }

    /** Adds the drivers that {@code loader} sees and that were not discovered before. */
    public StorageDrivers addDiscovered(ClassLoader loader) {
        registry.addDiscovered(loader);
        return this;
    }

    /** Adds the drivers of plug-ins that are kept apart; the caller closes the directory, after what was opened by them. */
    public StorageDrivers addDiscovered(PluginDirectory directory) {
        registry.addDiscovered(directory);
        return this;
    }

    /** Returns the types that can be named here. */
    public StoragePoolTypes types() {
        return types;
    }

    /** Returns the plug-ins that are not used, in the order in which they were looked at. */
    public List<DisabledPlugin> disabled() {
        return registry.disabled();
    }

    /**
     * Returns these drivers if none is disabled, for those who would rather not start with less than was installed.
     *
     * @throws DriverException with {@code HOST_NOT_READY}, naming every disabled plug-in and why
     */
    public StorageDrivers requireAll() {
        registry.requireAll();
        return this;
    }

    /**
     * Returns the driver for a type. What it opens refuses, before the plug-in sees it, all that the pool does not offer; tells
     * whatever a plug-in throws against its contract as {@code DEFECT}; and hands on no volume that is smaller than, named
     * otherwise than, or not encrypted as was asked for.
     *
     * @throws DriverException with {@code UNSUPPORTED}, naming the types that can be had and what is disabled
     */
    public StorageDriver forType(StoragePoolType type) {
        return registry.forType(type);
    }
}
