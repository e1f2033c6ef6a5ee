package io.hvkit.benchmarks;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CopyEngine;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.TargetState;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is done with machines, on a libvirt of the benchmark's own. */
final class MachineRows implements Row {

    private static final HostId HOST = new HostId("bench");
    private static final ByteSize SMALL = ByteSize.mebibytes(64);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Override
    public List<String> names() {
        return List.of(
                "start-1-encrypted",
                "start-4-encrypted",
                "list-machines",
                "machine-no-op",
                "define-secret",
                "live-copy-plain",
                "live-copy-luks");
    }

    @Override
    public void measure(Bench bench) throws Exception {
        DirectoryPoolDriver pools = new DirectoryPoolDriver();
        KvmDriver driver = new KvmDriver();
        Path folder = Files.createDirectories(bench.file("pool"));
        try (PrivateHost host = PrivateHost.start(bench.file("host"));
                StoragePool pool = pools.open(
                        new PoolId("bench"),
                        StoragePoolType.LOCAL_DIRECTORY,
                        Options.parse(pools.options(), Map.of("path", folder.toString())));
                Hypervisor hypervisor = driver.open(
                        HOST,
                        HypervisorType.KVM,
                        Options.parse(driver.options(), Map.of("uri", host.uri().toString())));
                Secret key = Secret.random();
                Plain.KeyFile keyFile = Plain.KeyFile.of(key)) {
            hypervisor.keysFrom(volume -> Optional.of(key.copy()));
            Site site = new Site(bench, host.uri().toString(), pool, hypervisor, Guest.prepared(), key, keyFile);
            start(site, 1);
            start(site, 4);
            Content.remove(bench.file("kept-start"));
            list(site);
            SecretRow.measure(bench, site.uri());
            copy(site, "live-copy-plain", List.of());
            copy(site, "live-copy-luks", List.of(key));
        }
    }

    /** Where machines run, and with what. */
    private record Site(
            Bench bench,
            String uri,
            StoragePool pool,
            Hypervisor hypervisor,
            Guest guest,
            Secret key,
            Plain.KeyFile keyFile) {

        MachineSpec spec(String name, List<Disk> disks) {
            MachineSpec spec = MachineSpec.named(name)
                    .booting(KernelBoot.of(guest.kernel())
                            .initrd(guest.initrd())
                            .commandLine(guest.commandLine(GuestWork.idle())));
            for (Disk disk : disks) {
                spec = spec.with(disk);
            }
            return spec;
        }

        Disk disk(String name, ByteSize size, List<Secret> keys) throws InterruptedException {
            CreateVolume wish = CreateVolume.blank(name, size);
            Volume volume = pool.create(keys.isEmpty() ? wish : wish.encryptedBy(keys.get(0)));
            Disk disk = Disk.of(volume.id(), pool.attach(volume.id(), HOST), volume.format());
            return keys.isEmpty() ? disk : disk.unlockedBy(keys.get(0));
        }

        void delete(Disk disk) throws InterruptedException {
            pool.detach(disk.volume(), HOST);
            pool.delete(disk.volume());
        }

        void stop(String name) throws InterruptedException {
            hypervisor.stop(new MachineId(name), StopMode.POWER_OFF);
        }
    }

    /** Until the host says that it runs: each disk is unlocked before. The plain way's disks were formatted by qemu-img's defaults. */
    private static void start(Site site, int count) throws Exception {
        String name = "start-" + count + "-encrypted";
        if (!site.bench().wants(name)) {
            return;
        }
        List<Disk> ours = new ArrayList<>();
        List<Disk> plain = new ArrayList<>();
        List<Disk> open = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ours.add(site.disk("ours-" + i, SMALL, List.of(site.key())));
            open.add(site.disk("open-" + i, SMALL, List.of()));
            plain.add(formatted(site, i));
        }
        site.bench()
                .row(
                        name,
                        () -> started(site, ours),
                        Optional.of(() -> started(site, plain)),
                        Optional.of(() -> started(site, open)));
        for (Disk disk : ours) {
            site.delete(disk);
        }
        for (Disk disk : open) {
            site.delete(disk);
        }
        for (Disk disk : plain) {
            Content.remove(path(disk));
        }
    }

    private static Disk formatted(Site site, int number) throws Exception {
        Path file = site.bench().file("plain-" + number);
        Path kept = site.bench().file("kept-start");
        if (Files.notExists(kept)) { // all opened by the same key; what is measured is how slowly
            Plain.seconds(
                    "qemu-img",
                    "create",
                    "-q",
                    "-f",
                    "luks",
                    "--object",
                    site.keyFile().object("s0"),
                    "-o",
                    "key-secret=s0" + site.bench().scale().derivationOption(""),
                    kept.toString(),
                    Long.toString(SMALL.bytes()));
        }
        Plain.seconds("cp", "--sparse=always", kept.toString(), file.toString());
        VolumeId id = new VolumeId("plain-" + number);
        return Disk.of(id, new Attachment.ImageFile(file), ImageFormat.LUKS).unlockedBy(site.key());
    }

    private static double started(Site site, List<Disk> disks) throws Exception {
        double seconds = Way.timed(() -> site.hypervisor().start(site.spec("started", disks)));
        site.stop("started");
        return seconds;
    }

    /** Machines that are defined, with all that is known of each; and one that is asked for and is not there. */
    private static void list(Site site) throws Exception {
        Bench bench = site.bench();
        if (!bench.wants("list-machines") && !bench.wants("machine-no-op")) {
            return;
        }
        int count = bench.scale().machines();
        for (int i = 0; i < count; i++) {
            site.hypervisor().define(site.spec("listed-" + i, List.of()).keptAs(Persistence.PERSISTENT));
        }
        bench.row(
                "list-machines",
                () -> Way.timed(() -> ImageRows.require(site.hypervisor().list().size() == count)),
                Optional.of(() -> Way.timed(() -> {
                    List<String> names = Plain.output("virsh", "-c", site.uri(), "list", "--all", "--name")
                            .lines()
                            .filter(line -> !line.isBlank())
                            .toList();
                    ImageRows.require(names.size() == count);
                    for (String name : names) {
                        Plain.output("virsh", "-c", site.uri(), "dumpxml", name);
                    }
                })),
                Optional.empty());
        bench.row(
                "machine-no-op",
                () -> Micro.each(() -> site.hypervisor().find(new MachineId("nobody"))),
                Optional.of(() -> Plain.seconds("virsh", "-c", site.uri(), "version")),
                Optional.empty());
        for (int i = 0; i < count; i++) {
            site.hypervisor().forget(new MachineId("listed-" + i));
        }
    }

    /**
     * Copies a disk live until the machine uses the copy. The plain way is an offline copy by qemu-img with its defaults, the limit one
     * as fast as it gets.
     */
    private static void copy(Site site, String name, List<Secret> keys) throws Exception {
        Bench bench = site.bench();
        if (!bench.wants(name)) {
            return;
        }
        ByteSize size = bench.scale().live();
        Image content = Image.raw(Content.mixed(bench.file("content"), size));
        Disk source = site.disk("source", size, keys);
        Image image = image(source, keys);
        bench.qemuImg().convert(ConvertRequest.of(content, image).onto(TargetState.EXISTS));
        site.hypervisor().start(site.spec("copied", List.of(source)));
        Disk[] current = {source};
        Disk[] next = {source};
        int[] turn = {0};
        bench.row(
                name,
                () -> {
                    next[0] = site.disk("copy-" + turn[0]++, size, keys);
                    double seconds = Way.timed(() -> move(site, current[0], next[0]));
                    site.delete(current[0]);
                    current[0] = next[0];
                    return seconds;
                },
                Optional.empty(),
                Optional.of(() -> offline(site, content, keys)));
        site.stop("copied");
        ImageRows.require(
                bench.qemuImg().compare(content, image(current[0], keys)).isIdentical());
        site.delete(current[0]);
        Content.remove(bench.file("content"));
    }

    private static void move(Site site, Disk from, Disk to) throws InterruptedException {
        BlockJob job = site.hypervisor()
                .liveDiskMigration()
                .orElseThrow()
                .start(new MachineId("copied"), from.volume(), DiskMove.to(to).pivoting(Pivot.WHEN_READY));
        ImageRows.require(job.await(PATIENCE).isPresent());
        ImageRows.require(site.hypervisor().find(new MachineId("copied")).orElseThrow().disks().stream()
                .anyMatch(disk -> disk.volume().equals(to.volume())));
    }

    /** qemu-img convert of the same data, as fast as the profile makes it. */
    private static double offline(Site site, Image content, List<Secret> keys) throws Exception {
        Path file = site.bench().file("offline");
        Image target = keys.isEmpty() ? Image.raw(file) : Image.luks(file).unlockedBy(keys.get(0));
        double seconds = Way.timed(() -> site.bench()
                .qemuImg()
                .convert(ConvertRequest.of(content, target).by(CopyEngine.QEMU_IMG)));
        Content.remove(file);
        return seconds;
    }

    private static Image image(Disk disk, List<Secret> keys) {
        Image image = Image.of(path(disk), disk.format());
        return keys.isEmpty() ? image : image.unlockedBy(keys.get(0));
    }

    private static Path path(Disk disk) {
        return disk.attachment().requirePath();
    }
}
