package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.time.Duration;
import java.util.Optional;

/**
 * One removal of a device from a running domain. The guest is asked, again and again, and has let it go when the domain's
 * description no longer shows it: neither an event nor an answer proves that.
 */
abstract class DeviceRemoval {

    private static final Duration ASKED_AGAIN_AFTER = Duration.ofSeconds(5);
    private static final Duration LOOKED_AT_EVERY = Duration.ofMillis(500);

    private enum Outcome {
        THERE,
        GONE
    }

    private final LibvirtSession session;
    private final DomainNotes notes;
    private final HostChanges changes;
    private final MachineId machine;
    private final Duration patience;

    DeviceRemoval(
            LibvirtSession session, DomainNotes notes, HostChanges changes, MachineId machine, Duration patience) {
        this.session = session;
        this.notes = notes;
        this.changes = changes;
        this.machine = machine;
        this.patience = patience;
    }

    /** Returns the description of the device as the domain has it; nothing if it has it no more. */
    abstract Optional<String> device(MachineXml xml);

    /** Called when it is gone from a domain that exists. */
    void gone(LibvirtConnection connection, LibvirtDomain domain) throws LibvirtException {}

    final void run() throws InterruptedException {
        Deadline deadline = Deadline.after(patience);
        Deadline nextAsked = Deadline.after(Duration.ZERO);
        while (true) {
            long heard = changes.count();
            boolean ask = nextAsked.isOver();
            if (ask) {
                nextAsked = Deadline.after(ASKED_AGAIN_AFTER);
            }
            Outcome outcome = session.change(
                    "detach " + this + " of machine " + machine,
                    connection -> notes.alone(machine.value(), () -> look(connection, ask)));
            if (outcome == Outcome.GONE) {
                return;
            }
            if (deadline.isOver()) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .effect(Effect.UNKNOWN)
                        .message(
                                "the guest of machine %s has not let %s go within %s; it is still attached, and may yet be let"
                                        + " go: detach it again",
                                machine, this, patience);
            }
            changes.awaitAfter(heard, deadline.left(LOOKED_AT_EVERY));
        }
    }

    private Outcome look(LibvirtConnection connection, boolean ask) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine.value());
        if (found.isEmpty()) {
            return Outcome.GONE;
        }
        try (LibvirtDomain domain = found.get()) {
            Optional<String> device = device(domain);
            if (device.isPresent() && ask) {
                ask(domain, device.get());
            }
            forget(domain); // only now: a device that may not go stays in both descriptions
            if (device.isEmpty()) {
                gone(connection, domain);
                return Outcome.GONE;
            }
            return Outcome.THERE;
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return Outcome.GONE; // the domain ended meanwhile
            }
            throw e;
        }
    }

    /** Returns the device as the domain has it while it runs. */
    private Optional<String> device(LibvirtDomain domain) throws LibvirtException {
        return domain.state().isActive() ? device(MachineXml.read(domain.xml())) : Optional.empty();
    }

    private void ask(LibvirtDomain domain, String device) throws LibvirtException {
        try {
            domain.askToDetach(device);
        } catch (LibvirtException e) {
            if (!e.saysUnplugging() && device(domain).isPresent()) { // it may have gone, or the domain ended, meanwhile
                throw e;
            }
        }
    }

    private void forget(LibvirtDomain domain) throws LibvirtException {
        if (domain.isPersistent()) {
            Optional<String> remembered = device(MachineXml.read(domain.rememberedXml()));
            if (remembered.isPresent()) {
                domain.detachRemembered(remembered.get());
            }
        }
    }
}
