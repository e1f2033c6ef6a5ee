package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.BackupXml;
import io.hvkit.kvm.internal.xml.CheckpointXml;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Backups that QEMU writes by itself (libvirt's push mode), each with a checkpoint. There is no scratch file in that mode. */
final class LibvirtDiskBackups implements DiskBackups {

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final GuestAgent agent;
    private final ChangeTracking tracking;
    private final Optional<BackupCheck> check;
    private final Map<MachineId, DiskBackupJob> jobs = new ConcurrentHashMap<>();

    LibvirtDiskBackups(
            LibvirtSession session,
            SecretKeeper secrets,
            GuestAgent agent,
            ChangeTracking tracking,
            Optional<BackupCheck> check) {
        this.session = session;
        this.secrets = secrets;
        this.agent = agent;
        this.tracking = tracking;
        this.check = check;
    }

    @Override
    public BackupJob start(MachineId machine, BackupRequest request) throws InterruptedException {
        request.images().values().forEach(DiskXml::require);
        Optional<BackupJob> running = running(machine, images(request));
        if (running.isPresent()) {
            return running.get();
        }
        settle(machine);
        List<Checkpoint> known = tracking.list(machine);
        BackupPlan plan = plan(machine, request, known);
        if (check.isPresent()) {
            for (Map.Entry<Disk, ByteSize> image : plan.sizes().entrySet()) {
                check.get().require(image.getKey(), image.getValue());
            }
        }
        GuestPause pause = GuestPause.of(agent, machine, request.quiescing());
        try {
            session.change("back up machine " + machine, connection -> begin(connection, machine, plan, request));
        } finally {
            pause.end();
        }
        DiskBackupJob job = new DiskBackupJob(
                session,
                machine,
                plan.run(),
                images(request),
                plan.disks(),
                pause,
                names(known, request.checkpoint()),
                Optional.of(new DiskBackupJob.Begun(request.checkpoint(), tracking)));
        jobs.put(machine, job);
        return job;
    }

    /** How the last one ended that somebody here watches is asked before another one begins: libvirt remembers one alone. */
    private void settle(MachineId machine) throws InterruptedException {
        DiskBackupJob last = jobs.get(machine);
        if (last != null) {
            Optional<JobVerdict> unused = last.await(Duration.ZERO);
        }
    }

    private static Set<String> names(List<Checkpoint> known, CheckpointId own) {
        Set<String> names = new HashSet<>(Set.of(own.value()));
        known.forEach(checkpoint -> names.add(checkpoint.id().value()));
        return names;
    }

    private static Set<Place> images(BackupRequest request) {
        Set<Place> images = new HashSet<>();
        request.images().values().forEach(image -> images.add(Place.of(image.attachment())));
        return images;
    }

    private BackupPlan plan(MachineId machine, BackupRequest request, List<Checkpoint> known)
            throws InterruptedException {
        return session.ask("look at machine " + machine, connection -> {
            try (LibvirtDomain domain = active(connection, machine)) {
                if (domain.isInTransit() || domain.job().isPresent()) {
                    throw DriverException.because(Failure.OPERATION_PENDING)
                            .effect(Effect.NOT_APPLIED)
                            .message("another job runs on machine %s; wait for that", machine);
                }
                BackupPlan plan = BackupPlan.of(domain, machine, request, known);
                for (Disk image : request.images().values()) {
                    LibvirtDiskMigration.requireUnused(connection, Place.of(image.attachment()));
                }
                return plan;
            }
        });
    }

    private MachineId begin(LibvirtConnection connection, MachineId machine, BackupPlan plan, BackupRequest request)
            throws LibvirtException {
        CheckpointId id = request.checkpoint();
        SecretKeeper.Lease lease = secrets.lease();
        try (LibvirtDomain domain = active(connection, machine)) {
            for (Disk image : request.images().values()) {
                if (image.key().isPresent()) {
                    Secret key = image.key().get();
                    lease.define(connection, SecretXml.of(image.volume(), Place.of(image.attachment())), key);
                }
            }
            domain.backups().begin(plan.backupXml(), CheckpointXml.document(id.value(), plan.was()));
            return machine;
        } catch (LibvirtException e) {
            if (e.saysCheckpointExists()) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .effect(Effect.NOT_APPLIED)
                        .causedBy(e)
                        .message(
                                "checkpoint %s of machine %s, or what is left of one, is there: take another name",
                                id, machine);
            }
            throw e;
        } finally {
            secrets.removeUnused(connection, lease.release()); // QEMU has the keys, and asks for them no more
        }
    }

    @Override
    public Optional<BackupJob> running(MachineId machine) throws InterruptedException {
        return running(machine, Set.of());
    }

    /** Returns the backup that runs; fails if it is not to the images that are asked for, if any are. */
    private Optional<BackupJob> running(MachineId machine, Set<Place> wanted) throws InterruptedException {
        return session.ask("look for a backup of machine " + machine, connection -> {
            Optional<LibvirtDomain> found = connection.find(machine.value());
            if (found.isEmpty()) {
                return Optional.<BackupJob>empty();
            }
            try (LibvirtDomain domain = found.get()) {
                if (!domain.state().isActive()) {
                    return Optional.empty();
                }
                Optional<BackupXml> running = domain.backups().running().map(BackupXml::read);
                running.filter(backup -> !wanted.isEmpty() && !backup.images().equals(wanted))
                        .ifPresent(backup -> {
                            throw DriverException.because(Failure.OPERATION_PENDING)
                                    .effect(Effect.NOT_APPLIED)
                                    .message(
                                            "machine %s is being backed up to %s; wait for that, or cancel it",
                                            machine, backup.images());
                        });
                return running.isPresent() ? Optional.of(job(machine, domain, running.get())) : Optional.empty();
            }
        });
    }

    private BackupJob job(MachineId machine, LibvirtDomain domain, BackupXml running) throws LibvirtException {
        int run = domain.run();
        DiskBackupJob watched = jobs.get(machine);
        if (watched != null && watched.maybeWritesTo(run, running.images())) {
            return watched;
        }
        MachineXml xml = MachineXml.read(domain.xml());
        List<BackupDisk> disks = new ArrayList<>();
        for (BackupXml.Part part : running.parts()) {
            Optional<VolumeId> volume = xml.diskAt(part.target())
                    .flatMap(disk -> Optional.ofNullable(xml.volumes().get(disk.place())));
            volume.ifPresent(known -> disks.add(new BackupDisk(
                    known,
                    part.since().map(CheckpointId::new),
                    BackupDisk.Why.UNKNOWN,
                    "another process began it and is not there to be asked")));
        }
        DiskBackupJob found = new DiskBackupJob(
                session,
                machine,
                run,
                running.images(),
                disks,
                GuestPause.ofAnother(),
                DiskBackupJob.names(domain),
                Optional.empty());
        jobs.put(machine, found);
        return found;
    }

    private static LibvirtDomain active(LibvirtConnection connection, MachineId machine) throws LibvirtException {
        LibvirtDomain domain = connection.find(machine.value()).orElseThrow(() -> absent(machine));
        if (!domain.state().isActive()) {
            domain.close();
            throw absent(machine);
        }
        return domain;
    }

    private static DriverException absent(MachineId machine) {
        return DriverException.because(Failure.NOT_FOUND).message("no machine %s runs on this host", machine);
    }
}
