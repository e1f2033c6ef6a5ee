package io.hvkit.engine.internal.inventory;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SecretSource;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The open connections of an engine: one for each host and each pool, opened when it is needed first. Any number of threads share them. */
public final class Connections implements AutoCloseable {

    private final HypervisorDrivers hypervisors;
    private final StorageDrivers storage;
    private final Function<RecordId<HostRecord>, KeySource> keys;
    private final Credentials credentials;
    private final OpenOnce<RecordId<HostRecord>, Hypervisor> hosts = new OpenOnce<>();
    private final OpenOnce<PoolWay, StoragePool> pools = new OpenOnce<>();
    private final HostTerms terms;

    /** One that is reached otherwise by now, as a child is that was renamed or has another parent, gets another connection. */
    private record PoolWay(RecordId<PoolRecord> pool, Facts options, Optional<RecordId<PoolRecord>> parent) {

        static PoolWay to(PoolRecord pool) {
            return new PoolWay(pool.id(), pool.options(), pool.membership().map(PoolRecord.Membership::parent));
        }
    }

    /** What operators have set that the driver of a host is to be told, by the names of its options. */
    @FunctionalInterface
    public interface HostTerms {

        /** Nothing. */
        HostTerms NONE = (host, options) -> Map.of();

        /**
         * Returns it.
         *
         * @param options the names of all that the driver reads
         */
        Map<String, String> of(HostRecord host, Set<String> options) throws InterruptedException;
    }

    /**
     * Makes connections of no host and no pool yet.
     *
     * @param keys where a host gets the keys of its disks again when it has forgotten them
     * @param credentials the secrets with which hosts and pools are opened
     * @param terms what operators have set about hosts; what a host was added with counts more
     */
    public Connections(
            HypervisorDrivers hypervisors,
            StorageDrivers storage,
            Function<RecordId<HostRecord>, KeySource> keys,
            Credentials credentials,
            HostTerms terms) {
        this.hypervisors = hypervisors;
        this.storage = storage;
        this.keys = keys;
        this.credentials = credentials;
        this.terms = terms;
    }

    /** Returns the connection to a host, whose type is that of its cluster. */
    public Hypervisor host(HostRecord host, String hypervisorType) throws InterruptedException {
        return hosts.get(host.id(), () -> {
            Hypervisor open = open(host, hypervisorType, credentials.of(host));
            try {
                open.keysFrom(keys.apply(host.id()));
                return open;
            } catch (RuntimeException e) {
                open.close();
                throw e;
            }
        });
    }

    /** Opens a connection to a host beside the one that is shared; the caller closes it. */
    public Hypervisor open(HostRecord host, String hypervisorType, Map<String, SecretSource> secrets)
            throws InterruptedException {
        HypervisorType type = hypervisors.types().resolve(hypervisorType).orThrow();
        HypervisorDriver driver = hypervisors.forType(type);
        Set<String> names = driver.options().stream().map(Option::name).collect(Collectors.toSet());
        Map<String, String> options = new HashMap<>(terms.of(host, names));
        options.keySet().retainAll(names);
        options.putAll(host.options().texts());
        return driver.open(host.hostId(), type, Options.parse(driver.options(), options, secrets));
    }

    /** Returns the connection to a pool. */
    public StoragePool pool(PoolRecord pool) throws InterruptedException {
        return pools.get(PoolWay.to(pool), () -> open(pool, credentials.of(pool)));
    }

    /** Opens a connection to a pool beside the one that is shared; the caller closes it. */
    public StoragePool open(PoolRecord pool, Map<String, SecretSource> secrets) throws InterruptedException {
        StoragePoolType type = storage.types().resolve(pool.type()).orThrow();
        StorageDriver driver = storage.forType(type);
        return driver.open(
                pool.poolId(),
                type,
                Options.parse(driver.options(), pool.options().texts(), secrets));
    }

    /** Closes the connection to a host, if there is one; the next call opens another. */
    public void dropHost(RecordId<HostRecord> host) {
        hosts.drop(host);
    }

    /** Closes the connections to a pool, if there are any; the next call opens another. */
    public void dropPool(RecordId<PoolRecord> pool) {
        pools.dropAll(way -> way.pool().equals(pool));
    }

    @Override
    public void close() {
        hosts.close();
        pools.close();
    }
}
