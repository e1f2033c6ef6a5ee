package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.internal.libvirt.DomainState;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** One stop of a machine: the guest is asked if that is wanted, then the power is cut, then its secrets go. */
final class MachineStop {

    /** A guest that is still booting does not hear its power button, so it is pressed again. */
    private static final Duration ASKED_AGAIN_AFTER = Duration.ofSeconds(5);

    private static final Duration LOOKED_AT_EVERY = Duration.ofMillis(500);

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final MachineSeeds seeds;
    private final HostChanges changes;
    private final MachineId id;
    private final StopMode mode;

    /**
     * One run of a machine. Another one of the name, or another run of the same, was started anew by somebody who wants it to run.
     *
     * @param domain libvirt's id of the machine
     * @param number libvirt's number of the run
     */
    private record Run(UUID domain, int number) {}

    MachineStop(
            LibvirtSession session,
            SecretKeeper secrets,
            MachineSeeds seeds,
            HostChanges changes,
            MachineId id,
            StopMode mode) {
        this.session = session;
        this.seeds = seeds;
        this.secrets = secrets;
        this.changes = changes;
        this.id = id;
        this.mode = mode;
    }

    void run() throws InterruptedException {
        Optional<Run> run = session.ask("look at machine " + id, this::current);
        boolean ended = run.isEmpty() || (mode.asksGuest() && shutDown(run.get()));
        if (!ended && !mode.cutsPower()) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .effect(Effect.UNKNOWN)
                    .message(
                            "machine %s was asked to shut down and still runs after %s; it may yet end, or its guest does not"
                                    + " listen: say orPowerOff() or POWER_OFF",
                            id, mode.patience());
        }
        session.change("stop machine " + id, connection -> {
            if (!ended) {
                powerOff(connection, run.orElseThrow());
            }
            secrets.removeUnused(connection);
            seeds.sweep(connection);
            return id;
        });
    }

    /** Returns the run to be stopped. What it leaves is noted first: it may end by itself and be gone. */
    private Optional<Run> current(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(id.value());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (LibvirtDomain domain = found.get()) {
            MachineXml xml = MachineXml.read(domain.xml());
            secrets.adopt(xml.ownSecrets());
            secrets.adopt(xml.ownSecrets(xml.volumes().keySet())); // a copy whose leader was killed may have left some
            seeds.adopt(xml);
            return domain.state().isActive() ? Optional.of(new Run(domain.id(), domain.run())) : Optional.empty();
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Returns whether it has ended. */
    private boolean shutDown(Run run) throws InterruptedException {
        Deadline deadline = Deadline.after(mode.patience());
        Deadline nextAsked = Deadline.after(Duration.ZERO);
        while (true) {
            long heard = changes.count();
            boolean ask = nextAsked.isOver();
            if (ask) {
                nextAsked = Deadline.after(ASKED_AGAIN_AFTER);
            }
            if (!session.change("shut machine " + id + " down", connection -> runs(connection, run, ask))) {
                return true;
            }
            if (deadline.isOver()) {
                return false;
            }
            changes.awaitAfter(heard, deadline.left(LOOKED_AT_EVERY));
        }
    }

    private static boolean runs(LibvirtConnection connection, Run run, boolean ask) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(run.domain);
        if (found.isEmpty()) {
            return false;
        }
        try (LibvirtDomain domain = found.get()) {
            return domain.run() == run.number && runs(domain, ask);
        }
    }

    private static boolean runs(LibvirtDomain domain, boolean ask) throws LibvirtException {
        try {
            DomainState state = domain.state();
            if (state == DomainState.SUSPENDED && ask) {
                domain.wakeUp(); // nobody who sleeps hears the power button; it is pressed the next time
            } else if (state.isActive() && ask) {
                domain.shutDown();
            }
            return state.isActive();
        } catch (LibvirtException e) {
            return !hasEnded(domain, e);
        }
    }

    private static void powerOff(LibvirtConnection connection, Run run) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(run.domain);
        if (found.isEmpty()) {
            return;
        }
        try (LibvirtDomain domain = found.get()) {
            if (domain.run() == run.number) {
                powerOff(domain);
            }
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
