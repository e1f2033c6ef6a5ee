package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Overlays;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HostCapacity;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** A catalog, two hosts and a pool that both reach, which outlive processes; for machines that come and go. */
final class MachineWorld {

    static final ByteSize SIZE = ByteSize.mebibytes(1);
    static final ByteSize MEMORY = ByteSize.gibibytes(2);
    static final HostCapacity CAPACITY = new HostCapacity(4, ByteSize.gibibytes(8));

    private static final Duration LEASE = Duration.ofMinutes(1);

    final InMemoryCatalog catalog;
    final FileBackedStorage storage;
    final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
    final ClusterRecord cluster;
    final HostRecord one;
    final HostRecord two;
    final PoolRecord pool;

    private final AtomicLong seconds = new AtomicLong(1_767_225_600);
    private final Path keys;
    private PlacementNotes notes = PlacementNotes.NONE;
    private UnaryOperator<HypervisorDriver> faults = UnaryOperator.identity();

    MachineWorld(Path folder) throws InterruptedException {
        catalog = InMemoryCatalog.on(this::now);
        keys = folder.resolve("kek");
        MasterKeyFile.create(keys);
        try {
            storage = new FileBackedStorage(Files.createDirectory(folder.resolve("files")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (HvKit hvkit = process(Fuse.counting())) {
            RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
            cluster = hvkit.inventory().addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE);
            one = hvkit.inventory().addHost(cluster.id(), HostRequest.named("h1"));
            two = hvkit.inventory().addHost(cluster.id(), HostRequest.named("h2"));
            pool = hvkit.inventory()
                    .addPool(
                            new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                            PoolRequest.named("shared", InMemoryStorageDriver.TYPE));
        }
        hypervisors.give(one.hostId(), CAPACITY);
        hypervisors.give(two.hostId(), CAPACITY);
    }

    /** Makes engines that are opened from now on know this of hosts. */
    void note(PlacementNotes known) {
        notes = known;
    }

    /** Makes engines that are opened from now on see hosts so. */
    void seeHostsBy(UnaryOperator<HypervisorDriver> other) {
        faults = other;
    }

    /** Returns the vault of keys, as any engine opens it. */
    KeyVault vault() {
        return new KeyVault(catalog, KeyProvider.file(keys), this::now);
    }

    private Instant now() {
        return Instant.ofEpochSecond(seconds.get());
    }

    /** Lets the leases of the dead run out. */
    void waitForLeases() {
        seconds.addAndGet(LEASE.toSeconds());
    }

    HvKit process(Fuse fuse) {
        Catalog seen = fuse.around(catalog.another());
        return HvKit.open(HvKitConfig.on(seen)
                .timedBy(this::now)
                .keysFrom(KeyProvider.file(keys))
                .endPointsFrom(known -> Optional.of(new FileEndPoint(known.hostId(), storage, fuse, now())))
                .placingBy(PlacementPolicy.usual(), notes)
                .runBy(job -> {
                    Thread thread = new Thread(job, job.toString());
                    thread.setUncaughtExceptionHandler(
                            (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
                    thread.start();
                })
                .driversFrom(
                        HypervisorDrivers.of(List.of(new FusedHosts(faults.apply(hypervisors), fuse))),
                        StorageDrivers.of(List.of(new FusedStorage(storage, fuse)))));
    }

    HvKit calm() {
        return process(Fuse.counting());
    }

    RecoveryReport recover() throws InterruptedException {
        try (HvKit hvkit = calm()) {
            return hvkit.recover();
        } finally {
            waitForLeases();
        }
    }

    VolumeRecord encrypted(HvKit hvkit, String name) throws InterruptedException {
        return hvkit.volumes()
                .create(VolumeRequest.blank(name, SIZE, pool.id()).encrypted().ownedBy(Counted.OWNER))
                .await();
    }

    VolumeRecord plain(HvKit hvkit, String name) throws InterruptedException {
        return hvkit.volumes()
                .create(VolumeRequest.blank(name, SIZE, pool.id()).ownedBy(Counted.OWNER))
                .await();
    }

    /** Returns a machine with an encrypted root and a plain disk, which are made for it. */
    MachineRequest request(HvKit hvkit, String name) throws InterruptedException {
        return MachineRequest.named(name)
                .memory(MEMORY)
                .ownedBy(Counted.OWNER)
                .root(encrypted(hvkit, name + "-root").id())
                .disk(plain(hvkit, name + "-data").id());
    }

    /** Returns the pool of one host alone, which is made if there is none. */
    PoolRecord local(HvKit hvkit, HostRecord host) throws InterruptedException {
        return hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(cluster, host),
                        PoolRequest.named("local-" + host.name(), InMemoryStorageDriver.TYPE));
    }

    /** Returns a machine with an encrypted root and a plain disk that h1 alone has, and an encrypted one that all hosts have. */
    MachineRequest localRequest(HvKit hvkit, String name) throws InterruptedException {
        PoolRecord local = local(hvkit, one);
        PoolRecord unused = local(hvkit, two);
        VolumeRecord root = hvkit.volumes()
                .create(VolumeRequest.blank(name + "-root", SIZE, local.id())
                        .encrypted()
                        .ownedBy(Counted.OWNER))
                .await();
        VolumeRecord data = hvkit.volumes()
                .create(VolumeRequest.blank(name + "-data", SIZE, local.id()).ownedBy(Counted.OWNER))
                .await();
        return MachineRequest.named(name)
                .memory(MEMORY)
                .ownedBy(Counted.OWNER)
                .root(root.id())
                .disk(data.id())
                .disk(encrypted(hvkit, name + "-shared").id());
    }

    Hypervisor hypervisor(HostRecord host) throws InterruptedException {
        return HypervisorDrivers.of(List.of(hypervisors))
                .forType(InMemoryHypervisorDriver.TYPE)
                .open(host.hostId(), InMemoryHypervisorDriver.TYPE, Options.parse(List.of(), Map.of()));
    }

    /** Returns the names of the machines that a host has. */
    List<String> machinesOn(HostRecord host) throws InterruptedException {
        try (Hypervisor direct = hypervisor(host)) {
            return direct.list().stream().map(Machine::name).toList();
        }
    }

    /** Returns who uses a volume, as its pool knows it. */
    Set<VolumeUse> uses(VolumeRecord volume) throws InterruptedException {
        try (StoragePool open = poolOf(volume)) {
            return open.uses(external(volume));
        }
    }

    /** Returns the pool of a volume, beside all engines. */
    StoragePool poolOf(VolumeRecord volume) throws InterruptedException {
        PoolRecord at = catalog.inTransaction(
                transaction -> transaction.pools().require(volume.place().pool()));
        StorageDrivers drivers = StorageDrivers.of(List.of(storage));
        StoragePoolType type = drivers.types().resolve(at.type()).orThrow();
        return drivers.forType(type).open(at.poolId(), type, Options.parse(List.of(), Map.of()));
    }

    static VolumeId external(VolumeRecord record) {
        return new VolumeId(record.place().externalId().map(ExternalId::value).orElseThrow());
    }

    MachineRecord record(String name) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.machines().where(MachineRecord.NAME, name))
                .get(0);
    }

    /** Returns whether the journal has anything that did not come to its end. */
    boolean isAnyOpen() throws InterruptedException {
        return catalog.inTransaction(
                transaction -> !transaction.journal().open().isEmpty());
    }

    /** Catalog, hosts, pool and keys tell the same of every machine. */
    void checkThatAllAgree(String when) throws InterruptedException {
        List<MachineRecord> machines =
                catalog.inTransaction(transaction -> transaction.machines().page(Optional.empty(), 100));
        for (HostRecord host : List.of(one, two)) {
            checkHost(host, machines, when);
        }
        List<VolumeRecord> volumes =
                catalog.inTransaction(transaction -> transaction.volumes().page(Optional.empty(), 100));
        for (VolumeRecord volume : volumes) {
            checkVolume(volume, when);
        }
        assertThat(storage.files())
                .as("files of volumes, %s", when)
                .containsExactlyInAnyOrderElementsOf(
                        volumes.stream().map(volume -> external(volume).value()).toList());
        List<KeyRecord> active =
                catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE));
        assertThat(active)
                .as("keys in use, %s", when)
                .extracting(KeyRecord::id)
                .containsExactlyInAnyOrderElementsOf(volumes.stream()
                        .flatMap(volume -> volume.key().stream())
                        .toList());
    }

    /** A host runs the machines that are recorded there, with their disks and keys, and no other. */
    private void checkHost(HostRecord host, List<MachineRecord> machines, String when) throws InterruptedException {
        List<String> expected = new ArrayList<>();
        int keysNeeded = 0;
        for (MachineRecord machine : machines) {
            assertThat(machine.state()).as(when).isIn(MachineRecord.State.RUNNING, MachineRecord.State.STOPPED);
            assertThat(machine.host().isPresent()).as(when).isEqualTo(machine.state() == MachineRecord.State.RUNNING);
            assertThat(machine.target()).as(when).isEmpty();
            if (machine.host().filter(host.id()::equals).isPresent()) {
                List<VolumeRecord> disks = disks(machine);
                expected.add(machine.name() + " "
                        + tops(machine).stream().map(VolumeId::value).toList());
                keysNeeded += keyedLayers(disks);
            }
        }
        try (Hypervisor direct = hypervisor(host)) {
            assertThat(direct.list())
                    .as("machines on %s, %s", host.name(), when)
                    .extracting(machine -> machine.name() + " "
                            + machine.disks().stream()
                                    .map(MachineDisk::volume)
                                    .map(VolumeId::value)
                                    .toList())
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
        assertThat(hypervisors.keysHeld(host.hostId()))
                .as("keys on %s, %s", host.name(), when)
                .isEqualTo(keysNeeded);
    }

    /** Each layer of an encrypted disk is opened by its own key, even if that is the same. */
    private int keyedLayers(List<VolumeRecord> disks) throws InterruptedException {
        int keys = 0;
        for (VolumeRecord disk : disks) {
            int layers = 1
                    + catalog.inTransaction(transaction -> Overlays.over(transaction, disk.id()))
                            .size();
            keys += disk.key().isPresent() ? layers : 0;
        }
        return keys;
    }

    private void checkVolume(VolumeRecord volume, String when) throws InterruptedException {
        assertThat(volume.state()).as(when).isEqualTo(VolumeRecord.State.READY);
        assertThat(volume.second()).as(when).isEmpty();
        Optional<MachineRecord> machine = catalog.inTransaction(
                transaction -> transaction.machineDisks().where(MachineDiskRecord.VOLUME, volume.id()).stream()
                        .map(disk -> transaction.machines().require(disk.machine()))
                        .findAny());
        Optional<RecordId<HostRecord>> host = machine.flatMap(MachineRecord::host);
        List<AttachmentRecord> attachments = catalog.inTransaction(
                transaction -> transaction.attachments().where(AttachmentRecord.VOLUME, volume.id()));
        assertThat(attachments)
                .as("attachments of %s, %s", volume.name(), when)
                .extracting(AttachmentRecord::host)
                .isEqualTo(host.stream().toList());
        assertThat(uses(volume))
                .as("uses of %s, %s", volume.name(), when)
                .isEqualTo(Set.copyOf(host.stream()
                        .map(id -> VolumeUse.by(new HostId(id.value())))
                        .toList()));
    }

    /** Returns what a machine calls its disks, as the catalog knows it: volumes, or what lies over them. */
    List<VolumeId> tops(MachineRecord machine) throws InterruptedException {
        List<VolumeId> tops = new ArrayList<>();
        for (VolumeRecord volume : disks(machine)) {
            List<Overlay> overlays = catalog.inTransaction(transaction -> Overlays.over(transaction, volume.id()));
            tops.add(
                    overlays.isEmpty()
                            ? Disks.id(volume)
                            : overlays.get(overlays.size() - 1).disk());
        }
        return tops;
    }

    List<VolumeRecord> disks(MachineRecord machine) throws InterruptedException {
        return catalog.inTransaction(
                transaction -> transaction.machineDisks().where(MachineDiskRecord.MACHINE, machine.id()).stream()
                        .sorted(Comparator.comparingInt(MachineDiskRecord::position))
                        .map(disk -> transaction.volumes().require(disk.volume()))
                        .toList());
    }
}
