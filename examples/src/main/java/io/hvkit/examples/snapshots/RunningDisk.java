package io.hvkit.examples.snapshots;

import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.examples.storage.Auditor;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Set;
import java.util.stream.Collectors;

/** The disk of a machine that runs, looked at past the engine: while the guest is held, its bytes can be read. */
final class RunningDisk {

    private final Path work;
    private final Hypervisor host;
    private final MachineId machine;
    private final Auditor auditor;
    private final QemuImg qemuImg;

    RunningDisk(Path work, Hypervisor host, MachineId machine, Auditor auditor) throws InterruptedException {
        this.work = work;
        this.host = host;
        this.machine = machine;
        this.auditor = auditor;
        this.qemuImg = QemuImg.probe(CommandRunner.local());
    }

    /** Holds the guest, whatever it had written is in the file then. */
    void hold() throws InterruptedException {
        host.control().orElseThrow().pause(machine);
    }

    void release() throws InterruptedException {
        host.control().orElseThrow().resume(machine);
    }

    /** Returns what a volume holds; a copy of its file is read, so that nobody disturbs the machine. */
    DiskContent content(VolumeRecord volume, Path file) throws InterruptedException, IOException {
        Path copy = work.resolve("look.qcow2");
        Path plain = work.resolve("look.raw");
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        try (Secret key = auditor.keyOf(volume)) {
            qemuImg.convert(ConvertRequest.of(Image.qcow2(copy).unlockedBy(key), Image.raw(plain))
                    .intoPlaintext());
            return DiskContent.of(plain);
        } finally {
            Files.deleteIfExists(copy);
            Files.deleteIfExists(plain);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Returns the moments from which on the machine notes what is written, each since it was there beyond doubt. */
    Set<CheckpointId> moments() throws InterruptedException {
        return host.changeTracking().orElseThrow().list(machine).stream()
                .filter(checkpoint -> checkpoint.disks().stream()
                        .map(TrackedDisk::tracking)
                        .allMatch(Tracking.Whole.class::isInstance))
                .map(checkpoint -> checkpoint.id())
                .collect(Collectors.toSet());
    }
}
