package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.hypervisor.spi.JobVerdict;
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
            return new JobVerdict.Succeeded(arrived());
        }
        if (removeTargetKeys() && !(verdict instanceof JobVerdict.Vanished)) { // then somebody may look once more
            forgetMove(source);
        }
        return verdict;
    }

    /** Removes what the source need not know any more, and returns what stayed. */
    List<String> arrived() throws InterruptedException {
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
                        DomainNotes.moved(domain, note);
                    }
                }
                return machine;
            });
        } catch (DriverException | IllegalStateException e) {
            LOG.warn("the move of machine {} is over, but {} still has a note of it", machine, side, e);
        }
    }
}
