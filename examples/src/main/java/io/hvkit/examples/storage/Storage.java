package io.hvkit.examples.storage;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.HostRequest;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.Inventory;
import io.hvkit.engine.PoolRequest;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.console.Virsh;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.SharedMountPointDriver;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The life of an encrypted volume that an engine looks after: it is made, comes to a running guest that writes, grows under it, goes, and is
 * deleted; then nothing of it is anywhere. Read it from {@link #run} downwards.
 */
final class Storage {

    /** What goes wrong on purpose, to see that the proofs notice. */
    enum Fault {
        /** Nothing. */
        NONE,
        /** Somebody leaves a file in a pool. */
        FORGOTTEN_FILE
    }

    private static final MachineId WEB = new MachineId("web");
    private static final ByteSize ROOT = ByteSize.mebibytes(4);
    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final ByteSize GROWN = ByteSize.mebibytes(96);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration GRACE = Duration.ofDays(7);

    private final Path work;
    private final Platform platform;
    private final Site site;
    private final ProofTable proofs;

    Storage(Path work, Platform platform, Site site, ProofTable proofs) {
        this.work = work;
        this.platform = platform;
        this.site = site;
        this.proofs = proofs;
    }

    /**
     * Does all of it.
     *
     * @param fault what goes wrong on purpose
     * @param catalogFiles where the database keeps its files
     */
    void run(Fault fault, Path catalogFiles) throws InterruptedException, IOException {
        MasterKeyFile.create(platform.masterKeys());
        try (HvKit hvkit = platform.open(InstantSource.system());
                Auditor auditor = Auditor.of(platform)) {
            Places places = proofs.step("two hosts and three pools", () -> install(hvkit));
            proofs.require(
                    hvkit.inventory().hosts().size() == 2
                            && hvkit.inventory().pools().size() == 3,
                    "each has answered: node1, node2, a local directory on each, and what both have mounted");
            VolumeRecord data = make(hvkit, places);
            try (Secret key = auditor.keyOf(data);
                    Canary canary = Canary.planted(key)) {
                Scan running = use(hvkit, places, data, key, canary);
                delete(hvkit, places, data);
                if (fault == Fault.FORGOTTEN_FILE) {
                    Files.createFile(site.pool("local2").resolve("forgotten.raw"));
                }
                proveNothingIsLeft(auditor);
                proveNoKey(running.and(canary.scanFiles(work)).and(canary.scanFiles(catalogFiles)));
            }
        }
    }

    /** What was added to the inventory. */
    private record Places(HostRecord node1, PoolRecord local1, PoolRecord shared) {}

    // tag::install[]
    private Places install(HvKit hvkit) throws InterruptedException {
        Inventory inventory = hvkit.inventory();
        ZoneRecord zone = inventory.addZone("z1");
        ClusterRecord cluster = inventory.addCluster(zone.id(), "c1", HypervisorType.KVM);
        HostRecord node1 = inventory.addHost(
                cluster.id(), HostRequest.named("node1").at(site.node1().uri()));
        HostRecord node2 = inventory.addHost(
                cluster.id(), HostRequest.named("node2").at(site.node2().uri()));
        PoolRecord local1 = inventory.addPool(PoolRecord.Reach.of(cluster, node1), local("local1"));
        inventory.addPool(PoolRecord.Reach.of(cluster, node2), local("local2"));
        PoolRecord shared = inventory.addPool(
                PoolRecord.Reach.of(cluster),
                PoolRequest.named("shared", StoragePoolType.SHARED_MOUNT_POINT)
                        .with(SharedMountPointDriver.PATH, site.pool("shared")));
        return new Places(node1, local1, shared);
    }

    private PoolRequest local(String name) {
        return PoolRequest.named(name, StoragePoolType.LOCAL_DIRECTORY).with(DirectoryPoolDriver.PATH, site.pool(name));
    }
    // end::install[]

    private VolumeRecord make(HvKit hvkit, Places places) throws InterruptedException {
        // tag::create[]
        VolumeRequest request =
                VolumeRequest.blank("web-data", SIZE, places.local1().id()).encrypted();
        VolumeRecord data = proofs.step(
                "an encrypted volume is made",
                () -> hvkit.volumes()
                        .under("web-data") // asked again after a crash, it is the same volume
                        .create(request)
                        .await());
        // end::create[]
        VolumeRecord again = hvkit.volumes().under("web-data").create(request).await();
        Optional<String> proof = data.place().encryption().map(VolumeRecord.Encryption::attestation);
        proofs.require(
                data.state() == VolumeRecord.State.READY && proof.isPresent() && again.equals(data),
                data.size() + " in local1; asked again it is the same; its header: " + proof.orElse("none"));
        return data;
    }

    /** Under a guest that writes, until the power is cut. Returns what was found in processes meanwhile. */
    private Scan use(HvKit hvkit, Places places, VolumeRecord data, Secret key, Canary canary)
            throws InterruptedException, IOException {
        try (Hypervisor node1 = site.connect(places.node1().hostId())) {
            GuestConsole console = attach(hvkit, places, data, node1);
            grow(hvkit, places, data, console);
            Scan running = canary.scanProcesses();
            proveLookedInto(running);
            Path file = place(hvkit, places, data);
            node1.stop(WEB, StopMode.POWER_OFF); // no sync, no goodbye: what was acknowledged must be there
            node1.forget(WEB);
            proveRecords(file, key);
            return running;
        }
    }

    /** A guest boots from a volume of its own, and the other one comes while it runs. */
    private GuestConsole attach(HvKit hvkit, Places places, VolumeRecord data, Hypervisor node1)
            throws InterruptedException {
        GuestConsole console = proofs.step("a running guest gets it", () -> {
            VolumeRequest request =
                    VolumeRequest.blank("web-root", ROOT, places.local1().id());
            VolumeRecord root = hvkit.volumes().create(request).await();
            // tag::attach[]
            Attachment place =
                    hvkit.volumes().attach(root.id(), places.node1().id(), WEB).await();
            node1.start(machine(Disk.of(new VolumeId("web-root"), place, ImageFormat.RAW)));
            hvkit.volumes().attach(data.id(), places.node1().id(), WEB).await(); // it runs: it is plugged in
            // end::attach[]
            GuestConsole following = GuestConsole.at(console());
            following.awaitAcknowledged(300, PATIENCE);
            return following;
        });
        Optional<DriverException> refusal =
                refusal(() -> hvkit.volumes().delete(data.id()).await());
        proofs.require(
                refusal.isPresent(),
                console.acknowledged() + " records are acknowledged; deleting it now: "
                        + refusal.map(Throwable::getMessage).orElse("was done"));
        return console;
    }

    private MachineSpec machine(Disk root) throws InterruptedException {
        Guest guest = Guest.prepared();
        GuestWork writing = GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vdb");
        return MachineSpec.named(WEB.value())
                .with(root)
                .booting(KernelBoot.of(guest.kernel()).initrd(guest.initrd()).commandLine(guest.commandLine(writing)))
                .serialLog(console());
    }

    private void grow(HvKit hvkit, Places places, VolumeRecord data, GuestConsole console) throws InterruptedException {
        VolumeRecord grown = proofs.step(
                "it grows under the guest",
                () -> hvkit.volumes().grow(data.id(), GROWN).await());
        ByteSize seen = Virsh.on(site.node1()).capacity(WEB, place(hvkit, places, data));
        console.awaitAcknowledged(console.acknowledged() + 200, PATIENCE);
        proofs.require(
                grown.size().equals(GROWN) && seen.equals(GROWN),
                "the catalog has " + grown.size() + ", the machine " + seen + "; the guest writes on");
    }

    /** Attaching again tells where it is. */
    private static Path place(HvKit hvkit, Places places, VolumeRecord data) throws InterruptedException {
        return hvkit.volumes()
                .attach(data.id(), places.node1().id(), WEB)
                .await()
                .requirePath();
    }

    private void proveRecords(Path file, Secret key) throws InterruptedException, IOException {
        Path plain = work.resolve("check.raw");
        RecordCheck check = proofs.step("no acknowledged record is lost", () -> {
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(Image.luks(file).unlockedBy(key), Image.raw(plain))
                            .intoPlaintext());
            return RecordCheck.of(console(), plain);
        });
        Files.delete(plain);
        proofs.require(
                check.holds(), "after the power was cut, read with the key that catalog and master key give: " + check);
    }

    private void delete(HvKit hvkit, Places places, VolumeRecord data) throws InterruptedException {
        VolumeRecord root = hvkit.volumes().named("web-root").orElseThrow();
        proofs.step("it is detached and deleted", () -> {
            for (VolumeRecord volume : List.of(data, root)) {
                // tag::delete[]
                hvkit.volumes().detach(volume.id(), places.node1().id(), WEB).await();
                hvkit.volumes().delete(volume.id()).await();
                // end::delete[]
            }
            return data;
        });
        proofs.require(hvkit.volumes().page(Optional.empty(), 10).isEmpty(), "the engine has no volume any more");
    }

    /** Keys outlive what they opened for a while, so that a mistake can be undone; here that while goes by at once. */
    private void proveNothingIsLeft(Auditor auditor) throws InterruptedException {
        List<String> kept = auditor.keys();
        InstantSource later = InstantSource.offset(InstantSource.system(), GRACE.plusHours(1));
        try (HvKit hvkit = platform.open(later)) {
            Stock stock = proofs.step("nothing is left", () -> {
                hvkit.keys().destroyUnneeded(GRACE);
                return Stock.taken(site, auditor, hvkit);
            });
            Stock wanted = Stock.empty(kept.size());
            proofs.require(
                    stock.equals(wanted) && kept.stream().allMatch("RETIRED and can be opened"::equals),
                    "keys were kept for a while: " + kept + "; then: " + stock + "; what should not be: "
                            + stock.differences(wanted));
        }
    }

    private void proveLookedInto(Scan running) throws InterruptedException {
        SortedSet<Long> ours = new TreeSet<>(site.node1().processes());
        ours.addAll(site.node2().processes());
        ours.add(ProcessHandle.current().pid());
        ours.retainAll(running.hiddenProcesses());
        if (!ours.isEmpty()) {
            throw new IllegalStateException("processes that may hold the key could not be looked into: " + ours);
        }
    }

    private void proveNoKey(Scan scan) throws InterruptedException {
        proofs.step("no key is anywhere", () -> scan);
        proofs.require(
                scan.clean()
                        && scan.files() > 0
                        && scan.processes() > 0
                        && scan.unreadable().isEmpty(),
                "not in " + scan.files() + " files, those of the catalog too, nor in argv or environment of "
                        + scan.processes() + " processes while the guest wrote; found: " + scan.findings());
    }

    private interface Call {
        Object made() throws InterruptedException;
    }

    private static Optional<DriverException> refusal(Call call) throws InterruptedException {
        try {
            call.made();
            return Optional.empty();
        } catch (DriverException e) {
            return Optional.of(e);
        }
    }

    private Path console() {
        return work.resolve("web.console");
    }
}
