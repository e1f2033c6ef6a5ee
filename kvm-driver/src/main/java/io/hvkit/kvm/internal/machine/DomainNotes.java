package io.hvkit.kvm.internal.machine;

import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;

/** Keeps what we note with a domain, while it runs. */
final class DomainNotes {

    private DomainNotes() {}

    /** Notes which volume is at a place, before the domain uses it. */
    static void remember(LibvirtDomain domain, Place place, VolumeId volume) throws LibvirtException {
        write(domain, MachineXml.read(domain.xml()).metadata().with(place, volume));
    }

    /** Forgets a place that the domain does not use; does nothing if it is not noted. */
    static void forget(LibvirtDomain domain, Place place) throws LibvirtException {
        MachineMetadata notes = MachineXml.read(domain.xml()).metadata();
        if (notes.volumes().containsKey(place)) {
            write(domain, notes.without(place));
        }
    }

    private static void write(LibvirtDomain domain, MachineMetadata notes) throws LibvirtException {
        domain.setMetadata(notes.document(), MachineMetadata.PREFIX, MachineMetadata.NAMESPACE);
    }
}
