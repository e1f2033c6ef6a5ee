package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateRecord;
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
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
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
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.TargetState;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Snapshots of a volume on a real host, at rest and under a guest that writes, plain and encrypted: every byte comes back. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotsIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    private static final MachineId WEB = new MachineId("web-01");
    private static final String MARKER = "what nobody may read";

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    final GuestExtension guest = GuestExtension.shared();

    @TempDir
    private Path folder;

    private HostRecord node;
    private PoolRecord fast;
    private PoolRecord backups;
    private PoolRecord vault;

    /** Whether the volume is encrypted. */
    enum Protection {
        PLAIN,
        ENCRYPTED
    }

    @BeforeEach
    void prepare() throws Exception {
        MasterKeyFile.create(folder.resolve("kek"));
        try (HvKit hvkit = engine()) {
            ClusterRecord cluster =
                    hvkit.inventory().addCluster(hvkit.inventory().addZone("z1").id(), "c1", HypervisorType.KVM);
            node = hvkit.inventory()
                    .addHost(
                            cluster.id(),
                            HostRequest.named("node1").at(HOST.host().uri()));
            fast = pool(hvkit, cluster, "fast");
            backups = pool(hvkit, cluster, "backups");
            vault = pool(hvkit, cluster, "vault");
        }
    }

    private PoolRecord pool(HvKit hvkit, ClusterRecord cluster, String name) throws Exception {
        Path path = Files.createDirectory(folder.resolve(name));
        return hvkit.inventory()
                .addPool(
                        PoolRecord.Reach.of(cluster, node),
                        PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY).with(DirectoryPoolDriver.PATH, path));
    }

    private HvKit engine() throws InterruptedException {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(folder.resolve("catalog.db")))
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .endPointsFrom(known ->
                        Optional.of(KvmEndPoint.at(known.hostId(), HOST.host().uri())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new KvmDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }

    /** Returns both, or one that is drawn. */
    static List<Protection> protections() {
        List<Protection> both = List.of(Protection.values());
        return Moments.ARE_ALL_TRIED ? both : List.of(both.get(Moments.draw(0, both.size())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("protections")
    void what_was_on_a_volume_at_rest_and_under_a_guest_comes_back_to_the_byte(Protection protection) throws Exception {
        VolumeRecord data = filled(protection);
        Snapshot rest = take(data, "rest");
        Path atRest = plain(data, "at-rest");
        requireChangesAlone(data, protection);
        Snapshot one;
        Snapshot two;
        Snapshot grown;
        Path console = folder.resolve("console");
        Path own = Files.createDirectory(folder.resolve("own"));
        try (StoragePool rootPool = directory(own);
                Hypervisor direct = hypervisor()) {
            start(direct, root(rootPool, direct.host()), data, console);
            try {
                GuestConsole guestConsole = GuestConsole.at(console);
                guestConsole.awaitReady(PATIENCE);
                guestConsole.awaitAcknowledged(32, PATIENCE);
                one = take(data, "one");
                guestConsole.awaitAcknowledged(guestConsole.acknowledged() + 32, PATIENCE);
                direct.control().orElseThrow().pause(WEB);
                two = take(data, "two");
                requireNothingWritten(data, two);
                assertThat(direct.changeTracking().orElseThrow().list(WEB)).hasSize(1);
                grow(data);
                grown = take(data, "grown");
            } finally {
                direct.stop(WEB, StopMode.POWER_OFF);
                direct.forget(WEB);
            }
        }
        assertThat(List.of(rest.layers(), one.layers(), two.layers(), grown.layers()))
                .containsExactly(1L, 1L, 2L, 1L);
        assertThat(grown.reasons().get(backups.poolId())).contains("DISK_RESIZED");
        assertThat(List.of(counted(rest), counted(one))).allMatch(bytes -> bytes > SIZE.bytes());
        assertThat(counted(two)).isBetween(4096L, counted(one) / 2);
        Path larger = plain(data, "larger");
        assertThat(Files.mismatch(restored(grown, protection), larger)).isEqualTo(-1);
        delete(grown);
        Path asItStood = withoutGrowth(larger);
        assertThat(Files.mismatch(atRest, asItStood)).isNotEqualTo(-1);

        assertThat(Files.mismatch(restored(rest, protection), atRest)).isEqualTo(-1);
        assertThat(Files.mismatch(restoredFromVault(two, protection), asItStood))
                .isEqualTo(-1);
        delete(one);
        assertThat(states(data)).containsExactly(State.BACKED_UP, State.DESTROYED, State.BACKED_UP);
        flatten(two);
        assertThat(files("backups")).as("what it stood on is gone").hasSize(2);
        assertThat(counted(two)).isGreaterThan(SIZE.bytes());
        assertThat(Files.mismatch(restored(two, protection), asItStood)).isEqualTo(-1);
        assertThat(Files.mismatch(madeOfTemplate(two, protection), asItStood)).isEqualTo(-1);
        if (protection == Protection.ENCRYPTED) {
            for (Path image : files("fast")) {
                assertThat(Files.readString(image, StandardCharsets.ISO_8859_1).contains(MARKER))
                        .as("%s", image)
                        .isFalse();
            }
        }
        for (Path layer : files("backups")) {
            assertThat(Files.readString(layer, StandardCharsets.ISO_8859_1).contains(MARKER))
                    .as("%s", layer)
                    .isEqualTo(protection == Protection.PLAIN && Files.size(layer) > SIZE.bytes());
        }
        assertThat(files("backups")).hasSize(2);
        assertThat(Files.mismatch(reverted(data, rest), atRest)).isEqualTo(-1);
        delete(two);
        delete(rest);
        assertThat(files("backups")).isEmpty();
        assertThat(files("vault")).isEmpty();
        assertThat(states(data)).isEmpty();
        assertThat(List.of(counted(rest), counted(one), counted(two))).containsOnly(0L);
    }

    /** A snapshot of a guest that has written nothing since the one before lives on that one's layer. */
    private void requireNothingWritten(VolumeRecord data, Snapshot before) throws Exception {
        List<Path> layers = files("backups");
        Snapshot same = take(data, "same");

        assertThat(same.reasons().get(backups.poolId())).contains("nothing was written since");
        assertThat(List.of(same.layers(), counted(same))).containsExactly(before.layers(), 0L);
        assertThat(files("backups")).containsExactlyInAnyOrderElementsOf(layers);
        delete(same);
        assertThat(files("backups")).containsExactlyInAnyOrderElementsOf(layers);
    }

    private void grow(VolumeRecord volume) throws InterruptedException {
        try (HvKit hvkit = engine()) {
            hvkit.volumes().grow(volume.id(), SIZE.plus(SIZE)).await();
        }
    }

    private Path withoutGrowth(Path larger) throws IOException {
        byte[] bytes = Files.readAllBytes(larger);
        assertThat(bytes).hasSize((int) SIZE.plus(SIZE).bytes());
        return Files.write(folder.resolve("as-it-stood"), Arrays.copyOf(bytes, (int) SIZE.bytes()));
    }

    /** What was written to a volume at rest is a layer of its own; it comes back, and everything is as before. */
    private void requireChangesAlone(VolumeRecord data, Protection protection) throws Exception {
        Path before = plain(data, "before");
        byte[] bytes = Files.readAllBytes(before);
        System.arraycopy(new byte[1 << 20], 0, bytes, 8 << 20, 1 << 20);
        System.arraycopy(MARKER.getBytes(StandardCharsets.US_ASCII), 0, bytes, 123_456, MARKER.length());
        Path after = Files.write(folder.resolve("after"), bytes);
        overwrite(data, after);
        Snapshot changed = take(data, "changed");

        assertThat(changed.layers()).isEqualTo(2);
        assertThat(changed.reasons().get(backups.poolId())).contains("what was written since");
        assertThat(counted(changed)).isBetween(4096L, SIZE.bytes() / 4);
        for (Path layer : files("backups")) {
            assertThat(Files.readString(layer, StandardCharsets.ISO_8859_1).contains(MARKER))
                    .isEqualTo(protection == Protection.PLAIN);
        }
        assertThat(Files.mismatch(restored(changed, protection), after)).isEqualTo(-1);
        delete(changed);
        assertThat(files("backups")).hasSize(1);
        overwrite(data, before);
        for (Path left : List.of(before, after)) {
            Files.delete(left);
        }
    }

    private void overwrite(VolumeRecord volume, Path raw) throws InterruptedException {
        opened(
                volume,
                image -> QemuImg.probe(CommandRunner.local())
                        .convert(ConvertRequest.of(Image.raw(raw), image).onto(TargetState.EXISTS)));
    }

    private long counted(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = engine()) {
            return hvkit.usage()
                    .holding(Thing.snapshot(snapshot.id()))
                    .map(holding -> holding.counted().of("secondary_storage"))
                    .orElse(0L);
        }
    }

    private VolumeRecord filled(Protection protection) throws Exception {
        VolumeRequest plain = VolumeRequest.blank("data", SIZE, fast.id())
                .as(ImageFormat.QCOW2)
                .ownedBy(Account.of("acme/dev"));
        VolumeRecord data;
        try (HvKit hvkit = engine()) {
            data = hvkit.volumes()
                    .create(protection == Protection.PLAIN ? plain : plain.encrypted())
                    .await();
        }
        byte[] bytes = new byte[(int) SIZE.bytes()];
        new Random(1).nextBytes(bytes);
        byte[] word = MARKER.getBytes(StandardCharsets.US_ASCII);
        for (int at = 4096; at < bytes.length; at += 1 << 20) {
            System.arraycopy(word, 0, bytes, at, word.length);
        }
        Path raw = Files.write(folder.resolve("filling"), bytes);
        overwrite(data, raw);
        Files.delete(raw);
        return data;
    }

    private interface Work {
        void on(Image image) throws InterruptedException;
    }

    private void opened(VolumeRecord volume, Work work) throws InterruptedException {
        Path file = file(volume.place().externalId().orElseThrow().value());
        if (volume.key().isEmpty()) {
            work.on(Image.qcow2(file));
            return;
        }
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                Secret key = vault(catalog).open(volume.key().get())) {
            work.on(Image.qcow2(file).unlockedBy(key));
        }
    }

    private KeyVault vault(JdbcCatalog catalog) {
        return new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system());
    }

    private Path plain(VolumeRecord volume, String name) throws InterruptedException {
        Path plain = folder.resolve("plain-" + name);
        opened(volume, image -> {
            ConvertRequest request = ConvertRequest.of(image, Image.raw(plain));
            QemuImg.probe(CommandRunner.local()).convert(volume.key().isPresent() ? request.intoPlaintext() : request);
        });
        return plain;
    }

    private Snapshot take(VolumeRecord volume, String name) throws InterruptedException {
        try (HvKit hvkit = engine()) {
            RecordId<SnapshotRecord> id = hvkit.snapshots()
                    .take(volume.id(), SnapshotRequest.named(name, backups.id()))
                    .await();
            return hvkit.snapshots().find(id).orElseThrow();
        }
    }

    private Path restored(Snapshot snapshot, Protection protection) throws InterruptedException {
        VolumeRecord made;
        try (HvKit hvkit = engine()) {
            RestoreRequest request = RestoreRequest.of(snapshot.id(), "of-" + snapshot.name(), fast.id());
            made = hvkit.snapshots()
                    .restore(protection == Protection.PLAIN ? request : request.encrypted())
                    .await();
        }
        return plain(made, made.name());
    }

    /** Copies the chain of a snapshot, layer by layer, and restores it while its first store is lost. */
    private Path restoredFromVault(Snapshot snapshot, Protection protection) throws Exception {
        try (HvKit hvkit = engine()) {
            hvkit.snapshots().copyChain(snapshot.id(), vault.id()).await();
        }
        assertThat(files("vault")).hasSize(2);
        for (Path copy : files("vault")) {
            assertThat(files("backups"))
                    .as("%s is a layer, byte for byte", copy)
                    .anyMatch(layer -> isSame(layer, copy));
        }
        Path lost = Files.move(folder.resolve("backups"), folder.resolve("lost"));
        try {
            VolumeRecord made;
            try (HvKit hvkit = engine()) {
                RestoreRequest request = RestoreRequest.of(snapshot.id(), "of-vault", fast.id());
                made = hvkit.snapshots()
                        .restore(protection == Protection.PLAIN ? request : request.encrypted())
                        .await();
            }
            return plain(made, made.name());
        } finally {
            Files.move(lost, folder.resolve("backups"));
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.mismatch(one, other) == -1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a template of a snapshot, and a volume of that. */
    private Path madeOfTemplate(Snapshot snapshot, Protection protection) throws InterruptedException {
        try (HvKit hvkit = engine()) {
            TemplateRecord golden = hvkit.templates()
                    .capture(CaptureRequest.ofSnapshot(snapshot.id(), "golden", fast.id()))
                    .await();
            assertThat(golden.key().isPresent()).isEqualTo(protection == Protection.ENCRYPTED);
            VolumeRequest wanted =
                    VolumeRequest.blank("of-golden", SIZE, fast.id()).as(ImageFormat.QCOW2);
            VolumeRecord made = hvkit.templates()
                    .newVolume(golden.id(), protection == Protection.PLAIN ? wanted : wanted.encrypted())
                    .await();
            return plain(made, made.name());
        }
    }

    private Path reverted(VolumeRecord volume, Snapshot snapshot) throws InterruptedException {
        VolumeRecord back;
        try (HvKit hvkit = engine()) {
            back = hvkit.snapshots().revert(volume.id(), snapshot.id()).await();
            back = hvkit.volumes().tidy(back.id()).await();
        }
        return plain(back, "reverted");
    }

    private void delete(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = engine()) {
            hvkit.snapshots().delete(snapshot.id()).await();
        }
    }

    private void flatten(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = engine()) {
            hvkit.snapshots().flatten(snapshot.id(), backups.id()).await();
            assertThat(hvkit.snapshots().find(snapshot.id()).orElseThrow().layers())
                    .isOne();
        }
    }

    private List<State> states(VolumeRecord volume) throws InterruptedException {
        try (HvKit hvkit = engine()) {
            return hvkit.snapshots().list(volume.id()).stream()
                    .map(Snapshot::state)
                    .toList();
        }
    }

    private Path file(String volume) {
        try {
            return files("fast").stream()
                    .filter(file -> file.getFileName().toString().startsWith(volume))
                    .findAny()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files(String pool) throws IOException {
        try (var files = Files.list(folder.resolve(pool))) {
            return files.filter(file -> file.getFileName().toString().startsWith("hvkit-"))
                    .filter(Files::isRegularFile)
                    .toList();
        }
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

    /** Starts the machine as an embedder does, who calls the disk as it likes. */
    private void start(Hypervisor direct, Disk root, VolumeRecord volume, Path console) throws InterruptedException {
        Attachment place;
        try (HvKit hvkit = engine()) {
            place = hvkit.volumes().attach(volume.id(), node.id(), WEB).await();
        }
        Disk data = Disk.of(new VolumeId("records"), place, volume.place().format());
        GuestWork work = GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vdb");
        MachineSpec bare = MachineSpec.named(WEB.value())
                .with(root)
                .booting(KernelBoot.of(guest.guest().kernel())
                        .initrd(guest.guest().initrd())
                        .commandLine(guest.guest().commandLine(work)))
                .serialLog(console);
        if (volume.key().isEmpty()) {
            direct.start(bare.with(data));
            return;
        }
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                Secret key = vault(catalog).open(volume.key().get())) {
            direct.start(bare.with(data.unlockedBy(key)));
        }
    }
}
