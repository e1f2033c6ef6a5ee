package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A real host with a guest that writes to a volume of the engine's, two directories for it, and processes that are killed while they copy it. */
final class LiveWorld {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final MachineId WEB = new MachineId("web-01");

    private final Path folder;
    private final PrivateHost host;
    private final Guest guest;

    LiveWorld(Path folder, PrivateHost host, Guest guest) throws IOException {
        this.folder = folder;
        this.host = host;
        this.guest = guest;
        for (String name : List.of("fast", "large", "own")) {
            Files.createDirectory(folder.resolve(name));
        }
        MasterKeyFile.create(folder.resolve("kek"));
    }

    /** The volume and where its host has it at first, which is in the first of the pools. */
    record Scene(VolumeRecord data, Attachment place, PoolRecord fast, PoolRecord large) {}

    /** What happens while the guest writes. */
    interface Story {
        void happens(Hypervisor direct, Scene scene) throws Exception;
    }

    /** Lets a guest write to a new volume, before, while and after something happens. */
    void whileAGuestWrites(Story story) throws Exception {
        try (StoragePool own = directory(folder.resolve("own"));
                Hypervisor direct = hypervisor()) {
            Scene scene = prepare();
            start(direct, root(own, direct.host()), scene);
            try {
                GuestConsole.at(console()).awaitReady(PATIENCE);
                writeOn();
                story.happens(direct, scene);
                writeOn();
            } finally {
                direct.stop(WEB, StopMode.POWER_OFF);
                direct.forget(WEB);
            }
        }
        assertThat(secrets()).isEmpty();
    }

    private Path console() {
        return folder.resolve("console");
    }

    private Scene prepare() throws InterruptedException {
        try (HvKit hvkit = engine()) {
            ZoneRecord zone = hvkit.inventory().addZone("z1");
            ClusterRecord cluster = hvkit.inventory().addCluster(zone.id(), "c1", HypervisorType.KVM);
            HostRecord node = hvkit.inventory()
                    .addHost(cluster.id(), HostRequest.named("node1").at(host.uri()));
            PoolRecord fast = pool(hvkit, cluster, node, "fast");
            PoolRecord large = pool(hvkit, cluster, node, "large");
            VolumeRecord data = hvkit.volumes()
                    .create(VolumeRequest.blank("data", ByteSize.mebibytes(16), fast.id())
                            .encrypted())
                    .await();
            Attachment place = hvkit.volumes().attach(data.id(), node.id(), WEB).await();
            return new Scene(data, place, fast, large);
        }
    }

    private PoolRecord pool(HvKit hvkit, ClusterRecord cluster, HostRecord node, String name)
            throws InterruptedException {
        return hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(cluster, node),
                        PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY)
                                .with(DirectoryPoolDriver.PATH, folder.resolve(name)));
    }

    HvKit engine() throws InterruptedException {
        return MoveProgram.open(folder, new KvmDriver());
    }

    /** Waits until the guest has written some more. */
    void writeOn() throws InterruptedException {
        GuestConsole.at(console()).awaitAcknowledged(GuestConsole.at(console()).acknowledged() + 32, PATIENCE);
    }

    /** Lets a process of its own move the volume, or encrypt it anew, and kills it when it has just done one thing to the host. */
    void killAfter(String call, VolumeRecord data, Optional<PoolRecord> to) throws Exception {
        Path said = folder.resolve("stands-still-after-" + call);
        Path words = folder.resolve("words-of-" + call);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MoveProgram.class.getName(),
                        folder.toString(),
                        data.id().value(),
                        to.map(pool -> pool.id().value()).orElse(MoveProgram.NOWHERE_ELSE),
                        call,
                        said.toString())
                .redirectErrorStream(true)
                .redirectOutput(words.toFile())
                .start();
        try {
            Await.until(
                    "it stands still after " + call,
                    PATIENCE,
                    () -> Files.exists(said) || !process.isAlive(),
                    () -> text(words));
            assertThat(said).as(text(words)).exists();
            writeOn();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    void recover() throws InterruptedException {
        try (HvKit hvkit = engine()) {
            Await.until("it has ended", PATIENCE, () -> {
                hvkit.recover();
                return hvkit.jobs().open().isEmpty();
            });
            assertThat(hvkit.recover().findings()).isEmpty();
        }
    }

    void checkThatAllAgree(Hypervisor direct, VolumeRecord data, PoolRecord at, String when) throws Exception {
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"))) {
            VolumeRecord record =
                    catalog.inTransaction(transaction -> transaction.volumes().require(data.id()));
            assertThat(record.state()).as(when).isEqualTo(VolumeRecord.State.READY);
            assertThat(record.second()).as(when).isEmpty();
            assertThat(record.place().pool()).as(when).isEqualTo(at.id());
            Path file = onlyFile(at.name(), at.name().equals("fast") ? "large" : "fast");
            assertThat(direct.find(WEB).orElseThrow().disks())
                    .as(when)
                    .extracting(MachineDisk::attachment)
                    .extracting(Attachment::requirePath)
                    .contains(file)
                    .hasSize(2);
            List<RecordId<KeyRecord>> active = keys(catalog, KeyRecord.State.ACTIVE);
            assertThat(active).as(when).containsExactly(record.key().orElseThrow());
            assertThat(opens(catalog, file, active.get(0))).as(when).isTrue();
            for (RecordId<KeyRecord> former : keys(catalog, KeyRecord.State.RETIRED)) {
                assertThat(opens(catalog, file, former)).as(when).isFalse();
            }
            assertThat(secrets()).as(when).hasSize(1);
            try (Secret key = vault(catalog).open(active.get(0));
                    Canary canary = Canary.planted(key)) {
                assertThat(canary.scanFiles(folder).findings()).as(when).isEmpty();
            }
        }
    }

    private static List<RecordId<KeyRecord>> keys(JdbcCatalog catalog, KeyRecord.State state)
            throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, state).stream()
                .map(KeyRecord::id)
                .toList());
    }

    private KeyVault vault(JdbcCatalog catalog) {
        return new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system());
    }

    private boolean opens(JdbcCatalog catalog, Path file, RecordId<KeyRecord> id) throws InterruptedException {
        try (Secret key = vault(catalog).open(id)) {
            return QemuImg.probe(CommandRunner.local()).unlocks(Image.luks(file).unlockedBy(key));
        }
    }

    /** Returns the file of the volume, which is in one folder and not in the other. */
    Path onlyFile(String there, String notThere) throws IOException {
        assertThat(files(notThere)).isEmpty();
        assertThat(files(there)).hasSize(1);
        return files(there).get(0);
    }

    private List<Path> files(String pool) throws IOException {
        try (var files = Files.list(folder.resolve(pool))) {
            return files.filter(file -> file.getFileName().toString().startsWith("hvkit-"))
                    .filter(Files::isRegularFile)
                    .toList();
        }
    }

    private List<String> secrets() throws InterruptedException {
        Command list = Command.of(List.of("virsh", "-q", "-c", host.uri().toString(), "secret-list"));
        CommandResult result = CommandRunner.local().run(list);
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return result.output().lines().filter(line -> !line.isBlank()).toList();
    }

    /** Reads the volume, which is in one pool and not in the other, with the key that counts. */
    void assertThatNoRecordIsLost(String there, String notThere) throws Exception {
        Path plain = folder.resolve("plain");
        Path file = onlyFile(there, notThere);
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                Secret key = vault(catalog)
                        .open(keys(catalog, KeyRecord.State.ACTIVE).get(0))) {
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(Image.luks(file).unlockedBy(key), Image.raw(plain))
                            .intoPlaintext());
        }
        RecordCheck check = RecordCheck.of(console(), plain);
        assertThat(check.holds()).as(check.toString()).isTrue();
        assertThat(check.acknowledged()).isGreaterThan(100);
    }

    private Hypervisor hypervisor() throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        return driver.open(
                new HostId("direct"),
                HypervisorType.KVM,
                Options.parse(driver.options(), Map.of("uri", host.uri().toString())));
    }

    private static StoragePool directory(Path path) throws InterruptedException {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        return driver.open(
                new PoolId("direct"),
                StoragePoolType.LOCAL_DIRECTORY,
                Options.parse(driver.options(), Map.of("path", path.toString())));
    }

    private static Disk root(StoragePool pool, HostId node) throws InterruptedException {
        Volume root = pool.create(CreateVolume.blank("root", ByteSize.mebibytes(4)));
        return Disk.of(root.id(), pool.attach(root.id(), node), root.format());
    }

    /** Starts the machine as an embedder does, who calls the disk as it likes. */
    private void start(Hypervisor direct, Disk root, Scene scene) throws InterruptedException {
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                Secret key = vault(catalog).open(scene.data.key().orElseThrow())) {
            Disk data = Disk.of(
                    new VolumeId("records"), scene.place, scene.data.place().format());
            direct.start(spec(root).with(data.unlockedBy(key)));
        }
    }

    private MachineSpec spec(Disk root) {
        GuestWork work = GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vdb");
        return MachineSpec.named(WEB.value())
                .with(root)
                .booting(KernelBoot.of(guest.kernel()).initrd(guest.initrd()).commandLine(guest.commandLine(work)))
                .serialLog(console());
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
