package io.hvkit.examples.scaleio;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.console.Virsh;
import io.hvkit.examples.storage.Auditor;
import io.hvkit.examples.storage.KeyRing;
import io.hvkit.examples.storage.KilledMove;
import io.hvkit.examples.storage.KilledMove.End;
import io.hvkit.examples.storage.KilledMove.Moment;
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
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * An encrypted volume of a storage system comes to a running guest that writes, moves to another pool of the system, and to another
 * system; each time the process that moves it is killed in the middle. Read it from {@link #run} downwards.
 */
final class FlexMoves {

    /** How far it goes. */
    enum Way {
        /** To another pool of the same system. */
        INSIDE,
        /** To another system after that. */
        INSIDE_AND_ACROSS
    }

    /** What goes wrong on purpose, to see that the proofs notice. */
    enum Fault {
        /** Nothing. */
        NONE,
        /** Somebody leaves a volume on an array, mapped to a host. */
        FORGOTTEN_VOLUME
    }

    private static final MachineId WEB = new MachineId("web");
    private static final ByteSize SIZE =
            ByteSize.gibibytes(7); // with the header it fills the smallest volume, of 8 GiB
    private static final long BLOCKS = 4096; // the guest writes to 16 MiB of them, again and again
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration GRACE = Duration.ofDays(7);

    private final Path work;
    private final FlexPlatform platform;
    private final Flex flex;
    private final ProofTable proofs;
    private final FlexEvidence evidence;

    FlexMoves(Path work, FlexPlatform platform, Flex flex, ProofTable proofs) {
        this.work = work;
        this.platform = platform;
        this.flex = flex;
        this.proofs = proofs;
        this.evidence = new FlexEvidence(work, flex, proofs);
    }

    /**
     * Does all of it.
     *
     * @param fault what goes wrong on purpose
     * @param catalogFiles where the database keeps its files
     */
    void run(Way way, Fault fault, Path catalogFiles) throws InterruptedException, IOException {
        MasterKeyFile.create(platform.platform().masterKeys());
        try (HvKit hvkit = platform.open(InstantSource.system());
                Auditor auditor = Auditor.of(platform.platform());
                KeyRing keys = new KeyRing(auditor)) {
            FlexInstallation places =
                    proofs.step("a host and three pools", () -> FlexInstallation.of(flex, platform, hvkit));
            proofs.require(
                    hvkit.inventory().pools().size() == 3,
                    "each gateway has let us in: fast and slow are of the system "
                            + flex.system("east").id() + ", far is of "
                            + flex.system("west").id());
            keys.add(flex.openPassword());
            keys.addKeyOf(make(hvkit, places));
            Scan running = use(hvkit, places, keys, way);
            end(hvkit, places, keys);
            if (fault == Fault.FORGOTTEN_VOLUME) {
                flex.leave("forgotten");
            }
            proveNothingIsLeft(auditor, keys.size() - 1);
            Scan files = keys.scanFiles(work)
                    .and(keys.scanFiles(catalogFiles))
                    .and(keys.scanFiles(flex.node1().folder()));
            evidence.proveNoKey(running.and(files));
        }
    }

    private VolumeRecord make(HvKit hvkit, FlexInstallation places) throws InterruptedException {
        VolumeRequest request =
                VolumeRequest.blank("web-data", SIZE, places.fast().id()).encrypted();
        VolumeRecord data = proofs.step(
                "an encrypted volume is made",
                () -> hvkit.volumes().create(request).await());
        Optional<String> proof = data.place().encryption().map(VolumeRecord.Encryption::attestation);
        proofs.require(
                data.state() == VolumeRecord.State.READY
                        && proof.isPresent()
                        && flex.system("east").mappings().isEmpty()
                        && data.size().compareTo(SIZE) >= 0,
                data.size() + " in fast; node1 had it for as long as the header took: " + proof.orElse("none"));
        return data;
    }

    /** Under a guest that writes, until the power is cut. Returns what was found in processes meanwhile. */
    private Scan use(HvKit hvkit, FlexInstallation places, KeyRing keys, Way way)
            throws InterruptedException, IOException {
        try (Hypervisor node1 = flex.connect(places.node1().hostId())) {
            GuestConsole console = attach(hvkit, places, node1);
            moveInside(hvkit, places, console);
            if (way == Way.INSIDE_AND_ACROSS) {
                moveAcross(hvkit, places, console);
                keys.addKeyOf(data(hvkit));
            }
            Scan running = keys.scanProcesses();
            evidence.requireLookedInto(running);
            node1.stop(WEB, StopMode.POWER_OFF); // no sync, no goodbye: what was acknowledged must be there
            node1.forget(WEB);
            return running;
        }
    }

    private static VolumeRecord data(HvKit hvkit) throws InterruptedException {
        return hvkit.volumes().named("web-data").orElseThrow();
    }

    /** A guest boots from a plain volume of the array, and the encrypted one comes while it runs. */
    private GuestConsole attach(HvKit hvkit, FlexInstallation places, Hypervisor node1) throws InterruptedException {
        GuestConsole console = proofs.step("a running guest gets it", () -> {
            VolumeRecord root = hvkit.volumes()
                    .create(VolumeRequest.blank(
                            "web-root", ByteSize.gibibytes(8), places.fast().id()))
                    .await();
            Attachment place =
                    hvkit.volumes().attach(root.id(), places.node1().id(), WEB).await();
            node1.start(machine(Disk.of(new VolumeId("web-root"), place, ImageFormat.RAW)));
            hvkit.volumes().attach(data(hvkit).id(), places.node1().id(), WEB).await();
            GuestConsole following = GuestConsole.at(console());
            following.awaitAcknowledged(300, PATIENCE);
            return following;
        });
        Path device = place(hvkit, places);
        proofs.require(
                flex.system("east").mappings().size() == 2,
                console.acknowledged() + " records are acknowledged; it is " + device.getFileName() + " on node1");
        return console;
    }

    private MachineSpec machine(Disk root) throws InterruptedException {
        Guest guest = Guest.prepared();
        GuestWork writing =
                GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vdb").withinBlocks(BLOCKS);
        return MachineSpec.named(WEB.value())
                .with(root)
                .booting(KernelBoot.of(guest.kernel()).initrd(guest.initrd()).commandLine(guest.commandLine(writing)))
                .serialLog(console());
    }

    /** The array does it; whoever asked it dies, and another one follows it to its end. */
    private void moveInside(HvKit hvkit, FlexInstallation places, GuestConsole console) throws InterruptedException {
        VolumeRecord before = data(hvkit);
        Path device = place(hvkit, places);
        String array = evidence.idOnArray(device);
        long records = console.acknowledged();
        Part part = new Part(0.2, () -> flex.system("east").migrated(array).orElse(0));
        End end = killed(
                hvkit, places.slow(), "it moves inside of its system; kill -9 on the way", new Moment("migrate", part));
        VolumeRecord moved = data(hvkit);
        console.awaitAcknowledged(console.acknowledged() + 200, PATIENCE);
        boolean whole = moved.state() == VolumeRecord.State.READY
                && moved.key().equals(before.key())
                && moved.place().pool().equals(places.slow().id())
                && place(hvkit, places).equals(device)
                && flex.system("east").poolOf(array).equals("slow");
        proofs.require(
                end.isFinishedByAnother() && part.isInTheMiddle() && whole,
                "killed at " + part + ": " + end
                        + "; the array has it in slow, as the same volume, device and key; "
                        + (console.acknowledged() - records) + " records meanwhile");
    }

    /** Nothing but the host reaches both systems: it copies under the guest, to a volume with a key of its own. */
    private void moveAcross(HvKit hvkit, FlexInstallation places, GuestConsole console) throws InterruptedException {
        VolumeRecord before = data(hvkit);
        Path device = place(hvkit, places);
        long records = console.acknowledged();
        Part part = new Part(0.1, () -> Virsh.on(flex.node1()).copied(WEB, "vdb"));
        End end =
                killed(hvkit, places.far(), "it moves to another system; kill -9 on the way", new Moment("copy", part));
        VolumeRecord moved = data(hvkit);
        Path place = place(hvkit, places);
        ByteSize seen = Virsh.on(flex.node1()).capacity(WEB, place);
        console.awaitAcknowledged(console.acknowledged() + 200, PATIENCE);
        boolean whole = moved.state() == VolumeRecord.State.READY
                && moved.second().isEmpty()
                && !moved.key().equals(before.key())
                && place.getFileName().toString().contains(flex.system("west").id())
                && seen.compareTo(before.size()) >= 0;
        List<String> left = flex.system("east").volumes().stream()
                .filter(name -> name.contains("data"))
                .toList();
        proofs.require(
                end.isFinishedByAnother() && part.isInTheMiddle() && whole && left.isEmpty() && !isThere(device),
                "killed at " + part + ": " + end + "; the machine has " + place.getFileName()
                        + ", under another key; left of it on the first system: " + left + "; "
                        + (console.acknowledged() - records) + " records meanwhile");
    }

    private static boolean isThere(Path device) {
        return device.toFile().exists();
    }

    private End killed(HvKit hvkit, PoolRecord pool, String title, Moment moment) throws InterruptedException {
        VolumeRecord data = data(hvkit);
        return proofs.step(title, () -> new KilledMove(work, platform.moving(), hvkit).run(data, pool, moment));
    }

    /** Attaching again tells where it is. */
    private static Path place(HvKit hvkit, FlexInstallation places) throws InterruptedException {
        return hvkit.volumes()
                .attach(data(hvkit).id(), places.node1().id(), WEB)
                .await()
                .requirePath();
    }

    /** The machine is off: what it wrote is read, and everything goes. */
    private void end(HvKit hvkit, FlexInstallation places, KeyRing keys) throws InterruptedException, IOException {
        VolumeRecord data = data(hvkit);
        VolumeRecord root = hvkit.volumes().named("web-root").orElseThrow();
        Path device = place(hvkit, places);
        evidence.proveRecords(console(), device, keys);
        proofs.step("it is deleted", () -> {
            for (VolumeRecord volume : List.of(data, root)) {
                hvkit.volumes().detach(volume.id(), places.node1().id(), WEB).await();
                hvkit.volumes().delete(volume.id()).await();
            }
            return root;
        });
        proofs.require(
                hvkit.volumes().page(Optional.empty(), 10).isEmpty() && !isThere(device),
                "the engine has no volume any more, and " + device.getFileName() + " is gone");
    }

    /** Keys outlive what they opened for a while, so that a mistake can be undone; here that while goes by at once. */
    private void proveNothingIsLeft(Auditor auditor, int had) throws InterruptedException {
        InstantSource later = InstantSource.offset(InstantSource.system(), GRACE.plusHours(1));
        try (HvKit hvkit = platform.open(later)) {
            FlexStock stock = proofs.step("nothing is left", () -> {
                hvkit.keys().destroyUnneeded(GRACE);
                return FlexStock.taken(flex, auditor, hvkit);
            });
            FlexStock wanted = FlexStock.empty(had, 3);
            proofs.require(stock.equals(wanted), stock + "; what should not be: " + stock.differences(wanted));
        }
    }

    private Path console() {
        return work.resolve("web.console");
    }
}
