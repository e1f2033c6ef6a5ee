package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.template.FoundCopy;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.ImageServer;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A catalog, two zones with a host and pools each, and a server of an image, which outlive processes. */
final class TemplateWorld implements AutoCloseable {

    static final ByteSize SIZE = ByteSize.mebibytes(1);
    static final byte CONTENT = 42;

    private static final Duration LEASE = Duration.ofMinutes(1);

    final InMemoryCatalog catalog;
    final InMemoryStorageDriver storage = new InMemoryStorageDriver();
    final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
    final Path staging;
    final byte[] image = new byte[(int) SIZE.bytes()];
    final HostRecord host;
    final PoolRecord pool;
    final PoolRecord blocks;
    final PoolRecord bare;
    final PoolRecord elsewhere;
    final AtomicInteger fetches = new AtomicInteger();

    /** What happens before a host copies. */
    volatile Runnable beforeCopies = () -> {};

    private final AtomicLong seconds = new AtomicLong(1_767_225_600);
    private final Path keys;
    private final ImageServer server;

    TemplateWorld(Path folder) throws InterruptedException, IOException {
        catalog = InMemoryCatalog.on(this::now);
        keys = folder.resolve("kek");
        MasterKeyFile.create(keys);
        staging = Files.createDirectory(folder.resolve("staging"));
        image[0] = CONTENT;
        server = ImageServer.of(() -> {
            fetches.incrementAndGet();
            return image;
        });
        try (HvKit hvkit = calm()) {
            ClusterRecord one = hvkit.inventory()
                    .addCluster(hvkit.inventory().addZone("z1").id(), "c1", InMemoryHypervisorDriver.TYPE);
            ClusterRecord two = hvkit.inventory()
                    .addCluster(hvkit.inventory().addZone("z2").id(), "c2", InMemoryHypervisorDriver.TYPE);
            host = hvkit.inventory().addHost(one.id(), HostRequest.named("h1"));
            hvkit.inventory().addHost(two.id(), HostRequest.named("h2"));
            pool = pool(hvkit, one, "p1", InMemoryStorageDriver.TYPE);
            blocks = pool(hvkit, one, "blocks", InMemoryStorageDriver.BLOCKS);
            bare = pool(hvkit, one, "bare", InMemoryStorageDriver.BARE);
            elsewhere = pool(hvkit, two, "p2", InMemoryStorageDriver.TYPE);
        }
    }

    private static PoolRecord pool(HvKit hvkit, ClusterRecord cluster, String name, StoragePoolType type)
            throws InterruptedException {
        return hvkit.inventory().addPool(PoolRecord.Reach.of(cluster), PoolRequest.named(name, type));
    }

    URI uri() {
        return server.uri();
    }

    TemplateRequest request(String name) {
        return TemplateRequest.named(name, ImageFormat.RAW, Sha256.of(image)).from(uri());
    }

    @Override
    public void close() {
        server.stop();
    }

    private Instant now() {
        return Instant.ofEpochSecond(seconds.get());
    }

    void waitForLeases() {
        seconds.addAndGet(LEASE.toSeconds());
    }

    HvKit process(Fuse fuse) {
        Catalog seen = fuse.around(catalog.another());
        return HvKit.open(HvKitConfig.on(seen)
                .timedBy(this::now)
                .stagingIn(staging)
                .keysFrom(KeyProvider.file(keys))
                .endPointsFrom(known -> Optional.of(RelayedEndPoint.of(
                        storage.endPoint(known.hostId()),
                        call -> {
                            fuse.burn();
                            if (call.equals("copy")) {
                                beforeCopies.run();
                            }
                        },
                        call -> fuse.burn())))
                .runBy(job -> {
                    Thread thread = new Thread(job, job.toString());
                    thread.setUncaughtExceptionHandler(
                            (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
                    thread.start();
                })
                .driversFrom(
                        HypervisorDrivers.of(List.of(new FusedHosts(hypervisors, fuse))),
                        StorageDrivers.of(List.of(new FusedStorage(storage, fuse)))));
    }

    /** Registers a template, of which no pool has a copy yet. */
    TemplateRecord debian(HvKit hvkit) throws InterruptedException {
        return hvkit.templates().register(request("debian")).await();
    }

    /** Registers a template that the first pool has. */
    TemplateRecord loaded(HvKit hvkit) throws InterruptedException {
        TemplateRecord debian = debian(hvkit);
        hvkit.templates().download(debian.id(), pool.id()).await();
        return debian;
    }

    /** Asks for a volume as large as the template. */
    static VolumeRequest blank(String name, PoolRecord pool) {
        return VolumeRequest.blank(name, SIZE, pool.id());
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

    StoragePool open(PoolRecord record) throws InterruptedException {
        StorageDrivers drivers = StorageDrivers.of(List.of(storage));
        StoragePoolType type = drivers.types().resolve(record.type()).orThrow();
        return drivers.forType(type).open(record.poolId(), type, Options.parse(List.of(), Map.of()));
    }

    /** Leaves a copy of a template in a pool, as another system does. */
    FoundCopy left(String template, PoolRecord in, AddTemplate image) throws InterruptedException {
        try (StoragePool open = open(in)) {
            Volume kept = open.templates().orElseThrow().add(image);
            return new FoundCopy(template, in.id(), kept.id(), image.format());
        }
    }

    static VolumeId external(VolumeRecord.Place place) {
        return new VolumeId(place.externalId().map(ExternalId::value).orElseThrow());
    }

    /** Returns whether what is at a place holds the image, opened with its key. */
    boolean holdsImage(VolumeRecord.Place place, Optional<RecordId<KeyRecord>> key) throws InterruptedException {
        PoolRecord at = catalog.inTransaction(transaction -> transaction.pools().require(place.pool()));
        PoolRecord scratch = at.reach().zone().equals(pool.reach().zone()) ? pool : elsewhere;
        try (StoragePool there = open(at);
                StoragePool open = open(scratch)) {
            Path file = staging.resolveSibling("reference");
            Files.write(file, image);
            Volume reference = open.templates()
                    .orElseThrow()
                    .add(new AddTemplate("reference", file.toAbsolutePath(), ImageFormat.RAW));
            VolumeUse looking = VolumeUse.by(host.hostId()).because(VolumeUse.Reason.MAINTENANCE);
            Attachment place1 = there.attach(external(place), looking);
            Attachment place2 = open.attach(reference.id(), looking);
            EndPoint endPoint = storage.endPoint(host.hostId());
            try {
                DiskImage expected = DiskImage.at(place2, ImageFormat.RAW);
                DiskImage found = DiskImage.at(place1, place.format());
                if (key.isEmpty()) {
                    return endPoint.images().areEqual(found, expected, progress -> {});
                }
                try (Secret secret = new KeyVault(catalog, KeyProvider.file(keys), this::now).open(key.get())) {
                    return endPoint.images().areEqual(found.unlockedBy(secret), expected, progress -> {});
                }
            } finally {
                there.detach(external(place), host.hostId(), VolumeUse.Reason.MAINTENANCE);
                open.detach(reference.id(), host.hostId(), VolumeUse.Reason.MAINTENANCE);
                open.delete(reference.id());
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Catalog, pools, keys and the staging folder tell the same, and what is there holds the image. */
    void checkThatAllAgree(String when) throws InterruptedException, IOException {
        List<TemplateRecord> templates =
                catalog.inTransaction(transaction -> transaction.templates().page(Optional.empty(), 100));
        List<TemplateCopyRecord> copies = catalog.inTransaction(
                transaction -> transaction.templateCopies().page(Optional.empty(), 100));
        List<VolumeRecord> volumes =
                catalog.inTransaction(transaction -> transaction.volumes().page(Optional.empty(), 100));
        assertThat(copies).as(when).allMatch(copy -> copy.state() == TemplateCopyRecord.State.READY);
        assertThat(volumes).as(when).allMatch(volume -> volume.state() == VolumeRecord.State.READY);
        for (PoolRecord each : List.of(pool, blocks, bare, elsewhere)) {
            List<String> expected = new ArrayList<>();
            copies.stream()
                    .map(TemplateCopyRecord::place)
                    .filter(place -> place.pool().equals(each.id()))
                    .forEach(place -> expected.add(external(place).value()));
            volumes.stream()
                    .map(VolumeRecord::place)
                    .filter(place -> place.pool().equals(each.id()))
                    .forEach(place -> expected.add(external(place).value()));
            try (StoragePool open = open(each)) {
                List<Volume> found = open.list();
                assertThat(found)
                        .as("volumes in %s, %s", each.name(), when)
                        .extracting(volume -> volume.id().value())
                        .containsExactlyInAnyOrderElementsOf(expected);
                for (Volume volume : found) {
                    assertThat(open.uses(volume.id())).as(when).isEmpty();
                }
            }
        }
        for (TemplateCopyRecord copy : copies) {
            TemplateRecord of = templates.stream()
                    .filter(template -> template.id().equals(copy.template()))
                    .findAny()
                    .orElseThrow();
            assertThat(holdsImage(copy.place(), of.key())).as(when).isTrue();
        }
        for (VolumeRecord volume : volumes) {
            assertThat(holdsImage(volume.place(), volume.key())).as(when).isTrue();
        }
        List<RecordId<KeyRecord>> needed = Stream.concat(
                        templates.stream().map(TemplateRecord::key),
                        volumes.stream().map(VolumeRecord::key))
                .flatMap(Optional::stream)
                .toList();
        List<KeyRecord> active =
                catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE));
        assertThat(active)
                .as("keys in use, %s", when)
                .extracting(KeyRecord::id)
                .containsExactlyInAnyOrderElementsOf(needed);
        try (Stream<Path> left = Files.list(staging)) {
            assertThat(left).as("staged images, %s", when).isEmpty();
        }
    }
}
