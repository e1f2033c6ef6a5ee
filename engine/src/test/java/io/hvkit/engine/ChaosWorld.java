package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Sha256;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.engine.offering.SizeRange;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.hypervisor.spi.HostCapacity;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.testkit.hypervisor.ImageServer;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** One catalog, two hosts, pools and stores that outlive every engine; and the weather that engines work in. */
final class ChaosWorld implements AutoCloseable {

    static final ByteSize SIZE = ByteSize.kibibytes(16);

    private static final long IMAGE_CONTENT = -7;
    private static final HostCapacity CAPACITY = new HostCapacity(16, ByteSize.gibibytes(12));

    final ChaosLog log = new ChaosLog();
    final ChaosMemory memory = new ChaosMemory();
    final ChaosArray array;
    final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
    final Path staging;
    final Path keys;
    final Path image;
    final List<HostRecord> hosts = new ArrayList<>();
    final List<PoolRecord> pools = new ArrayList<>();
    final List<PoolRecord> stores = new ArrayList<>();
    final List<OfferingRecord> offerings = new ArrayList<>();
    final List<OfferingRecord> services = new ArrayList<>();

    /** The catalog as somebody sees it who lives as long as the world. */
    final Catalog catalog;

    private final SnapshotWorld.Catalogs catalogs;
    private final Random weather;
    private final AtomicInteger names = new AtomicInteger();
    private final ImageServer server;
    private final AtomicLong jumped = new AtomicLong();
    private volatile double badness;

    ChaosWorld(Path folder, SnapshotWorld.Catalogs catalogs, long seed) throws InterruptedException, IOException {
        this.catalogs = catalogs;
        weather = new Random(seed);
        catalog = open();
        array = new ChaosArray(Files.createDirectories(folder.resolve("files")), log);
        staging = Files.createDirectory(folder.resolve("staging"));
        keys = folder.resolve("kek");
        MasterKeyFile.create(keys);
        byte[] bytes = new byte[(int) SIZE.bytes()];
        ByteBuffer.wrap(bytes).putLong((int) ChaosArray.CONTENT_AT, IMAGE_CONTENT);
        image = Files.write(folder.resolve("debian.img"), bytes);
        server = ImageServer.of(() -> bytes);
        try (ChaosEngine engine = engine("first")) {
            furnish(engine.hvkit());
        }
        stores.forEach(store -> array.keepsBackups(store.poolId()));
        hosts.forEach(host -> hypervisors.give(host.hostId(), CAPACITY));
        array.seeRunning(this::isRunning);
        memory.template("debian").mayHold(IMAGE_CONTENT);
    }

    private void furnish(HvKit hvkit) throws InterruptedException {
        RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
        ClusterRecord cluster = hvkit.inventory().addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE);
        for (String name : List.of("h1", "h2")) {
            hosts.add(hvkit.inventory().addHost(cluster.id(), HostRequest.named(name)));
        }
        PoolRecord.Reach all = new PoolRecord.Reach(zone, Optional.empty(), Optional.empty());
        pools.add(hvkit.inventory().addPool(all, PoolRequest.named("p1", ChaosStorage.FILES)));
        pools.add(hvkit.inventory().addPool(all, PoolRequest.named("p2", ChaosStorage.FILES)));
        for (String name : List.of("blocks", "more")) {
            pools.add(hvkit.inventory().addPool(all, PoolRequest.named(name, ChaosStorage.BLOCKS)));
        }
        for (String name : List.of("store", "vault")) {
            stores.add(hvkit.inventory().addPool(all, PoolRequest.named(name, ChaosStorage.FILES)));
        }
        SizeRange sizes = new SizeRange(SIZE, ByteSize.mebibytes(8));
        offerings.add(
                hvkit.offerings().add(DiskOffering.named("gold").encrypted().of(sizes)));
        offerings.add(hvkit.offerings().add(DiskOffering.named("lead").of(sizes)));
        ByteSize memory = ByteSize.gibibytes(2);
        services.add(hvkit.offerings().add(ServiceOffering.named("small", 1, memory)));
        services.add(
                hvkit.offerings().add(ServiceOffering.named("vault", 1, memory).encryptingRoot()));
    }

    /** Returns a name that nothing has yet. */
    String newName(String kind) {
        return kind + names.incrementAndGet();
    }

    TemplateRequest template() throws IOException {
        return TemplateRequest.named("debian", ImageFormat.RAW, Sha256.of(Files.readAllBytes(image)))
                .from(server.uri());
    }

    List<TemplateRecord> templates() throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.templates().page(Optional.empty(), 100));
    }

    /** Returns the pools and the stores. */
    List<PoolRecord> places() {
        return Stream.concat(pools.stream(), stores.stream()).toList();
    }

    PoolRecord place(RecordId<PoolRecord> id) {
        return places().stream()
                .filter(known -> known.id().equals(id))
                .findAny()
                .orElseThrow();
    }

    /** Makes this share of the calls to drivers fail, or lose their answers. */
    void become(double bad) {
        badness = bad;
    }

    Instant now() {
        return Instant.now().plusSeconds(jumped.get());
    }

    /** Lets time go by, so that leases of the dead run out. */
    void pass(Duration time) {
        jumped.addAndGet(time.toSeconds());
    }

    /** Opens the catalog, as a process does. */
    Catalog open() throws InterruptedException {
        return catalogs.open(this::now);
    }

    /** Lets a call fail, or be slow, or do nothing of the kind. */
    void endure(String who) {
        double lot = weather.nextDouble();
        if (lot < badness) {
            log.say(
                    who,
                    "a call fails, or its answer is lost, on %s",
                    Thread.currentThread().getName());
            throw DriverException.because(Failure.UNREACHABLE).message("chaos has it that nobody answers");
        }
        if (lot < 5 * badness) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1 + weather.nextInt(5)));
        }
    }

    ChaosEngine engine(String name) throws InterruptedException {
        return new ChaosEngine(this, name);
    }

    Hypervisor hypervisor(HostRecord host) throws InterruptedException {
        return HypervisorDrivers.of(List.of(hypervisors))
                .forType(InMemoryHypervisorDriver.TYPE)
                .open(host.hostId(), InMemoryHypervisorDriver.TYPE, Options.parse(List.of(), Map.of()));
    }

    /** Returns the machines that a host has. */
    List<Machine> machinesOn(HostRecord host) throws InterruptedException {
        try (Hypervisor open = hypervisor(host)) {
            return open.list();
        }
    }

    private boolean isRunning(Path file) {
        try {
            for (HostRecord host : hosts) {
                if (machinesOn(host).stream()
                        .flatMap(machine -> machine.disks().stream())
                        .map(MachineDisk::attachment)
                        .map(Attachment::requirePath)
                        .anyMatch(file::equals)) {
                    return true;
                }
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        server.stop();
        catalog.close();
    }
}
