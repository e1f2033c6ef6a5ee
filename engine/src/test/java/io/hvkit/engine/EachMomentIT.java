package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.engine.OneOperationProgram.Scene;
import io.hvkit.engine.OneOperationProgram.Work;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real engines over a real catalog, a real host with a running guest, and real directories kill themselves before and after each of their
 * transactions, so between every two steps of each operation on volumes; the next one is killed while it recovers; and the one after that
 * makes all agree.
 */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EachMomentIT {

    private static final boolean THOROUGH = Boolean.getBoolean("hvkit.thorough");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Set<Work> UNDER_THE_GUEST =
            EnumSet.of(Work.DETACH, Work.LIVE_MOVE, Work.LIVE_ENCRYPT, Work.LIVE_GROW);
    private static final long SEED = Long.getLong("hvkit.seed", System.nanoTime());
    private static final int NEVER = Integer.MAX_VALUE;
    private static final int STRIDE = 3; // a run beside others is done in minutes, and three of them meet every moment
    private static final int LATEST_OF_A_SLICE = 12;
    private static final int LATEST_OF_A_RECOVERY = 12;

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    final GuestExtension guest = GuestExtension.shared();

    @TempDir
    private Path folder;

    /** Where the operations of one test take place. */
    private record Ground(HostRecord host, PoolRecord fast, PoolRecord large) {}

    /** Returns every operation, or one that is drawn. */
    static List<Work> works() {
        List<Work> works = new ArrayList<>(EnumSet.complementOf(EnumSet.of(Work.RECOVER)));
        Collections.shuffle(works, new Random(SEED));
        return THOROUGH ? works : works.subList(0, 1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("works")
    void whenever_an_engine_dies_and_the_next_one_too_the_third_makes_all_agree(Work work) throws Exception {
        System.out.println("engines die by seed " + SEED);
        Random random = new Random(SEED ^ work.name().hashCode());
        for (String name : List.of("fast", "large", "own")) {
            Files.createDirectory(folder.resolve(name));
        }
        MasterKeyFile.create(folder.resolve("kek"));
        try (StoragePool own = directory(folder.resolve("own"));
                Hypervisor direct = hypervisor()) {
            direct.start(spec(own, direct.host()));
            try {
                GuestConsole.at(console()).awaitReady(PATIENCE);
                Ground ground = prepare();
                int moment = 1 + random.nextInt(THOROUGH ? STRIDE : LATEST_OF_A_SLICE);
                boolean killed = true;
                for (; killed; moment += STRIDE) {
                    String when = work + " by seed " + SEED + ", killed at moment " + moment;
                    killed = killedAt(moment, work, ground, random, when);
                    checkThatAllAgree(direct, ground, when);
                    if (!THOROUGH) {
                        assertThat(killed).as(when).isTrue();
                        return;
                    }
                }
                assertThat(moment).as("moments at which an engine was killed").isGreaterThan(8);
            } finally {
                direct.stop(OneOperationProgram.WEB, StopMode.POWER_OFF);
                direct.forget(OneOperationProgram.WEB);
            }
        }
    }

    /** Lets one engine begin it and die, another one recover and die, and one of this process recover. */
    private boolean killedAt(int moment, Work work, Ground ground, Random random, String when) throws Exception {
        Scene scene = scene(work, ground);
        boolean killed = dies(work, moment, scene, when);
        dies(Work.RECOVER, 1 + random.nextInt(LATEST_OF_A_RECOVERY), scene, when);
        try (HvKit hvkit = engine()) {
            OneOperationProgram.recover(hvkit);
            assertThat(hvkit.recover().findings()).as(when).isEmpty();
        }
        return killed;
    }

    /** Returns what it is begun with: a volume of its own kind of use, and the pool that the volume is not in. */
    private Scene scene(Work work, Ground ground) throws Exception {
        if (work == Work.CREATE) {
            return new Scene(Optional.empty(), ground.fast.id(), ground.host.id());
        }
        try (HvKit hvkit = engine()) {
            Optional<VolumeRecord> known = hvkit.volumes().named("data");
            VolumeRecord data = known.isPresent()
                    ? known.get()
                    : hvkit.volumes()
                            .create(VolumeRequest.blank("data", ByteSize.mebibytes(4), ground.fast.id())
                                    .encrypted())
                            .await();
            if (UNDER_THE_GUEST.contains(work)) {
                hvkit.volumes()
                        .attach(data.id(), ground.host.id(), OneOperationProgram.WEB)
                        .await();
            } else {
                hvkit.volumes()
                        .detach(data.id(), ground.host.id(), OneOperationProgram.WEB)
                        .await();
            }
            boolean isFast = data.place().pool().equals(ground.fast.id());
            return new Scene(Optional.of(data.id()), isFast ? ground.large.id() : ground.fast.id(), ground.host.id());
        }
    }

    private boolean dies(Work work, int moment, Scene scene, String when) throws Exception {
        Path said = folder.resolve("said");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                OneOperationProgram.class.getName(),
                folder.toString(),
                work.name(),
                Integer.toString(moment)));
        command.addAll(scene.arguments());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("%s: %s ends: %s", when, work, Files.readString(said))
                    .isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(process.exitValue())
                .as("%s: %s", when, Files.readString(said))
                .isIn(0, Fuse.KILLED);
        return process.exitValue() == Fuse.KILLED;
    }

    private void checkThatAllAgree(Hypervisor direct, Ground ground, String when) throws Exception {
        List<VolumeRecord> records;
        try (HvKit hvkit = engine()) {
            records = hvkit.volumes().page(Optional.empty(), 100);
        }
        assertThat(records)
                .as(when)
                .allMatch(record -> record.state() == VolumeRecord.State.READY)
                .allMatch(record -> record.second().isEmpty());
        List<Path> used = new ArrayList<>();
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"))) {
            List<KeyRecord> active = catalog.inTransaction(
                    transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE));
            assertThat(active)
                    .as(when)
                    .extracting(KeyRecord::id)
                    .containsExactlyInAnyOrderElementsOf(records.stream()
                            .map(record -> record.key().orElseThrow())
                            .toList());
            for (VolumeRecord record : records) {
                Path file = file(record, ground);
                checkThatItsKeyOpens(catalog, record, file, when);
                List<AttachmentRecord> uses = catalog.inTransaction(
                        transaction -> transaction.attachments().where(AttachmentRecord.VOLUME, record.id()));
                if (!uses.isEmpty()) {
                    used.add(file);
                }
            }
        }
        assertThat(files("fast").size() + files("large").size()).as(when).isEqualTo(records.size());
        assertThat(direct.find(OneOperationProgram.WEB).orElseThrow().disks())
                .as(when)
                .extracting(disk -> disk.attachment().requirePath())
                .filteredOn(path -> !path.startsWith(folder.resolve("own")))
                .containsExactlyInAnyOrderElementsOf(used);
    }

    private void checkThatItsKeyOpens(JdbcCatalog catalog, VolumeRecord record, Path file, String when)
            throws InterruptedException {
        KeyVault vault = new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system());
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        try (Secret key = vault.open(record.key().orElseThrow())) {
            assertThat(qemuImg.unlocks(Image.luks(file).unlockedBy(key)))
                    .as("%s: %s is opened", when, record)
                    .isTrue();
        }
    }

    private Path file(VolumeRecord record, Ground ground) throws Exception {
        String pool = record.place().pool().equals(ground.fast.id()) ? "fast" : "large";
        String id = record.place().externalId().orElseThrow().value();
        try (StoragePool directory = directory(folder.resolve(pool))) {
            String name = directory.list().stream()
                    .filter(volume -> volume.id().value().equals(id))
                    .map(Volume::name)
                    .findAny()
                    .orElseThrow(() -> new AssertionError(record + " is not in its pool"));
            return files(pool).stream()
                    .filter(file -> file.getFileName().toString().startsWith(name))
                    .findAny()
                    .orElseThrow();
        }
    }

    private List<Path> files(String pool) throws IOException {
        try (var files = Files.list(folder.resolve(pool))) {
            return files.filter(file -> file.getFileName().toString().startsWith("hvkit-"))
                    .filter(Files::isRegularFile)
                    .toList();
        }
    }

    private Ground prepare() throws InterruptedException {
        try (HvKit hvkit = engine()) {
            ZoneRecord zone = hvkit.inventory().addZone("z1");
            ClusterRecord cluster = hvkit.inventory().addCluster(zone.id(), "c1", HypervisorType.KVM);
            HostRecord host = hvkit.inventory()
                    .addHost(
                            cluster.id(),
                            HostRequest.named("node1").at(HOST.host().uri()));
            return new Ground(host, pool(hvkit, cluster, host, "fast"), pool(hvkit, cluster, host, "large"));
        }
    }

    private PoolRecord pool(HvKit hvkit, ClusterRecord cluster, HostRecord host, String name)
            throws InterruptedException {
        return hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(cluster, host),
                        PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY)
                                .with(DirectoryPoolDriver.PATH, folder.resolve(name)));
    }

    private HvKit engine() throws InterruptedException {
        return OneOperationProgram.open(folder, Fuse.haltingAt(NEVER));
    }

    private Path console() {
        return folder.resolve("console");
    }

    private MachineSpec spec(StoragePool pool, HostId host) throws InterruptedException {
        Volume root = pool.create(CreateVolume.blank("root", ByteSize.mebibytes(4)));
        return MachineSpec.named(OneOperationProgram.WEB.value())
                .with(Disk.of(root.id(), pool.attach(root.id(), host), root.format()))
                .booting(KernelBoot.of(guest.guest().kernel())
                        .initrd(guest.guest().initrd())
                        .commandLine(guest.guest().commandLine(GuestWork.writing())))
                .serialLog(console());
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
}
