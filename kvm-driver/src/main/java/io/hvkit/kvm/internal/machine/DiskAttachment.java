package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DiskNames;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** One more disk for a running domain: its secret, a note of what it is, the disk; if that fails, none of them. */
final class DiskAttachment {

    private final SecretKeeper secrets;
    private final DomainNotes notes;
    private final Disk disk;
    private final Place place;
    private final Set<UUID> opening;

    /**
     * @param opening the secrets whose keys were tried and open their disks
     */
    DiskAttachment(SecretKeeper secrets, DomainNotes notes, Disk disk, Set<UUID> opening) {
        this.notes = notes;
        this.opening = opening;
        this.secrets = secrets;
        this.disk = disk;
        this.place = Place.of(disk.attachment());
    }

    void to(LibvirtConnection connection, LibvirtDomain domain, MachineXml machine) throws LibvirtException {
        boolean there = isThere(machine);
        if (!there && disk.device().bus() == DiskBus.SATA) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("QEMU adds no SATA disk to a running machine; attach %s as VIRTIO or SCSI", disk);
        }
        try (SecretKeeper.Lease lease = secrets.lease()) {
            lease.define(connection, disk, opening);
            if (there) {
                return; // an equal request was carried out before; libvirt has the key once more
            }
            try {
                notes.forgetDisk(domain, places()); // whoever detached it before may have been killed
                for (Disk layer : disk.layers()) {
                    notes.remember(domain, Place.of(layer.attachment()), layer.volume());
                }
                DiskNames names = new DiskNames(machine.targets());
                domain.attach(DiskXml.document(disk, names.next(disk.device().bus()), SecretXml.idOf(disk)));
            } catch (LibvirtException | RuntimeException e) {
                undo(connection, domain, lease.release(), e);
                throw e;
            }
        }
    }

    private Set<Place> places() {
        return disk.layers().stream().map(layer -> Place.of(layer.attachment())).collect(Collectors.toSet());
    }

    private boolean isThere(MachineXml machine) {
        Optional<DiskXml> same = machine.disk(disk.volume());
        Optional<DiskXml> atPlace = machine.disks().stream()
                .filter(each -> each.place().equals(place))
                .findFirst();
        boolean there = same.filter(found -> found.serves(disk)).isPresent();
        if (!there && (same.isPresent() || atPlace.isPresent())) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "machine %s has %s, which is not %s; detach that first",
                            machine.name(), same.or(() -> atPlace).orElseThrow(), disk);
        }
        return there;
    }

    private void undo(LibvirtConnection connection, LibvirtDomain domain, Set<UUID> defined, Exception failure) {
        if (failure instanceof LibvirtException libvirt && libvirt.saysUnreachable()) {
            return; // it may have been attached
        }
        try {
            for (Disk layer : disk.layers()) {
                notes.forget(domain, Place.of(layer.attachment()));
            }
            secrets.removeUnused(connection, defined);
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
        }
    }
}
