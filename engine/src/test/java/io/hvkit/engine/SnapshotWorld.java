package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.chain.ChainLimit;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot.State;
import io.hvkit.storage.spi.chain.LogicalSnapshot.Usage;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.endpoint.EndPointUnderTest;
import io.hvkit.testkit.endpoint.InMemoryStorageHost;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A catalog, a host, a pool and a store that outlive processes, and one volume of which snapshots are taken. */
final class SnapshotWorld {

    static final int SECTORS = 8;
    static final ByteSize SIZE = ByteSize.bytes((long) SECTORS * BackedUpHosts.SECTOR);
    static final MachineId WEB = new MachineId("web-01");
    static final Duration LEASE = Duration.ofMinutes(1);

    /** Opens the catalog anew, as a process does. */
    interface Catalogs {
        Catalog open(InstantSource clock) throws InterruptedException;
    }

    /** Returns catalogs in memory, all over the same records. */
    static Catalogs inMemory() {
        Map<String, InMemoryCatalog> first = new ConcurrentHashMap<>();
        return clock -> first.computeIfAbsent("the one", absent -> InMemoryCatalog.on(clock))
                .another();
    }

    final ImageFilesStorage storage;
    final BackedUpHosts hosts;
    final HostRecord host;
    final PoolRecord pool;
    final PoolRecord store;
    final Map<String, byte[]> expected = new LinkedHashMap<>();

    private Consumer<String> atEachCall = call -> {};
    private boolean writesDeltas = true;
    private final AtomicLong seconds = new AtomicLong(1_767_225_600);
    private final Catalogs catalogs;
    private final Path keys;
    private final InMemoryStorageHost files;

    SnapshotWorld(Path folder, Catalogs catalogs) throws InterruptedException {
        this.catalogs = catalogs;
        keys = folder.resolve("kek-" + System.nanoTime());
        MasterKeyFile.create(keys);
        RecordId<HostRecord> id = RecordId.random();
        files = new InMemoryStorageHost(new HostId(id.value()));
        storage = new ImageFilesStorage(files);
        hosts = new BackedUpHosts(files);
        try (Catalog catalog = catalogs.open(this::now)) {
            host = catalog.inTransaction(transaction -> {
                ZoneRecord zone = transaction.zones().insert(ZoneRecord.named("z1"));
                ClusterRecord cluster =
                        transaction.clusters().insert(ClusterRecord.named("c1", zone.id(), BackedUpHosts.TYPE.id()));
                HostRecord named = HostRecord.named("h1", cluster.id(), Facts.NONE, now());
                return transaction
                        .hosts()
                        .insert(new HostRecord(
                                id,
                                0,
                                named.cluster(),
                                named.name(),
                                named.options(),
                                named.standing(),
                                named.dedicatedTo(),
                                named.seen()));
            });
        }
        try (HvKit hvkit = process()) {
            RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
            pool = MoveWorld.pool(hvkit, zone, "p1", ImageFilesStorage.TYPE);
            store = MoveWorld.pool(hvkit, zone, "nfs", ImageFilesStorage.TYPE);
        }
    }

    /** Does something before each call to an end point or a pool, whose name it gets. */
    void atEachCall(Consumer<String> wanted) {
        atEachCall = wanted;
    }

    /** From now on the host's end point is one that writes no layers of what differs. */
    void writeNoDeltas() {
        writesDeltas = false;
    }

    Instant now() {
        return Instant.ofEpochSecond(seconds.get());
    }

    /** Lets time pass until a moment. */
    void sleepUntil(Instant moment) {
        seconds.set(moment.getEpochSecond());
    }

    /** Lets the leases of the dead run out. */
    void waitForLeases() {
        seconds.addAndGet(LEASE.toSeconds());
    }

    Catalog catalog() throws InterruptedException {
        return catalogs.open(this::now);
    }

    HvKit process() throws InterruptedException {
        return process(Fuse.counting());
    }

    HvKit process(Fuse fuse) throws InterruptedException {
        return HvKit.open(HvKitConfig.on(fuse.around(catalogs.open(this::now)))
                .timedBy(this::now)
                .leasing(HvKitConfig.SHORTEST_LEASE)
                .keysFrom(KeyProvider.file(keys))
                .runBy(job -> {
                    Thread thread = new Thread(job, job.toString());
                    thread.setUncaughtExceptionHandler(
                            (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
                    thread.start();
                })
                .endPointsFrom(known -> Optional.of(RelayedEndPoint.of(
                        writesDeltas ? files.open() : RelayedEndPoint.withoutDeltas(files.open()),
                        call -> {
                            atEachCall.accept(call);
                            fuse.burn();
                        },
                        call -> fuse.burn())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new FusedHosts(hosts, fuse))),
                        StorageDrivers.of(List.of(new FusedStorage(storage, fuse, call -> atEachCall.accept(call))))));
    }

    RecoveryReport recover() throws InterruptedException {
        try (HvKit hvkit = process()) {
            return hvkit.recover();
        } finally {
            waitForLeases();
        }
    }

    VolumeRequest plain() {
        return VolumeRequest.blank("root", SIZE, pool.id()).as(ImageFormat.QCOW2);
    }

    /** Adds another store, which has nothing yet. */
    PoolRecord anotherStore() throws InterruptedException {
        try (HvKit hvkit = process()) {
            return MoveWorld.pool(hvkit, pool.reach().zone(), "vault", ImageFilesStorage.TYPE);
        }
    }

    VolumeRecord create(VolumeRequest request) throws InterruptedException {
        try (HvKit hvkit = process()) {
            return hvkit.volumes().create(request).await();
        }
    }

    /** Has a program open an image, whatever its key. */
    EndPointUnderTest.Holding hold(String image) {
        return files.hold(DiskImage.at(storage.place(image), ImageFormat.QCOW2));
    }

    /** Starts the machine with the volume. */
    void start(VolumeRecord volume) throws InterruptedException {
        try (HvKit hvkit = process()) {
            hvkit.volumes().attach(volume.id(), host.id(), WEB).await();
        }
        VolumeId disk = new VolumeId("vda");
        hosts.run(WEB, new MachineDisk(disk, storage.place(nameOf(volume))), content(volume));
    }

    /** Starts the machine with a volume and a further one, to which its guest writes nothing. */
    void start(VolumeRecord volume, VolumeRecord further) throws InterruptedException {
        try (HvKit hvkit = process()) {
            hvkit.volumes().attach(further.id(), host.id(), WEB).await();
        }
        start(volume);
        hosts.add(new MachineDisk(new VolumeId("vdb"), storage.place(nameOf(further))), content(further));
    }

    /** Ends the machine; the volume holds what its guest has written. */
    void stop(VolumeRecord volume) throws InterruptedException {
        byte[] left = hosts.end();
        with(volume, image -> files.write(image, 0, left));
        try (HvKit hvkit = process()) {
            hvkit.volumes().detach(volume.id(), host.id(), WEB).await();
        }
    }

    static String nameOf(VolumeRecord volume) {
        return nameOf(volume.place());
    }

    static String nameOf(VolumeRecord.Place place) {
        return place.externalId().map(ExternalId::value).orElseThrow();
    }

    private interface Opened {
        void on(DiskImage image) throws InterruptedException;
    }

    private void with(VolumeRecord volume, Opened work) throws InterruptedException {
        with(volume.place(), volume.key(), work);
    }

    private void with(VolumeRecord.Place place, Optional<RecordId<KeyRecord>> id, Opened work)
            throws InterruptedException {
        DiskImage bare = DiskImage.at(storage.place(nameOf(place)), place.format());
        if (id.isEmpty()) {
            work.on(bare);
            return;
        }
        try (Catalog catalog = catalog();
                Secret key = vault(catalog).open(id.get())) {
            work.on(bare.unlockedBy(key));
        }
    }

    /** Returns what a volume holds that no machine runs with. */
    byte[] content(VolumeRecord volume) throws InterruptedException {
        return content(volume.place(), volume.key());
    }

    /** Returns what a template's only copy holds. */
    byte[] content(TemplateRecord template) throws InterruptedException {
        try (HvKit hvkit = process()) {
            return content(hvkit.templates().copies(template.id()).get(0).place(), template.key());
        }
    }

    private byte[] content(VolumeRecord.Place place, Optional<RecordId<KeyRecord>> key) throws InterruptedException {
        byte[] content = new byte[(int) SIZE.bytes()];
        with(
                place,
                key,
                image -> System.arraycopy(files.read(image, 0, content.length), 0, content, 0, content.length));
        return content;
    }

    /** Writes a sector of a volume that no machine runs with. */
    void write(VolumeRecord volume, int sector, byte value) throws InterruptedException {
        byte[] bytes = new byte[BackedUpHosts.SECTOR];
        Arrays.fill(bytes, value);
        with(volume, image -> files.write(image, (long) sector * BackedUpHosts.SECTOR, bytes));
    }

    /** Makes the image of an encrypted volume larger, past the engine. */
    void grow(VolumeRecord volume, ByteSize size) throws InterruptedException {
        try (StoragePool direct =
                        storage.open(pool.poolId(), ImageFilesStorage.TYPE, Options.parse(List.of(), Map.of()));
                Catalog catalog = catalog();
                Secret key = vault(catalog).open(volume.key().orElseThrow())) {
            Volume grown = direct.growth().orElseThrow().growTo(Ground.external(volume), size, key);
            assertThat(grown.size()).isEqualTo(size);
        }
    }

    KeyVault vault(Catalog catalog) {
        return new KeyVault(catalog, KeyProvider.file(keys), this::now);
    }

    SnapshotRequest request(String name) {
        return SnapshotRequest.named(name, store.id()).limitedTo(new ChainLimit(4));
    }

    /** Takes a snapshot, whose content is kept in mind. */
    Snapshot take(VolumeRecord volume, String name) throws InterruptedException {
        return take(volume, request(name));
    }

    Snapshot take(VolumeRecord volume, SnapshotRequest request) throws InterruptedException {
        expect(volume, request.name());
        try (HvKit hvkit = process()) {
            RecordId<SnapshotRecord> id =
                    hvkit.snapshots().take(volume.id(), request).await();
            return hvkit.snapshots().find(id).orElseThrow();
        }
    }

    /** Keeps in mind what a snapshot of that name holds that is taken now. */
    void expect(VolumeRecord volume, String name) throws InterruptedException {
        expected.put(name, hosts.disk().length > 0 ? hosts.disk() : content(volume));
    }

    void delete(Snapshot snapshot) throws InterruptedException {
        try (HvKit hvkit = process()) {
            hvkit.snapshots().delete(snapshot.id()).await();
        }
    }

    void tidy(VolumeRecord volume) throws InterruptedException {
        try (HvKit hvkit = process()) {
            hvkit.snapshots().tidy(volume.id()).await();
        }
    }

    List<Snapshot> list(VolumeRecord volume) throws InterruptedException {
        try (HvKit hvkit = process()) {
            return hvkit.snapshots().list(volume.id());
        }
    }

    /** Begins something by a process that dies. */
    interface Begun {
        Job<?> by(HvKit hvkit) throws InterruptedException;
    }

    /** What a process does that dies. */
    interface Life {
        Object of(HvKit hvkit) throws InterruptedException;
    }

    void run(Begun work, Fuse fuse) throws InterruptedException {
        live(hvkit -> work.by(hvkit).await(), fuse);
    }

    void live(Life life, Fuse fuse) throws InterruptedException {
        HvKit hvkit = process(fuse);
        try {
            life.of(hvkit);
        } catch (Fuse.Crash | RuntimeException e) {
            // dead, or refused: what is left is looked at afterwards
        } finally {
            try {
                hvkit.close();
            } catch (Fuse.Crash e) {
                // the dead close nothing
            }
        }
        waitForLeases();
    }

    /** Returns what is read of a layer over all that it stands on, each opened with its own key. */
    byte[] read(Catalog catalog, List<LayerId> line) throws InterruptedException {
        List<Secret> open = new ArrayList<>();
        try {
            Optional<DiskImage> image = Optional.empty();
            for (int i = line.size() - 1; i >= 0; i--) {
                LayerId layer = line.get(i);
                Optional<RecordId<KeyRecord>> id = keyOf(catalog, layer);
                DiskImage next = DiskImage.at(storage.place(imageOf(layer)), ImageFormat.QCOW2);
                if (id.isPresent()) {
                    Secret key = vault(catalog).open(id.get());
                    open.add(key);
                    next = next.unlockedBy(key);
                }
                image = Optional.of(image.isPresent() ? next.laidOver(image.get()) : next);
            }
            return files.read(image.orElseThrow(), 0, (int) SIZE.bytes());
        } finally {
            open.forEach(Secret::close);
        }
    }

    /** Writes a sector of a layer past all that keeps it as it is, such as its key. */
    void write(LayerId layer, int sector, byte value) throws InterruptedException {
        byte[] bytes = new byte[BackedUpHosts.SECTOR];
        Arrays.fill(bytes, value);
        DiskImage bare = DiskImage.at(storage.place(imageOf(layer)), ImageFormat.QCOW2);
        try (Catalog catalog = catalog();
                Secret key = vault(catalog).open(keyOf(catalog, layer).orElseThrow())) {
            files.write(bare.unlockedBy(key), (long) sector * BackedUpHosts.SECTOR, bytes);
        }
    }

    private static Optional<RecordId<KeyRecord>> keyOf(Catalog catalog, LayerId layer) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction
                .backups()
                .where(BackupRecord.NAME, layer.toString())
                .get(0)
                .key());
    }

    static String imageOf(LayerId layer) {
        return SnapshotNames.imageOf(layer);
    }

    /** Catalog, pool, store, keys and machine say the same, and every snapshot holds what it did. */
    void checkThatAllAgree(VolumeRecord volume, String when) throws InterruptedException {
        check(volume, Optional.empty(), when);
    }

    /** Does the same where another store has copies, whose images are the caller's to judge. */
    void checkThatAllAgreeBut(PoolRecord other, VolumeRecord volume, String when) throws InterruptedException {
        check(volume, Optional.of(other), when);
    }

    /** Counters and events say what there is, where everything is the same account's. */
    void checkThatAllCounts(String when) throws InterruptedException {
        try (Catalog catalog = catalog()) {
            Counted.check(catalog, when);
        }
    }

    private void check(VolumeRecord volume, Optional<PoolRecord> other, String when) throws InterruptedException {
        try (Catalog catalog = catalog();
                HvKit hvkit = process()) {
            List<Snapshot> snapshots = hvkit.snapshots().list(volume.id());
            Set<String> images = new HashSet<>();
            Set<RecordId<KeyRecord>> needed = new HashSet<>();
            List<BackupRecord> layers =
                    catalog.inTransaction(transaction -> transaction.backups().page(Optional.empty(), 100));
            for (BackupRecord row : layers) {
                assertThat(row.layer().orElseThrow().state()).as(when).isEqualTo(BackupRecord.State.READY);
                if (!row.layer().map(BackupRecord.Layer::store).equals(other.map(PoolRecord::id))) {
                    images.add(SnapshotNames.imageOf(row));
                }
                row.key().ifPresent(needed::add);
            }
            assertThat(storage.namesIn(store.poolId())).as(when).isEqualTo(images);
            for (Snapshot snapshot : snapshots) {
                assertThat(snapshot.state()).as(when).isIn(State.BACKED_UP, State.DESTROYED);
                assertThat(snapshot.usage())
                        .as(when)
                        .isEqualTo(snapshot.state() == State.BACKED_UP ? Usage.RUNNING : Usage.ENDED);
                assertThat(snapshot.blockers().isEmpty())
                        .as("%s, %s", when, snapshot.explain())
                        .isEqualTo(snapshot.state() == State.BACKED_UP);
                if (snapshot.state() == State.BACKED_UP) {
                    checkContent(catalog, hvkit, volume, snapshot, when);
                }
            }
            assertThat(hvkit.snapshots().chain(volume.id()).unread()).as(when).isEmpty();
            checkVolumes(catalog, needed, when);
            assertThat(hosts.isBackingUp()).as(when).isFalse();
            assertThat(hosts.checkpoints()).as(when).hasSizeLessThanOrEqualTo(1);
            for (String image : images) {
                assertThat(storage.usesOf(image))
                        .as("uses of %s, %s", image, when)
                        .isEmpty();
            }
            List<ReadingRecord> readings =
                    catalog.inTransaction(transaction -> transaction.readings().page(Optional.empty(), 100));
            assertThat(readings).as(when).isEmpty();
        }
    }

    private void checkContent(Catalog catalog, HvKit hvkit, VolumeRecord volume, Snapshot snapshot, String when)
            throws InterruptedException {
        List<LayerId> line = new ArrayList<>();
        var graph = hvkit.snapshots().chain(volume.id());
        Optional<LayerId> at = Optional.of(
                snapshot.chained().replicaIn(store.poolId()).orElseThrow().layer());
        while (at.isPresent()) {
            line.add(at.get());
            at = graph.layer(at.get()).orElseThrow().parent();
        }
        assertThat(read(catalog, line)).as("%s, %s", snapshot.name(), when).isEqualTo(expected.get(snapshot.name()));
    }

    private void checkTemplates(Catalog catalog, Set<String> names, Set<RecordId<KeyRecord>> needed, String when)
            throws InterruptedException {
        List<TemplateRecord> templates =
                catalog.inTransaction(transaction -> transaction.templates().page(Optional.empty(), 100));
        List<TemplateCopyRecord> copies = catalog.inTransaction(
                transaction -> transaction.templateCopies().page(Optional.empty(), 100));
        assertThat(copies).as(when).hasSameSizeAs(templates);
        for (TemplateCopyRecord copy : copies) {
            assertThat(copy.state()).as(when).isEqualTo(TemplateCopyRecord.State.READY);
            String name = nameOf(copy.place());
            assertThat(storage.usesOf(name)).as("uses of %s, %s", name, when).isEmpty();
            if (copy.place().pool().equals(pool.id())) {
                names.add(name);
            }
        }
        for (TemplateRecord template : templates) {
            template.key().ifPresent(needed::add);
            assertThat(content(template)).as("%s, %s", template.name(), when).isEqualTo(expected.get(template.name()));
        }
    }

    private void checkVolumes(Catalog catalog, Set<RecordId<KeyRecord>> needed, String when)
            throws InterruptedException {
        List<VolumeRecord> volumes =
                catalog.inTransaction(transaction -> transaction.volumes().page(Optional.empty(), 100));
        Set<String> names = new HashSet<>();
        for (VolumeRecord each : volumes) {
            assertThat(each.state()).as(when).isEqualTo(VolumeRecord.State.READY);
            names.add(nameOf(each));
            each.key().ifPresent(needed::add);
            assertThat(storage.usesOf(nameOf(each))).as(when).allMatch(use -> use.reason() == VolumeUse.Reason.MACHINE);
            if (expected.containsKey(each.name())) {
                assertThat(content(each)).as("%s, %s", each.name(), when).isEqualTo(expected.get(each.name()));
            }
        }
        checkTemplates(catalog, names, needed, when);
        assertThat(storage.namesIn(pool.poolId())).as(when).isEqualTo(names);
        Set<RecordId<KeyRecord>> active = new HashSet<>();
        catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE))
                .forEach(key -> active.add(key.id()));
        assertThat(active).as("keys in use, %s", when).isEqualTo(needed);
    }

    /** Asks for all that is open to be cancelled, while nobody works on it. */
    void askAllToStop() throws InterruptedException {
        try (Catalog catalog = catalog()) {
            catalog.inTransaction(transaction -> {
                List<OperationRecord> open = transaction.journal().open();
                open.forEach(operation -> transaction.journal().askToStop(operation.id()));
                return open;
            });
        }
    }

    /** Returns the key of a layer. */
    Optional<RecordId<KeyRecord>> keyOf(LayerId layer) throws InterruptedException {
        try (Catalog catalog = catalog()) {
            return catalog.inTransaction(transaction -> transaction
                    .backups()
                    .where(BackupRecord.NAME, layer.toString())
                    .get(0)
                    .key());
        }
    }
}
