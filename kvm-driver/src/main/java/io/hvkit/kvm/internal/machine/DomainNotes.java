package io.hvkit.kvm.internal.machine;

import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MoveNote;
import io.hvkit.kvm.internal.xml.Place;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * Keeps what we note with the domains of a connection, while they run. A job that ends tidies up on a thread of its own, so one
 * change is read and written before the next.
 */
final class DomainNotes {

    private final ReentrantLock lock = new ReentrantLock();

    /** Notes which volume is at a place, before the domain uses it. */
    void remember(LibvirtDomain domain, Place place, VolumeId volume) throws LibvirtException {
        change(domain, notes -> notes.with(place, volume));
    }

    /** Notes which volume a copy brings to a place, before the domain uses it. */
    void remember(LibvirtDomain domain, Place place, VolumeId volume, MachineMetadata.Origin origin)
            throws LibvirtException {
        change(domain, notes -> notes.with(place, volume, origin));
    }

    /** Forgets a place; does nothing if it is not noted, or the domain uses it. */
    void forget(LibvirtDomain domain, Place place) throws LibvirtException {
        lock.lock();
        try {
            MachineXml machine = MachineXml.read(domain.xml());
            if (machine.volumes().containsKey(place) && !machine.uses(place)) {
                write(domain, machine.metadata().without(place));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Notes a move of the domain before it begins. */
    static void moving(LibvirtDomain domain, MoveNote note) throws LibvirtException {
        domain.setMetadata(note.document(), MoveNote.PREFIX, MoveNote.NAMESPACE);
    }

    /** Forgets a move of the domain that is over; does nothing if none is noted, or another one. */
    static void moved(LibvirtDomain domain, MoveNote note) throws LibvirtException {
        if (MoveNote.read(domain.xml()).filter(note::equals).isPresent()) {
            domain.removeMetadata(MoveNote.NAMESPACE);
        }
    }

    /** Changes what is noted now. */
    void change(LibvirtDomain domain, UnaryOperator<MachineMetadata> change) throws LibvirtException {
        lock.lock();
        try {
            write(domain, change.apply(MachineXml.read(domain.xml()).metadata()));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Work on what libvirt remembers.
     *
     * @param <R> what comes out
     */
    interface Work<R> {
        R done() throws LibvirtException;
    }

    /** Does something that reads what libvirt remembers of a domain and writes all of it, so that nothing noted meanwhile is lost. */
    <R> R alone(Work<R> work) throws LibvirtException {
        lock.lock();
        try {
            return work.done();
        } finally {
            lock.unlock();
        }
    }

    private static void write(LibvirtDomain domain, MachineMetadata notes) throws LibvirtException {
        domain.setMetadata(notes.document(), MachineMetadata.PREFIX, MachineMetadata.NAMESPACE);
    }
}
