package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.machine.DiskChain;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MachineSnapshotRequest;
import io.hvkit.engine.machine.MergeRequest;
import io.hvkit.engine.machine.MergedDisk;
import io.hvkit.engine.machine.MergedDisks;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMove.SharedDisks;
import io.hvkit.hypervisor.spi.MachineMove.Wire;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHost;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A machine with an encrypted root on two real hosts, and engines that come and go. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class MachinesIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @RegisterExtension
    static final PrivateHostExtension ONE = PrivateHostExtension.perClass();

    @RegisterExtension
    static final PrivateHostExtension TWO = PrivateHostExtension.perClass();

    @RegisterExtension
    final GuestExtension guest = GuestExtension.shared();

    @TempDir
    private Path folder;

    /** Both hosts see the folder: a pool of the cluster, though a directory is a local one elsewhere. */
    private record Site(HostRecord one, HostRecord two, PoolRecord pool) {}

    @Test
    void a_guest_on_an_encrypted_root_starts_moves_and_stops_loses_no_record_and_leaves_no_key() throws Exception {
        MasterKeyFile.create(folder.resolve("kek"));
        Path console = folder.resolve("console");
        MachineRecord web;
        VolumeRecord root;
        try (HvKit hvkit = engine()) {
            Site site = site(hvkit);
            root = hvkit.volumes()
                    .create(VolumeRequest.blank("root", ByteSize.mebibytes(16), site.pool.id())
                            .encrypted())
                    .await();
            MachineRecord known =
                    hvkit.machines().create(request(root, console)).await();
            assertThat(hvkit.machines().explain(known.id()).explain())
                    .containsPattern("node[12]: chosen, has .*iB of memory left");
            web = hvkit.machines().start(known.id()).await();
            GuestConsole.at(console).awaitReady(PATIENCE);
            GuestConsole.at(console).awaitAcknowledged(64, PATIENCE);
        }
        PrivateHost from = web.host().orElseThrow().equals(engineHost("node1")) ? ONE.host() : TWO.host();
        PrivateHost to = from.equals(ONE.host()) ? TWO.host() : ONE.host();
        assertThat(secrets(from)).hasSize(1);
        try (HvKit hvkit = engine()) {
            assertThat(hvkit.recover().findings()).isEmpty();
            MachineRecord moved = hvkit.machines()
                    .migrate(MigrateRequest.of(web.id())
                            .with(SharedDisks.VOUCHED_FOR)
                            .over(Wire.CLEAR))
                    .await();
            assertThat(moved.host()).isPresent().isNotEqualTo(web.host());
        }
        assertThat(secrets(from)).isEmpty();
        assertThat(secrets(to)).hasSize(1);
        assertThat(machines(from)).isEmpty();
        long before = GuestConsole.at(console).acknowledged();
        GuestConsole.at(console).awaitAcknowledged(before + 32, PATIENCE);
        try (HvKit hvkit = engine()) {
            hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
            assertThatNoRecordIsLost(root, console, pool());
            hvkit.machines().delete(web.id()).await();
            hvkit.volumes().delete(root.id()).await();
        }
        assertThat(secrets(to)).isEmpty();
        assertThat(machines(to)).isEmpty();
        assertThat(files("pool")).isEmpty();
    }

    @Test
    void a_guest_takes_its_local_disks_along_and_loses_no_record() throws Exception {
        MasterKeyFile.create(folder.resolve("kek"));
        Path console = folder.resolve("console");
        try (HvKit hvkit = engine()) {
            Site site = site(hvkit);
            PoolRecord here = local(hvkit, site.one, "local1");
            PoolRecord there = local(hvkit, site.two, "local2");
            VolumeRecord root = encrypted(hvkit, "root", here);
            VolumeRecord data = hvkit.volumes()
                    .create(VolumeRequest.blank("data", ByteSize.mebibytes(8), here.id()))
                    .await();
            VolumeRecord common = encrypted(hvkit, "common", site.pool);
            MachineRecord web = hvkit.machines()
                    .start(request(root, console).disk(data.id()).disk(common.id()))
                    .await();
            GuestConsole.at(console).awaitReady(PATIENCE);
            GuestConsole.at(console).awaitAcknowledged(64, PATIENCE);

            MachineRecord moved = hvkit.machines()
                    .migrate(MigrateRequest.of(web.id())
                            .withLocalDisks()
                            .with(SharedDisks.VOUCHED_FOR)
                            .over(Wire.CLEAR))
                    .await();

            assertThat(moved.host()).contains(site.two.id());
            long before = GuestConsole.at(console).acknowledged();
            GuestConsole.at(console).awaitAcknowledged(before + 32, PATIENCE);
            assertThat(secrets(ONE.host())).isEmpty();
            assertThat(secrets(TWO.host())).hasSize(2);
            assertThat(machines(ONE.host())).isEmpty();
            assertThat(files("local1")).isEmpty();
            assertThat(files("local2")).hasSize(2);
            hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
            VolumeRecord now = hvkit.volumes().find(root.id()).orElseThrow();
            assertThat(now.place().pool()).isEqualTo(there.id());
            assertThat(now.key()).isEqualTo(root.key());
            assertThatNoRecordIsLost(now, console, folder.resolve("local2"));
            hvkit.machines().delete(web.id()).await();
            for (VolumeRecord volume : List.of(now, data, common)) {
                hvkit.volumes().delete(volume.id()).await();
            }
        }
        assertThat(secrets(TWO.host())).isEmpty();
        assertThat(files("local2")).isEmpty();
        assertThat(files("pool")).isEmpty();
    }

    @Test
    void a_merge_that_takes_too_long_leaves_the_other_disk_merged_and_the_guest_restarts_and_loses_no_record()
            throws Exception {
        MasterKeyFile.create(folder.resolve("kek"));
        Path console = folder.resolve("console");
        try (HvKit hvkit = engine();
                Hypervisor direct = hypervisor(ONE.host())) {
            Site site = site(hvkit);
            VolumeRecord root = encrypted(hvkit, "root", site.pool);
            VolumeRecord data = encrypted(hvkit, "data", site.pool);
            MachineRecord known = hvkit.machines()
                    .create(request(root, console, "vdb").disk(data.id()))
                    .await();
            MachineId id = known.machineId();
            MachineRecord web =
                    hvkit.machines().start(known.id(), site.one.id()).await();
            GuestConsole.at(console).awaitReady(PATIENCE);
            GuestConsole.at(console).awaitAcknowledged(64, PATIENCE);
            List<MachineDisk> had = direct.find(id).orElseThrow().disks();
            Path base = had.get(1).attachment().requirePath();
            hvkit.machines()
                    .snapshot(MachineSnapshotRequest.of(web.id(), "before-upgrade", folder))
                    .await();
            MachineDisk overData = direct.find(id).orElseThrow().disks().get(1);
            assertThat(hvkit.machines().chains(web.id()))
                    .extracting(DiskChain::overlays)
                    .element(1)
                    .isEqualTo(List.of(overData));
            writeOn(console);
            try (Secret key = key(data)) {
                Disk below = Disk.of(Disks.id(data), had.get(1).attachment(), ImageFormat.LUKS)
                        .unlockedBy(key);
                Disk above = Disk.of(overData.volume(), overData.attachment(), ImageFormat.QCOW2)
                        .unlockedBy(key);
                direct.machineSnapshots()
                        .orElseThrow()
                        .merge(id, DiskMerge.of(above.over(below)).limitedTo(ByteSize.kibibytes(64)));
            }

            MergedDisks merged = hvkit.machines()
                    .merge(MergeRequest.of(web.id()).within(Duration.ofSeconds(2)))
                    .await();

            assertThat(merged.disks())
                    .as(merged.toString())
                    .extracting(MergedDisk::isMerged)
                    .containsExactly(true, false);
            assertThat(disks(direct, id)).containsExactly(Disks.id(root), overData.volume());
            hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
            try (Secret key = key(data)) {
                Image below = Image.luks(base).unlockedBy(key);
                Image above = Image.qcow2(overData.attachment().requirePath()).unlockedBy(key);
                assertHoldsAll(console, above.over(below), "of-the-first-run");
            }
            assertThat(hvkit.machines().chains(web.id()))
                    .extracting(DiskChain::standing)
                    .containsExactly(DiskChain.Standing.ALONE, DiskChain.Standing.RECORDED);

            Files.delete(console);
            hvkit.machines().start(web.id(), site.one.id()).await();
            GuestConsole.at(console).awaitReady(PATIENCE);
            GuestConsole.at(console).awaitAcknowledged(64, PATIENCE);
            assertThat(disks(direct, id)).containsExactly(Disks.id(root), overData.volume());
            hvkit.machines().merge(web.id()).await().orThrow();

            assertThat(disks(direct, id)).containsExactly(Disks.id(root), Disks.id(data));
            writeOn(console);
            hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
            try (Secret key = key(data)) {
                assertHoldsAll(console, Image.luks(base).unlockedBy(key), "of-the-second-run");
            }
            hvkit.machines().delete(web.id()).await();
            hvkit.volumes().delete(data.id()).await();
            hvkit.volumes().delete(root.id()).await();
        }
        assertThat(secrets(ONE.host())).isEmpty();
    }

    private static void writeOn(Path console) throws InterruptedException {
        GuestConsole.at(console).awaitAcknowledged(GuestConsole.at(console).acknowledged() + 32, PATIENCE);
    }

    private static List<VolumeId> disks(Hypervisor host, MachineId machine) throws InterruptedException {
        return host.find(machine).orElseThrow().disks().stream()
                .map(MachineDisk::volume)
                .toList();
    }

    private static Hypervisor hypervisor(PrivateHost host) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        return driver.open(
                new HostId("direct"),
                HypervisorType.KVM,
                Options.parse(driver.options(), Map.of("uri", host.uri().toString())));
    }

    private Secret key(VolumeRecord volume) throws InterruptedException {
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"))) {
            return new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system())
                    .open(volume.key().orElseThrow());
        }
    }

    /** Converts a disk, which nobody uses, and compares it with what its guest has said. */
    private void assertHoldsAll(Path console, Image disk, String name) throws Exception {
        Path plain = folder.resolve(name);
        QemuImg.probe(CommandRunner.local())
                .convert(ConvertRequest.of(disk, Image.raw(plain)).intoPlaintext());
        RecordCheck check = RecordCheck.of(console, plain);
        assertThat(check.holds()).as(check.toString()).isTrue();
        assertThat(check.acknowledged()).isGreaterThan(64);
    }

    private static VolumeRecord encrypted(HvKit hvkit, String name, PoolRecord pool) throws InterruptedException {
        return hvkit.volumes()
                .create(VolumeRequest.blank(name, ByteSize.mebibytes(16), pool.id())
                        .encrypted())
                .await();
    }

    private PoolRecord local(HvKit hvkit, HostRecord host, String name) throws Exception {
        ClusterRecord cluster =
                hvkit.inventory().addCluster(hvkit.inventory().addZone("z1").id(), "c1", HypervisorType.KVM);
        return hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(cluster, host),
                        PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY)
                                .with(DirectoryPoolDriver.PATH, Files.createDirectory(folder.resolve(name))));
    }

    private List<Path> files(String pool) throws IOException {
        try (Stream<Path> left = Files.list(folder.resolve(pool))) {
            return left.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList();
        }
    }

    private Path pool() {
        return folder.resolve("pool");
    }

    private HvKit engine() throws InterruptedException {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(folder.resolve("catalog.db")))
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .endPointsFrom(known -> Optional.of(KvmEndPoint.at(
                        known.hostId(),
                        (known.name().equals("node1") ? ONE : TWO).host().uri())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new KvmDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }

    private Site site(HvKit hvkit) throws Exception {
        ClusterRecord cluster =
                hvkit.inventory().addCluster(hvkit.inventory().addZone("z1").id(), "c1", HypervisorType.KVM);
        HostRecord one = hvkit.inventory().addHost(cluster.id(), host("node1", ONE.host()));
        HostRecord two = hvkit.inventory().addHost(cluster.id(), host("node2", TWO.host()));
        PoolRecord pool = hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(cluster),
                        PoolRequest.named("shared", StoragePoolType.LOCAL_DIRECTORY)
                                .with(DirectoryPoolDriver.PATH, Files.createDirectory(pool())));
        return new Site(one, two, pool);
    }

    private static HostRequest host(String name, PrivateHost host) {
        return HostRequest.named(name).at(host.uri()).with(KvmDriver.MIGRATION_ADDRESS, "127.0.0.1");
    }

    private RecordId<HostRecord> engineHost(String name) throws InterruptedException {
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"))) {
            return catalog.inTransaction(transaction ->
                    transaction.hosts().where(HostRecord.NAME, name).get(0).id());
        }
    }

    private MachineRequest request(VolumeRecord root, Path console) {
        return request(root, console, "vda");
    }

    private MachineRequest request(VolumeRecord root, Path console, String written) {
        GuestWork work = GuestWork.writing().inBatchesOf(16).striding(97).onDevice(written);
        return MachineRequest.named("web-01")
                .root(root.id())
                .booting(KernelBoot.of(guest.guest().kernel())
                        .initrd(guest.guest().initrd())
                        .commandLine(guest.guest().commandLine(work)))
                .serialLog(console);
    }

    private static List<String> secrets(PrivateHost host) throws InterruptedException {
        return virsh(host, "secret-list");
    }

    private static List<String> machines(PrivateHost host) throws InterruptedException {
        return virsh(host, "list", "--all", "--name");
    }

    private static List<String> virsh(PrivateHost host, String... words) throws InterruptedException {
        List<String> line = Stream.concat(
                        Stream.of("virsh", "-q", "-c", host.uri().toString()), Stream.of(words))
                .toList();
        CommandResult result = CommandRunner.local().run(Command.of(line));
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return result.output().lines().filter(text -> !text.isBlank()).toList();
    }

    private void assertThatNoRecordIsLost(VolumeRecord root, Path console, Path pool) throws Exception {
        assertThat(root.place().format()).isEqualTo(ImageFormat.LUKS);
        String id = root.place().externalId().map(ExternalId::value).orElseThrow();
        Path plain = folder.resolve("plain");
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                Secret key = new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system())
                        .open(root.key().orElseThrow());
                Stream<Path> files = Files.list(pool)) {
            Path file = files.filter(each -> Files.isRegularFile(each)
                            && each.getFileName().toString().startsWith("hvkit-")
                            && each.getFileName().toString().endsWith(".luks"))
                    .findAny()
                    .orElseThrow(() -> new AssertionError("no file of volume " + id));
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(Image.luks(file).unlockedBy(key), Image.raw(plain))
                            .intoPlaintext());
        }
        RecordCheck check = RecordCheck.of(console, plain);
        assertThat(check.holds()).as(check.toString()).isTrue();
    }
}
