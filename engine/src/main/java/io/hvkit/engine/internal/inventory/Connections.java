package io.hvkit.engine.internal.inventory;

import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.Collection;
import java.util.function.Function;

/** The open connections of an engine: one for each host and each pool, opened when it is needed first. Any number of threads share them. */
public final class Connections implements AutoCloseable {

    private final HypervisorDrivers hypervisors;
    private final StorageDrivers storage;
    private final Function<RecordId<HostRecord>, KeySource> keys;
    private final OpenOnce<RecordId<HostRecord>, Hypervisor> hosts = new OpenOnce<>();
    private final OpenOnce<RecordId<PoolRecord>, StoragePool> pools = new OpenOnce<>();

    /**
     * Makes connections of no host and no pool yet.
     *
     * @param keys where a host gets the keys of its disks again when it has forgotten them
     */
    public Connections(
            HypervisorDrivers hypervisors, StorageDrivers storage, Function<RecordId<HostRecord>, KeySource> keys) {
        this.hypervisors = hypervisors;
        this.storage = storage;
        this.keys = keys;
    }

    /** Returns the connection to a host, whose type is that of its cluster. */
    public Hypervisor host(HostRecord host, String hypervisorType) throws InterruptedException {
        return hosts.get(host.id(), () -> {
            HypervisorType type = hypervisors.types().resolve(hypervisorType).orThrow();
            HypervisorDriver driver = hypervisors.forType(type);
            Hypervisor open = driver.open(host.hostId(), type, options("host", host, driver.options(), host.options()));
            try {
                open.keysFrom(keys.apply(host.id()));
                return open;
            } catch (RuntimeException e) {
                open.close();
                throw e;
            }
        });
    }

    /** Returns the connection to a pool. */
    public StoragePool pool(PoolRecord pool) throws InterruptedException {
        return pools.get(pool.id(), () -> {
            StoragePoolType type = storage.types().resolve(pool.type()).orThrow();
            StorageDriver driver = storage.forType(type);
            return driver.open(pool.poolId(), type, options("pool", pool, driver.options(), pool.options()));
        });
    }

    /** Closes the connection to a host, if there is one; the next call opens another. */
    public void dropHost(RecordId<HostRecord> host) {
        hosts.drop(host);
    }

    /** Closes the connection to a pool, if there is one; the next call opens another. */
    public void dropPool(RecordId<PoolRecord> pool) {
        pools.drop(pool);
    }

    /** The catalog keeps options as they are, so one that must not be read there has no place in it. */
    private static Options options(String what, CatalogRecord<?> record, Collection<Option<?>> known, Facts values) {
        for (Option<?> option : known) {
            if (option.isSecret() && values.find(option.name()).isPresent()) {
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "option %s of %s %s is secret, and the catalog keeps options as they are; leave it out, and let the"
                                        + " driver read it from a file",
                                option.name(), what, record.id());
            }
        }
        return Options.parse(known, values.texts());
    }

    @Override
    public void close() {
        hosts.close();
        pools.close();
    }
}
