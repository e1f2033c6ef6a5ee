package io.hvkit.examples.storage;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.console.Virsh;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The life of an encrypted volume that an engine looks after: it is made, comes to a running guest that writes, grows and moves under it,
 * gets another key, goes, and is deleted; then nothing of it is anywhere. Read it from {@link #run} downwards.
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
    private final Evidence evidence;

    Storage(Path work, Platform platform, Site site, ProofTable proofs) {
        this.work = work;
        this.platform = platform;
        this.site = site;
        this.proofs = proofs;
        this.evidence = new Evidence(work, proofs);
    }

    /**
     * Does all of it.
     *
     * @param fault what goes wrong on purpose
     * @param searched where no key may be: folders and files
     */
    void run(Fault fault, List<Path> searched) throws InterruptedException, IOException {
        MasterKeyFile.create(platform.masterKeys());
        try (HvKit hvkit = platform.open(InstantSource.system());
                Auditor auditor = Auditor.of(platform);
                KeyRing keys = new KeyRing(auditor)) {
            Installation places = proofs.step("two hosts and three pools", () -> Installation.of(site, hvkit));
            proofs.require(
                    hvkit.inventory().hosts().size() == 2
                            && hvkit.inventory().pools().size() == 3,
                    "each has answered: node1, node2, a local directory on each, and what both have mounted");
            VolumeRecord data = make(hvkit, places);
            keys.addKeyOf(data);
            Scan running = use(hvkit, places, data, keys);
            end(hvkit, places, keys);
            if (fault == Fault.FORGOTTEN_FILE) {
                Files.createFile(site.pool("local2").resolve("forgotten.raw"));
            }
            proveNothingIsLeft(auditor, keys.size());
            Scan scan = running;
            for (Path place : searched) {
                scan = scan.and(keys.scanFiles(place));
            }
            KeySearch.prove(proofs, scan, keys.size());
        }
    }

    private VolumeRecord make(HvKit hvkit, Installation places) throws InterruptedException {
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
    private Scan use(HvKit hvkit, Installation places, VolumeRecord data, KeyRing keys)
            throws InterruptedException, IOException {
        try (Hypervisor node1 = site.connect(places.node1().hostId())) {
            GuestConsole console = attach(hvkit, places, data, node1);
            grow(hvkit, places, data, console);
            move(hvkit, places, data, console);
            keys.addKeyOf(hvkit.volumes().find(data.id()).orElseThrow());
            Scan running = keys.scanProcesses();
            List<Long> processes = new ArrayList<>(site.node1().processes());
            processes.addAll(site.node2().processes());
            KeySearch.requireLookedInto(running, processes);
            node1.stop(WEB, StopMode.POWER_OFF); // no sync, no goodbye: what was acknowledged must be there
            node1.forget(WEB);
            return running;
        }
    }

    /** A guest boots from a volume of its own, and the other one comes while it runs. */
    private GuestConsole attach(HvKit hvkit, Installation places, VolumeRecord data, Hypervisor node1)
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

    private void grow(HvKit hvkit, Installation places, VolumeRecord data, GuestConsole console)
            throws InterruptedException {
        VolumeRecord grown = proofs.step(
                "it grows under the guest",
                () -> hvkit.volumes().grow(data.id(), GROWN).await());
        ByteSize seen = Virsh.on(site.node1()).capacity(WEB, place(hvkit, places, data));
        console.awaitAcknowledged(console.acknowledged() + 200, PATIENCE);
        proofs.require(
                grown.size().equals(GROWN) && seen.equals(GROWN),
                "the catalog has " + grown.size() + ", the machine " + seen + "; the guest writes on");
    }

    /** To the pool of both hosts, by a process that is killed in the middle of it. */
    private void move(HvKit hvkit, Installation places, VolumeRecord data, GuestConsole console)
            throws InterruptedException {
        long before = console.acknowledged();
        KilledMove.End end = proofs.step(
                "it moves live; kill -9 on the way",
                () -> new KilledMove(work, platform.moving(), hvkit)
                        .run(data, places.shared(), KilledMove.Moment.of("copy")));
        VolumeRecord moved = hvkit.volumes().find(data.id()).orElseThrow();
        Path place = place(hvkit, places, moved);
        ByteSize seen = Virsh.on(site.node1()).capacity(WEB, place); // the machine has it there, or virsh complains
        List<String> left = Stock.files(site.pool("local1")).stream()
                .filter(name -> name.endsWith(".luks"))
                .toList();
        console.awaitAcknowledged(console.acknowledged() + 200, PATIENCE);
        boolean whole = moved.state() == VolumeRecord.State.READY
                && moved.second().isEmpty()
                && !moved.key().equals(data.key())
                && seen.equals(GROWN);
        proofs.require(
                end.isFinishedByAnother() && whole && place.startsWith(site.pool("shared")) && left.isEmpty(),
                end + "; the machine has it at " + place.getFileName()
                        + " in shared, under another key; left of it in local1: " + left + "; "
                        + (console.acknowledged() - before) + " records meanwhile");
    }

    /** Attaching again tells where it is. */
    private static Path place(HvKit hvkit, Installation places, VolumeRecord data) throws InterruptedException {
        return hvkit.volumes()
                .attach(data.id(), places.node1().id(), WEB)
                .await()
                .requirePath();
    }

    /** The machine is off: what it wrote is read, the volume gets yet another key, and then it goes. */
    private void end(HvKit hvkit, Installation places, KeyRing keys) throws InterruptedException, IOException {
        VolumeRecord data = hvkit.volumes().named("web-data").orElseThrow();
        VolumeRecord root = hvkit.volumes().named("web-root").orElseThrow();
        Path file = place(hvkit, places, data);
        evidence.proveRecords(console(), file, keys.last());
        for (VolumeRecord volume : List.of(data, root)) {
            // tag::detach[]
            hvkit.volumes().detach(volume.id(), places.node1().id(), WEB).await();
            // end::detach[]
        }
        rekey(hvkit, data, file, keys);
        proofs.step("it is deleted", () -> {
            // tag::delete[]
            hvkit.volumes().delete(data.id()).await();
            // end::delete[]
            return hvkit.volumes().delete(root.id()).await();
        });
        proofs.require(
                hvkit.volumes().page(Optional.empty(), 10).isEmpty() && Files.notExists(file),
                "the engine has no volume any more, and " + file.getFileName() + " is gone");
    }

    private void rekey(HvKit hvkit, VolumeRecord data, Path file, KeyRing keys) throws InterruptedException {
        VolumeRecord rekeyed = proofs.step("it gets another key", () -> {
            // tag::rekey[]
            return hvkit.volumes().rekey(data.id()).await();
            // end::rekey[]
        });
        keys.addKeyOf(rekeyed);
        List<Boolean> opens = keys.open(file);
        proofs.require(
                opens.equals(List.of(false, false, true)),
                "which of the keys that it has had open it: the first one, the one of the move, the last one: "
                        + opens);
    }

    /** Keys outlive what they opened for a while, so that a mistake can be undone; here that while goes by at once. */
    private void proveNothingIsLeft(Auditor auditor, int had) throws InterruptedException {
        List<String> kept = auditor.keys();
        InstantSource later = InstantSource.offset(InstantSource.system(), GRACE.plusHours(1));
        try (HvKit hvkit = platform.open(later)) {
            Stock stock = proofs.step("nothing is left", () -> {
                hvkit.keys().destroyUnneeded(GRACE);
                return Stock.taken(site, auditor, hvkit);
            });
            Stock wanted = Stock.empty(had);
            proofs.require(
                    stock.equals(wanted) && kept.equals(Collections.nCopies(had, "RETIRED and can be opened")),
                    "keys were kept for a while: " + kept + "; then: " + stock + "; what should not be: "
                            + stock.differences(wanted));
        }
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
