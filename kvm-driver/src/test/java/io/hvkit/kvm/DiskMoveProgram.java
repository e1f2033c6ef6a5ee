package io.hvkit.kvm;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Pivot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Moves or merges a disk in a JVM of its own, to be killed there. Reads the key of all disks but the source from standard input. */
final class DiskMoveProgram {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final ByteSize SLOW = ByteSize.mebibytes(2);

    /** What it does until it is killed. */
    enum Part {
        /** Copies slowly. */
        COPYING,
        /** Has copied all and waits. */
        READY,
        /** Switches and tidies up. */
        MOVED,
        /** Merges slowly. */
        MERGING,
        /** Merges, switches and tidies up. */
        MERGED
    }

    private DiskMoveProgram() {}

    /**
     * Arguments: the URI, the machine, the part, a file to make once that is reached, the length of the key, the volume and path of the
     * disk, and of where it goes.
     */
    public static void main(String[] args) throws Exception {
        Part part = Part.valueOf(args[2]);
        Path reached = Path.of(args[3]);
        try (Secret key = Secret.copyOf(System.in.readNBytes(Integer.parseInt(args[4])));
                Hypervisor host = open(args[0])) {
            Disk disk = disk(args[5], args[6], ImageFormat.QCOW2).unlockedBy(key);
            Disk into = disk(args[7], args[8], ImageFormat.LUKS).unlockedBy(key);
            BlockJob job = begin(host, new MachineId(args[1]), part, disk, into);
            if (part == Part.READY) {
                System.out.println(job.awaitReady(PATIENCE));
            } else if (part == Part.COPYING || part == Part.MERGING) {
                while (job.progress().done().bytes() == 0
                        && job.await(Duration.ofMillis(50)).isEmpty()) {
                    System.out.println("nothing has moved yet");
                }
            }
            Files.createFile(reached);
            System.out.println(job.await(PATIENCE));
        }
    }

    private static BlockJob begin(Hypervisor host, MachineId machine, Part part, Disk disk, Disk into)
            throws InterruptedException {
        DiskMove move = DiskMove.to(into);
        return switch (part) {
            case COPYING -> host.liveDiskMigration().orElseThrow().start(machine, disk.volume(), move.limitedTo(SLOW));
            case READY ->
                host.liveDiskMigration().orElseThrow().start(machine, disk.volume(), move.pivoting(Pivot.WHEN_ASKED));
            case MOVED -> host.liveDiskMigration().orElseThrow().start(machine, disk.volume(), move);
            case MERGING ->
                host.machineSnapshots()
                        .orElseThrow()
                        .merge(machine, DiskMerge.of(disk.over(into)).limitedTo(ByteSize.kibibytes(64)));
            case MERGED -> host.machineSnapshots().orElseThrow().merge(machine, DiskMerge.of(disk.over(into)));
        };
    }

    private static Disk disk(String volume, String path, ImageFormat format) {
        return Disk.of(new VolumeId(volume), new Attachment.ImageFile(Path.of(path)), format);
    }

    private static Hypervisor open(String uri) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        return driver.open(
                new HostId("killed"), HypervisorType.KVM, Options.parse(driver.options(), Map.of("uri", uri)));
    }
}
