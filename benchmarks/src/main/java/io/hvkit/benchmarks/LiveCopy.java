package io.hvkit.benchmarks;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CopyEngine;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.TargetState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Copies a running machine's disk until the machine uses the copy. The plain way lets libvirt make the target, and asks once a second
 * how far it is; the limit is an offline copy of the same data by qemu-img, as fast as it gets.
 */
final class LiveCopy {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int POLLS = 300;
    private static final String MOVED = "copied";
    private static final String PLAIN = "copied-plainly";

    private final Site site;
    private final List<Secret> keys;
    private final Image content;
    private final ByteSize size;
    private final UUID secret = UUID.randomUUID();
    private final List<Double> ready = new ArrayList<>();
    private final List<Double> plainReady = new ArrayList<>();
    private Disk current;
    private Path plain;
    private int turn;

    private LiveCopy(Site site, List<Secret> keys, Image content) throws Exception {
        this.site = site;
        this.keys = keys;
        this.content = content;
        this.size = site.bench().scale().live();
        this.current = filled("source");
        Disk other = filled("plain-source");
        this.plain = Site.path(other);
        site.hypervisor().start(site.spec(MOVED, List.of(current)));
        site.hypervisor().start(site.spec(PLAIN, List.of(other)));
    }

    static void measure(Site site, String name, List<Secret> keys) throws Exception {
        Bench bench = site.bench();
        if (!bench.mayWant(name)) {
            return;
        }
        Image raw = Image.raw(Content.mixed(bench.file("content"), bench.scale().live()));
        Image content = raw;
        if (!keys.isEmpty()) {
            content = Image.luks(bench.file("content-luks")).unlockedBy(keys.get(0));
            bench.qemuImg().convert(ConvertRequest.of(raw, content));
        }
        LiveCopy copy = new LiveCopy(site, keys, content);
        copy.defineSecret();
        Figures whole =
                bench.measured(name, Ways.of(copy::ours).plain(copy::plainly).limit(copy::offline));
        bench.add(copy.untilReady(name + "-ready", whole));
        copy.clear();
        Content.remove(bench.file("content"), bench.file("content-luks"));
    }

    private Disk filled(String name) throws Exception {
        Disk disk = site.disk(name, size, keys);
        site.bench()
                .qemuImg()
                .convert(ConvertRequest.of(content, Site.image(disk, keys))
                        .onto(TargetState.EXISTS)
                        .intoPlaintext());
        return disk;
    }

    /** All of it counts, as it does for the others: the target is made, copied to, and used. */
    private double ours() throws Exception {
        long start = System.nanoTime();
        Disk next = site.disk("copy-" + turn++, size, keys);
        BlockJob job = site.hypervisor()
                .liveDiskMigration()
                .orElseThrow()
                .start(new MachineId(MOVED), current.volume(), DiskMove.to(next).pivoting(Pivot.WHEN_READY));
        ImageRows.require(job.awaitReady(PATIENCE) != BlockJobPhase.COPYING);
        ready.add(since(start));
        ImageRows.require(job.await(PATIENCE)
                .filter(JobVerdict.Succeeded.class::isInstance)
                .isPresent());
        double seconds = since(start);
        ImageRows.require(site.hypervisor().find(new MachineId(MOVED)).orElseThrow().disks().stream()
                .anyMatch(disk -> disk.volume().equals(next.volume())));
        site.delete(current);
        current = next;
        return seconds;
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /** The part of the times that ends when the copy has everything and the machine does not use it yet. */
    private Figures untilReady(String name, Figures whole) {
        int rounds = whole.ours().seconds().size();
        return new Figures(
                name,
                new Samples(ready.subList(ready.size() - rounds, ready.size())),
                Optional.of(new Samples(plainReady)),
                Optional.empty(),
                whole.limit(),
                Optional.of(ready.get(0)),
                0);
    }

    private void defineSecret() throws Exception {
        if (keys.isEmpty()) {
            return;
        }
        Path definition = Files.writeString(
                site.bench().file("copied.xml"),
                "<secret ephemeral='yes' private='yes'><uuid>" + secret + "</uuid></secret>",
                StandardCharsets.UTF_8);
        virsh("secret-define", definition.toString());
        virsh(
                "secret-set-value",
                secret.toString(),
                "--file",
                site.keyFile().path().toString(),
                "--plain");
        Content.remove(definition);
    }

    /** Like those who call virsh for it: libvirt makes the target, and formats it if it is to be encrypted. */
    private double plainly() throws Exception {
        Path target = site.bench().file("plain-copy-" + turn);
        String encryption = keys.isEmpty()
                ? ""
                : "<encryption format='luks'><secret type='passphrase' uuid='" + secret + "'/></encryption>";
        Path definition = Files.writeString(
                site.bench().file("target.xml"),
                "<disk type='file'><driver name='qemu' type='raw'/><source file='" + target + "'>" + encryption
                        + "</source></disk>",
                StandardCharsets.UTF_8);
        String disk = virsh("domblklist", PLAIN)
                .lines()
                .filter(line -> line.contains(plain.toString()))
                .findFirst()
                .orElseThrow()
                .strip()
                .replaceAll("\\s.*", "");
        long start = System.nanoTime();
        virsh("blockcopy", PLAIN, disk, "--xml", definition.toString());
        for (int polls = 0; !isReady(); polls++) {
            ImageRows.require(polls < POLLS);
        }
        plainReady.add(since(start));
        virsh("blockjob", PLAIN, disk, "--pivot");
        double seconds = since(start);
        ImageRows.require(virsh("domblklist", PLAIN).contains(target.toString()));
        Content.remove(plain, definition);
        plain = target;
        return seconds;
    }

    private boolean isReady() throws Exception {
        Thread.sleep(Duration.ofSeconds(1).toMillis());
        return virsh("dumpxml", PLAIN).contains("ready='yes'");
    }

    /** qemu-img convert of the same data, from the same format to the same format, as fast as the profile makes it. */
    private double offline() throws Exception {
        Path file = site.bench().file("offline");
        Image target = keys.isEmpty() ? Image.raw(file) : Image.luks(file).unlockedBy(keys.get(0));
        double seconds = Way.timed(() -> site.bench()
                .qemuImg()
                .convert(ConvertRequest.of(content, target).by(CopyEngine.QEMU_IMG)));
        Content.remove(file);
        return seconds;
    }

    private void clear() throws Exception {
        site.stop(MOVED);
        site.stop(PLAIN);
        ConvertRows.requireSame(site.bench(), content, Site.image(current, keys));
        ConvertRows.requireSame(
                site.bench(), content, Site.image(plain, keys.isEmpty() ? ImageFormat.RAW : ImageFormat.LUKS, keys));
        site.delete(current);
        Content.remove(plain);
        if (!keys.isEmpty()) {
            virsh("secret-undefine", secret.toString());
        }
    }

    private String virsh(String... arguments) throws Exception {
        List<String> argv = new ArrayList<>(List.of("virsh", "-q", "-c", site.uri()));
        argv.addAll(List.of(arguments));
        return Plain.output(argv.toArray(String[]::new));
    }
}
