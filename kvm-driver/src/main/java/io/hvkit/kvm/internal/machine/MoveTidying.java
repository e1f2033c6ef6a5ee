package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.hypervisor.spi.MoveVerdict;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what a move leaves: keys and memories of the host where the machine does not run. */
final class MoveTidying {

    private static final Logger LOG = LoggerFactory.getLogger(MoveTidying.class);

    private final String machine;
    private final MoveSide source;
    private final MoveSide target;
    private final SecretKeeper.Lease lease;

    MoveTidying(String machine, MoveSide source, MoveSide target, SecretKeeper.Lease lease) {
        this.machine = machine;
        this.source = source;
        this.target = target;
        this.lease = lease;
    }

    /** Tidies up as the verdict allows and returns it, with what could not be done. */
    MoveVerdict after(MoveVerdict verdict) throws InterruptedException {
        Set<UUID> onTarget = lease.release();
        if (verdict instanceof MoveVerdict.Succeeded) {
            return new MoveVerdict.Succeeded(source());
        }
        if (!(verdict instanceof MoveVerdict.Vanished)) { // then the keys may be needed
            target(onTarget);
        }
        return verdict;
    }

    /** Removes what the source need not know any more, and returns what stayed. */
    List<String> source() throws InterruptedException {
        List<String> stayed = new ArrayList<>();
        try {
            source.session().change("forget machine " + machine + ", which has moved", connection -> {
                forget(connection);
                source.secrets().removeUnused(connection);
                return machine;
            });
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
                if (!domain.state().isActive()) {
                    domain.undefine();
                }
            }
        }
    }

    /** Removes the keys that the target was given for nothing. */
    void target(Set<UUID> given) throws InterruptedException {
        try {
            target.session().change("remove the keys of machine " + machine + ", which stayed", connection -> {
                target.secrets().removeUnused(connection, given);
                return machine;
            });
        } catch (DriverException | IllegalStateException e) {
            LOG.warn("machine {} stayed on {}, but {} may still have keys for it", machine, source, target, e);
        }
    }
}
