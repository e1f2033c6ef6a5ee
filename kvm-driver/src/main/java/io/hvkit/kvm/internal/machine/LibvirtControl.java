package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.RestartMode;
import io.hvkit.kvm.internal.libvirt.DomainState;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import java.util.Optional;

/** Pauses, resumes and restarts domains. */
final class LibvirtControl implements MachineControl {

    private final LibvirtSession session;

    LibvirtControl(LibvirtSession session) {
        this.session = session;
    }

    /** What is done to a domain that is active. */
    @FunctionalInterface
    private interface Deed {
        void on(LibvirtDomain domain, DomainState state) throws LibvirtException;
    }

    @Override
    public void pause(MachineId machine) throws InterruptedException {
        onActive("pause machine " + machine, machine, (domain, state) -> {
            if (state != DomainState.PAUSED && state != DomainState.SUSPENDED) {
                domain.suspend();
            }
        });
    }

    @Override
    public void resume(MachineId machine) throws InterruptedException {
        onActive("resume machine " + machine, machine, (domain, state) -> {
            if (state == DomainState.PAUSED) {
                domain.resume();
            } else if (state == DomainState.SUSPENDED) { // the guest went to sleep by itself
                domain.wakeUp();
            }
        });
    }

    @Override
    public void restart(MachineId machine, RestartMode mode) throws InterruptedException {
        onActive("restart machine " + machine, machine, (domain, state) -> {
            switch (mode) {
                case GRACEFUL -> domain.reboot();
                case RESET -> domain.reset();
            }
        });
    }

    private void onActive(String what, MachineId machine, Deed deed) throws InterruptedException {
        session.change(what, connection -> {
            Optional<LibvirtDomain> found = connection.find(machine.value());
            if (found.isEmpty()) {
                throw absent(machine);
            }
            try (LibvirtDomain domain = found.get()) {
                DomainState state = domain.state();
                if (!state.isActive()) {
                    throw absent(machine);
                }
                carryOut(deed, domain, state, machine);
            }
            return machine;
        });
    }

    private static void carryOut(Deed deed, LibvirtDomain domain, DomainState state, MachineId machine)
            throws LibvirtException {
        try {
            deed.on(domain, state);
        } catch (LibvirtException e) {
            if (!e.saysUnreachable() && !domain.state().isActive()) {
                throw absent(machine); // it ended meanwhile
            }
            throw e;
        }
    }

    private static DriverException absent(MachineId machine) {
        return DriverException.because(Failure.NOT_FOUND).message("no machine %s runs on this host", machine);
    }
}
