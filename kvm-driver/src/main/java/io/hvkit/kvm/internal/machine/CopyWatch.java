package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.kvm.internal.libvirt.BlockJobEvent;
import io.hvkit.kvm.internal.libvirt.JobProgress;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches the copies of one connection: passes events on, looks at machines, switches them, tidies up. */
final class CopyWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CopyWatch.class);
    private static final Duration REGULARLY = Duration.ofSeconds(1);
    private static final Duration MOMENT = Duration.ofMillis(150);
    private static final long NO_ROOM = 1L << 20;

    private record Key(String machine, String disk) {}

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final DomainNotes notes;
    private final Map<Key, DiskCopyJob> jobs = new ConcurrentHashMap<>();
    private final SharedBandwidth bandwidth;
    private final ScheduledExecutorService clock;

    CopyWatch(LibvirtSession session, SecretKeeper secrets, DomainNotes notes) {
        this.session = session;
        this.notes = notes;
        this.secrets = secrets;
        this.bandwidth = new SharedBandwidth(session);
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "hvkit-copy-watch");
            thread.setDaemon(true);
            return thread;
        });
        Future<?> unused = clock.scheduleWithFixedDelay(
                this::lookAtAll, REGULARLY.toMillis(), REGULARLY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What a look at a machine shows. */
    record Sight(
            CopyFacts.Domain domain,
            Optional<DiskXml> disk,
            Optional<Place> remembered,
            Optional<JobProgress> progress) {

        boolean hasJob() {
            return disk.flatMap(DiskXml::mirror).isPresent();
        }

        CopyFacts facts(
                CopyTask task,
                Optional<BlockJobEvent> event,
                CopyFacts.Wish wish,
                CopyFacts.Switchover switchover,
                int looks) {
            return new CopyFacts(
                    task.source(), task.target(), domain, disk, remembered, event, wish, switchover, looks);
        }
    }

    /** Starts to watch; from now on events reach the job. */
    DiskCopyJob add(CopyTask task, CopyFacts.Wish wish) {
        DiskCopyJob job = new DiskCopyJob(task, this, wish);
        jobs.put(new Key(task.machine(), task.disk()), job);
        return job;
    }

    /** Returns the job that makes a copy, if it is watched already, or watches it from now on. */
    DiskCopyJob watched(String machine, VolumeId volume, DiskXml disk, DiskXml.Mirror mirror, CopyFacts.Wish wish) {
        return find(machine, disk.target())
                .filter(job -> job.task().target().equals(mirror.place()))
                .orElseGet(() -> {
                    DiskCopyJob job = add(
                            new CopyTask(
                                    mirror.purpose(),
                                    machine,
                                    disk.target(),
                                    volume,
                                    disk.place(),
                                    disk.secret(),
                                    mirror.place(),
                                    mirror.secret()),
                            wish);
                    job.begun();
                    return job;
                });
    }

    /** Returns the job on a disk that is being watched, if there is one. */
    Optional<DiskCopyJob> find(String machine, String disk) {
        return Optional.ofNullable(jobs.get(new Key(machine, disk)));
    }

    void heard(String machine, String disk, BlockJobEvent event) {
        find(machine, disk).ifPresent(job -> job.heard(event));
    }

    /** A machine ended: its copies did too. */
    void stopped(String machine) {
        jobs.values().stream()
                .filter(job -> job.task().machine().equals(machine))
                .forEach(this::soon);
    }

    void ended(DiskCopyJob job) {
        jobs.remove(new Key(job.task().machine(), job.task().disk()), job);
        bandwidth.leave(job);
    }

    /** Returns what says how much moves may copy in a second. */
    SharedBandwidth bandwidth() {
        return bandwidth;
    }

    void soon(DiskCopyJob job) {
        submit(job, Duration.ZERO);
    }

    void afterAMoment(DiskCopyJob job) {
        submit(job, MOMENT);
    }

    Sight look(CopyTask task) throws InterruptedException {
        return session.ask("look at " + task, connection -> {
            Optional<LibvirtDomain> found = connection.find(task.machine());
            if (found.isEmpty()) {
                return new Sight(CopyFacts.Domain.ENDED, Optional.empty(), Optional.empty(), Optional.empty());
            }
            try (LibvirtDomain domain = found.get()) {
                Optional<Place> remembered = domain.isPersistent()
                        ? MachineXml.read(domain.rememberedXml())
                                .diskAt(task.disk())
                                .map(DiskXml::place)
                        : Optional.empty();
                if (!domain.state().isActive()) {
                    return new Sight(CopyFacts.Domain.ENDED, Optional.empty(), remembered, Optional.empty());
                }
                Optional<DiskXml> disk = MachineXml.read(domain.xml()).diskAt(task.disk());
                Optional<JobProgress> progress = disk.flatMap(DiskXml::mirror).isPresent()
                        ? domain.disk(task.disk()).job()
                        : Optional.empty();
                return new Sight(CopyFacts.Domain.RUNNING, disk, remembered, progress);
            }
        });
    }

    Optional<JobProgress> progress(CopyTask task) throws InterruptedException {
        return session.ask("ask how far the " + task + " is", connection -> {
            Optional<LibvirtDomain> found = connection.find(task.machine());
            if (found.isEmpty()) {
                return Optional.<JobProgress>empty();
            }
            try (LibvirtDomain domain = found.get()) {
                return domain.state().isActive() ? domain.disk(task.disk()).job() : Optional.empty();
            }
        });
    }

    void pivot(CopyTask task) throws InterruptedException {
        session.change("switch machine " + task.machine() + " to " + task.target(), connection -> {
            Optional<LibvirtDomain> found = connection.find(task.machine());
            if (found.isPresent()) {
                try (LibvirtDomain domain = found.get()) {
                    if (task.purpose() == DiskXml.Purpose.MERGE
                            && domain.state().isActive()) { // or nobody could say later that it may have been switched
                        notes.change(domain, before -> before.switching(task.source(), task.target()));
                    }
                    domain.disk(task.disk()).pivot();
                }
            }
            return task;
        });
    }

    void abort(CopyTask task) throws InterruptedException {
        session.change("cancel the " + task, connection -> {
            Optional<LibvirtDomain> found = connection.find(task.machine());
            if (found.isPresent()) {
                try (LibvirtDomain domain = found.get()) {
                    if (domain.state().isActive()
                            && domain.disk(task.disk()).job().isPresent()) {
                        domain.disk(task.disk()).abortJob();
                    }
                }
            }
            return task;
        });
    }

    /** Removes what the losing side needed, and completes the verdict; what fails here is a warning, never the verdict. */
    JobVerdict tidyUp(CopyTask task, JobVerdict verdict) throws InterruptedException {
        Doubt.dispel(session, notes, task);
        return verdict.match(
                succeeded -> {
                    List<String> warnings = new ArrayList<>(succeeded.warnings());
                    forget(task, task.source(), task.sourceSecret()).ifPresent(warnings::add);
                    return new JobVerdict.Succeeded(warnings);
                },
                failed -> {
                    forget(task, task.target(), task.targetSecret()).ifPresent(LOG::warn);
                    return explained(task, failed);
                },
                cancelled -> {
                    forget(task, task.target(), task.targetSecret()).ifPresent(LOG::warn);
                    return cancelled;
                },
                vanished -> vanished);
    }

    private Optional<String> forget(CopyTask task, Place place, Optional<UUID> secret) {
        try {
            session.change("tidy up after the " + task, connection -> {
                forget(connection, task.machine(), place, secret.map(Set::of).orElse(Set.of()));
                return task;
            });
            return Optional.empty();
        } catch (DriverException e) {
            LOG.debug("{} is over, but what {} needed could not be removed", task, place, e);
            return Optional.of("the host still knows " + place + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("the host still knows " + place + ": interrupted");
        }
    }

    /** Makes a machine's metadata and libvirt forget a place, unless the machine uses it, as it goes on to use a merge's base. */
    void forget(LibvirtConnection connection, String machine, Place place, Set<UUID> secret) throws LibvirtException {
        secrets.removeUnused(connection, new HashSet<>(secret)); // first: by the note it is found later if this fails
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isPresent()) {
            try (LibvirtDomain domain = found.get()) {
                notes.forget(domain, place);
            }
        }
    }

    /** libvirt does not say why a copy failed; a full file system is seen from here, if the host is this machine. */
    private static JobVerdict.Failed explained(CopyTask task, JobVerdict.Failed failed) {
        Path target = Path.of(task.target().path());
        try {
            if (failed.failure() == Failure.HOST_NOT_READY
                    && Files.isRegularFile(target)
                    && Files.getFileStore(target).getUsableSpace() < NO_ROOM) {
                return new JobVerdict.Failed(
                        Failure.EXHAUSTED, "the file system of " + target + " is full, so it could not be written");
            }
        } catch (IOException e) {
            LOG.debug("cannot see how full the file system of {} is", target, e);
        }
        return failed;
    }

    private void lookAtAll() {
        jobs.values().forEach(this::look);
    }

    private void look(DiskCopyJob job) {
        try {
            job.look();
            bandwidth.divide(job.task().machine()); // after one has ended, too: the others get its part
        } catch (DriverException e) {
            LOG.debug("{}: cannot look now, trying again", job.task(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("{}: watching failed, trying again", job.task(), e);
        }
    }

    private void submit(DiskCopyJob job, Duration pause) {
        try {
            Future<?> unused = clock.schedule(() -> look(job), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            job.abandon();
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        jobs.values().forEach(DiskCopyJob::abandon);
    }
}
