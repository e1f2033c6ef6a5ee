package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Sha256;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.examples.storage.Platform;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.testkit.Ledger;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.hypervisor.ImageServer;
import io.hvkit.testkit.libvirt.PrivateHost;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What the quick start needs around it: two libvirt hosts, three directories, a web server with an image, and how an engine is opened. */
final class Cloud implements AutoCloseable {

    /** The names of its pools. */
    static final List<String> POOLS = List.of("fast", "big", "away");

    private final Path work;
    private final Platform platform;
    private final Ledger ledger;
    private final PrivateHost node1;
    private final PrivateHost node2;
    private final byte[] image = randomBytes();
    private final ImageServer server;
    private final AtomicInteger fetches = new AtomicInteger();
    private final InMemoryStorageDriver oddStorage = new InMemoryStorageDriver();

    private Cloud(Path work, Platform platform, Ledger ledger) throws InterruptedException {
        this.work = work;
        this.platform = platform;
        this.ledger = ledger;
        this.server = ImageServer.of(() -> {
            fetches.incrementAndGet();
            return image;
        });
        ledger.add(server::stop);
        this.node1 = PrivateHost.start(work.resolve("node1"));
        ledger.add(node1::close);
        this.node2 = PrivateHost.start(work.resolve("node2"));
        ledger.add(node2::close);
    }

    /** Builds one. What was built is taken down again if the rest fails. */
    static Cloud in(Path work, Platform platform) throws InterruptedException, IOException {
        for (String pool : POOLS) {
            Files.createDirectories(work.resolve(pool));
        }
        Files.createDirectories(work.resolve("staging"));
        Ledger ledger = new Ledger();
        boolean isWhole = false;
        try {
            Cloud cloud = new Cloud(work, platform, ledger);
            isWhole = true;
            return cloud;
        } finally {
            if (!isWhole) {
                ledger.close();
            }
        }
    }

    // tag::open[]
    HvKit open(InstantSource clock) throws InterruptedException {
        return HvKit.open(HvKitConfig.on(platform.catalog())
                .keysFrom(KeyProvider.file(platform.masterKeys()))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new KvmDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver(), oddStorage)))
                .endPointsFrom(Cloud::endPoint)
                .stagingIn(staging())
                .timedBy(clock));
    }

    /** What works on the bytes of volumes that no machine has open. */
    private static Optional<EndPoint> endPoint(HostRecord host) {
        return Optional.of(
                KvmEndPoint.at(host.hostId(), URI.create(host.options().text("uri"))));
    }
    // end::open[]

    Platform platform() {
        return platform;
    }

    PrivateHost node1() {
        return node1;
    }

    PrivateHost node2() {
        return node2;
    }

    /** Returns the directory of a pool. */
    Path pool(String name) {
        return work.resolve(name);
    }

    /** Returns where images are while hosts fetch them. */
    Path staging() {
        return work.resolve("staging").toAbsolutePath();
    }

    /** Returns the file of a volume or template in a directory. */
    Path file(PoolRecord pool, VolumeRecord.Place place) {
        return pool(pool.name())
                .resolve(place.externalId().orElseThrow().value() + "."
                        + place.format().qemuName());
    }

    /** Returns a template of the image that the web server has. */
    TemplateRequest template() {
        return TemplateRequest.named("small", ImageFormat.RAW, Sha256.of(image))
                .from(server.uri())
                .ownedBy(QuickStart.DEV);
    }

    /** Returns the bytes of that image. */
    byte[] image() {
        return image.clone();
    }

    /** Returns how often it was fetched. */
    int fetches() {
        return fetches.get();
    }

    /** Returns a machine that boots a small Linux, which writes to the machine's root and says on its console what is safe there. */
    MachineRequest booting(MachineRequest machine) throws InterruptedException {
        Guest guest = Guest.prepared();
        GuestWork writing = GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vda");
        return machine.booting(
                        KernelBoot.of(guest.kernel()).initrd(guest.initrd()).commandLine(guest.commandLine(writing)))
                .serialLog(console());
    }

    /** Returns where the guest's console goes. */
    Path console() {
        return work.resolve("web.console");
    }

    /** Returns a file for what is looked at for a moment. */
    Path scratch() {
        return work.resolve("check.raw");
    }

    private static byte[] randomBytes() {
        byte[] bytes = new byte[Math.toIntExact(QuickStart.SIZE.bytes())];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    @Override
    public void close() {
        ledger.close();
    }
}
