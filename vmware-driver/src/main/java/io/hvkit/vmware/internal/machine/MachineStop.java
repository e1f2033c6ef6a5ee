package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Deadline;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.Optional;

/** Stops machines; a transient one is forgotten once it is off. */
final class MachineStop {

    private static final long BETWEEN_LOOKS = 250;

    private final VmReader reader;
    private final Changes changes;
    private final MachineForgetting forgetting;

    MachineStop(VmReader reader, Changes changes, MachineForgetting forgetting) {
        this.reader = reader;
        this.changes = changes;
        this.forgetting = forgetting;
    }

    void stop(MachineId id, StopMode mode) throws InterruptedException {
        if (mode.asksGuest() && guestHasStopped(id, mode)) {
            return;
        }
        Changes.sure(() -> {
            Optional<Vm> found = reader.named(id).filter(reader::isHere);
            if (found.isPresent() && !found.get().isOff()) {
                powerOff(found.get());
            }
            return id;
        });
        tidy(id);
    }

    private void powerOff(Vm vm) throws Changes.Unsure, InterruptedException {
        try {
            changes.task(Call.changing(vm.ref(), Data.of("PowerOffVM_Task")));
        } catch (VimFault e) {
            if (!reader.named(vm.id()).map(Vm::isOff).orElse(true)) {
                throw e.asFailure();
            }
        }
    }

    /** Forgets what is left of a transient machine. */
    private void tidy(MachineId id) throws InterruptedException {
        Changes.sure(() -> {
            Optional<Vm> found = reader.named(id).filter(reader::isHere).filter(Vm::isRemains);
            if (found.filter(Vm::isLayered).isPresent()) {
                System.getLogger(MachineStop.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "machine {0} has stopped and is not forgotten: somebody has taken snapshots of it",
                                id);
            } else if (found.isPresent()) {
                forgetting.unregister(found.get());
            }
            return id;
        });
    }

    /** Returns whether there is nothing left to stop; if not, the power is to be cut. */
    private boolean guestHasStopped(MachineId id, StopMode mode) throws InterruptedException {
        Optional<Vm> found = reader.named(id).filter(reader::isHere).filter(vm -> !vm.isOff());
        if (found.isPresent()) {
            Optional<VimFault> deaf = ask(found.get());
            Deadline patience = Deadline.in(mode.patience());
            while (deaf.isEmpty() && !isOff(id)) {
                if (patience.isOver()) {
                    break;
                }
                Thread.sleep(Math.min(BETWEEN_LOOKS, patience.left().toMillis()));
            }
            if (!isOff(id)) {
                if (mode.cutsPower()) {
                    return false;
                }
                throw runsOn(id, deaf);
            }
        }
        tidy(id);
        return true;
    }

    private boolean isOff(MachineId id) throws InterruptedException {
        return reader.named(id).map(Vm::isOff).orElse(true);
    }

    /** Returns why the guest cannot be asked, if it cannot. An answer that is lost is as good as none: the guest is watched anyhow. */
    private Optional<VimFault> ask(Vm vm) throws InterruptedException {
        try {
            changes.call(Call.changing(vm.ref(), Data.of("ShutdownGuest")));
            return Optional.empty();
        } catch (Changes.Unsure e) {
            return Optional.empty();
        } catch (VimFault e) {
            if (e.is("ToolsUnavailable", "InvalidPowerState", "InvalidState", "ManagedObjectNotFound")) {
                return Optional.of(e);
            }
            throw e.asFailure();
        }
    }

    private static DriverException runsOn(MachineId id, Optional<VimFault> deaf) {
        DriverException.Draft draft = DriverException.because(Failure.TIMED_OUT);
        return deaf.isPresent()
                ? draft.effect(Effect.NOT_APPLIED)
                        .vendorCode(deaf.get().type())
                        .message(
                                "the guest of %s cannot be asked to shut down (%s): VMware Tools do not run in it, or it is"
                                        + " suspended; say orPowerOff() to cut its power",
                                id, deaf.get().type())
                : draft.message("the guest of %s was asked to shut down and has not done so in time", id);
    }
}
