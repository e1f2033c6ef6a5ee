package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.SnapshotRevert;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.QemuImg;
import java.util.List;
import java.util.Optional;

/** Snapshots of domains: overlays that exist, put over their disks by libvirt, and what becomes of them. */
final class LibvirtSnapshots implements MachineSnapshots {

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final DomainNotes notes;
    private final CopyWatch watch;
    private final Optional<QemuImg> tools;
    private final Optional<OverlayCheck> check;

    LibvirtSnapshots(
            LibvirtSession session, SecretKeeper secrets, DomainNotes notes, CopyWatch watch, Optional<QemuImg> tools) {
        this.notes = notes;
        this.session = session;
        this.secrets = secrets;
        this.watch = watch;
        this.tools = tools;
        this.check = tools.map(OverlayCheck::new);
    }

    /** Throws {@code IN_USE} if another machine has a disk or a layer there, running or remembered. */
    static void requireNobodyElse(LibvirtConnection connection, String machine, Place place) throws LibvirtException {
        connection.forEachDomain(domain -> {
            if (!domain.name().equals(machine)
                    && (MachineXml.read(domain.xml()).uses(place)
                            || (domain.isPersistent()
                                    && MachineXml.read(domain.rememberedXml()).uses(place)))) {
                throw DriverException.because(Failure.IN_USE)
                        .message("machine %s has %s too, and what it reads there would change", domain.name(), place);
            }
        });
    }

    @Override
    public MachineSnapshot take(MachineId machine, SnapshotRequest request) throws InterruptedException {
        return new SnapshotTaking(session, secrets, notes, check, machine, request).run();
    }

    @Override
    public List<MachineSnapshot> list(MachineId machine) throws InterruptedException {
        return session.ask("list the snapshots of machine " + machine, connection -> {
            Optional<LibvirtDomain> found = connection.find(machine.value());
            if (found.isEmpty()) {
                return List.<MachineSnapshot>of();
            }
            try (LibvirtDomain domain = found.get()) {
                return MachineXml.read(domain.xml()).snapshots();
            } catch (LibvirtException e) {
                if (e.saysAbsent()) {
                    return List.of();
                }
                throw e;
            }
        });
    }

    @Override
    public void revert(MachineId machine, SnapshotRevert revert) throws InterruptedException {
        new SnapshotReturn(session, notes, check, machine, revert).run();
    }

    @Override
    public BlockJob merge(MachineId machine, DiskMerge merge) throws InterruptedException {
        return new LayerMerge(session, watch, tools, secrets, notes, machine, merge).run();
    }

    @Override
    public Optional<BlockJob> merging(MachineId machine, VolumeId volume) throws InterruptedException {
        return session.ask("look for a merge of volume " + volume + " of machine " + machine, connection -> {
            Optional<LibvirtDomain> found = connection.find(machine.value());
            if (found.isEmpty()) {
                return Optional.<BlockJob>empty();
            }
            try (LibvirtDomain domain = found.get()) {
                if (!domain.state().isActive()) {
                    return Optional.empty();
                }
                MachineXml xml = MachineXml.read(domain.xml());
                secrets.adopt(xml.ownSecrets());
                tidyLater(machine, xml);
                return xml.disk(volume)
                        .flatMap(disk -> disk.mirror()
                                .filter(mirror -> mirror.purpose() == DiskXml.Purpose.MERGE)
                                .map(mirror -> watch.watched(
                                        machine.value(), volume, disk, mirror, CopyFacts.Wish.STAY_READY)));
            }
        });
    }

    @Override
    public MergeSight look(MachineId machine, DiskMerge merge) throws InterruptedException {
        return new MergeLook(session, tools, machine, merge).run();
    }

    @Override
    public void settle(MachineId machine, DiskMerge merge, MergeSight.Newest newest) throws InterruptedException {
        new MergeSettlement(session, notes, machine, merge, newest).run();
    }

    /** Removes what merges have left whose leaders were killed. */
    private void tidyLater(MachineId machine, MachineXml seen) {
        if (!Leftovers.of(seen).isEmpty()) {
            session.soon("tidy up after merges of machine " + machine, connection -> {
                Leftovers.clear(connection, machine, notes, secrets);
                return machine;
            });
        }
    }
}
