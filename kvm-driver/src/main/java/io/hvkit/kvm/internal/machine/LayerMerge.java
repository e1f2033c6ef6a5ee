package io.hvkit.kvm.internal.machine;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.ProgressListener;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.RememberedXml;
import io.hvkit.qemu.CommitRequest;
import io.hvkit.qemu.FileStatus;
import io.hvkit.qemu.QemuImg;
import java.util.Optional;

/**
 * One merge of a disk's top layer into the one below it: by libvirt while the machine runs, by qemu-img while it is stopped. That the
 * layer below is no longer what a snapshot froze is noted first.
 */
final class LayerMerge {

    private final LibvirtSession session;
    private final CopyWatch watch;
    private final Optional<QemuImg> tools;
    private final SecretKeeper secrets;
    private final DomainNotes notes;
    private final String machine;
    private final DiskMerge merge;
    private final Place overlay;
    private final Place into;
    private final MergeCheck check;
    private final String what;

    LayerMerge(
            LibvirtSession session,
            CopyWatch watch,
            Optional<QemuImg> tools,
            SecretKeeper secrets,
            DomainNotes notes,
            MachineId machine,
            DiskMerge merge) {
        this.session = session;
        this.watch = watch;
        this.tools = tools;
        this.secrets = secrets;
        this.notes = notes;
        this.machine = machine.value();
        this.merge = merge;
        DiskXml.require(merge.disk());
        this.overlay = Place.of(merge.disk().attachment());
        this.into = Place.of(merge.into().attachment());
        this.check = new MergeCheck(this.machine, merge, overlay, into);
        this.what = "merge disk " + merge.disk().volume() + " of machine " + machine + " into " + into;
    }

    /** What is to be done of a merge, or what became of it. */
    private sealed interface Way {
        /** A job, under way or done. */
        record Begun(BlockJob job) implements Way {}

        /** The machine is stopped. */
        record Offline() implements Way {}

        /** The machine is stopped, and ended while it was being switched. */
        record Doubtful() implements Way {}
    }

    BlockJob run() throws InterruptedException {
        Way way = session.change(what, connection -> notes.alone(machine, () -> begin(connection)));
        if (way instanceof Way.Begun begun) {
            return begun.job;
        }
        if (way instanceof Way.Doubtful) {
            Optional<String> doubt = Doubt.of(tools, merge);
            if (doubt.isPresent()) {
                throw Doubt.refused(doubt.get(), "say which by settle(...), then merge");
            }
        }
        requireRoom();
        boolean done = session.change(what, connection -> notes.alone(machine, () -> isNotedOrDone(connection, way)));
        return done ? new FinishedJob() : mergeStopped();
    }

    /** A layer that fills its device stays as small as that is, which is known before anything is noted or written. */
    private void requireRoom() throws InterruptedException {
        QemuImg known = tools.orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                .message(
                        "machine %s is stopped, and its disks are on another host than this program; start it, then merge",
                        machine));
        boolean fills = merge.into().attachment() instanceof Attachment.BlockDevice
                && merge.into().format() != ImageFormat.QCOW2;
        Optional<ByteSize> growth = fills ? MergeImages.growth(known, merge) : Optional.empty();
        if (growth.isPresent()) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s below disk %s of machine %s must grow by %s first, and fills its device; make the device larger",
                            into, merge.disk().volume(), machine, growth.get());
        }
    }

    private Way begin(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = domain(connection)) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (check.isDone(xml)) {
                remember(connection, domain);
                Leftovers.of(xml).clear(connection, domain, notes, secrets);
                return new Way.Begun(new FinishedJob());
            }
            DiskXml disk = check.requireDisk(xml);
            secrets.adopt(xml.ownSecrets());
            Optional<DiskXml.Mirror> running = disk.mirror();
            if (running.isPresent()) {
                return new Way.Begun(watched(disk, running.get()));
            }
            check.requireNobodyElse(connection);
            if (domain.state().isActive()) {
                return new Way.Begun(begin(domain, xml, disk));
            }
            return xml.isSwitching(overlay, into) ? new Way.Doubtful() : new Way.Offline();
        }
    }

    /** Whoever ended before it could tell the host has left it to us. */
    private void remember(LibvirtConnection connection, LibvirtDomain domain) throws LibvirtException {
        boolean isOlder = domain.state().isActive()
                && domain.isPersistent()
                && MachineXml.read(domain.rememberedXml()).disks().stream()
                        .anyMatch(disk -> disk.place().equals(overlay));
        if (isOlder) {
            String live = domain.xml();
            connection
                    .define(RememberedXml.of(domain.definition())
                            .following(live)
                            .noting(MachineXml.read(live).metadata())
                            .document())
                    .close();
        }
    }

    private BlockJob watched(DiskXml disk, DiskXml.Mirror mirror) {
        if (mirror.purpose() == DiskXml.Purpose.MOVE) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "disk %s is on its way to %s; wait for that or cancel it",
                            merge.disk().volume(), mirror.place());
        }
        return watch.watched(machine, merge.disk().volume(), disk, mirror, wish());
    }

    private CopyFacts.Wish wish() {
        return merge.pivot() == Pivot.WHEN_READY ? CopyFacts.Wish.PIVOT : CopyFacts.Wish.STAY_READY;
    }

    private BlockJob begin(LibvirtDomain domain, MachineXml xml, DiskXml disk) throws LibvirtException {
        CopyTask task = new CopyTask(
                DiskXml.Purpose.MERGE,
                machine,
                disk.target(),
                merge.disk().volume(),
                overlay,
                disk.secret(),
                into,
                disk.layers().get(0).secret());
        DiskCopyJob job = watch.add(task, wish()); // first: no event may be missed
        try {
            notes.change(domain, before -> before.merging(overlay, into));
            domain.disk(disk.target())
                    .commit(merge.bandwidth().map(ByteSize::bytes).orElse(0L));
        } catch (LibvirtException | RuntimeException e) {
            if (!runs(domain, disk.target(), e)) {
                watch.ended(job);
                undo(domain, xml, e);
                throw e;
            }
        }
        job.begun();
        return job;
    }

    /** After a failure the machine says whether the merge runs; one that cannot be asked now will be, by the next call. */
    private boolean runs(LibvirtDomain domain, String target, Exception failure) {
        try {
            return !isUnreachable(failure)
                    && MachineXml.read(domain.xml())
                            .diskAt(target)
                            .flatMap(DiskXml::mirror)
                            .filter(mirror -> mirror.purpose() == DiskXml.Purpose.MERGE)
                            .isPresent();
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    private void undo(LibvirtDomain domain, MachineXml before, Exception failure) {
        try {
            if (!isUnreachable(failure)) {
                notes.change(domain, now -> now.restoring(overlay, into, before.metadata()));
            }
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
        }
    }

    private static boolean isUnreachable(Exception failure) {
        return failure instanceof LibvirtException libvirt && libvirt.saysUnreachable();
    }

    /** Looking at images takes long, and what held then need not hold now. Returns whether an equal request has done it meanwhile. */
    private boolean isNotedOrDone(LibvirtConnection connection, Way way) throws LibvirtException {
        try (LibvirtDomain domain = domain(connection)) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (check.isDone(xml)) {
                return true;
            }
            if (domain.state().isActive() || xml.isSwitching(overlay, into) != way instanceof Way.Doubtful) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .effect(Effect.NOT_APPLIED)
                        .message("machine %s was used while its layers were looked at; merge again", machine);
            }
            DiskXml unused = check.requireDisk(xml);
            check.requireNobodyElse(connection);
            connection
                    .define(RememberedXml.of(domain.definition())
                            .noting(xml.metadata().merging(overlay, into))
                            .document())
                    .close();
            return false;
        }
    }

    private BlockJob mergeStopped() throws InterruptedException {
        CommitRequest commit = CommitRequest.of(MergeImages.image(merge.disk())).keepingOverlay();
        CommitRequest limited = merge.bandwidth().map(commit::atMost).orElse(commit);
        QemuImg known = tools.orElseThrow();
        FileStatus before = MergedOverlay.seen(merge);
        known.layers().commit(limited, ProgressListener.NONE);
        MergedOverlay held = MergedOverlay.hold(known, merge, before);
        try {
            session.change(what, connection -> notes.alone(machine, () -> finishStopped(connection)));
        } finally {
            held.close();
        }
        return new FinishedJob();
    }

    /** The overlay still holds what it held, since it is held itself: a machine that was started meanwhile has the same disk. */
    private Place finishStopped(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = domain(connection)) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (check.isDone(xml)) {
                return into;
            }
            DiskXml disk = check.requireDisk(xml);
            if (domain.state().isActive()) {
                throw DriverException.because(Failure.IN_USE)
                        .effect(Effect.UNKNOWN)
                        .message("machine %s was started on its overlay meanwhile; merge again", machine);
            }
            connection
                    .define(RememberedXml.of(domain.definition())
                            .droppingTo(disk.target(), into)
                            .noting(xml.metadata().without(overlay))
                            .document())
                    .close();
            return into;
        }
    }

    private LibvirtDomain domain(LibvirtConnection connection) throws LibvirtException {
        return connection
                .find(machine)
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("the host knows no machine %s", machine));
    }
}
