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
    private final HostChanges changes;
    private final MachineId machine;
    private final Duration patience;

    DeviceRemoval(LibvirtSession session, HostChanges changes, MachineId machine, Duration patience) {
        this.session = session;
        this.changes = changes;
        this.machine = machine;
        this.patience = patience;
    }

    /** Returns the description of the device as the domain has it; nothing if it has it no more. */
    abstract Optional<String> device(MachineXml xml);

    /** Called when it is gone from a domain that exists. */
    void gone(LibvirtConnection connection, LibvirtDomain domain) throws LibvirtException {}

    final void run() throws InterruptedException {
        long start = System.nanoTime();
        long nextAsked = start;
        while (true) {
            long heard = changes.count();
            boolean ask = System.nanoTime() - nextAsked >= 0;
            if (ask) {
                nextAsked = System.nanoTime() + ASKED_AGAIN_AFTER.toNanos();
            }
            Outcome outcome =
                    session.change("detach " + this + " of machine " + machine, connection -> look(connection, ask));
            if (outcome == Outcome.GONE) {
                return;
            }
            long left = patience.toNanos() - (System.nanoTime() - start);
            if (left <= 0) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .effect(Effect.UNKNOWN)
                        .message(
                                "the guest of machine %s has not let %s go within %s; it is still attached, and may yet be let"
                                        + " go: detach it again",
                                machine, this, patience);
            }
            changes.awaitAfter(heard, Duration.ofNanos(Math.min(left, LOOKED_AT_EVERY.toNanos())));
        }
    }

    private Outcome look(LibvirtConnection connection, boolean ask) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine.value());
        if (found.isEmpty()) {
            return Outcome.GONE;
        }
        try (LibvirtDomain domain = found.get()) {
            if (domain.isPersistent()) {
                Optional<String> remembered = device(MachineXml.read(domain.rememberedXml()));
                if (remembered.isPresent()) {
                    domain.detachRemembered(remembered.get());
                }
            }
            Optional<String> device =
                    domain.state().isActive() ? device(MachineXml.read(domain.xml())) : Optional.empty();
            if (device.isEmpty()) {
                gone(connection, domain);
                return Outcome.GONE;
            }
            if (ask) {
                ask(domain, device.get());
            }
            return Outcome.THERE;
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                return Outcome.GONE; // the domain ended meanwhile
            }
            throw e;
        }
    }

    private static void ask(LibvirtDomain domain, String device) throws LibvirtException {
        try {
            domain.askToDetach(device);
        } catch (LibvirtException e) {
            if (!e.saysUnplugging()) {
                throw e;
            }
        }
    }
}
