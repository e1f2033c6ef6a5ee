package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.SnapshotRevert;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.RememberedXml;
import java.util.Optional;

/** One return of a stopped machine to a snapshot: what the host remembers of it changes as a whole, or not at all. */
final class SnapshotReturn {

    private final LibvirtSession session;
    private final DomainNotes notes;
    private final Optional<OverlayCheck> check;
    private final MachineId machine;
    private final SnapshotRevert revert;

    SnapshotReturn(
            LibvirtSession session,
            DomainNotes notes,
            Optional<OverlayCheck> check,
            MachineId machine,
            SnapshotRevert revert) {
        this.session = session;
        this.notes = notes;
        this.check = check;
        this.machine = machine;
        this.revert = revert;
    }

    void run() throws InterruptedException {
        revert.overlays().values().forEach(DiskXml::require);
        String what = "revert machine " + machine + " to snapshot " + revert.id();
        ReturnPlan plan = session.ask(what, this::plan);
        for (ReturnPlan.Step step : plan.steps()) {
            if (step.overlay().isPresent()) {
                requireFits(plan, step, step.overlay().get());
            }
        }
        session.change(what, connection -> notes.alone(machine.value(), () -> carryOut(connection)));
    }

    private void requireFits(ReturnPlan plan, ReturnPlan.Step step, Disk overlay) throws InterruptedException {
        if (check.isPresent()) {
            check.get().require(overlay, step.below());
        } else if (plan.machine().uses(step.place())) { // or it was reverted before: nobody can see whether it is empty
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s has %s already; name another overlay", machine, overlay);
        }
    }

    private ReturnPlan plan(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = stopped(connection)) {
            return ReturnPlan.of(MachineXml.read(domain.xml()), revert);
        }
    }

    private VolumeId carryOut(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = stopped(connection)) {
            ReturnPlan plan = ReturnPlan.of(MachineXml.read(domain.xml()), revert);
            RememberedXml remembered = RememberedXml.of(domain.definition());
            for (ReturnPlan.Step step : plan.steps()) {
                if (step.overlay().isPresent()) {
                    LibvirtSnapshots.requireNobodyElse(connection, machine.value(), step.place());
                }
                remembered.droppingTo(step.disk().target(), step.frozen());
                step.overlay()
                        .ifPresent(overlay -> remembered.pushing(step.disk().target(), overlay));
            }
            connection.define(remembered.noting(plan.notes()).document()).close();
            return plan.steps().get(0).volume();
        }
    }

    private LibvirtDomain stopped(LibvirtConnection connection) throws LibvirtException {
        LibvirtDomain domain = connection
                .find(machine.value())
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message(
                                "the host remembers no machine %s; start it with the disks that its snapshot froze",
                                machine));
        if (domain.state().isActive()) {
            domain.close();
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s runs, and its guest knows what is on its disks; stop it first", machine);
        }
        return domain;
    }
}
