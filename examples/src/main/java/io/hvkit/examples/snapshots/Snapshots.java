package io.hvkit.examples.snapshots;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.snapshots.Site.Places;
import io.hvkit.examples.storage.Auditor;
import io.hvkit.examples.storage.KeyRing;
import io.hvkit.examples.storage.Platform;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;

/**
 * An encrypted volume under a guest that writes, of which snapshots are taken and deleted while processes die; then what is left is counted,
 * and some of it compared to the last byte. Read it from {@link #run} downwards.
 */
final class Snapshots {

    /** What goes wrong on purpose, to see that the proofs notice. */
    enum Fault {
        /** Nothing. */
        NONE,
        /** Somebody leaves a file in the store. */
        FORGOTTEN_FILE,
        /** Somebody writes over a layer that is read. */
        DAMAGED_LAYER
    }

    private static final MachineId WEB = new MachineId("web");
    private static final ByteSize ROOT = ByteSize.mebibytes(4);
    private static final ByteSize SIZE = ByteSize.mebibytes(32);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SNAPSHOTS_A_KILL = 4;
    private static final int RESTORED = 3;
    private static final int WRITTEN = 128;

    private final Path work;
    private final Platform platform;
    private final Site site;
    private final ProofTable proofs;

    Snapshots(Path work, Platform platform, Site site, ProofTable proofs) {
        this.work = work;
        this.platform = platform;
        this.site = site;
        this.proofs = proofs;
    }

    /**
     * Does all of it.
     *
     * @param count how many snapshots are taken
     * @param seed what is deleted when
     * @param fault what goes wrong on purpose
     */
    void run(int count, long seed, Fault fault) throws InterruptedException, IOException {
        MasterKeyFile.create(platform.masterKeys());
        try (HvKit hvkit = platform.open(InstantSource.system());
                Auditor auditor = Auditor.of(platform);
                KeyRing keys = new KeyRing(auditor)) {
            Places places = proofs.step("a host, a pool, a store", () -> site.install(hvkit));
            proofs.require(
                    hvkit.inventory().pools().size() == 2,
                    "node1 answers; fast is for volumes, nfs for what is kept of them");
            VolumeRecord data = make(hvkit, places);
            keys.addKeyOf(data);
            Random random = new Random(seed);
            try (Hypervisor node1 = site.connect(places.node().hostId())) {
                Path file = start(hvkit, places, data, node1);
                RunningDisk disk = new RunningDisk(work, node1, WEB, auditor);
                Campaign campaign = new Campaign(
                        work,
                        platform,
                        hvkit,
                        disk,
                        GuestConsole.at(console()),
                        new Campaign.Subject(data, file, places.store()),
                        random);
                campaign(campaign, count);
                picture(hvkit, places, data, auditor, fault);
                restore(new Restores(hvkit, places, campaign, disk), campaign.living(), random);
                Scan running = runningScan(auditor, keys);
                end(hvkit, places, data, node1);
                prove(running, keys);
            }
            delete(hvkit, data, random, auditor);
        }
    }

    private VolumeRecord make(HvKit hvkit, Places places) throws InterruptedException {
        VolumeRequest request = VolumeRequest.blank(
                        "web-data", SIZE, places.fast().id())
                .as(ImageFormat.QCOW2)
                .encrypted();
        VolumeRecord data = proofs.step(
                "an encrypted volume", () -> hvkit.volumes().create(request).await());
        proofs.require(
                data.place().encryption().isPresent(),
                data.size() + " in fast; its header: "
                        + data.place()
                                .encryption()
                                .map(VolumeRecord.Encryption::attestation)
                                .orElse("none"));
        return data;
    }

    /** Returns the file of the volume under the guest. */
    private Path start(HvKit hvkit, Places places, VolumeRecord data, Hypervisor node1) throws InterruptedException {
        Path file = proofs.step("a guest that writes", () -> {
            VolumeRecord root = hvkit.volumes()
                    .create(VolumeRequest.blank("web-root", ROOT, places.fast().id()))
                    .await();
            Attachment place =
                    hvkit.volumes().attach(root.id(), places.node().id(), WEB).await();
            node1.start(machine(Disk.of(new VolumeId("web-root"), place, ImageFormat.RAW)));
            Attachment plugged =
                    hvkit.volumes().attach(data.id(), places.node().id(), WEB).await();
            GuestConsole.at(console()).awaitAcknowledged(WRITTEN, PATIENCE);
            return plugged.requirePath();
        });
        proofs.proved("%d records are acknowledged; it writes all over the disk, again and again", WRITTEN);
        return file;
    }

    private MachineSpec machine(Disk root) throws InterruptedException {
        Guest guest = Guest.prepared();
        GuestWork writing = GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vdb");
        return MachineSpec.named(WEB.value())
                .with(root)
                .booting(KernelBoot.of(guest.kernel()).initrd(guest.initrd()).commandLine(guest.commandLine(writing)))
                .serialLog(console());
    }

    private void campaign(Campaign campaign, int count) throws InterruptedException, IOException {
        int kills = count / SNAPSHOTS_A_KILL;
        proofs.step(count + " snapshots; kill -9, " + kills + " times", () -> {
            try {
                campaign.run(count, kills);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return campaign;
        });
        proofs.require(campaign.holds(count, kills), campaign.toString());
    }

    /** What the catalog has must be what the store has, file by file. */
    private void picture(HvKit hvkit, Places places, VolumeRecord data, Auditor auditor, Fault fault)
            throws InterruptedException, IOException {
        // tag::picture[]
        String picture = hvkit.snapshots().chain(data.id()).toString();
        // end::picture[]
        proofs.show(named(picture, hvkit, places, data));
        if (fault == Fault.FORGOTTEN_FILE) {
            Files.createFile(site.pool("nfs").resolve("forgotten.txt"));
        }
        if (fault == Fault.DAMAGED_LAYER) {
            Inventory.damage(auditor, site.pool("nfs"));
        }
        Inventory inventory =
                proofs.step("the store has what the catalog has", () -> Inventory.of(auditor, site.pool("nfs")));
        proofs.require(inventory.isExact(), inventory.toString());
    }

    /** Ids are for programs. */
    private static String named(String picture, HvKit hvkit, Places places, VolumeRecord data)
            throws InterruptedException {
        String named = picture;
        for (Snapshot one : hvkit.snapshots().list(data.id())) {
            named = named.replace(one.id().value(), one.name());
        }
        for (PoolRecord pool : List.of(places.fast(), places.store())) {
            named = named.replace(pool.id().value(), pool.name());
        }
        return named;
    }

    private void restore(Restores restores, List<Snapshot> living, Random random) throws InterruptedException {
        List<Snapshot> some = new ArrayList<>(living);
        Collections.shuffle(some, random);
        List<Snapshot> chosen = some.subList(0, Math.min(RESTORED, some.size()));
        proofs.step(chosen.size() + " of them are restored", () -> {
            try {
                for (Snapshot one : chosen) {
                    restores.restore(one);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return restores;
        });
        proofs.require(restores.hold(), restores.toString());
    }

    private void end(HvKit hvkit, Places places, VolumeRecord data, Hypervisor node1) throws InterruptedException {
        node1.stop(WEB, StopMode.POWER_OFF);
        node1.forget(WEB);
        hvkit.volumes().detach(data.id(), places.node().id(), WEB).await();
        VolumeRecord root = hvkit.volumes().named("web-root").orElseThrow();
        hvkit.volumes().detach(root.id(), places.node().id(), WEB).await();
        hvkit.volumes().delete(root.id()).await();
    }

    /** Looks through all processes while the machine is one of them. */
    private static Scan runningScan(Auditor auditor, KeyRing keys) throws InterruptedException {
        for (BackupRecord layer : auditor.layers()) {
            RecordId<KeyRecord> key = layer.key().orElseThrow();
            keys.add(auditor.open(key));
        }
        return keys.scanProcesses();
    }

    /** Neither the key of the volume nor one of a layer that is left lies anywhere, or did under the machine. */
    private void prove(Scan running, KeyRing keys) throws InterruptedException {
        Scan scan = proofs.step(
                "no key is anywhere", () -> running.and(keys.scanFiles(work)).and(keys.scanProcesses()));
        proofs.require(
                scan.clean() && scan.files() > 0 && scan.unreadable().isEmpty(),
                "none of " + keys.size() + " in " + scan.files()
                        + " files, those of the catalog and the logs too; found: " + scan.findings());
    }

    /** The volume goes first: snapshots outlive it. */
    private void delete(HvKit hvkit, VolumeRecord data, Random random, Auditor auditor) throws InterruptedException {
        proofs.step("the volume goes, and then they do", () -> {
            hvkit.volumes().delete(data.id()).await();
            List<Snapshot> left = new ArrayList<>(hvkit.snapshots().list(data.id()));
            Collections.shuffle(left, random);
            for (Snapshot one : left) {
                hvkit.snapshots().delete(one.id()).await();
            }
            return left;
        });
        Inventory inventory = Inventory.of(auditor, site.pool("nfs"));
        SortedSet<String> volumes = Inventory.files(site.pool("fast"));
        proofs.require(
                inventory.isExact()
                        && inventory.layers() == 0
                        && volumes.isEmpty()
                        && hvkit.snapshots().list(data.id()).isEmpty(),
                inventory + "; in fast: " + volumes);
    }

    private Path console() {
        return work.resolve("web.console");
    }
}
