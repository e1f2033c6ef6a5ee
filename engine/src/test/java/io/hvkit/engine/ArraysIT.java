package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeMoves;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.powerflex.simulator.PoolSettings;
import io.hvkit.powerflex.simulator.PowerFlexSimulator;
import io.hvkit.powerflex.simulator.SimulatedSystem;
import io.hvkit.powerflex.simulator.SimulatorSettings;
import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.SystemSettings;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.scaleio.ScaleIoDriver;
import io.hvkit.scaleio.ScaleIoHost;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Volumes of two PowerFlex systems, on a real host: at rest and under a guest, plain and encrypted, inside of a system and to the other. */
@Tag("campaign")
@Timeout(value = 10, unit = TimeUnit.MINUTES) // disks of several systems are copied to and fro
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class ArraysIT {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final MachineId WEB = new MachineId("web-01");
    private static final ByteSize SIZE = ByteSize.gibibytes(7);
    private static final int WRITTEN = 8 << 20;

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    final GuestExtension guest = GuestExtension.shared();

    @TempDir
    private Path folder;

    private PowerFlexSimulator arrays;
    private HvKit hvkit;
    private HostRecord node;
    private PoolRecord fast;
    private PoolRecord slow;
    private PoolRecord far;

    @BeforeEach
    void install() throws Exception {
        MasterKeyFile.create(folder.resolve("kek"));
        arrays = PowerFlexSimulator.start(SimulatorSettings.usual()
                .directory(Files.createDirectory(folder.resolve("arrays")))
                .devices(Devices.LOOP_DEVICES)
                .host("node1")
                .system(SystemSettings.named("east")
                        .pool(PoolSettings.named("fast"))
                        .pool(PoolSettings.named("slow")))
                .system(SystemSettings.named("west").pool(PoolSettings.named("far"))));
        hvkit = HvKit.open(HvKitConfig.on(JdbcCatalog.file(folder.resolve("catalog.db")))
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .endPointsFrom(host -> Optional.of(endPoint(host)))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new KvmDriver())),
                        StorageDrivers.of(List.of(new ScaleIoDriver()))));
        ClusterRecord cluster =
                hvkit.inventory().addCluster(hvkit.inventory().addZone("z1").id(), "c1", HypervisorType.KVM);
        node = hvkit.inventory()
                .addHost(cluster.id(), HostRequest.named("node1").at(HOST.host().uri()));
        fast = pool(cluster, "east", "fast");
        slow = pool(cluster, "east", "slow");
        far = pool(cluster, "west", "far");
    }

    private ScaleIoHost endPoint(HostRecord host) {
        URI uri = URI.create(host.options().text("uri"));
        return ScaleIoHost.of(KvmEndPoint.at(host.hostId(), uri), CommandRunner.local())
                .withDrvCfg(arrays.host("node1").drvCfg());
    }

    private PoolRecord pool(ClusterRecord cluster, String system, String name) throws InterruptedException {
        SimulatedSystem gateway = arrays.system(system);
        try (Secret password = Secret.copyOf(gateway.password().getBytes(StandardCharsets.UTF_8))) {
            return hvkit.inventory()
                    .addPool(
                            PoolRecord.Reach.of(cluster),
                            PoolRequest.named(name, StoragePoolType.POWERFLEX)
                                    .with(ScaleIoDriver.GATEWAY, gateway.uri())
                                    .with(ScaleIoDriver.CA, arrays.certificate().orElseThrow())
                                    .with(ScaleIoDriver.USER, gateway.user())
                                    .withSecret(ScaleIoDriver.PASSWORD, password)
                                    .with(ScaleIoDriver.POOL, name)
                                    .with(ScaleIoDriver.HOSTS, ScaleIoHost.option(List.of(endPoint(node))))
                                    .with(
                                            ScaleIoDriver.DEVICES,
                                            arrays.host("node1").deviceFolder()));
        }
    }

    @AfterEach
    void close() {
        hvkit.close();
        arrays.close();
    }

    private VolumeRecord create(VolumeRequest request) throws InterruptedException {
        return hvkit.volumes().create(request).await();
    }

    private VolumeRecord move(VolumeRecord volume, PoolRecord to) throws InterruptedException {
        VolumeRecord moved =
                hvkit.volumes().move(MoveRequest.of(volume.id(), to.id())).await();
        assertThat(moved.place().pool()).isEqualTo(to.id());
        return moved;
    }

    /** Nothing is on the arrays, at the host, in the folder of devices and among the keys. */
    private void assertThatNothingIsLeft() throws Exception {
        for (SimulatedSystem system : arrays.systems()) {
            assertThat(system.volumes()).isEmpty();
            assertThat(system.mappings()).isEmpty();
        }
        try (Stream<Path> devices = Files.list(arrays.host("node1").deviceFolder())) {
            assertThat(devices).isEmpty();
        }
        assertThat(hvkit.volumes().page(Optional.empty(), 10)).isEmpty();
        assertThat(hvkit.jobs().open()).isEmpty();
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"))) {
            assertThat(keys(catalog, KeyRecord.State.ACTIVE))
                    .as("the passwords of three pools")
                    .hasSize(3);
        }
    }

    private static List<RecordId<KeyRecord>> keys(JdbcCatalog catalog, KeyRecord.State state)
            throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, state).stream()
                .map(KeyRecord::id)
                .toList());
    }

    private interface Work {
        void on(DiskImage image) throws Exception;
    }

    /** Lets the host have a volume that no machine uses, with its key. */
    private void withImage(VolumeRecord volume, Work work) throws Exception {
        Attachment place = hvkit.volumes().attach(volume.id(), node.id(), WEB).await();
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                Secret key = key(catalog, volume)) {
            DiskImage image = DiskImage.at(place, volume.place().format());
            work.on(volume.key().isPresent() ? image.unlockedBy(key) : image);
        } finally {
            hvkit.volumes().detach(volume.id(), node.id(), WEB).await();
        }
    }

    private Secret key(JdbcCatalog catalog, VolumeRecord volume) throws InterruptedException {
        return volume.key().isPresent()
                ? new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system())
                        .open(volume.key().get())
                : Secret.random();
    }

    private DiskImage rawFile(Path file) {
        return DiskImage.at(new Attachment.ImageFile(file), ImageFormat.RAW);
    }

    private void fill(VolumeRecord volume, byte[] content) throws Exception {
        Path file = Files.write(folder.resolve("content"), content);
        withImage(volume, image -> endPoint(node).images().copy(CopyImage.onto(rawFile(file), image)));
    }

    /** What is plain is read as any program does. */
    private byte[] read(VolumeRecord volume) throws Exception {
        if (volume.key().isEmpty()) {
            byte[] content = new byte[WRITTEN];
            withImage(volume, image -> {
                try (InputStream in = Files.newInputStream(image.attachment().requirePath())) {
                    assertThat(in.readNBytes(content, 0, WRITTEN)).isEqualTo(WRITTEN);
                }
            });
            return content;
        }
        Path file = folder.resolve("read");
        Files.deleteIfExists(file);
        withImage(
                volume,
                image -> endPoint(node)
                        .images()
                        .copy(CopyImage.to(image, rawFile(file)).intoPlaintext()));
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(WRITTEN);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void volumes_at_rest_go_to_another_system_and_back_plain_and_encrypted_and_nothing_is_left() throws Exception {
        byte[] content = new byte[WRITTEN];
        new Random(7).nextBytes(content);
        bringPlainAway(content);
        bringEncryptedAwayAndBack(content);
        assertThatNothingIsLeft();
    }

    /** To another system only in a whole run, since all of it is copied and compared then. */
    private void bringPlainAway(byte[] content) throws Exception {
        VolumeRecord volume = create(VolumeRequest.blank("plain", SIZE, fast.id()));
        fill(volume, content);

        VolumeRecord inside = move(volume, slow);
        assertThat(inside.place().home()).isEqualTo(fast.id());
        VolumeRecord away = Moments.ARE_ALL_TRIED ? move(inside, far) : inside;
        assertThat(read(away)).as("moved").isEqualTo(content);
        VolumeRecord last = grow(away);
        assertThat(read(last)).as("and larger").isEqualTo(content);
        hvkit.volumes().delete(last.id()).await();
    }

    private void bringEncryptedAwayAndBack(byte[] content) throws Exception {
        VolumeRecord volume = create(VolumeRequest.blank("thin", SIZE, fast.id())
                .as(ImageFormat.QCOW2)
                .encrypted());
        fill(volume, content);

        VolumeRecord away = move(volume, far);
        assertThat(away.place().home()).isEqualTo(far.id());
        assertThat(read(away)).as("on the other system").isEqualTo(content);
        VolumeRecord back = move(away, slow);
        assertThat(back.place().home()).isEqualTo(slow.id());
        VolumeRecord inside = move(back, fast);
        assertThat(inside.place().home()).as("the system itself has brought it").isEqualTo(slow.id());
        assertThat(inside.key()).isEqualTo(back.key());
        assertThat(read(inside)).as("back").isEqualTo(content);

        VolumeRecord grown = grow(inside);
        VolumeRecord rekeyed = hvkit.volumes().rekey(grown.id()).await();
        assertThat(rekeyed.key()).isNotEqualTo(grown.key());
        VolumeRecord last = hvkit.volumes().encrypt(grown.id()).await();
        assertThat(last.key()).isNotEqualTo(rekeyed.key());
        assertThat(read(last)).as("larger and with other keys").isEqualTo(content);
        hvkit.volumes().delete(last.id()).await();
    }

    private VolumeRecord grow(VolumeRecord volume) throws InterruptedException {
        VolumeRecord grown =
                hvkit.volumes().grow(volume.id(), ByteSize.gibibytes(12)).await();
        assertThat(grown.size()).isGreaterThanOrEqualTo(ByteSize.gibibytes(12));
        return grown;
    }

    @Test
    void all_volumes_of_a_running_machine_go_to_another_system_together_and_no_record_is_lost() throws Exception {
        VolumeRecord records = create(VolumeRequest.blank("records", SIZE, fast.id())
                .as(ImageFormat.QCOW2)
                .encrypted());
        VolumeRequest thick = VolumeRequest.blank("more", SIZE, slow.id());
        VolumeRecord more = create(
                Moments.ARE_ALL_TRIED ? thick : thick.as(ImageFormat.QCOW2).encrypted());
        Path plain = folder.resolve("plain");
        try (StoragePool own = directory();
                Hypervisor direct = hypervisor()) {
            direct.start(machine(own, direct.host()));
            try {
                hvkit.volumes().attach(records.id(), node.id(), WEB).await();
                hvkit.volumes().attach(more.id(), node.id(), WEB).await();
                GuestConsole.at(console()).awaitReady(PATIENCE);
                writeOn();

                VolumeMoves.Result moved = hvkit.volumes()
                        .moveAll(List.of(MoveRequest.of(records.id(), far.id()), MoveRequest.of(more.id(), far.id())))
                        .await(PATIENCE);

                assertThat(moved.isAllDone()).as("%s", moved).isTrue();
                writeOn();
                assertThat(direct.find(WEB).orElseThrow().disks())
                        .extracting(MachineDisk::attachment)
                        .extracting(place -> place.requirePath().toString())
                        .filteredOn(path -> path.contains(arrays.system("west").id()))
                        .hasSize(2);
                assertThat(arrays.system("east").mappings()).isEmpty();
                assertThat(grow(records).id()).isEqualTo(records.id());
                writeOn();
            } finally {
                direct.stop(WEB, StopMode.POWER_OFF);
                direct.forget(WEB);
            }
        }
        hvkit.volumes().detach(records.id(), node.id(), WEB).await();
        hvkit.volumes().detach(more.id(), node.id(), WEB).await();
        VolumeRecord last = hvkit.volumes().find(records.id()).orElseThrow();
        withImage(
                last,
                image -> endPoint(node)
                        .images()
                        .copy(CopyImage.to(image, rawFile(plain)).intoPlaintext()));
        RecordCheck check = RecordCheck.of(console(), plain);
        assertThat(check.holds()).as(check.toString()).isTrue();
        hvkit.volumes().delete(records.id()).await();
        hvkit.volumes().delete(more.id()).await();
        assertThatNothingIsLeft();
    }

    private Path console() {
        return folder.resolve("console");
    }

    private void writeOn() throws InterruptedException {
        GuestConsole.at(console()).awaitAcknowledged(GuestConsole.at(console()).acknowledged() + 32, PATIENCE);
    }

    private MachineSpec machine(StoragePool own, HostId host) throws Exception {
        Volume root = own.create(CreateVolume.blank("root", ByteSize.mebibytes(4)));
        GuestWork work =
                GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vdb").withinBlocks(4096);
        return MachineSpec.named(WEB.value())
                .with(Disk.of(new VolumeId("root"), own.attach(root.id(), host), root.format()))
                .booting(KernelBoot.of(guest.guest().kernel())
                        .initrd(guest.guest().initrd())
                        .commandLine(guest.guest().commandLine(work)))
                .serialLog(console());
    }

    private StoragePool directory() throws Exception {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Path own = Files.createDirectory(folder.resolve("own"));
        return driver.open(
                new PoolId("own"),
                StoragePoolType.LOCAL_DIRECTORY,
                Options.parse(driver.options(), Map.of("path", own.toString())));
    }

    private static Hypervisor hypervisor() throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        return driver.open(
                new HostId("direct"),
                HypervisorType.KVM,
                Options.parse(driver.options(), Map.of("uri", HOST.host().uri().toString())));
    }
}
