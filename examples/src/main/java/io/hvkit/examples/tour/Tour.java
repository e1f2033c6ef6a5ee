package io.hvkit.examples.tour;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.examples.console.ProgressBar;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.console.Virsh;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The tour: an encrypted disk moves to another pool, another format and another key while a real guest writes to it, and then
 * everything that was promised is proved. Read it from {@link #run} downwards.
 */
final class Tour {

    private static final HostId HOST = new HostId("tour-host");
    private static final MachineId MACHINE = new MachineId("tour");
    private static final ByteSize SIZE = ByteSize.mebibytes(96);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path work;
    private final Pivot pivot;
    private final ProofTable proofs;
    private final ProgressBar bar = new ProgressBar();

    Tour(Path work, Pivot pivot, ProofTable proofs) {
        this.work = work;
        this.pivot = pivot;
        this.proofs = proofs;
    }

    /** Does the whole job; the table then says what was proved. */
    void run() throws InterruptedException, IOException {
        try (Secret oldKey = Secret.random();
                Secret newKey = Secret.random();
                Canary canary = Canary.planted(oldKey, newKey);
                PrivateHost host =
                        proofs.step("a private libvirt host", () -> PrivateHost.start(work.resolve("host")));
                StoragePool fast = openPool("fast");
                StoragePool big = openPool("big");
                Hypervisor hypervisor = connect(host)) {
            proofs.proved(
                    "libvirtd %d answers, apart from this machine's own; pools fast and big",
                    host.daemonPid().orElseThrow());

            Volume data = createOldVolume(fast, oldKey);
            // Where keys come from when libvirt has lost them; here they are at hand.
            hypervisor.keysFrom(volume -> Optional.of(volume.equals(data.id()) ? oldKey.copy() : newKey.copy()));

            GuestConsole console = bootGuest(hypervisor, fast, data, oldKey);
            Volume copy = moveLive(hypervisor, fast, big, data, newKey, console);
            restartDaemon(host, console);
            SortedSet<Long> ours = new TreeSet<>(host.processes());
            ours.add(ProcessHandle.current().pid());
            Scan running = canary.scanProcesses();
            stopAndProve(hypervisor, big, copy, oldKey, newKey);
            proveNoKeyLeaked(running, ours, canary);
        }
    }

    private StoragePool openPool(String name) throws IOException, InterruptedException {
        Path directory = Files.createDirectories(work.resolve(name));
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(driver.options(), Map.of("path", directory.toString()));
        return driver.open(new PoolId(name), StoragePoolType.LOCAL_DIRECTORY, options);
    }

    private static Hypervisor connect(PrivateHost host) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        Options options =
                Options.parse(driver.options(), Map.of("uri", host.uri().toString()));
        return driver.open(HOST, HypervisorType.KVM, options);
    }

    /** A volume in pool fast: qcow2 with LUKS inside. */
    private Volume createOldVolume(StoragePool fast, Secret key) throws InterruptedException {
        Volume data = proofs.step(
                "an encrypted volume",
                () -> fast.create(
                        CreateVolume.blank("data", SIZE).as(ImageFormat.QCOW2).encryptedBy(key)));
        proofs.proved(
                "%s in fast, %s, header read back: %s",
                data.name(), data.size(), data.attestation().orElseThrow());
        return data;
    }

    /** A guest that writes records and says on its console which of them are on the disk. */
    private GuestConsole bootGuest(Hypervisor hypervisor, StoragePool fast, Volume data, Secret key)
            throws InterruptedException {
        Path log = work.resolve("guest.console");
        GuestConsole console = proofs.step("a guest that writes", () -> {
            Guest guest = Guest.prepared();
            GuestWork writing = GuestWork.writing().inBatchesOf(16).striding(97);
            hypervisor.start(MachineSpec.named(MACHINE.value())
                    .with(disk(fast, data, key))
                    .booting(KernelBoot.of(guest.kernel())
                            .initrd(guest.initrd())
                            .commandLine(guest.commandLine(writing)))
                    .serialLog(log));
            GuestConsole following = GuestConsole.at(log);
            following.awaitAcknowledged(500, PATIENCE);
            return following;
        });
        proofs.proved("it booted and has acknowledged %d records", console.acknowledged());
        return console;
    }

    /** To pool big, onto a new raw LUKS volume with another key, while the guest writes. */
    private Volume moveLive(
            Hypervisor hypervisor, StoragePool fast, StoragePool big, Volume data, Secret newKey, GuestConsole console)
            throws InterruptedException {
        long before = console.acknowledged();
        Volume copy = big.create(CreateVolume.blank("data-moved", SIZE).encryptedBy(newKey));
        Disk target = disk(big, copy, newKey);
        JobVerdict verdict = proofs.step("the disk moves live", () -> {
            DiskMove move =
                    DiskMove.to(target).limitedTo(ByteSize.mebibytes(16)).pivoting(pivot);
            return follow(hypervisor.liveDiskMigration().orElseThrow().start(MACHINE, data.id(), move));
        });
        long meanwhile = console.acknowledged() - before;
        List<MachineDisk> disks = hypervisor.find(MACHINE).orElseThrow().disks();
        boolean moved = disks.equals(List.of(new MachineDisk(copy.id(), target.attachment())));
        if (verdict instanceof JobVerdict.Succeeded && moved) {
            fast.detach(data.id(), HOST);
            fast.delete(data.id()); // only now: the machine was seen to use the other disk
            proofs.proved(
                    "READY by event, pivot read back: the machine uses %s; %d records meanwhile; the source is removed",
                    copy.name(), meanwhile);
        } else {
            proofs.failed("the machine does not use %s: %s", copy.name(), verdict);
        }
        console.awaitAcknowledged(console.acknowledged() + 500, PATIENCE);
        return copy;
    }

    private JobVerdict follow(BlockJob job) throws InterruptedException {
        Optional<JobVerdict> verdict = job.await(Duration.ZERO);
        while (verdict.isEmpty()) {
            bar.progressed(job.progress());
            if (pivot == Pivot.WHEN_ASKED && job.phase() == BlockJobPhase.READY) {
                job.cancel(); // the negative control: the copy is complete, and nobody switches to it
            }
            verdict = job.await(Duration.ofMillis(200));
        }
        bar.progressed(job.progress());
        bar.end();
        return verdict.orElseThrow();
    }

    /** libvirt forgets ephemeral secrets when its daemon ends; the connection brings them back. */
    private void restartDaemon(PrivateHost host, GuestConsole console) throws InterruptedException, IOException {
        List<String> secrets = Virsh.on(host).secrets();
        List<Path> written = new ArrayList<>();
        List<String> restored = proofs.step("libvirtd restarts under the guest", () -> {
            host.stopDaemon();
            written.addAll(Virsh.secretsOnDisk(host));
            host.startDaemon();
            return Virsh.on(host).awaitSecrets(secrets, PATIENCE);
        });
        console.awaitAcknowledged(console.acknowledged() + 100, PATIENCE);
        if (!secrets.isEmpty() && restored.equals(secrets) && written.isEmpty()) {
            proofs.proved(
                    "it kept no secret on disk; %s is back, brought by the connection; the guest writes on",
                    String.join(", ", restored));
        } else {
            proofs.failed("secrets before: %s, after: %s, on disk meanwhile: %s", secrets, restored, written);
        }
    }

    private void stopAndProve(Hypervisor hypervisor, StoragePool big, Volume copy, Secret oldKey, Secret newKey)
            throws InterruptedException, IOException {
        Path file = file(big, copy);
        hypervisor.stop(MACHINE, StopMode.POWER_OFF); // no sync, no goodbye: what was acknowledged must be there
        Path plain = work.resolve("check.raw");
        RecordCheck check = proofs.step("no acknowledged record is lost", () -> {
            Image encrypted = Image.luks(file).unlockedBy(newKey);
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(encrypted, Image.raw(plain)).intoPlaintext());
            return RecordCheck.of(work.resolve("guest.console"), plain);
        });
        Files.delete(plain);
        if (check.holds()) {
            proofs.proved("all %d acknowledged records are on the new disk, whole and in place", check.acknowledged());
        } else {
            proofs.failed(
                    "%s; first: %s",
                    check,
                    check.problems().stream().findFirst().map(Object::toString).orElse("none"));
        }
        CryptSetup cryptSetup = CryptSetup.probe(CommandRunner.local());
        boolean oldOpens = proofs.step("the old key opens nothing", () -> cryptSetup.unlocks(file, oldKey));
        boolean newOpens = cryptSetup.unlocks(file, newKey);
        if (!oldOpens && newOpens && Files.notExists(work.resolve("fast").resolve("data.qcow2"))) {
            proofs.proved("the new volume opens with the new key alone; the old volume is gone");
        } else {
            proofs.failed(
                    "old key opens the new volume: %s, new key: %s; or the old volume is still there",
                    oldOpens, newOpens);
        }
        Optional<LuksHeader> header = proofs.step("the new volume is encrypted", () -> LuksHeader.read(file));
        proofs.require(
                header.isPresent(),
                "its header: " + header.map(Object::toString).orElse("none"));
    }

    /** Ours are the processes that could hold a key: the host's and this one. All of them must have been looked into. */
    private void proveNoKeyLeaked(Scan whileRunning, SortedSet<Long> ours, Canary canary) throws InterruptedException {
        Scan scan = proofs.step(
                "no key is anywhere",
                () -> whileRunning.and(canary.scanProcesses()).and(canary.scanFiles(work)));
        boolean looked = scan.files() > 0
                && scan.unreadable().isEmpty()
                && !ours.isEmpty()
                && Collections.disjoint(scan.hiddenProcesses(), ours);
        if (scan.clean() && looked) {
            proofs.proved(
                    "neither passphrase in %d files (%d MiB, logs too) nor in argv or environment of %d processes",
                    scan.files(), scan.bytes() >> 20, scan.processes());
        } else {
            proofs.failed("found: %s; could not look into: %s", scan.findings(), scan.unreadable());
        }
    }

    private static Disk disk(StoragePool pool, Volume volume, Secret key) throws InterruptedException {
        return Disk.of(volume.id(), pool.attach(volume.id(), HOST), volume.format())
                .unlockedBy(key);
    }

    private static Path file(StoragePool pool, Volume volume) throws InterruptedException {
        return pool.attach(volume.id(), HOST) // attaching again tells the same place
                .match(Attachment.BlockDevice::path, Attachment.ImageFile::path, remote -> Path.of(remote.uri()));
    }
}
