package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
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
        Way way = session.change(what, this::begin);
        if (way instanceof Way.Doubtful) {
            Optional<String> doubt = Doubt.of(tools, merge);
            if (doubt.isPresent()) {
                throw Doubt.refused(doubt.get(), "say which by settle(...), then merge");
            }
            session.change(what, connection -> notes.alone(() -> beginCompared(connection)));
        }
        return way instanceof Way.Begun begun ? begun.job : mergeStopped();
    }

    private Way begin(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = domain(connection)) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (isDone(xml)) {
                remember(connection, domain);
                Leftovers.of(xml).clear(connection, domain, notes, secrets);
                return new Way.Begun(new FinishedJob());
            }
            DiskXml disk = requireDisk(xml);
            secrets.adopt(xml.ownSecrets());
            Optional<DiskXml.Mirror> running = disk.mirror();
            if (running.isPresent()) {
                return new Way.Begun(watched(disk, running.get()));
            }
            LibvirtSnapshots.requireNobodyElse(connection, machine, into);
            if (domain.state().isActive()) {
                return new Way.Begun(begin(domain, xml, disk));
            }
            return notes.alone(() -> beginStopped(connection, domain));
        }
    }

    /** An equal request was carried out before if its beginning is noted, and the disk is the layer below by now. */
    private boolean isDone(MachineXml xml) {
        return xml.isMerging(overlay, into)
                && xml.disk(merge.disk().volume()).isEmpty()
                && xml.disk(merge.into().volume())
                        .filter(disk -> disk.place().equals(into))
                        .isPresent();
    }

    /** Whoever ended before it could tell the host has left it to us. */
    private void remember(LibvirtConnection connection, LibvirtDomain domain) throws LibvirtException {
        boolean isOlder = domain.state().isActive()
                && domain.isPersistent()
                && MachineXml.read(domain.rememberedXml()).disks().stream()
                        .anyMatch(disk -> disk.place().equals(overlay));
        if (isOlder) {
            notes.alone(() -> {
                String live = domain.xml();
                connection
                        .define(RememberedXml.of(domain.definition())
                                .following(live)
                                .noting(MachineXml.read(live).metadata())
                                .document())
                        .close();
                return into;
            });
        }
    }

    private DiskXml requireDisk(MachineXml xml) {
        DiskXml disk = xml.disk(merge.disk().volume())
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message(
                                "machine %s has no disk %s on top",
                                machine, merge.disk().volume()));
        if (!disk.place().equals(overlay)
                || disk.layers().isEmpty()
                || !disk.layers().get(0).place().equals(into)) {
            throw refused(
                    "disk %s of machine %s is at %s over %s, and not at %s over %s",
                    merge.disk().volume(),
                    machine,
                    disk.place(),
                    disk.places().subList(1, disk.places().size()),
                    overlay,
                    into);
        }
        if (!merge.into().volume().equals(xml.volumes().get(into))) {
            throw refused(
                    "%s below disk %s is not known to be volume %s of machine %s, and others may lie over it; start the machine"
                            + " with the disk said over it",
                    into, merge.disk().volume(), merge.into().volume(), machine);
        }
        if (disk.encrypted() == DiskXml.Encryption.LUKS
                && disk.layers().get(0).encrypted() == DiskXml.Encryption.NONE) {
            throw refused(
                    "disk %s is encrypted and %s is not, so its data would be in clear there; move the disk instead",
                    merge.disk().volume(), into);
        }
        return disk;
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
            notes.change(domain, before -> before.mergingInto(into));
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
                notes.change(domain, now -> now.restoring(into, before.metadata()));
            }
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
        }
    }

    private static boolean isUnreachable(Exception failure) {
        return failure instanceof LibvirtException libvirt && libvirt.saysUnreachable();
    }

    private Way beginStopped(LibvirtConnection connection, LibvirtDomain domain) throws LibvirtException {
        MachineXml xml = MachineXml.read(domain.xml());
        if (isDone(xml)) {
            return new Way.Begun(new FinishedJob());
        }
        DiskXml unused = requireDisk(xml);
        if (xml.isSwitching(overlay, into)) {
            return new Way.Doubtful();
        }
        note(connection, domain, xml);
        return new Way.Offline();
    }

    /** Comparing takes long, and what was equal then need not be so now. */
    private Place beginCompared(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = domain(connection)) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (domain.state().isActive() || !xml.isSwitching(overlay, into)) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .effect(Effect.NOT_APPLIED)
                        .message("machine %s was used while its layers were compared; merge again", machine);
            }
            DiskXml unused = requireDisk(xml);
            note(connection, domain, xml);
            return into;
        }
    }

    private void note(LibvirtConnection connection, LibvirtDomain domain, MachineXml xml) throws LibvirtException {
        if (tools.isEmpty()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "machine %s is stopped, and its disks are on another host than this program; start it, then merge",
                            machine);
        }
        connection
                .define(RememberedXml.of(domain.definition())
                        .noting(xml.metadata().mergingInto(into))
                        .document())
                .close();
    }

    private BlockJob mergeStopped() throws InterruptedException {
        CommitRequest commit = CommitRequest.of(MergeImages.image(merge.disk())).keepingOverlay();
        CommitRequest limited = merge.bandwidth().map(commit::atMost).orElse(commit);
        tools.orElseThrow().layers().commit(limited, ProgressListener.NONE);
        session.change(what, connection -> notes.alone(() -> finishStopped(connection)));
        return new FinishedJob();
    }

    /** The overlay still holds what it held, so a machine that was started meanwhile has the same disk. */
    private Place finishStopped(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = domain(connection)) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (isDone(xml)) {
                return into;
            }
            DiskXml disk = requireDisk(xml);
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

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
