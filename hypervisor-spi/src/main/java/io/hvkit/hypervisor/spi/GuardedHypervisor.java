package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A connection that refuses, before its driver sees it, what the type or the host does not offer. */
final class GuardedHypervisor implements Hypervisor {

    private final Hypervisor hypervisor;
    private final PluginBoundary boundary;
    private final HostId host;
    private final Features<HypervisorFeature> features;
    private final AtomicBoolean closed = new AtomicBoolean();

    private GuardedHypervisor(
            Hypervisor hypervisor, PluginBoundary boundary, HostId host, Features<HypervisorFeature> features) {
        this.hypervisor = hypervisor;
        this.boundary = boundary;
        this.host = host;
        this.features = features;
    }

    /** Returns a guard of an open connection; what it offers is no more than its type declares. */
    static GuardedHypervisor of(Hypervisor hypervisor, PluginBoundary boundary, HypervisorType type) {
        return new GuardedHypervisor(
                hypervisor,
                boundary,
                boundary.ask("host", hypervisor::host),
                boundary.ask("features", hypervisor::features).limitedTo(type.features()));
    }

    @Override
    public HostId host() {
        return host;
    }

    @Override
    public Features<HypervisorFeature> features() {
        return features;
    }

    @Override
    public HostFacts probe() throws InterruptedException {
        return boundary.call("probe", hypervisor::probe);
    }

    @Override
    public HostFacts facts(Duration noOlderThan) throws InterruptedException {
        return boundary.call("facts", () -> hypervisor.facts(noOlderThan));
    }

    @Override
    public Optional<HostCapacity> capacity() throws InterruptedException {
        return boundary.call("capacity", hypervisor::capacity);
    }

    @Override
    public Machine start(MachineSpec spec) throws InterruptedException {
        requireOffered(spec);
        return boundary.call("start", () -> hypervisor.start(spec));
    }

    @Override
    public Machine define(MachineSpec spec) throws InterruptedException {
        require(HypervisorFeature.DEFINED_MACHINES, "defining a machine without starting it");
        requireOffered(spec);
        if (spec.persistence() != Persistence.PERSISTENT) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a host does not remember a transient machine; say %s keptAs(PERSISTENT), or start it",
                            spec.name());
        }
        return boundary.call("define", () -> hypervisor.define(spec));
    }

    @Override
    public Machine start(MachineId id) throws InterruptedException {
        require(HypervisorFeature.DEFINED_MACHINES, "starting a machine by its id");
        return boundary.call("start", () -> hypervisor.start(id));
    }

    @Override
    public Machine start(MachineId id, KeySource keys) throws InterruptedException {
        require(HypervisorFeature.DEFINED_MACHINES, "starting a machine by its id");
        return boundary.call("start", () -> hypervisor.start(id, keys));
    }

    private void requireOffered(MachineSpec spec) {
        spec.disks().forEach(this::requirePluggable);
        for (SpecNeed need : SpecNeed.ALL) {
            if (need.in(spec)) {
                require(need.feature(), need.words());
            }
        }
    }

    @Override
    public void stop(MachineId id, StopMode mode) throws InterruptedException {
        if (mode.asksGuest()) {
            require(HypervisorFeature.GRACEFUL_STOP, "asking the guest to shut down, rather than POWER_OFF,");
        }
        boundary.act("stop", () -> hypervisor.stop(id, mode));
    }

    @Override
    public void forget(MachineId id) throws InterruptedException {
        boundary.act("forget", () -> hypervisor.forget(id));
    }

    @Override
    public void keysFrom(KeySource source) {
        boundary.ask("keysFrom", () -> {
            hypervisor.keysFrom(source);
            return source;
        });
    }

    @Override
    public Optional<Machine> find(MachineId id) throws InterruptedException {
        return boundary.call("find", () -> hypervisor.find(id));
    }

    @Override
    public List<Machine> list() throws InterruptedException {
        return boundary.call("list", hypervisor::list);
    }

    @Override
    public Optional<Path> console(MachineId id) throws InterruptedException {
        return features.offers(HypervisorFeature.CONSOLE)
                ? boundary.call("console", () -> hypervisor.console(id))
                : Optional.empty();
    }

    @Override
    public Optional<HotPlug> hotPlug() {
        return facet(HypervisorFeature.HOT_PLUG, "hotPlug", Hypervisor::hotPlug)
                .map(plug -> new GuardedHotPlug(plug, boundary, this::requirePluggable, this::requireNics));
    }

    @Override
    public Optional<MachineControl> control() {
        return facet(HypervisorFeature.MACHINE_CONTROL, "control", Hypervisor::control)
                .map(control -> new GuardedControl(control, boundary));
    }

    @Override
    public Optional<Statistics> statistics() {
        return facet(HypervisorFeature.STATISTICS, "statistics", Hypervisor::statistics)
                .map(statistics -> new GuardedStatistics(statistics, boundary));
    }

    @Override
    public Optional<GuestAgent> guestAgent() {
        return facet(HypervisorFeature.GUEST_AGENT, "guestAgent", Hypervisor::guestAgent)
                .map(agent -> new GuardedGuestAgent(agent, boundary));
    }

    @Override
    public Optional<ChangeTracking> changeTracking() {
        return facet(HypervisorFeature.CHANGE_TRACKING, "changeTracking", Hypervisor::changeTracking)
                .map(tracking -> new GuardedChangeTracking(tracking, boundary));
    }

    @Override
    public Optional<LiveDiskMigration> liveDiskMigration() {
        return facet(HypervisorFeature.LIVE_DISK_MIGRATION, "liveDiskMigration", Hypervisor::liveDiskMigration)
                .map(migration -> new GuardedDiskMigration(migration, boundary, this::requireOffered));
    }

    @Override
    public Optional<LiveMigration> liveMigration() {
        return facet(HypervisorFeature.LIVE_MIGRATION, "liveMigration", Hypervisor::liveMigration)
                .map(migration -> new GuardedLiveMigration(migration, boundary, GuardedHypervisor::admitted));
    }

    @Override
    public Optional<DiskBackups> diskBackups() {
        return facet(HypervisorFeature.DISK_BACKUPS, "diskBackups", Hypervisor::diskBackups)
                .map(facet -> new GuardedDiskBackups(facet, boundary, this::requireOpenable));
    }

    @Override
    public Optional<MachineSnapshots> machineSnapshots() {
        return facet(HypervisorFeature.MACHINE_SNAPSHOTS, "machineSnapshots", Hypervisor::machineSnapshots)
                .map(snapshots -> new GuardedSnapshots(snapshots, boundary, this::requireOpenable));
    }

    @Override
    public Optional<DirectDownload> directDownload() {
        return facet(HypervisorFeature.DIRECT_DOWNLOAD, "directDownload", Hypervisor::directDownload)
                .map(download -> (source, digest, target) ->
                        boundary.call("fetch", () -> download.fetch(source, digest, target)));
    }

    @Override
    public Optional<HostSnapshots> hostSnapshots() {
        return facet(HypervisorFeature.HOST_SNAPSHOTS, "hostSnapshots", Hypervisor::hostSnapshots)
                .map(snapshots -> new GuardedHostSnapshots(snapshots, boundary));
    }

    @Override
    public Optional<MachineClones> machineClones() {
        return facet(HypervisorFeature.MACHINE_CLONES, "machineClones", Hypervisor::machineClones)
                .map(clones -> new GuardedClones(clones, boundary));
    }

    @Override
    public Optional<MachineRelocation> machineRelocation() {
        return facet(HypervisorFeature.MACHINE_RELOCATION, "machineRelocation", Hypervisor::machineRelocation)
                .map(relocation -> new GuardedRelocation(relocation, boundary, GuardedHypervisor::admitted));
    }

    @Override
    public Optional<ConsoleTickets> consoleTickets() {
        return facet(HypervisorFeature.CONSOLE_TICKETS, "consoleTickets", Hypervisor::consoleTickets)
                .map(tickets -> machine -> boundary.call("consoleTickets.issue", () -> tickets.issue(machine)));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            boundary.ask("close", () -> {
                hypervisor.close();
                return hypervisor;
            });
        }
    }

    /** Asks a connection for a facet. */
    @FunctionalInterface
    private interface Facet<T> {
        Optional<T> of(Hypervisor hypervisor);
    }

    private <T> Optional<T> facet(HypervisorFeature feature, String name, Facet<T> facet) {
        if (!features.offers(feature)) {
            return Optional.empty();
        }
        Optional<T> present = boundary.ask(name, () -> facet.of(hypervisor));
        if (present.isEmpty()) {
            throw DriverException.because(Failure.DEFECT)
                    .message("%s broke its contract: it offers %s and has no %s", boundary.provider(), feature, name);
        }
        return present;
    }

    /** The target takes what it offers to take; its own driver is to meet it without its guard. */
    private static MachineMove admitted(MachineMove move) {
        if (!(move.target() instanceof GuardedHypervisor target)) {
            return move;
        }
        target.require(HypervisorFeature.LIVE_MIGRATION, "taking a machine from another host");
        move.disks().values().forEach(target::requireOpenable);
        return move.towards(target.hypervisor);
    }

    private static Relocation admitted(Relocation relocation) {
        if (relocation.target().orElse(null) instanceof GuardedHypervisor target) {
            target.require(HypervisorFeature.MACHINE_RELOCATION, "taking a machine from another host");
            return relocation.towards(target.hypervisor);
        }
        return relocation;
    }

    private void requireOffered(DiskMove move) {
        requireOpenable(move.target());
        if (move.copyMode() == CopyMode.WRITE_BLOCKING) {
            require(
                    HypervisorFeature.WRITE_BLOCKING_COPY,
                    "a copy that holds up what the guest writes, rather than BACKGROUND,");
        }
        if (move.sharedBandwidth().isPresent()) {
            require(
                    HypervisorFeature.SHARED_COPY_BANDWIDTH,
                    "a limit that moves share, rather than one of each move by limitedTo,");
        }
    }

    private void requireNics() {
        require(HypervisorFeature.NETWORK_CARDS, "a network card");
    }

    private void requirePluggable(Disk disk) {
        requireOpenable(disk);
        if (!disk.device().equals(DiskDevice.on(DiskBus.VIRTIO))) {
            require(
                    HypervisorFeature.DISK_DEVICES,
                    "disk " + disk.volume() + " as another device than a plain virtio one");
        }
    }

    private void requireOpenable(Disk disk) {
        boolean encrypted = false;
        for (int i = disk.layers().size() - 1; i >= 0; i--) {
            Disk layer = disk.layers().get(i);
            requireLayerOpenable(layer);
            if (encrypted && layer.key().isEmpty()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "disk %s lies over an encrypted one, and what is written to it would be in clear; give it a key"
                                        + " with unlockedBy(...)",
                                layer.volume());
            }
            encrypted = layer.key().isPresent();
        }
    }

    private void requireLayerOpenable(Disk disk) {
        if (disk.key().isPresent()) {
            require(HypervisorFeature.ENCRYPTED_DISKS, "disk " + disk.volume() + ", which has a key,");
            requireNotWiped(disk.volume(), disk.key().get());
        } else if (disk.format() == ImageFormat.LUKS) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "disk %s has a LUKS header and no key, so a guest could write over the header; give its key with"
                                    + " unlockedBy(...)",
                            disk.volume());
        }
    }

    /** Who wiped it is to blame, and not the driver that finds out. */
    private static void requireNotWiped(VolumeId volume, Secret key) {
        try {
            key.use(ByteBuffer::remaining);
        } catch (IllegalStateException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("the key of disk %s is wiped; keep it open until the call returns", volume);
        }
    }

    private void require(HypervisorFeature feature, String what) {
        if (!features.offers(feature)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "%s needs %s, which host %s does not offer; it offers %s",
                            what, feature, host, features.offered());
        }
    }

    @Override
    public String toString() {
        return "host " + host + " by " + boundary.provider();
    }
}
