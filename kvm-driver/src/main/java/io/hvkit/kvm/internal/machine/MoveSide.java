package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.HostId;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.HostXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MoveNote;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the two hosts of a move.
 *
 * @param host its name
 * @param session its connection
 * @param secrets what keeps its secrets
 * @param notes what keeps our notes with its machines
 * @param check what looks at target disks beforehand, where the host's tools can be used
 * @param trial what tries keys before they take the place of others
 * @param address where other hosts reach it; libvirt finds out for itself if it is left out
 */
record MoveSide(
        HostId host,
        LibvirtSession session,
        SecretKeeper secrets,
        DomainNotes notes,
        Optional<TargetCheck> check,
        KeyTrial trial,
        Optional<String> address) {

    private static final Logger LOG = LoggerFactory.getLogger(MoveSide.class);

    /**
     * What the host says of a machine.
     *
     * @param presence where it is
     * @param work whether the host is at work on it
     */
    record Look(MovePresence presence, MoveSight.Work work) {

        static final Look ABSENT = new Look(MovePresence.ABSENT, MoveSight.Work.NONE);
    }

    /** Returns the host's id, which no other has. */
    UUID id() throws InterruptedException {
        return session.ask("ask who " + this + " is", connection -> HostXml.id(connection.capabilities()));
    }

    /**
     * Returns what the host says of a machine; another one of that name is not it.
     *
     * @param arrivals the moves that end here
     */
    Look look(String machine, UUID id, Predicate<MoveNote> arrivals) throws InterruptedException {
        try {
            return session.ask("look at machine " + machine, connection -> look(connection, machine, id, arrivals));
        } catch (DriverException | IllegalStateException e) { // or the connection was closed
            LOG.debug("host {} does not say where machine {} is", host, machine, e);
            return new Look(MovePresence.UNKNOWN, MoveSight.Work.NONE);
        }
    }

    private static Look look(LibvirtConnection connection, String machine, UUID id, Predicate<MoveNote> arrivals)
            throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isEmpty()) {
            return Look.ABSENT;
        }
        try (LibvirtDomain domain = found.get()) {
            String xml = domain.xml();
            return MachineXml.read(xml).id().filter(id::equals).isEmpty()
                    ? Look.ABSENT
                    : look(domain, MoveNote.read(xml).filter(arrivals));
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return Look.ABSENT;
            }
            throw e;
        }
    }

    /**
     * Returns what the host says of a machine that it knows.
     *
     * @param arrival what is noted of its move to this host
     */
    static Look look(LibvirtDomain domain, Optional<MoveNote> arrival) throws LibvirtException {
        if (!domain.state().isActive()) {
            return Look.ABSENT;
        }
        MoveSight.Work work = domain.job().isPresent() ? MoveSight.Work.GOING_ON : MoveSight.Work.NONE;
        return new Look(
                switch (domain.transit()) {
                    case NONE -> isHeld(domain, arrival) ? MovePresence.HELD : MovePresence.RUNS;
                    case WHOLE -> MovePresence.IN_TRANSIT;
                    case TORN -> MovePresence.TORN;
                },
                work);
    }

    private static boolean isHeld(LibvirtDomain domain, Optional<MoveNote> arrival) throws LibvirtException {
        return arrival.filter(note -> note.arrival() == MoveNote.Arrival.HELD).isPresent() && domain.isHeld();
    }

    /** Returns where libvirt sends the machine to. */
    Optional<String> uri() {
        return address.map(name -> "tcp://" + (name.indexOf(':') < 0 ? name : "[" + name + "]"));
    }

    @Override
    public String toString() {
        return "host " + host;
    }
}
