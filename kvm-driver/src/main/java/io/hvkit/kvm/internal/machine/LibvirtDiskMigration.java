package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.CopyMode;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.libvirt.LibvirtVersion;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.util.Optional;

/** Moving disks with libvirt's block copy, onto targets that exist. */
final class LibvirtDiskMigration implements LiveDiskMigration {

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final DomainNotes notes;
    private final CopyWatch watch;
    private final Optional<TargetCheck> targetCheck;

    LibvirtDiskMigration(
            LibvirtSession session,
            SecretKeeper secrets,
            DomainNotes notes,
            CopyWatch watch,
            Optional<TargetCheck> targetCheck) {
        this.notes = notes;
        this.session = session;
        this.secrets = secrets;
        this.watch = watch;
        this.targetCheck = targetCheck;
    }

    private record Found(MachineXml machine, DiskXml disk, ByteSize capacity) {}

    @Override
    public BlockJob start(MachineId machine, VolumeId volume, DiskMove move) throws InterruptedException {
        DiskXml.require(move.target());
        Place target = Place.of(move.target().attachment());
        String what = "move volume " + volume + " of machine " + machine + " to " + target;
        Optional<Found> seen = session.ask(what, connection -> found(connection, machine, volume, move.target()));
        if (seen.isEmpty()) {
            return new FinishedJob();
        }
        Found found = seen.get();
        Optional<DiskXml.Mirror> running = found.disk.mirror();
        if (running.isPresent()) {
            if (running.get().purpose() == DiskXml.Purpose.MERGE
                    || !running.get().place().equals(target)) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "volume %s is on its way to %s; wait for that or cancel it",
                                volume, running.get().place());
            }
            DiskCopyJob job = watch.watched(machine.value(), volume, found.disk, running.get(), wish(move));
            watch.bandwidth().takeOver(job, move);
            if (job.phase() == BlockJobPhase.ENDED) {
                watch.bandwidth().leave(job); // it ended before it was counted
            }
            return job;
        }
        requireNoSnapshot(found.machine, found.disk);
        requireKey(found.disk, volume, move.target());
        Optional<ByteSize> bound =
                targetCheck.isPresent() ? targetCheck.get().bound(move.target(), found.capacity) : Optional.empty();
        return session.change(what, connection -> begin(connection, machine, volume, found.disk, move, bound));
    }

    @Override
    public Optional<BlockJob> find(MachineId machine, VolumeId volume) throws InterruptedException {
        return session.ask("look for a move of volume " + volume + " of machine " + machine, connection -> {
            Optional<LibvirtDomain> domain = connection.find(machine.value());
            if (domain.isEmpty()) {
                return Optional.<BlockJob>empty();
            }
            try (LibvirtDomain running = domain.get()) {
                if (!running.state().isActive()) {
                    return Optional.empty();
                }
                MachineXml xml = MachineXml.read(running.xml());
                adopt(machine, xml);
                return xml.disk(volume)
                        .flatMap(disk -> disk.mirror()
                                .filter(mirror -> mirror.purpose() == DiskXml.Purpose.MOVE)
                                .map(mirror -> watch.watched(
                                        machine.value(), volume, disk, mirror, CopyFacts.Wish.STAY_READY)));
            }
        });
    }

    private static CopyFacts.Wish wish(DiskMove move) {
        return move.pivot() == Pivot.WHEN_READY ? CopyFacts.Wish.PIVOT : CopyFacts.Wish.STAY_READY;
    }

    /** Returns the disk that is to move; nothing if an equal request has moved it. */
    private Optional<Found> found(LibvirtConnection connection, MachineId machine, VolumeId volume, Disk target)
            throws LibvirtException {
        Optional<LibvirtDomain> domain = connection.find(machine.value());
        if (domain.isPresent()) {
            try (LibvirtDomain running = domain.get()) {
                if (running.state().isActive()) {
                    MachineXml xml = MachineXml.read(running.xml());
                    adopt(machine, xml);
                    Optional<DiskXml> disk = xml.disk(volume);
                    if (disk.isPresent()) {
                        return Optional.of(new Found(
                                xml,
                                disk.get(),
                                ByteSize.bytes(running.disk(disk.get().target()).capacity())));
                    }
                    if (hasMoved(xml, volume, target)) {
                        return Optional.empty();
                    }
                }
            }
        }
        throw DriverException.because(Failure.NOT_FOUND)
                .message("no machine %s runs with a volume %s", machine, volume);
    }

    private static boolean hasMoved(MachineXml machine, VolumeId volume, Disk target) {
        Place place = Place.of(target.attachment());
        return machine.disk(target.volume())
                        .filter(disk -> disk.place().equals(place))
                        .isPresent()
                && Optional.ofNullable(machine.metadata().origins().get(place))
                        .filter(origin -> origin.volume().equals(volume))
                        .isPresent();
    }

    /** Counts the secrets of a machine among ours, and removes what copies have left whose leaders were killed. */
    private void adopt(MachineId machine, MachineXml xml) {
        secrets.adopt(xml.ownSecrets());
        if (!Leftovers.of(xml).isEmpty()) {
            session.soon("tidy up after copies of machine " + machine, connection -> {
                Leftovers.clear(connection, machine, notes, secrets);
                return machine;
            });
        }
    }

    /** Throws {@code INVALID_REQUEST} if a disk has a snapshot: its copy would hold both layers in one. */
    static void requireNoSnapshot(MachineXml machine, DiskXml disk) {
        if (machine.hasSnapshot(disk)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "disk %s of machine %s has a snapshot, which would be lost by moving it; merge its overlay first",
                            disk.place(), machine.name());
        }
    }

    /** Throws {@code INVALID_REQUEST} if a copy of an encrypted disk would not be encrypted. */
    static void requireKey(DiskXml disk, VolumeId volume, Disk target) {
        if (disk.hasEncryptedLayer() && target.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "volume %s is encrypted, its copy at %s would not be; give the target a key",
                            volume, Place.of(target.attachment()));
        }
    }

    private BlockJob begin(
            LibvirtConnection connection,
            MachineId machine,
            VolumeId volume,
            DiskXml disk,
            DiskMove move,
            Optional<ByteSize> bound)
            throws LibvirtException {
        Place target = Place.of(move.target().attachment());
        requireMode(connection, move);
        requireUnused(connection, target);
        Optional<SecretXml> secret =
                move.target().key().map(key -> SecretXml.of(move.target().volume(), target));
        CopyTask task = new CopyTask(
                DiskXml.Purpose.MOVE,
                machine.value(),
                disk.target(),
                volume,
                disk.place(),
                disk.secret(),
                target,
                secret.map(SecretXml::id));
        LibvirtDomain domain = connection
                .find(machine.value())
                .orElseThrow(
                        () -> DriverException.because(Failure.NOT_FOUND).message("machine %s has just ended", machine));
        try (domain;
                SecretKeeper.Lease lease = secrets.lease()) {
            DiskCopyJob job = watch.add(task, wish(move)); // first: no event may be missed
            try {
                if (secret.isPresent()) {
                    Secret key = move.target().key().orElseThrow();
                    lease.define(connection, secret.get(), key);
                }
                notes.remember(
                        domain, target, move.target().volume(), new MachineMetadata.Origin(disk.place(), volume));
                String xml = DiskXml.copyTarget(move.target(), secret.map(SecretXml::id), bound);
                domain.disk(disk.target()).copyTo(xml, watch.bandwidth().begin(domain, job, move), move.copyMode());
            } catch (LibvirtException | RuntimeException e) {
                if (!copies(domain, job.task(), e)) {
                    watch.ended(job);
                    undo(connection, job.task(), lease, e);
                    throw e;
                }
            }
            job.begun();
            return job;
        }
    }

    /** Throws {@code UNSUPPORTED} if the host's libvirt cannot copy so; it would call that an invalid flag. */
    private static void requireMode(LibvirtConnection connection, DiskMove move) throws LibvirtException {
        if (move.copyMode() == CopyMode.WRITE_BLOCKING) {
            LibvirtVersion version = connection.version();
            if (!version.hasSynchronousWrites()) {
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "a copy that holds up what the guest writes needs libvirt 8.0.0, the host has %s; copy it in"
                                        + " the BACKGROUND",
                                version);
            }
        }
    }

    /** After a failure the machine says whether the copy runs; one that cannot be asked now will be, by the next call. */
    private static boolean copies(LibvirtDomain domain, CopyTask task, Exception failure) {
        try {
            return !isUnreachable(failure)
                    && MachineXml.read(domain.xml())
                            .diskAt(task.disk())
                            .flatMap(DiskXml::mirror)
                            .filter(mirror -> mirror.place().equals(task.target()))
                            .isPresent();
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    /** Removes what was made for a copy that does not run. */
    private void undo(LibvirtConnection connection, CopyTask task, SecretKeeper.Lease lease, Exception failure) {
        if (isUnreachable(failure)) {
            return;
        }
        try {
            watch.forget(connection, task.machine(), task.target(), lease.release());
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
        }
    }

    private static boolean isUnreachable(Exception failure) {
        return failure instanceof LibvirtException libvirt && libvirt.saysUnreachable();
    }

    /** Throws {@code IN_USE} if a machine of the host has a disk there, or copies one there. */
    static void requireUnused(LibvirtConnection connection, Place target) throws LibvirtException {
        connection.forEachDomain(domain -> {
            if (domain.state().isActive() && MachineXml.read(domain.xml()).uses(target)) {
                throw DriverException.because(Failure.IN_USE)
                        .message("%s is a disk of machine %s", target, domain.name());
            }
        });
    }
}
