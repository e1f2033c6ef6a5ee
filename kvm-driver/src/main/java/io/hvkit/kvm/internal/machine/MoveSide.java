package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.HostId;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the two hosts of a move.
 *
 * @param host its name
 * @param session its connection
 * @param secrets what keeps its secrets
 * @param check what looks at target disks beforehand, where the host is this machine
 * @param address where other hosts reach it; libvirt finds out for itself if it is left out
 */
record MoveSide(
        HostId host,
        LibvirtSession session,
        SecretKeeper secrets,
        Optional<TargetCheck> check,
        Optional<String> address) {

    private static final Logger LOG = LoggerFactory.getLogger(MoveSide.class);

    /** Returns what the host says of a machine; another one of that name is not it. */
    MovePresence look(String machine, UUID id) throws InterruptedException {
        try {
            return session.ask("look at machine " + machine, connection -> presence(connection, machine, id));
        } catch (DriverException | IllegalStateException e) { // or the connection was closed
            LOG.debug("host {} does not say where machine {} is", host, machine, e);
            return MovePresence.UNKNOWN;
        }
    }

    private static MovePresence presence(LibvirtConnection connection, String machine, UUID id)
            throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isEmpty()) {
            return MovePresence.ABSENT;
        }
        try (LibvirtDomain domain = found.get()) {
            if (!domain.state().isActive()
                    || MachineXml.read(domain.xml()).id().filter(id::equals).isEmpty()) {
                return MovePresence.ABSENT;
            }
            return domain.isInTransit() ? MovePresence.IN_TRANSIT : MovePresence.RUNS;
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return MovePresence.ABSENT;
            }
            throw e;
        }
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
