package io.hvkit.kvm.internal.machine;

import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MoveNote;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * What both hosts show of a move, whoever made it.
 *
 * @param here what libvirt on the source calls the machine of that name, if it knows one, whether it runs or not
 * @param there the same of the target
 * @param sight where it is
 * @param note what was noted of a move from the one host to the other
 */
record MoveTrace(Optional<UUID> here, Optional<UUID> there, MoveSight sight, Optional<MoveNote> note) {

    /** What one host shows. */
    private record Half(MoveSide.Look look, Optional<UUID> id, Optional<MoveNote> note) {

        static final Half EMPTY = new Half(MoveSide.Look.ABSENT, Optional.empty(), Optional.empty());
    }

    /**
     * Looks at both hosts.
     *
     * @throws io.hvkit.core.DriverException if one does not answer
     */
    static MoveTrace of(String machine, MoveSide source, UUID from, MoveSide target, UUID to)
            throws InterruptedException {
        Half here = half(machine, source, note -> false); // first: what arrives in between is seen on the target
        Half there = half(machine, target, note -> note.leads(from, to));
        MoveSight sight = new MoveSight(here.look.presence(), there.look.presence(), here.look.work());
        return new MoveTrace(
                here.id,
                there.id,
                sight,
                here.note
                        .filter(note -> note.leads(from, to))
                        .or(() -> there.note.filter(note -> note.leads(from, to))));
    }

    /** Returns whether the machine is on the target as a whole and not on the source, which may still remember it. */
    boolean hasArrived() {
        return sight.source() == MovePresence.ABSENT && sight.isThere() && isOne();
    }

    /** Returns whether the machines of that name are one and the same, as far as both hosts know one. */
    boolean isOne() {
        return here.isEmpty() || there.isEmpty() || here.equals(there);
    }

    /** Returns what libvirt calls the machine. */
    UUID id() {
        return here.or(() -> there).orElseThrow();
    }

    private static Half half(String machine, MoveSide side, Predicate<MoveNote> arrivals) throws InterruptedException {
        return side.session()
                .ask("look for moves of machine " + machine, connection -> half(connection, machine, arrivals));
    }

    private static Half half(LibvirtConnection connection, String machine, Predicate<MoveNote> arrivals)
            throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isEmpty()) {
            return Half.EMPTY;
        }
        try (LibvirtDomain domain = found.get()) {
            String xml = domain.xml();
            Optional<MoveNote> note = MoveNote.read(xml);
            return new Half(
                    MoveSide.look(domain, note.filter(arrivals)),
                    MachineXml.read(xml).id(),
                    note);
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return Half.EMPTY;
            }
            throw e;
        }
    }
}
