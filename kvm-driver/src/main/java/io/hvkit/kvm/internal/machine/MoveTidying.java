package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.kvm.internal.libvirt.DomainState;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MoveNote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what a move leaves: keys, notes and memories of the host where the machine does not run. Holds for any leader. */
final class MoveTidying {

    private static final Logger LOG = LoggerFactory.getLogger(MoveTidying.class);

    private final String machine;
    private final UUID id;
    private final MoveSide source;
    private final MoveSide target;
    private final MoveNote note;

    /**
     * @param id what libvirt calls the machine: another one of its name is left alone
     */
    MoveTidying(String machine, UUID id, MoveSide source, MoveSide target, MoveNote note) {
        this.machine = machine;
        this.id = id;
        this.source = source;
        this.target = target;
        this.note = note;
    }

    /** Tidies up as the verdict allows and returns it, with what could not be done. */
    JobVerdict after(JobVerdict verdict) throws InterruptedException {
        if (verdict instanceof JobVerdict.Succeeded) {
            return arrived();
        }
        if (removeTargetKeys() && !(verdict instanceof JobVerdict.Vanished)) { // then somebody may look once more
            forgetMove(source);
        }
        return verdict;
    }

    private JobVerdict arrived() throws InterruptedException {
        try {
            letGo();
        } catch (DriverException | IllegalStateException e) {
            LOG.error("machine {} has moved to {}, and is held there", machine, target, e);
            return new JobVerdict.Vanished(
                    "the machine has moved and does not go on: %s; resume it there".formatted(e.getMessage()));
        }
        return new JobVerdict.Succeeded(forgotten());
    }

    /** Lets the machine go on on the target, if it is held there; the source must not run it again. */
    void letGo() throws InterruptedException {
        if (note.arrival() != MoveNote.Arrival.HELD) {
            return;
        }
        target.session().change("let machine " + machine + " go on", connection -> {
            Optional<LibvirtDomain> found = connection.find(machine);
            if (found.isPresent()) {
                try (LibvirtDomain domain = found.get()) {
                    if (isHeld(domain)) {
                        domain.resume();
                    }
                }
            }
            return machine;
        });
    }

    private boolean isHeld(LibvirtDomain domain) throws LibvirtException {
        String xml = domain.xml();
        return domain.isHeld()
                && MachineXml.read(xml).id().filter(id::equals).isPresent()
                && MoveNote.read(xml).filter(note::equals).isPresent();
    }

    /** Removes what the source need not know any more, and returns what stayed. */
    private List<String> forgotten() throws InterruptedException {
        List<String> stayed = new ArrayList<>();
        try {
            source.session().change("forget machine " + machine + ", which has moved", connection -> {
                forget(connection);
                source.secrets().adopt(note.sourceKeys());
                source.secrets().removeUnused(connection);
                return machine;
            });
            forgetMove(target);
        } catch (DriverException | IllegalStateException e) {
            LOG.warn("machine {} has moved to {}, but {} still remembers it or its keys", machine, target, source, e);
            stayed.add("%s still remembers machine %s or its keys: %s".formatted(source, machine, e.getMessage()));
        }
        return stayed;
    }

    private void forget(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isPresent()) {
            try (LibvirtDomain domain = found.get()) {
                if (!domain.state().isActive()
                        && MachineXml.read(domain.xml()).id().filter(id::equals).isPresent()) {
                    domain.undefine();
                }
            }
        }
    }

    /** Ends what is stopped on the source since it left, of a machine that runs on the target. What comes back has another note. */
    void endSource() throws InterruptedException {
        try {
            source.session().change("end machine " + machine + ", which has moved", connection -> {
                Optional<LibvirtDomain> found = connection.find(machine);
                if (found.isPresent()) {
                    try (LibvirtDomain domain = found.get()) {
                        if (domain.transit() == LibvirtDomain.Transit.WHOLE
                                && MachineXml.read(domain.xml())
                                        .id()
                                        .filter(id::equals)
                                        .isPresent()) {
                            domain.destroy();
                        }
                    }
                }
                return machine;
            });
        } catch (DriverException | IllegalStateException e) {
            LOG.debug("machine {} runs on {}, and is not yet ended on {}", machine, target, source, e);
        }
    }

    /** Ends what is held on the target, of a machine that goes on on the source; nobody can make it leave that any more. */
    void endTarget() throws InterruptedException {
        try {
            boolean runs = source.session().ask("look whether machine " + machine + " runs", connection -> {
                Optional<LibvirtDomain> found = connection.find(machine);
                if (found.isEmpty()) {
                    return false;
                }
                try (LibvirtDomain domain = found.get()) {
                    return domain.state() == DomainState.RUNNING && domain.id().equals(id);
                }
            });
            if (runs) {
                target.session().change("end what has arrived of machine " + machine, this::endArrived);
            }
        } catch (DriverException | IllegalStateException e) {
            LOG.debug("machine {} goes on on {}, and is not yet ended on {}", machine, source, target, e);
        }
    }

    /**
     * Lets the machine go on on the source, where it was stopped when all of it had left: nothing of it is on the target, where it
     * never ran, and the call that would have come back for it was lost.
     */
    void resumeSource() throws InterruptedException {
        try {
            boolean gone = target.session().ask("look whether machine " + machine + " is gone", connection -> {
                Optional<LibvirtDomain> found = connection.find(machine);
                if (found.isEmpty()) {
                    return true;
                }
                try (LibvirtDomain domain = found.get()) {
                    return !domain.state().isActive();
                }
            });
            if (gone) {
                source.session().change("let machine " + machine + " go on", this::resumed);
            }
        } catch (DriverException | IllegalStateException e) {
            LOG.debug("machine {} is stopped on {}, and does not yet go on", machine, source, e);
        }
    }

    private String resumed(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isPresent()) {
            try (LibvirtDomain domain = found.get()) {
                if (domain.id().equals(id)
                        && domain.transit() == LibvirtDomain.Transit.WHOLE
                        && domain.job().isEmpty()) {
                    LOG.warn(
                            "machine {} was stopped on {} for a move that was lost, and goes on there",
                            machine,
                            source);
                    domain.resume();
                }
            }
        }
        return machine;
    }

    private String endArrived(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isPresent()) {
            try (LibvirtDomain domain = found.get()) {
                if (isHeld(domain)) {
                    boolean remembered = domain.isPersistent();
                    domain.destroy();
                    if (remembered) {
                        domain.undefine(); // the source remembers it
                    }
                }
            }
        }
        return machine;
    }

    /** Removes the keys that the target was given for nothing; what runs there keeps its own. */
    private boolean removeTargetKeys() throws InterruptedException {
        try {
            target.session().change("remove the keys of machine " + machine + ", which stayed", connection -> {
                target.secrets().adopt(note.targetKeys());
                target.secrets().removeUnused(connection, note.targetKeys());
                return machine;
            });
            return true;
        } catch (DriverException | IllegalStateException e) {
            LOG.warn("machine {} did not move to {}, which may still have keys for it", machine, target, e);
            return false;
        }
    }

    /** A note that stays costs whoever looks next some seconds, and nothing else. */
    private void forgetMove(MoveSide side) throws InterruptedException {
        try {
            side.session().change("forget the move of machine " + machine, connection -> {
                Optional<LibvirtDomain> found = connection.find(machine);
                if (found.isPresent()) {
                    try (LibvirtDomain domain = found.get()) {
                        side.notes().moved(domain, note);
                    }
                }
                return machine;
            });
        } catch (DriverException | IllegalStateException e) {
            LOG.warn("the move of machine {} is over, but {} still has a note of it", machine, side, e);
        }
    }
}
