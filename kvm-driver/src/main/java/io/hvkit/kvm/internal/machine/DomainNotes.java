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

    /** Forgets a place; does nothing if it is not noted, or the domain uses it. */
    static void forget(LibvirtDomain domain, Place place) throws LibvirtException {
        MachineXml machine = MachineXml.read(domain.xml());
        if (machine.volumes().containsKey(place) && !machine.uses(place)) {
            write(domain, machine.metadata().without(place));
        }
    }

    /** Notes all that is said, and nothing else. */
    static void write(LibvirtDomain domain, MachineMetadata notes) throws LibvirtException {
        domain.setMetadata(notes.document(), MachineMetadata.PREFIX, MachineMetadata.NAMESPACE);
    }
}
