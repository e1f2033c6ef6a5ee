package io.hvkit.testkit.hypervisor;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.Support;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A plug-in whose machines are entries in a map, and whose disks are files that are never read. It keeps the whole contract, so it
 * stands in for a hypervisor in the tests of what uses one. Each driver has hosts of its own.
 */
public final class InMemoryHypervisorDriver implements HypervisorDriver {

    /** Offers what can be done without a guest. */
    public static final HypervisorType TYPE = HypervisorType.named("in-memory", "In memory")
            .offering(HypervisorFeature.GRACEFUL_STOP, Support.NATIVE)
            .offering(HypervisorFeature.LOCAL_STORAGE, Support.NATIVE)
            .offering(HypervisorFeature.PERSISTENT_MACHINES, Support.NATIVE)
            .offering(HypervisorFeature.LIVE_DISK_MIGRATION, Support.EMULATED);

    /** Offers nothing, to see what a caller does then. */
    public static final HypervisorType BARE = HypervisorType.named("in-memory-bare", "In memory (bare)");

    private final Map<HostId, InMemoryHost> hosts = new ConcurrentHashMap<>();

    /** Does nothing, as the SPI asks. */
    public InMemoryHypervisorDriver() {}

    @Override
    public Set<HypervisorType> types() {
        return Set.of(TYPE, BARE);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of();
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) {
        InMemoryHost machines = hosts.computeIfAbsent(host, absent -> new InMemoryHost());
        return new InMemoryHypervisor(host, type.equals(BARE) ? BARE : TYPE, machines);
    }
}
