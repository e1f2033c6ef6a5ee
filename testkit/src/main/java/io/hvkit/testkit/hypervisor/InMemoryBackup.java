package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.JobVerdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A backup of a machine in memory. Its state changes under the host's lock. */
final class InMemoryBackup implements BackupJob {

    private final InMemoryHost host;
    private final InMemoryMachine machine;
    private final BackupRequest request;
    private final Map<Disk, Disk> images;
    private final List<BackupDisk> disks;
    private Optional<JobVerdict> verdict = Optional.empty();

    InMemoryBackup(
            InMemoryHost host,
            InMemoryMachine machine,
            BackupRequest request,
            Map<Disk, Disk> images,
            List<BackupDisk> disks) {
        this.host = host;
        this.machine = machine;
        this.request = request;
        this.images = Map.copyOf(images);
        this.disks = List.copyOf(disks);
    }

    boolean isOf(BackupRequest other) {
        return request.equals(other);
    }

    @Override
    public List<BackupDisk> disks() {
        return disks;
    }

    @Override
    public Consistency consistency() {
        return Consistency.POWER_CUT;
    }

    @Override
    public Optional<String> whyNotQuiesced() {
        return Optional.of("guests in memory have no file systems");
    }

    @Override
    public Progress progress() {
        synchronized (host) {
            ByteSize all = ByteSize.mebibytes(1);
            boolean isDone =
                    verdict.filter(JobVerdict.Succeeded.class::isInstance).isPresent();
            return new Progress(isDone ? "done" : "copying", isDone ? all : ByteSize.ZERO, all);
        }
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) {
        synchronized (host) {
            if (verdict.isEmpty() && !machine.isActive()) {
                over(new JobVerdict.Vanished("the machine has ended"));
            } else if (verdict.isEmpty()) {
                images.forEach(this::write);
                over(new JobVerdict.Succeeded(List.of()));
            }
            return verdict;
        }
    }

    /** Nothing changes in memory, so there is nothing to write of what changed. */
    private void write(Disk disk, Disk image) {
        boolean isFull = disks.stream()
                .anyMatch(each ->
                        each.volume().equals(disk.volume()) && each.since().isEmpty());
        if (isFull) {
            InMemoryDisks.copy(disk, image);
        }
    }

    @Override
    public void cancel() {
        synchronized (host) {
            if (verdict.isEmpty()) {
                machine.checkpoints().remove(request.checkpoint());
                over(new JobVerdict.Cancelled());
            }
        }
    }

    private void over(JobVerdict how) {
        verdict = Optional.of(how);
        machine.backup(Optional.empty());
    }
}
