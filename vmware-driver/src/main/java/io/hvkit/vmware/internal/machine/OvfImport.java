package io.hvkit.vmware.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Deadline;
import io.hvkit.vmware.internal.soap.LeaseTransfer;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes a machine of an OVF package. The machine bears a note from its first moment, which says what is imported and that this has only
 * begun; so what a lost answer or a killed process left is known, and removed. Nothing else is ever destroyed.
 */
public final class OvfImport {

    private static final String BEGUN = "begun:";
    private static final String DONE = "done:";
    private static final Set<String> AFTER_OPTIONS = Set.of(
            "swapPlacement",
            "swapDirectory",
            "preserveSwapOnPowerOff",
            "bootOptions",
            "vAppConfig",
            "ftInfo",
            "repConfig",
            "vAppConfigRemoved",
            "vAssertsEnabled",
            "changeTrackingEnabled",
            "firmware",
            "maxMksConnections",
            "guestAutoLockEnabled",
            "managedBy",
            "memoryReservationLockedToMax",
            "nestedHVEnabled",
            "vPMCEnabled",
            "scheduledHardwareUpgradeInfo",
            "vmProfile",
            "messageBusTunnelEnabled",
            "crypto",
            "migrateEncryption");

    private final Site site;
    private final VmReader reader;
    private final Changes changes;

    /** Makes what imports to a host. */
    public OvfImport(Site site) {
        this.site = site;
        this.reader = new VmReader(site);
        this.changes = new Changes(site.client(), site.patience());
    }

    /** Makes the machine, or confirms that an equal call made it. */
    public MachineId make(Path descriptor, String name, ProgressListener progress) throws InterruptedException {
        MachineId id = new MachineId(VmName.require(name));
        OvfPackage whole = OvfPackage.read(descriptor);
        Mark mark = Mark.of(OvfPackage.digestOf(name + "\n" + whole.digest()));
        return site.heavy().importing(id, () -> Changes.sure(() -> attempt(id, whole, mark, progress)));
    }

    /**
     * What is noted of one call.
     *
     * @param begun of this call alone: equal ones write others
     * @param done of all equal calls
     */
    private record Mark(String begun, String done) {

        static Mark of(String digest) {
            return new Mark(BEGUN + UUID.randomUUID() + ":" + digest, DONE + digest);
        }

        boolean isBegunOn(Vm vm) {
            return vm.notes().imported().equals(Optional.of(begun));
        }

        boolean isDoneOn(Vm vm) {
            return vm.notes().imported().equals(Optional.of(done));
        }

        /** Returns whether this call, or an equal one, began it. */
        boolean isOfEqual(Vm vm) {
            return vm.notes()
                    .imported()
                    .filter(noted -> isBegun(noted) && noted.endsWith(done.substring(DONE.length())))
                    .isPresent();
        }
    }

    /** Returns whether that note is on a machine that is not whole yet. */
    static boolean isBegun(String noted) {
        return noted.startsWith(BEGUN);
    }

    private MachineId attempt(MachineId id, OvfPackage whole, Mark mark, ProgressListener progress)
            throws Changes.Unsure, InterruptedException {
        Optional<Vm> there = reader.made(id);
        if (there.filter(mark::isDoneOn).isPresent()) {
            return id;
        }
        if (there.isPresent()) {
            if (!mark.isOfEqual(there.get())) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("the name %s is taken by something else than that package; take another name", id);
            }
            if (!mark.isBegunOn(there.get())) {
                takeOver(there.get(), mark);
            }
            destroy(there.get(), Deadline.in(site.patience())); // a lease that nobody knows holds it for some minutes
        }
        imported(id, whole, mark, progress);
        return id;
    }

    /**
     * Makes what another call began this one's. As long as that call's lease is open, the vCenter refuses; and of this and the note that
     * the import is done, it takes one alone, since each names the version of the machine that it saw.
     */
    private void takeOver(Vm half, Mark mark) throws Changes.Unsure, InterruptedException {
        try {
            note(half, mark.begun());
        } catch (VimFault e) {
            throw e.asFailure();
        }
    }

    private void note(Vm vm, String state) throws VimFault, Changes.Unsure, InterruptedException {
        Data spec = Data.of("VirtualMachineConfigSpec")
                .with("changeVersion", vm.changeVersion())
                .with("extraConfig", Notes.ofImport(state));
        Node done =
                changes.task(Call.changing(vm.ref(), Data.of("ReconfigVM_Task").with("spec", spec)));
        trace(vm.id(), state, done);
    }

    private static void trace(MachineId id, String what, Object answer) {
        System.getLogger(OvfImport.class.getName()).log(System.Logger.Level.TRACE, "{0} is {1}: {2}", id, what, answer);
    }

    private void imported(MachineId id, OvfPackage whole, Mark mark, ProgressListener progress)
            throws Changes.Unsure, InterruptedException {
        Node planned = planned(id, whole);
        Node spec = planned.at("importSpec").orElseThrow();
        Node config = spec.at("configSpec").orElseThrow();
        Lease lease = lent(spec.replacing(config.with(Notes.ofImport(mark.begun()), "extraConfig", AFTER_OPTIONS)));
        try {
            filled(lease, planned, whole, progress);
            noteDone(id, mark);
        } catch (RuntimeException | InterruptedException e) {
            lease.abort(e);
            undo(id, mark, e);
            throw e;
        }
    }

    private Lease lent(Node spec) throws Changes.Unsure, InterruptedException {
        Data request = Data.of("ImportVApp")
                .with("spec", spec)
                .with("folder", site.folder())
                .with("host", site.host());
        try {
            Ref lent = changes.call(Call.changing(site.pool(), request))
                    .at("returnval")
                    .orElseThrow()
                    .ref();
            return new Lease(site, reader, lent);
        } catch (VimFault e) {
            if (e.is("DuplicateName")) {
                throw new Changes.Unsure(e.asFailure()); // somebody was faster; who, a look tells
            }
            throw e.asFailure();
        }
    }

    private Node planned(MachineId id, OvfPackage whole) throws InterruptedException {
        Data parameters = Data.of("OvfCreateImportSpecParams")
                .with("locale", "")
                .with("deploymentOption", "")
                .with("entityName", VmName.escaped(id.value()))
                .with("hostSystem", site.host())
                .with("diskProvisioning", "thin");
        Data request = Data.of("CreateImportSpec")
                .with("ovfDescriptor", whole.descriptor())
                .with("resourcePool", site.pool())
                .with("datastore", datastore())
                .with("cisp", parameters);
        Node planned = site.client()
                .require(Call.reading(site.client().service("ovfManager"), request))
                .at("returnval")
                .orElseThrow();
        List<String> errors = planned.all("error")
                .map(error -> error.text("localizedMessage"))
                .toList();
        if (!errors.isEmpty()
                || planned.at("importSpec", "configSpec").isEmpty()
                || planned.all("fileItem").anyMatch(item -> !whole.files().containsKey(item.text("path")))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the vCenter makes no machine of the OVF descriptor: %s", errors);
        }
        return planned;
    }

    private Ref datastore() throws InterruptedException {
        try {
            return site.client().properties().readAll(site.host(), "datastore", "Datastore", "name").stream()
                    .filter(each -> each.text("name").equals(site.datastore()))
                    .map(Properties.Found::ref)
                    .findFirst()
                    .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                            .message("host %s has no datastore %s any more", site.name(), site.datastore()));
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private void filled(Lease lease, Node planned, OvfPackage whole, ProgressListener progress)
            throws InterruptedException {
        Node info = lease.ready();
        long total = planned.all("fileItem")
                .mapToLong(item -> whole.file(item.text("path")).toFile().length())
                .sum();
        AtomicLong moved = new AtomicLong();
        for (Node item : planned.all("fileItem").toList()) {
            Node device = info.all("deviceUrl")
                    .filter(each -> each.text("importKey").equals(item.text("deviceId")))
                    .findFirst()
                    .orElseThrow(() -> DriverException.because(Failure.HOST_NOT_READY)
                            .message("the lease has no place for %s", item.text("path")));
            lease.told(moved.get(), total);
            site.client()
                    .leases()
                    .upload(
                            whole.file(item.text("path")),
                            device,
                            item.text("create").equals("true") ? "PUT" : "POST",
                            new LeaseTransfer.Watch(
                                    more -> progress.progressed(new Progress(
                                            "uploading", ByteSize.bytes(moved.addAndGet(more)), ByteSize.bytes(total))),
                                    () -> lease.told(moved.get(), total)));
        }
        lease.complete();
    }

    private void noteDone(MachineId id, Mark mark) throws InterruptedException {
        MachineId noted = Changes.sure(() -> {
            Vm vm = reader.made(id)
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("somebody removed %s while it was being imported", id));
            if (mark.isDoneOn(vm)) {
                return id;
            }
            if (!mark.isBegunOn(vm)) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .message("another import has taken over the name %s; ask again when it has ended", id);
            }
            try {
                note(vm, mark.done());
            } catch (VimFault e) {
                throw e.asFailure();
            }
            return id;
        });
        trace(noted, "imported", mark);
    }

    /** Nothing but what this very call began is destroyed: under the same name may be what an equal one began since. */
    private void undo(MachineId id, Mark mark, Exception reason) throws InterruptedException {
        try {
            MachineId left = Changes.sure(() -> {
                Optional<Vm> half = reader.made(id).filter(mark::isBegunOn);
                if (half.isPresent()) {
                    destroy(half.get(), Deadline.in(Duration.ZERO));
                }
                return id;
            });
            trace(left, "gone", reason);
        } catch (DriverException e) {
            reason.addSuppressed(e);
        }
    }

    /** Destroys what an import began, with its disks, which are that import's own; waits so long for a lease that holds it. */
    private void destroy(Vm half, Deadline deadline) throws Changes.Unsure, InterruptedException {
        if (!half.isOff() || half.isLayered()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s was only half imported, and yet is in use; look at it", half.id());
        }
        while (true) {
            try {
                trace(half.id(), "destroyed", changes.task(Call.changing(half.ref(), Data.of("Destroy_Task"))));
                return;
            } catch (VimFault e) {
                if (e.is("ManagedObjectNotFound")) {
                    return;
                }
                if (e.meansLocked()) {
                    throw Changes.Unsure.whileLocked(e.asFailure());
                }
                if (!e.meansBusy() || deadline.isOver()) {
                    throw e.asFailure();
                }
            }
        }
    }
}
