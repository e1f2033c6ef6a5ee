package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.time.Duration;
import java.util.Optional;

/** One stop of a machine: the guest is asked if that is wanted, then the power is cut, then its secrets go. */
final class MachineStop {

    /** A guest that is still booting does not hear its power button, so it is pressed again. */
    private static final Duration ASKED_AGAIN_AFTER = Duration.ofSeconds(5);

    private static final Duration LOOKED_AT_EVERY = Duration.ofMillis(500);

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final HostChanges changes;
    private final MachineId id;
    private final StopMode mode;

    MachineStop(LibvirtSession session, SecretKeeper secrets, HostChanges changes, MachineId id, StopMode mode) {
        this.session = session;
        this.secrets = secrets;
        this.changes = changes;
        this.id = id;
        this.mode = mode;
    }

    void run() throws InterruptedException {
        boolean ended = mode.asksGuest() && shutDown();
        if (!ended && !mode.cutsPower()) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .effect(Effect.UNKNOWN)
                    .message(
                            "machine %s was asked to shut down and still runs after %s; it may yet end, or its guest does not"
                                    + " listen: say orPowerOff() or POWER_OFF",
                            id, mode.patience());
        }
        session.change("stop machine " + id, connection -> {
            Optional<LibvirtDomain> found = connection.find(id.value());
            if (found.isPresent()) {
                try (LibvirtDomain domain = found.get()) {
                    secrets.adopt(MachineXml.read(domain.xml()).ownSecrets());
                    if (!ended) { // one that ended and runs again was started anew, by somebody who wants it to run
                        powerOff(domain);
                    }
                } catch (LibvirtException e) {
                    if (!e.saysAbsent()) { // it may end by itself meanwhile, and then be gone
                        throw e;
                    }
                }
            }
            secrets.removeUnused(connection);
            return id;
        });
    }

    /** Returns whether it has ended. */
    private boolean shutDown() throws InterruptedException {
        Deadline deadline = Deadline.after(mode.patience());
        Deadline nextAsked = Deadline.after(Duration.ZERO);
        while (true) {
            long heard = changes.count();
            boolean ask = nextAsked.isOver();
            if (ask) {
                nextAsked = Deadline.after(ASKED_AGAIN_AFTER);
            }
            if (!session.change("shut machine " + id + " down", connection -> runs(connection, ask))) {
                return true;
            }
            if (deadline.isOver()) {
                return false;
            }
            changes.awaitAfter(heard, deadline.left(LOOKED_AT_EVERY));
        }
    }

    private boolean runs(LibvirtConnection connection, boolean ask) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(id.value());
        if (found.isEmpty()) {
            return false;
        }
        try (LibvirtDomain domain = found.get()) {
            return runs(domain, ask);
        }
    }

    private boolean runs(LibvirtDomain domain, boolean ask) throws LibvirtException {
        try {
            boolean active = domain.state().isActive();
            if (active && ask) {
                secrets.adopt(MachineXml.read(domain.xml()).ownSecrets());
                domain.shutDown();
            }
            return active;
        } catch (LibvirtException e) {
            return !hasEnded(domain, e);
        }
    }

    private static void powerOff(LibvirtDomain domain) throws LibvirtException {
        try {
            if (domain.state().isActive()) {
                domain.destroy();
            }
        } catch (LibvirtException e) {
            if (!hasEnded(domain, e)) {
                throw e;
            }
        }
    }

    /** A machine may end by itself while it is being stopped. */
    private static boolean hasEnded(LibvirtDomain domain, LibvirtException failure) throws LibvirtException {
        if (failure.saysAbsent()) {
            return true;
        }
        try {
            return !domain.state().isActive();
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return true;
            }
            failure.addSuppressed(e);
            throw failure;
        }
    }
}
