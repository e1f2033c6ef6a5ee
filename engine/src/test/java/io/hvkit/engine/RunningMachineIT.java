package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
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
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
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

/** A volume of the engine under a guest that runs on a real host, with engines that come and go. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RunningMachineIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int UUID_LENGTH = 36;
    private static final MachineId WEB = new MachineId("web-01");

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    final GuestExtension guest = GuestExtension.shared();

    @TempDir
    private Path folder;

    @Test
    void an_encrypted_volume_comes_to_a_running_guest_grows_under_it_keeps_its_key_and_goes_and_nothing_is_left()
            throws Exception {
        Path pool = Files.createDirectory(folder.resolve("pool"));
        Path own = Files.createDirectory(folder.resolve("own"));
        MasterKeyFile.create(folder.resolve("kek"));
        Path console = folder.resolve("console");
        HostRecord host;
        VolumeRecord data;
        try (StoragePool rootPool = directory(own);
                Hypervisor direct = hypervisor()) {
            direct.start(spec(root(rootPool, direct.host()), console));
            try {
                try (HvKit hvkit = engine()) {
                    host = host(hvkit);
                    data = hvkit.volumes()
                            .create(VolumeRequest.blank(
                                            "data",
                                            ByteSize.mebibytes(16),
                                            pool(hvkit, pool).id())
                                    .encrypted())
                            .await();
                    Attachment place =
                            hvkit.volumes().attach(data.id(), host.id(), WEB).await();
                    assertThat(place.requirePath()).startsWith(pool);
                }
                GuestConsole.at(console).awaitReady(PATIENCE);
                GuestConsole.at(console).awaitAcknowledged(64, PATIENCE);
                try (HvKit hvkit = engine()) {
                    assertThat(hvkit.recover().findings()).isEmpty();
                    assertInUse(() -> hvkit.volumes().delete(data.id()).await());
                    VolumeRecord grown = hvkit.volumes()
                            .grow(data.id(), ByteSize.mebibytes(24))
                            .await();
                    assertThat(grown.size()).isEqualTo(ByteSize.mebibytes(24));
                    assertThatAForgottenKeyComesBack(hvkit, data);
                }
                long before = GuestConsole.at(console).acknowledged();
                GuestConsole.at(console).awaitAcknowledged(before + 16, PATIENCE);
                assertThat(direct.find(WEB).orElseThrow().disks()).hasSize(2);
            } finally {
                direct.stop(WEB, StopMode.POWER_OFF);
                direct.forget(WEB);
            }
        }
        assertThatNoRecordIsLost(data, console, pool);
        try (HvKit hvkit = engine()) {
            hvkit.volumes().detach(data.id(), host.id(), WEB).await();
            hvkit.volumes().delete(data.id()).await();
            assertThat(hvkit.volumes().page(Optional.empty(), 10)).isEmpty();
        }
        try (StoragePool left = directory(pool)) {
            assertThat(left.list()).isEmpty();
        }
    }

    /** The daemon forgets its secrets when it restarts; an engine whose connection comes back brings them. */
    private static void assertThatAForgottenKeyComesBack(HvKit hvkit, VolumeRecord data) throws Exception {
        assertThat(secrets()).hasSize(1);
        String secret = secrets().get(0).strip().substring(0, UUID_LENGTH);
        HOST.host().stopDaemon();
        try (Stream<Path> kept = Files.walk(HOST.host().folder())) {
            assertThat(kept.filter(path -> path.toString().contains(secret))).isEmpty();
        }
        HOST.host().startDaemon(); // which knows none, so that what it has from now on was brought to it
        hvkit.volumes().grow(data.id(), ByteSize.mebibytes(32)).await();
        Await.until("the secret is back", PATIENCE, () -> secrets().size() == 1);
    }

    private static List<String> secrets() throws InterruptedException {
        Command list = Command.of(List.of("virsh", "-q", "-c", HOST.host().uri().toString(), "secret-list"));
        CommandResult result = CommandRunner.local().run(list);
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return result.output().lines().filter(line -> !line.isBlank()).toList();
    }

    private HvKit engine() throws InterruptedException {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(folder.resolve("catalog.db")))
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new KvmDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }

    private static HostRecord host(HvKit hvkit) throws InterruptedException {
        return hvkit.inventory()
                .addHost(
                        cluster(hvkit).id(),
                        HostRequest.named("node1").at(HOST.host().uri()));
    }

    private static ClusterRecord cluster(HvKit hvkit) throws InterruptedException {
        ZoneRecord zone = hvkit.inventory().addZone("z1");
        return hvkit.inventory().addCluster(zone.id(), "c1", HypervisorType.KVM);
    }

    private static PoolRecord pool(HvKit hvkit, Path pool) throws InterruptedException {
        return hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(cluster(hvkit), host(hvkit)),
                        PoolRequest.named("fast", StoragePoolType.LOCAL_DIRECTORY)
                                .with(DirectoryPoolDriver.PATH, pool));
    }

    private static Hypervisor hypervisor() throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        return driver.open(
                new HostId("direct"),
                HypervisorType.KVM,
                Options.parse(driver.options(), Map.of("uri", HOST.host().uri().toString())));
    }

    private static StoragePool directory(Path path) throws InterruptedException {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        return driver.open(
                new PoolId("direct"),
                StoragePoolType.LOCAL_DIRECTORY,
                Options.parse(driver.options(), Map.of("path", path.toString())));
    }

    private static Disk root(StoragePool pool, HostId host) throws InterruptedException {
        Volume root = pool.create(CreateVolume.blank("root", ByteSize.mebibytes(4)));
        return Disk.of(root.id(), pool.attach(root.id(), host), root.format());
    }

    private MachineSpec spec(Disk root, Path console) {
        GuestWork work = GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vdb");
        return MachineSpec.named(WEB.value())
                .with(root)
                .booting(KernelBoot.of(guest.guest().kernel())
                        .initrd(guest.guest().initrd())
                        .commandLine(guest.guest().commandLine(work)))
                .serialLog(console);
    }

    private void assertThatNoRecordIsLost(VolumeRecord data, Path console, Path pool) throws Exception {
        Path plain = folder.resolve("plain");
        String id = data.place().externalId().map(ExternalId::value).orElseThrow();
        assertThat(data.place().format()).isEqualTo(ImageFormat.LUKS);
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                StoragePool directory = directory(pool);
                Secret key = new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system())
                        .open(data.key().orElseThrow())) {
            Path file = directory.list().stream()
                    .filter(volume -> volume.id().value().equals(id))
                    .map(volume -> pool.resolve(volume.name()))
                    .findAny()
                    .orElseThrow();
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(Image.luks(place(file)).unlockedBy(key), Image.raw(plain))
                            .intoPlaintext());
        }
        RecordCheck check = RecordCheck.of(console, plain);
        assertThat(check.holds()).as(check.toString()).isTrue();
    }

    /** Returns the file of a volume, whatever its pool adds to the name. */
    private static Path place(Path named) throws Exception {
        try (var files = Files.list(named.getParent())) {
            return files.filter(file -> file.getFileName().toString().startsWith(named.getFileName() + "")
                            && Files.isRegularFile(file))
                    .findAny()
                    .orElseThrow();
        }
    }

    private interface Call {
        Object run() throws InterruptedException;
    }

    private static void assertInUse(Call call) {
        DriverException e = catchThrowableOfType(DriverException.class, call::run);
        assertThat(e.failure()).isEqualTo(Failure.IN_USE);
        assertThat(e).hasMessageContaining(WEB.value());
    }
}
