package io.hvkit.examples.hypervisors;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PluginDirectory;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import io.hvkit.examples.console.ProgressBar;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.console.Virsh;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorSettings;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.qemu.Image;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.libvirt.PrivateHost;
import io.hvkit.testkit.libvirt.TlsCertificates;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Two KVM hosts and a hypervisor that a plug-in brings, side by side: a machine with an encrypted local disk moves from one KVM host
 * to the other while its guest writes, and a machine of the plug-in runs from a template that its host fetched itself. Read it from
 * {@link #run} downwards.
 */
final class Hypervisors {

    private static final MachineId WEB = new MachineId("web");
    private static final MachineId EDGE = new MachineId("edge");
    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final ByteSize TEMPLATE = ByteSize.mebibytes(16);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final GuestWork WRITING = GuestWork.writing().inBatchesOf(16).striding(97);

    private final Path work;
    private final Path plugins;
    private final ProofTable proofs;
    private final ProgressBar bar = new ProgressBar();

    Hypervisors(Path work, Path plugins, ProofTable proofs) {
        this.work = work;
        this.plugins = plugins;
        this.proofs = proofs;
    }

    /** Does all of it; the tables then say what each hypervisor offers and what was proved. */
    void run() throws InterruptedException, IOException {
        ClassLoader here = Hypervisors.class.getClassLoader();
        try (PluginDirectory directory = PluginDirectory.open(plugins, here)) {
            HypervisorDrivers drivers = proofs.step("drivers are found", () -> discover(directory, here));
            proofs.proved(
                    "on the class path and in the plug-in directory: %s",
                    drivers.types().list().stream()
                            .map(HypervisorType::displayName)
                            .toList());
            String bare = Files.createDirectories(work.resolve("bare")).toString();
            try (PrivateHost first = proofs.step("two libvirt hosts", () -> PrivateHost.start(work.resolve("node1")));
                    PrivateHost second = PrivateHost.start(work.resolve("node2"));
                    Hypervisor node1 = open(drivers, "node1", "kvm", kvm(first));
                    Hypervisor node2 = open(drivers, "node2", "kvm", kvm(second));
                    Hypervisor edge1 = open(drivers, "edge1", "bare-qemu", Map.of("work-directory", bare))) {
                TlsCertificates certificates = TlsCertificates.in(Files.createDirectory(work.resolve("pki")));
                certificates.certify(first); // machines move over an encrypted wire, or not at all
                certificates.certify(second);
                proveReady(node1, node2);
                sideBySide(first, second, node1, node2, edge1);
            }
            System.out.printf("%n%s", drivers.types().featureTable());
        }
    }

    // tag::discover[]
    /** What is on the class path, and plug-ins that are kept apart. */
    private static HypervisorDrivers discover(PluginDirectory directory, ClassLoader here) {
        HypervisorDrivers drivers =
                HypervisorDrivers.discoveredBy(here).addDiscovered(directory).requireAll();
        HypervisorSettings.load(drivers.types(), Map.of(HypervisorSettings.CUSTOM_DISPLAY_NAME, "Our Lab"));
        return drivers;
    }
    // end::discover[]

    // tag::open[]
    private static Hypervisor open(HypervisorDrivers drivers, String host, String typeId, Map<String, String> settings)
            throws InterruptedException {
        HypervisorType type = drivers.types().require(typeId);
        HypervisorDriver driver = drivers.forType(type);
        return driver.open(new HostId(host), type, Options.parse(driver.options(), settings));
    }
    // end::open[]

    private static Map<String, String> kvm(PrivateHost host) {
        return Map.of("uri", host.uri().toString(), "migration-address", "127.0.0.1");
    }

    private void proveReady(Hypervisor node1, Hypervisor node2) throws InterruptedException {
        HostFacts.Finding one = node1.probe().finding(HostFeature.VOLUME_ENCRYPTION);
        HostFacts.Finding two = node2.probe().finding(HostFeature.VOLUME_ENCRYPTION);
        proofs.require(
                one.presence() == HostFacts.Presence.PRESENT && two.presence() == HostFacts.Presence.PRESENT,
                "apart from each other; volumes can be encrypted: " + one.reason() + "; " + two.reason());
    }

    private void sideBySide(PrivateHost first, PrivateHost second, Hypervisor node1, Hypervisor node2, Hypervisor edge1)
            throws InterruptedException, IOException {
        try (Secret oldKey = Secret.random();
                Secret newKey = Secret.random();
                Canary canary = Canary.planted(oldKey, newKey);
                StoragePool local1 = openPool("local1");
                StoragePool local2 = openPool("local2")) {
            Volume data = local1.create(CreateVolume.blank("data", SIZE).encryptedBy(oldKey));
            GuestConsole web = bootOnKvm(node1, disk(local1, data, node1, oldKey));
            Disk template = fetchTemplate(edge1);
            GuestConsole edge = bootOnBareQemu(edge1, template, oldKey);

            Volume copy = local2.create(CreateVolume.blank("data", SIZE).encryptedBy(newKey));
            Disk target = disk(local2, copy, node2, newKey);
            moveToTheOther(node1, node2, data.id(), target, web);
            proveKeysMoved(first, second);
            local1.detach(data.id(), node1.host());
            local1.delete(data.id()); // only now: the machine was seen to run elsewhere

            web.awaitAcknowledged(web.acknowledged() + 200, PATIENCE);
            edge.awaitAcknowledged(edge.acknowledged() + 50, PATIENCE);
            TreeSet<Long> ours = new TreeSet<>(first.processes());
            ours.addAll(second.processes());
            ours.add(ProcessHandle.current().pid());
            Scan running = canary.scanProcesses();
            node2.stop(WEB, StopMode.POWER_OFF); // no sync, no goodbye: what was acknowledged must be there
            edge1.stop(EDGE, StopMode.POWER_OFF);
            Evidence evidence = new Evidence(work, proofs);
            evidence.records(console(WEB), Image.luks(file(target)).unlockedBy(newKey), console(EDGE), file(template));
            evidence.noKey(running.and(canary.scanFiles(work)), ours);
        } finally {
            edge1.stop(EDGE, StopMode.POWER_OFF); // nothing else would end it: it is a process like any other
        }
    }

    /** A guest that writes records and says on its console which of them are on the disk. */
    private GuestConsole bootOnKvm(Hypervisor node1, Disk disk) throws InterruptedException {
        GuestConsole console = proofs.step("a guest writes on node1", () -> {
            node1.start(machine(WEB, disk));
            return writing(WEB, 300);
        });
        proofs.proved("its disk is local and encrypted; %d records are acknowledged", console.acknowledged());
        return console;
    }

    /** The host of the plug-in fetches its disk itself, and makes sure that it is what was meant. */
    private Disk fetchTemplate(Hypervisor edge1) throws InterruptedException, IOException {
        Path master = Files.write(work.resolve("template.raw"), new byte[(int) TEMPLATE.bytes()]);
        Path image = work.resolve("bare").resolve("edge.raw");
        Sha256 digest = Evidence.digest(master);
        ByteSize size;
        try (TemplateServer server = TemplateServer.offering(master)) {
            size = proofs.step("bare-qemu fetches a template", () -> fetch(edge1, server.template(), digest, image));
        }
        proofs.require(
                Evidence.digest(image).equals(digest),
                size + " came over HTTP, and have the digest that was asked for");
        return Disk.of(new VolumeId("edge-root"), new Attachment.ImageFile(image), ImageFormat.RAW);
    }

    // tag::fetch[]
    private static ByteSize fetch(Hypervisor host, URI source, Sha256 digest, Path image) throws InterruptedException {
        return host.directDownload().orElseThrow().fetch(source, digest, new Attachment.ImageFile(image));
    }
    // end::fetch[]

    private GuestConsole bootOnBareQemu(Hypervisor edge1, Disk template, Secret key) throws InterruptedException {
        GuestConsole console = proofs.step("a guest writes on bare-qemu", () -> {
            edge1.start(machine(EDGE, template));
            return writing(EDGE, 100);
        });
        Optional<DriverException> refusal = Optional.empty();
        try {
            Disk sealed = Disk.of(template.volume(), template.attachment(), ImageFormat.LUKS);
            edge1.start(machine(new MachineId("sealed"), sealed.unlockedBy(key)));
        } catch (DriverException e) {
            refusal = Optional.of(e);
        }
        proofs.require(
                refusal.isPresent(),
                console.acknowledged() + " records, without libvirt; a disk with a key: "
                        + refusal.map(Throwable::getMessage).orElse("was taken"));
        return console;
    }

    // tag::move[]
    /** With its disk, onto a volume of the other host that has another key, while the guest writes. */
    private JobVerdict move(Hypervisor node1, Hypervisor node2, VolumeId volume, Disk target)
            throws InterruptedException {
        MachineMove move = MachineMove.to(node2).moving(volume, target);
        MachineMoveJob job = node1.liveMigration().orElseThrow().start(WEB, move);
        Optional<JobVerdict> verdict = job.await(Duration.ZERO);
        while (verdict.isEmpty()) {
            bar.progressed(job.progress());
            verdict = job.await(Duration.ofMillis(200));
        }
        return verdict.orElseThrow();
    }
    // end::move[]

    private void moveToTheOther(Hypervisor node1, Hypervisor node2, VolumeId volume, Disk target, GuestConsole console)
            throws InterruptedException {
        long before = console.acknowledged();
        JobVerdict verdict = proofs.step("the machine moves to node2, live", () -> move(node1, node2, volume, target));
        bar.end();
        long meanwhile = console.acknowledged() - before;
        boolean gone = node1.find(WEB).isEmpty();
        Optional<List<MachineDisk>> there = node2.find(WEB).map(Machine::disks);
        boolean moved = there.equals(Optional.of(List.of(new MachineDisk(target.volume(), target.attachment()))));
        proofs.require(
                verdict instanceof JobVerdict.Succeeded && gone && moved,
                verdict + "; gone from node1: " + gone + "; on node2, on the volume with the other key: " + moved + "; "
                        + meanwhile + " records meanwhile");
    }

    private void proveKeysMoved(PrivateHost first, PrivateHost second) throws InterruptedException {
        List<String> here =
                proofs.step("the keys moved too", () -> Virsh.on(first).secrets());
        List<String> there = Virsh.on(second).secrets();
        proofs.require(here.isEmpty() && there.size() == 1, "secrets of node1: " + here + ", of node2: " + there);
    }

    // tag::machine[]
    private MachineSpec machine(MachineId id, Disk disk) throws InterruptedException {
        Guest guest = Guest.prepared();
        return MachineSpec.named(id.value())
                .with(disk)
                .booting(KernelBoot.of(guest.kernel()).initrd(guest.initrd()).commandLine(guest.commandLine(WRITING)))
                .serialLog(console(id));
    }
    // end::machine[]

    private GuestConsole writing(MachineId id, long records) throws InterruptedException {
        GuestConsole console = GuestConsole.at(console(id));
        console.awaitAcknowledged(records, PATIENCE);
        return console;
    }

    private Path console(MachineId id) {
        return work.resolve(id.value() + ".console");
    }

    private StoragePool openPool(String name) throws IOException, InterruptedException {
        Path directory = Files.createDirectories(work.resolve(name));
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(driver.options(), Map.of("path", directory.toString()));
        return driver.open(new PoolId(name), StoragePoolType.LOCAL_DIRECTORY, options);
    }

    private static Disk disk(StoragePool pool, Volume volume, Hypervisor host, Secret key) throws InterruptedException {
        return Disk.of(volume.id(), pool.attach(volume.id(), host.host()), volume.format())
                .unlockedBy(key);
    }

    private static Path file(Disk disk) {
        return disk.attachment()
                .match(Attachment.BlockDevice::path, Attachment.ImageFile::path, remote -> Path.of(remote.uri()));
    }
}
