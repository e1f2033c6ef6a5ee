package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MoveNote;
import io.hvkit.kvm.internal.xml.Place;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Keeps what we note with the domains of a connection. A job that ends tidies up on a thread of its own, so of one domain one change is
 * read and written before the next; domains do not wait for each other. They are told apart by name, as a host does, so that one that is
 * about to be defined has its turn too.
 */
final class DomainNotes {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Map<String, Turn> turns = new ConcurrentHashMap<>();
    private final Duration patience;

    DomainNotes() {
        this(PATIENCE);
    }

    /** @param patience how long the turns of others are waited for */
    DomainNotes(Duration patience) {
        this.patience = patience;
    }

    /** The changes of one domain; it is there as long as somebody has or awaits a turn. */
    private static final class Turn {

        private final ReentrantLock lock = new ReentrantLock();
        private int users;
    }

    /**
     * Work on what libvirt remembers.
     *
     * @param <R> what comes out
     */
    interface Work<R> {
        R done() throws LibvirtException;
    }

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
        alone(domain.name(), () -> {
            MachineXml machine = MachineXml.read(domain.xml());
            if (machine.volumes().containsKey(place) && !machine.uses(place)) {
                write(domain, machine.metadata().without(place));
            }
            return place;
        });
    }

    /** Forgets a disk with all of its layers, and what snapshots and merges have to do with them; what the domain uses stays. */
    void forgetDisk(LibvirtDomain domain, Set<Place> layers) throws LibvirtException {
        changeSeen(domain, machine -> UnusedLayers.of(machine, layers).forgotten());
    }

    /** Notes a move of the domain before it begins. */
    void moving(LibvirtDomain domain, MoveNote note) throws LibvirtException {
        alone(domain.name(), () -> {
            domain.setMetadata(note.document(), MoveNote.PREFIX, MoveNote.NAMESPACE);
            return note;
        });
    }

    /** Forgets a move of the domain that is over; does nothing if none is noted, or another one. */
    void moved(LibvirtDomain domain, MoveNote note) throws LibvirtException {
        alone(domain.name(), () -> {
            if (MoveNote.read(domain.xml()).filter(note::equals).isPresent()) {
                domain.removeMetadata(MoveNote.NAMESPACE);
            }
            return note;
        });
    }

    /** Changes what is noted now. */
    void change(LibvirtDomain domain, UnaryOperator<MachineMetadata> change) throws LibvirtException {
        changeSeen(domain, machine -> change.apply(machine.metadata()));
    }

    private void changeSeen(LibvirtDomain domain, Function<MachineXml, MachineMetadata> change)
            throws LibvirtException {
        alone(domain.name(), () -> {
            write(domain, change.apply(MachineXml.read(domain.xml())));
            return domain;
        });
    }

    /**
     * Does something that reads what libvirt remembers of a domain and writes all of it, so that nothing noted meanwhile is lost. May be
     * called by work that has the turn already.
     *
     * @throws DriverException with {@code OPERATION_PENDING} if the others do not end in time; nothing was done then
     */
    <R> R alone(String machine, Work<R> work) throws LibvirtException {
        Turn turn = taken(machine);
        try {
            await(machine, turn);
            try {
                return work.done();
            } finally {
                turn.lock.unlock();
            }
        } finally {
            turns.computeIfPresent(machine, (name, there) -> --there.users == 0 ? null : there);
        }
    }

    /** Nobody waits for ever: whoever asked may have given up, and would not expect it to be done much later. */
    private void await(String machine, Turn turn) throws LibvirtException {
        boolean taken;
        try {
            taken = turn.lock.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw LibvirtException.interrupted();
        }
        if (!taken) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "machine %s is just being changed by another call; ask again when that has ended", machine);
        }
    }

    private Turn taken(String machine) {
        return turns.compute(machine, (name, there) -> {
            Turn turn = there == null ? new Turn() : there;
            turn.users++;
            return turn;
        });
    }

    /** Returns whether nobody has or awaits a turn. */
    boolean isIdle() {
        return turns.isEmpty();
    }

    private static void write(LibvirtDomain domain, MachineMetadata notes) throws LibvirtException {
        domain.setMetadata(notes.document(), MachineMetadata.PREFIX, MachineMetadata.NAMESPACE);
    }
}
