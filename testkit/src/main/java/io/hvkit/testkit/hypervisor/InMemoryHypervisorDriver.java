package io.hvkit.testkit.hypervisor;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.Support;
import io.hvkit.hypervisor.spi.HostCapacity;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineSpec;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A plug-in whose machines are entries in a map, and whose disks are files of which only the mark of {@link #encrypt}
 * is ever read. Its hosts fetch raw images of up to 16 MiB, by HTTP. It keeps all contracts, so it
 * stands in for a hypervisor in the tests of what uses one. Each driver has hosts of its own.
 */
public final class InMemoryHypervisorDriver implements HypervisorDriver {

    /** Offers what can be done without a guest. */
    public static final HypervisorType TYPE = HypervisorType.named("in-memory", "In memory")
            .offering(HypervisorFeature.GRACEFUL_STOP, Support.NATIVE)
            .offering(HypervisorFeature.MACHINE_CONTROL, Support.NATIVE)
            .offering(HypervisorFeature.ENCRYPTED_DISKS, Support.EMULATED)
            .offering(HypervisorFeature.LOCAL_STORAGE, Support.NATIVE)
            .offering(HypervisorFeature.PERSISTENT_MACHINES, Support.NATIVE)
            .offering(HypervisorFeature.DEFINED_MACHINES, Support.NATIVE)
            .offering(HypervisorFeature.DISK_DEVICES, Support.EMULATED)
            .offering(HypervisorFeature.NETWORK_CARDS, Support.EMULATED)
            .offering(HypervisorFeature.CLOUD_INIT, Support.EMULATED)
            .offering(HypervisorFeature.TAGS, Support.NATIVE)
            .offering(HypervisorFeature.HOT_PLUG, Support.EMULATED)
            .offering(HypervisorFeature.STATISTICS, Support.EMULATED)
            .offering(HypervisorFeature.GUEST_AGENT, Support.EMULATED)
            .offering(HypervisorFeature.CHANGE_TRACKING, Support.EMULATED)
            .offering(HypervisorFeature.DISK_BACKUPS, Support.EMULATED)
            .offering(HypervisorFeature.LIVE_DISK_MIGRATION, Support.EMULATED)
            .offering(HypervisorFeature.WRITE_BLOCKING_COPY, Support.EMULATED)
            .offering(HypervisorFeature.SHARED_COPY_BANDWIDTH, Support.EMULATED)
            .offering(HypervisorFeature.LIVE_MIGRATION, Support.EMULATED)
            .offering(HypervisorFeature.MACHINE_SNAPSHOTS, Support.EMULATED)
            .offering(HypervisorFeature.DIRECT_DOWNLOAD, Support.NATIVE)
            .offering(HypervisorFeature.HOST_SNAPSHOTS, Support.EMULATED)
            .offering(HypervisorFeature.MACHINE_CLONES, Support.EMULATED)
            .offering(HypervisorFeature.MACHINE_RELOCATION, Support.EMULATED)
            .offering(HypervisorFeature.CONSOLE_TICKETS, Support.EMULATED);

    /** Offers nothing, to see what a caller does then. */
    public static final HypervisorType BARE = HypervisorType.named("in-memory-bare", "In memory (bare)");

    private static final String GUEST = "guest";
    private static final String DEAF = "deaf";

    private final Map<HostId, InMemoryHost> hosts = new ConcurrentHashMap<>();
    private final Object movers = new Object();

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
        InMemoryHost machines = at(host);
        machines.requireReachable();
        return new InMemoryHypervisor(host, type.equals(BARE) ? BARE : TYPE, machines);
    }

    /** Makes a host tell that it has this from now on; before, it cannot tell. */
    public void give(HostId host, HostCapacity capacity) {
        at(host).has(capacity);
    }

    /** Makes a host answer nobody from now on, connections that are open included. Its machines run on. */
    public void cutOff(HostId host) {
        at(host).becomeUnreachable();
    }

    /** Makes a host answer again; does nothing if it does. */
    public void reachAgain(HostId host) {
        at(host).becomeReachable();
    }

    /**
     * Makes a host forget the keys of the disks of its machines, which run on. What connections that are open can tell it, as
     * {@link Hypervisor#keysFrom} says, it knows again at once.
     */
    public void restart(HostId host) {
        at(host).restart();
    }

    /** Returns how many keys of disks a host has: those of machines that run there or are about to. */
    public int keysHeld(HostId host) {
        return at(host).keysHeld();
    }

    /** Makes a host lose the call of the next change that it is asked for, or its answer; that is UNREACHABLE then. */
    public void loseNext(HostId host, LossCases.Lost what) {
        at(host).loseNext(what);
    }

    /** Returns how many calls and answers a host has lost so far. */
    public int losses(HostId host) {
        return at(host).losses();
    }

    /** Makes an encrypted disk of a file, which only this key opens on hosts in memory. Nothing in it is secret. */
    public static void encrypt(Path file, Secret key) {
        InMemoryDisks.encrypt(file, key);
    }

    /**
     * Makes an empty overlay of a file, over another file of the same size; {@link #encrypt} it afterwards if it is to have a key.
     * Sizes are no less than 4 KiB.
     */
    public static void layOver(Path file, Path base) {
        InMemoryDisks.layOver(file, base);
    }

    /** Returns this machine with a guest that neither shuts down when it is asked nor lets a device go. */
    public static MachineSpec deaf(MachineSpec spec) {
        return spec.tagged(GUEST, DEAF);
    }

    static boolean isDeaf(MachineSpec spec) {
        return DEAF.equals(spec.tags().get(GUEST));
    }

    private InMemoryHost at(HostId host) {
        return hosts.computeIfAbsent(host, absent -> new InMemoryHost(movers));
    }
}
