package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.RememberedXml;
import io.hvkit.kvm.internal.xml.SnapshotXml;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One snapshot: noted before libvirt is asked, so that a look at the disks tells what came of it, whoever looks. */
final class SnapshotTaking {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotTaking.class);

    private final LibvirtSession session;
    private final SecretKeeper secrets;
    private final DomainNotes notes;
    private final Optional<OverlayCheck> check;
    private final MachineId machine;
    private final SnapshotRequest request;
    private final String what;

    SnapshotTaking(
            LibvirtSession session,
            SecretKeeper secrets,
            DomainNotes notes,
            Optional<OverlayCheck> check,
            MachineId machine,
            SnapshotRequest request) {
        this.session = session;
        this.secrets = secrets;
        this.notes = notes;
        this.check = check;
        this.machine = machine;
        this.request = request;
        this.what = "take snapshot " + request.id() + " of machine " + machine;
    }

    MachineSnapshot run() throws InterruptedException {
        request.overlays().values().forEach(DiskXml::require);
        Optional<SnapshotPlan> plan = session.ask(what, this::plan);
        if (plan.isPresent() && check.isPresent()) {
            for (SnapshotPlan.Step step : plan.get().steps()) {
                check.get().require(step.overlay(), OverlayCheck.Below.of(step.disk()));
            }
        }
        return session.change(what, connection -> notes.alone(machine.value(), () -> take(connection)));
    }

    /** Returns what is to be done; nothing if it was done before. */
    private Optional<SnapshotPlan> plan(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = domain(connection)) {
            MachineXml xml = MachineXml.read(domain.xml());
            if (SnapshotPlan.taken(xml, request).isPresent()) {
                return Optional.empty();
            }
            if (!domain.state().isActive()) {
                Doubt.requireNone(xml);
            }
            requireStays(domain);
            return Optional.of(SnapshotPlan.of(xml, request));
        }
    }

    private void requireStays(LibvirtDomain domain) throws LibvirtException {
        if (domain.state().isActive() && (domain.isInTransit() || domain.job().isPresent())) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("machine %s is on its way to another host; wait for that, or cancel it", machine);
        }
    }

    private MachineSnapshot take(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = domain(connection)) {
            boolean active = domain.state().isActive();
            Optional<SnapshotPlan> plan = plan(connection);
            if (plan.isPresent()) {
                for (SnapshotPlan.Step step : plan.get().steps()) {
                    LibvirtSnapshots.requireNobodyElse(connection, machine.value(), step.place());
                }
                if (active) {
                    takeRunning(connection, domain, plan.get());
                } else {
                    takeStopped(connection, domain, plan.get());
                }
            } else if (active) {
                remember(connection, domain);
            }
            return SnapshotPlan.taken(MachineXml.read(domain.xml()), request)
                    .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                            .message("libvirt was to %s and says so, but the disks are as they were", what));
        }
    }

    private void takeRunning(LibvirtConnection connection, LibvirtDomain domain, SnapshotPlan plan)
            throws LibvirtException {
        try (SecretKeeper.Lease lease = secrets.lease()) {
            try {
                for (Disk overlay : plan.overlays().values()) {
                    lease.define(connection, overlay, Set.of());
                }
                notes.change(domain, plan::notes);
                domain.snapshot(
                        SnapshotXml.write(plan.overlays(), plan.machine().targets()));
            } catch (LibvirtException | RuntimeException e) {
                if (!isTaken(domain, e)) {
                    undo(connection, domain, plan, lease, e);
                    throw e;
                }
                LOG.debug("libvirt failed to {}, but the disks are on their overlays", what, e);
            }
            remember(connection, domain);
        }
    }

    /** After a failure the disks say whether it came to pass; where they cannot be asked now, the next equal request will. */
    private boolean isTaken(LibvirtDomain domain, Exception failure) {
        try {
            return !isUnreachable(failure)
                    && SnapshotPlan.taken(MachineXml.read(domain.xml()), request)
                            .isPresent();
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    private void undo(
            LibvirtConnection connection,
            LibvirtDomain domain,
            SnapshotPlan plan,
            SecretKeeper.Lease lease,
            Exception failure) {
        if (isUnreachable(failure)) {
            return;
        }
        try {
            notes.change(domain, plan::withoutNotes);
            secrets.removeUnused(connection, lease.release());
        } catch (LibvirtException e) {
            failure.addSuppressed(e);
        }
    }

    private static boolean isUnreachable(Exception failure) {
        return failure instanceof LibvirtException libvirt && libvirt.saysUnreachable();
    }

    /** The machine goes on whatever comes of this, and the next start says its layers anew. */
    private void remember(LibvirtConnection connection, LibvirtDomain domain) {
        try {
            if (domain.isPersistent()) {
                connection
                        .define(RememberedXml.of(domain.definition())
                                .following(domain.xml())
                                .document())
                        .close();
            }
        } catch (LibvirtException e) {
            LOG.warn(
                    "machine {} is on its overlays, but the host may not remember how to start it on them", machine, e);
        }
    }

    private void takeStopped(LibvirtConnection connection, LibvirtDomain domain, SnapshotPlan plan)
            throws LibvirtException {
        RememberedXml remembered = RememberedXml.of(domain.definition());
        plan.overlays().forEach(remembered::pushing);
        connection
                .define(remembered.noting(plan.notes(plan.machine().metadata())).document())
                .close();
    }

    private LibvirtDomain domain(LibvirtConnection connection) throws LibvirtException {
        return connection
                .find(machine.value())
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("the host knows no machine %s", machine));
    }
}
