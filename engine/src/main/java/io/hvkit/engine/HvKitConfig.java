package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.core.Incubating;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** What an engine is made of. Immutable. */
@Incubating(since = "0.1")
public final class HvKitConfig {

    /** How long leases last unless it is said. */
    public static final Duration USUAL_LEASE = Duration.ofSeconds(30);

    /** The shortest lease: a process that is merely slow must not lose its operations. */
    public static final Duration SHORTEST_LEASE = Duration.ofSeconds(2);

    private record Fields(
            Catalog catalog,
            Optional<KeyProvider> keys,
            HypervisorDrivers hypervisors,
            StorageDrivers storage,
            Optional<Executor> executor,
            InstantSource clock,
            Duration lease) {}

    private final Fields fields;

    private HvKitConfig(Fields fields) {
        this.fields = fields;
    }

    /** Returns an engine over a catalog, which it closes when it is closed; without keys and without drivers. */
    public static HvKitConfig on(Catalog catalog) {
        return new HvKitConfig(new Fields(
                catalog,
                Optional.empty(),
                HypervisorDrivers.of(List.<HypervisorDriver>of()),
                StorageDrivers.of(List.<StorageDriver>of()),
                Optional.empty(),
                InstantSource.system(),
                USUAL_LEASE));
    }

    /** Returns this engine with a provider of master keys, which it closes when it is closed; without one it makes no encrypted volume. */
    public HvKitConfig keysFrom(KeyProvider provider) {
        return new HvKitConfig(new Fields(
                fields.catalog,
                Optional.of(provider),
                fields.hypervisors,
                fields.storage,
                fields.executor,
                fields.clock,
                fields.lease));
    }

    /** Returns this engine with these drivers. */
    public HvKitConfig driversFrom(HypervisorDrivers hypervisors, StorageDrivers storage) {
        return new HvKitConfig(new Fields(
                fields.catalog, fields.keys, hypervisors, storage, fields.executor, fields.clock, fields.lease));
    }

    /**
     * Returns this engine with an executor that runs its jobs, one task for each as long as it lasts; never on the thread that asks. It stays
     * the caller's. Without one, each job has a thread of its own while it lasts.
     */
    public HvKitConfig runBy(Executor executor) {
        return new HvKitConfig(new Fields(
                fields.catalog,
                fields.keys,
                fields.hypervisors,
                fields.storage,
                Optional.of(executor),
                fields.clock,
                fields.lease));
    }

    /**
     * Returns this engine with other leases: how long a process that died keeps others from its operations, {@link #USUAL_LEASE} unless it is
     * said. One that lives and cannot reach its catalog for so long loses them too.
     *
     * @throws IllegalArgumentException if it is shorter than {@link #SHORTEST_LEASE}
     */
    public HvKitConfig leasing(Duration lease) {
        if (lease.compareTo(SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException("leases last for " + SHORTEST_LEASE + " at least, not " + lease);
        }
        return new HvKitConfig(new Fields(
                fields.catalog, fields.keys, fields.hypervisors, fields.storage, fields.executor, fields.clock, lease));
    }

    /** Returns this engine with another clock. */
    public HvKitConfig timedBy(InstantSource clock) {
        return new HvKitConfig(new Fields(
                fields.catalog, fields.keys, fields.hypervisors, fields.storage, fields.executor, clock, fields.lease));
    }

    Catalog catalog() {
        return fields.catalog;
    }

    Optional<KeyProvider> keys() {
        return fields.keys;
    }

    HypervisorDrivers hypervisors() {
        return fields.hypervisors;
    }

    StorageDrivers storage() {
        return fields.storage;
    }

    Optional<Executor> executor() {
        return fields.executor;
    }

    InstantSource clock() {
        return fields.clock;
    }

    Duration lease() {
        return fields.lease;
    }
}
