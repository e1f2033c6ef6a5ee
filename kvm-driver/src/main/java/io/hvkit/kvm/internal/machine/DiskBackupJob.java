package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.kvm.internal.libvirt.JobProgress;
import io.hvkit.kvm.internal.libvirt.LibvirtBackups;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.BackupXml;
import io.hvkit.kvm.internal.xml.CheckpointXml;
import io.hvkit.kvm.internal.xml.Place;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A backup that QEMU writes. How it ended is what libvirt says of it, and nothing else; where that says nothing, nobody knows. */
final class DiskBackupJob implements BackupJob {

    private static final Logger LOG = LoggerFactory.getLogger(DiskBackupJob.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    /**
     * The checkpoint of a backup that this process began.
     *
     * @param checkpoint its name
     * @param tracking what forgets it
     */
    record Begun(CheckpointId checkpoint, ChangeTracking tracking) {}

    private final LibvirtSession session;
    private final MachineId machine;
    private final int run;
    private final Set<Place> images;
    private final List<BackupDisk> disks;
    private final GuestPause pause;
    private final Set<String> checkpoints;
    private final Optional<Begun> begun;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Optional<JobVerdict> verdict = Optional.empty();
    private volatile Progress progress = new Progress("copying", ByteSize.ZERO, ByteSize.ZERO);

    /**
     * Makes one.
     *
     * @param checkpoints what the machine had while this backup ran: whatever comes later is of another one
     * @param begun its checkpoint, if this process began it
     */
    DiskBackupJob(
            LibvirtSession session,
            MachineId machine,
            int run,
            Set<Place> images,
            List<BackupDisk> disks,
            GuestPause pause,
            Set<String> checkpoints,
            Optional<Begun> begun) {
        this.session = session;
        this.machine = machine;
        this.run = run;
        this.images = Set.copyOf(images);
        this.disks = List.copyOf(disks);
        this.pause = pause;
        this.checkpoints = Set.copyOf(checkpoints);
        this.begun = begun;
    }

    /** Returns whether it may be the one that writes to these images now: one of which the end is known is another one. */
    boolean maybeWritesTo(int otherRun, Set<Place> others) {
        return verdict.isEmpty() && run == otherRun && images.equals(others);
    }

    @Override
    public List<BackupDisk> disks() {
        return disks;
    }

    @Override
    public Consistency consistency() {
        return pause.consistency();
    }

    @Override
    public Optional<String> whyNotQuiesced() {
        return pause.whyNot();
    }

    @Override
    public Progress progress() throws InterruptedException {
        if (verdict.isEmpty()) {
            try {
                session.ask("look at the backup of machine " + machine, this::measured)
                        .ifPresent(this::note);
            } catch (DriverException e) {
                LOG.debug("the last answer is repeated", e);
            }
        }
        return progress;
    }

    private Optional<JobProgress> measured(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine.value());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (LibvirtDomain domain = found.get()) {
            return isRunning(domain) ? domain.job() : Optional.empty();
        }
    }

    private void note(JobProgress seen) {
        ByteSize total = ByteSize.bytes(Math.max(0, seen.total()));
        ByteSize done = ByteSize.bytes(Math.max(0, Math.min(seen.done(), total.bytes())));
        if (done.compareTo(progress.done()) >= 0) {
            progress = new Progress("copying", done, total);
        }
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        Deadline deadline = Deadline.after(limit);
        while (true) {
            Optional<JobVerdict> known = verdict.isPresent() ? verdict : look();
            if (known.isPresent() || deadline.isOver()) {
                return known;
            }
            Thread.sleep(Math.max(1, deadline.left(BETWEEN_LOOKS).toMillis()));
        }
    }

    private Optional<JobVerdict> look() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (verdict.isEmpty()) {
                Optional<JobVerdict> seen = session.ask("look at the backup of machine " + machine, this::seen);
                seen.ifPresent(this::over);
            }
            return verdict;
        } finally {
            lock.unlock();
        }
    }

    private void over(JobVerdict seen) {
        if (seen instanceof JobVerdict.Failed || seen instanceof JobVerdict.Cancelled) {
            begun.ifPresent(this::forget);
        }
        verdict = Optional.of(seen);
    }

    /** A checkpoint without images is no moment that anybody can go on from. */
    private void forget(Begun which) {
        try {
            which.tracking().forget(machine, which.checkpoint());
        } catch (DriverException e) {
            LOG.warn(
                    "checkpoint {} of machine {} has no whole images and stays; forget it",
                    which.checkpoint(),
                    machine,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("checkpoint {} of machine {} has no whole images and stays", which.checkpoint(), machine);
        }
    }

    private Optional<JobVerdict> seen(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine.value());
        if (found.isEmpty()) {
            return vanished("the machine has ended");
        }
        try (LibvirtDomain domain = found.get()) {
            if (!domain.state().isActive() || domain.run() != run) {
                return vanished("the machine has ended meanwhile");
            }
            if (isRunning(domain)) {
                return Optional.empty();
            }
            if (domain.backups().running().isPresent()) {
                return vanished("another backup runs, and libvirt remembers no earlier one");
            }
            Optional<LibvirtBackups.Ended> ended = domain.backups().last();
            if (ended.isEmpty()) {
                return vanished("libvirt does not remember it, as after its daemon has restarted");
            }
            if (isFollowed(domain)) {
                return vanished("there is a later checkpoint, so that what libvirt remembers may be another backup");
            }
            return Optional.of(verdict(ended.get()));
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return vanished("the machine has ended");
            }
            throw e;
        }
    }

    private boolean isRunning(LibvirtDomain domain) throws LibvirtException {
        return domain.run() == run
                && domain.backups()
                        .running()
                        .map(BackupXml::read)
                        .filter(backup -> backup.images().equals(images))
                        .isPresent();
    }

    /** Of backups with checkpoints, the last is the one that libvirt remembers. */
    private boolean isFollowed(LibvirtDomain domain) throws LibvirtException {
        return !checkpoints.containsAll(names(domain));
    }

    /** Returns the names of the checkpoints that a domain has. */
    static Set<String> names(LibvirtDomain domain) throws LibvirtException {
        Set<String> names = new HashSet<>();
        domain.checkpoints()
                .descriptions(domain.state())
                .forEach(text -> names.add(CheckpointXml.read(text).name()));
        return names;
    }

    private static Optional<JobVerdict> vanished(String evidence) {
        return Optional.of(new JobVerdict.Vanished(evidence));
    }

    private JobVerdict verdict(LibvirtBackups.Ended ended) {
        return switch (ended.end()) {
            case SUCCEEDED -> {
                ByteSize total = ByteSize.bytes(ended.total());
                progress = new Progress("done", total, total);
                yield new JobVerdict.Succeeded(List.of());
            }
            case CANCELLED -> new JobVerdict.Cancelled();
            case FAILED ->
                new JobVerdict.Failed(
                        ended.words().contains("No space left") ? Failure.EXHAUSTED : Failure.HOST_NOT_READY,
                        ended.words().isEmpty() ? "libvirt does not say why" : ended.words());
        };
    }

    @Override
    public void cancel() throws InterruptedException {
        if (verdict.isPresent()) {
            return;
        }
        session.change("cancel the backup of machine " + machine, connection -> {
            Optional<LibvirtDomain> found = connection.find(machine.value());
            if (found.isPresent()) {
                try (LibvirtDomain domain = found.get()) {
                    if (isRunning(domain)) {
                        domain.abortJob();
                    }
                } catch (LibvirtException e) {
                    if (!e.saysAbsent() && !e.saysNotNow()) {
                        throw e; // otherwise it has ended meanwhile
                    }
                }
            }
            return machine;
        });
    }
}
