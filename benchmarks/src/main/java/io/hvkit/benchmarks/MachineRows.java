package io.hvkit.benchmarks;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is done with machines, on a libvirt of the benchmark's own. */
final class MachineRows implements Row {

    private static final ByteSize SMALL = ByteSize.mebibytes(64);

    @Override
    public List<String> names() {
        return List.of(
                "start-1-encrypted",
                "start-2-encrypted",
                "start-4-encrypted",
                "list-machines",
                "machine-no-op",
                "define-secret",
                "live-copy-plain",
                "live-copy-plain-ready",
                "live-copy-luks",
                "live-copy-luks-ready");
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
                        Site.HOST,
                        HypervisorType.KVM,
                        Options.parse(driver.options(), Map.of("uri", host.uri().toString())));
                Secret key = Secret.random();
                Plain.KeyFile keyFile = Plain.KeyFile.of(key)) {
            hypervisor.keysFrom(volume -> Optional.of(key.copy()));
            Site site = new Site(bench, host.uri().toString(), pool, hypervisor, Guest.prepared(), key, keyFile);
            start(site, 1);
            start(site, 2);
            start(site, 4);
            Content.remove(bench.file("kept-start"));
            list(site);
            SecretRow.measure(bench, site.uri());
            LiveCopy.measure(site, "live-copy-plain", List.of());
            LiveCopy.measure(site, "live-copy-luks", List.of(key));
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
                        Ways.of(() -> started(site, ours))
                                .plain(() -> started(site, plain))
                                .limit(() -> started(site, open)));
        for (Disk disk : ours) {
            site.delete(disk);
        }
        for (Disk disk : open) {
            site.delete(disk);
        }
        for (Disk disk : plain) {
            Content.remove(Site.path(disk));
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
                Ways.of(() -> Way.timed(
                                () -> ImageRows.require(site.hypervisor().list().size() == count)))
                        .plain(() -> Way.timed(() -> {
                            List<String> names = Plain.output("virsh", "-c", site.uri(), "list", "--all", "--name")
                                    .lines()
                                    .filter(line -> !line.isBlank())
                                    .toList();
                            ImageRows.require(names.size() == count);
                            for (String name : names) {
                                Plain.output("virsh", "-c", site.uri(), "dumpxml", name);
                            }
                        })));
        bench.row(
                "machine-no-op",
                Ways.of(() -> Micro.each(() -> site.hypervisor().find(new MachineId("nobody"))))
                        .plain(() -> Plain.seconds("virsh", "-c", site.uri(), "version")));
        for (int i = 0; i < count; i++) {
            site.hypervisor().forget(new MachineId("listed-" + i));
        }
    }
}
