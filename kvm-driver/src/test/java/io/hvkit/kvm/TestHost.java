package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Ledger;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** One private host with a connection, pools and guests, for one test; undoes all of it. */
final class TestHost implements AutoCloseable {

    static final HostId HOST = new HostId("h1");
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Ledger ledger = new Ledger();
    private final PrivateHost host;
    private final Guest guest;
    private final Path folder;
    private final Hypervisor hypervisor;

    TestHost(PrivateHost host, Guest guest, Path folder) throws InterruptedException {
        this.host = host;
        this.guest = guest;
        this.folder = folder;
        this.hypervisor = connect();
    }

    Hypervisor hypervisor() {
        return hypervisor;
    }

    LiveMigration machineMigration() {
        return hypervisor.liveMigration().orElseThrow();
    }

    LiveDiskMigration migration() {
        return hypervisor.liveDiskMigration().orElseThrow();
    }

    Hypervisor connect() throws InterruptedException {
        return connect(host.uri().toString());
    }

    /** Connects by another way. */
    Hypervisor connect(String uri) throws InterruptedException {
        return connect(Map.of("uri", uri));
    }

    /** Connects with other options. */
    Hypervisor connect(Map<String, String> with) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        Map<String, String> all = new HashMap<>(with);
        all.putIfAbsent("uri", host.uri().toString());
        all.put("migration-address", "127.0.0.1");
        all.put("seed-directory", seeds().toString());
        Options options = Options.parse(driver.options(), all);
        Hypervisor opened = driver.open(HOST, HypervisorType.KVM, options);
        ledger.add(opened::close);
        return opened;
    }

    Path seeds() {
        return folder.resolve("seeds");
    }

    StoragePool pool(Path directory) throws InterruptedException {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(driver.options(), Map.of("path", directory.toString()));
        return driver.open(new PoolId("p"), StoragePoolType.LOCAL_DIRECTORY, options);
    }

    StoragePool pool(String name) throws InterruptedException {
        return pool(folder.resolve(name));
    }

    /** Makes a volume and returns it as a disk; without a key it is plain. */
    Disk disk(StoragePool pool, ImageFormat format, ByteSize size, List<Secret> key) throws InterruptedException {
        CreateVolume blank = CreateVolume.blank("v-" + UUID.randomUUID(), size).as(format);
        Volume volume = pool.create(key.isEmpty() ? blank : blank.encryptedBy(key.get(0)));
        return reached(pool, volume.id(), key);
    }

    Disk reached(StoragePool pool, VolumeId id, List<Secret> key) throws InterruptedException {
        Volume volume = pool.find(id).orElseThrow();
        Disk disk = Disk.of(id, pool.attach(id, HOST), volume.format());
        return key.isEmpty() ? disk : disk.unlockedBy(key.get(0));
    }

    MachineSpec spec(Disk disk, GuestWork work) {
        String name = "m-" + UUID.randomUUID();
        return MachineSpec.named(name)
                .with(disk)
                .booting(KernelBoot.of(guest.kernel()).initrd(guest.initrd()).commandLine(guest.commandLine(work)))
                .serialLog(console(name));
    }

    /** Returns a machine of the same name and make, with another disk. */
    MachineSpec respec(MachineSpec like, Disk disk) {
        return MachineSpec.named(like.name())
                .with(disk)
                .booting(like.kernel().orElseThrow())
                .serialLog(like.serialLog().orElseThrow())
                .keptAs(like.persistence());
    }

    /** Starts a machine whose guest writes, and waits until it does. */
    GuestConsole startWriting(MachineSpec spec, long records) throws InterruptedException {
        start(spec);
        GuestConsole console = GuestConsole.at(console(spec.name()));
        console.awaitReady(PATIENCE);
        console.awaitAcknowledged(records, PATIENCE);
        return console;
    }

    MachineId start(MachineSpec spec) throws InterruptedException {
        MachineId id = new MachineId(spec.name());
        ledger.add(() -> {
            hypervisor.stop(id, StopMode.POWER_OFF);
            hypervisor.forget(id);
        });
        hypervisor.start(spec);
        return id;
    }

    /** Stops a machine and checks that no acknowledged record is missing on a disk. */
    RecordCheck stopAndCheck(MachineSpec spec, Image disk) throws InterruptedException {
        hypervisor.stop(new MachineId(spec.name()), StopMode.POWER_OFF);
        Path plain = folder.resolve("check-" + UUID.randomUUID() + ".raw");
        ConvertRequest request = ConvertRequest.of(disk, Image.raw(plain));
        QemuImg.probe(CommandRunner.local()).convert(disk.key().isPresent() ? request.intoPlaintext() : request);
        return RecordCheck.of(console(spec.name()), plain);
    }

    /** Returns the ids of the secrets that libvirt has, as its own tool sees them. */
    List<String> secrets() throws InterruptedException {
        return secrets(host);
    }

    static List<String> secrets(PrivateHost host) throws InterruptedException {
        return virsh(host, "secret-list")
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .map(line -> line.substring(0, 36))
                .toList();
    }

    /** Runs libvirt's own tool on the host and returns what it prints. */
    String virsh(String... words) throws InterruptedException {
        return virsh(host, words);
    }

    private static String virsh(PrivateHost host, String... words) throws InterruptedException {
        List<String> argv =
                new ArrayList<>(List.of("virsh", "-q", "-c", host.uri().toString()));
        argv.addAll(List.of(words));
        CommandResult result = CommandRunner.local().run(Command.of(argv));
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return result.output();
    }

    static Path file(Disk disk) {
        return disk.attachment().requirePath();
    }

    static Image image(Disk disk) {
        Image plain = Image.of(file(disk), disk.format());
        return disk.key().map(plain::unlockedBy).orElse(plain);
    }

    Path console(String machine) {
        return folder.resolve(machine + ".console");
    }

    void undoLater(Ledger.Undo undo) {
        ledger.add(undo);
    }

    @Override
    public void close() {
        ledger.close();
    }
}
