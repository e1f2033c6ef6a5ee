package io.hvkit.storage.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SpiVersion;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** The drivers of one host process. Made once at start; there is no global registry. */
public final class StorageDrivers {

    private static final SpiVersion HOST = new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);

    private final Map<String, StorageDriver> byTypeName;

    private StorageDrivers(Map<String, StorageDriver> byTypeName) {
        this.byTypeName = byTypeName;
    }

    /**
     * Returns these drivers.
     *
     * @throws IllegalArgumentException if two claim one pool type, or one was built against another major version
     */
    public static StorageDrivers of(Collection<? extends StorageDriver> drivers) {
        Map<String, StorageDriver> byTypeName = new LinkedHashMap<>();
        for (StorageDriver driver : drivers) {
            if (!HOST.runs(driver.builtAgainst())) {
                throw new IllegalArgumentException(
                        driver.name() + " was built against SPI " + driver.builtAgainst() + ", this host has " + HOST);
            }
            for (StoragePoolType type : driver.poolTypes()) {
                StorageDriver other = byTypeName.putIfAbsent(type.id(), driver);
                if (other != null) {
                    throw new IllegalArgumentException(
                            "both " + other.name() + " and " + driver.name() + " claim pool type " + type.id());
                }
            }
        }
        return new StorageDrivers(byTypeName);
    }

    /** Returns the drivers that {@code loader} sees; an orchestrator passes its plug-in class loader. */
    public static StorageDrivers discoveredBy(ClassLoader loader) {
        List<StorageDriver> found = ServiceLoader.load(StorageDriver.class, loader).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        return of(found);
    }

    /**
     * Returns the driver for a pool type.
     *
     * @throws DriverException with {@code UNSUPPORTED}, naming the types that can be had
     */
    public StorageDriver forType(StoragePoolType type) {
        StorageDriver driver = byTypeName.get(type.id());
        if (driver == null) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "no driver opens %s pools; there are drivers for %s",
                            type.id(), new TreeSet<>(byTypeName.keySet()));
        }
        return driver;
    }
}
