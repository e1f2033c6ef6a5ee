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
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
        String mark = OvfPackage.digestOf(name + "\n" + whole.digest());
        return Changes.sure(() -> {
            Optional<Vm> there = reader.named(id);
            Optional<String> noted = there.flatMap(vm -> vm.notes().imported());
            if (noted.equals(Optional.of(DONE + mark))) {
                return id;
            }
            if (there.isPresent()) {
                if (!noted.equals(Optional.of(BEGUN + mark))) {
                    throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                            .message("the name %s is taken by something else than that package; take another name", id);
                }
                destroy(there.get());
            }
            imported(id, whole, mark, progress);
            return id;
        });
    }

    private void imported(MachineId id, OvfPackage whole, String mark, ProgressListener progress)
            throws Changes.Unsure, InterruptedException {
        Node planned = planned(id, whole);
        Node spec = planned.at("importSpec").orElseThrow();
        Node config = spec.at("configSpec").orElseThrow();
        Node marked = spec.replacing(config.with(Notes.ofImport(BEGUN + mark), "extraConfig", AFTER_OPTIONS));
        Ref lease;
        try {
            lease = changes.call(Call.changing(
                            site.pool(),
                            Data.of("ImportVApp")
                                    .with("spec", marked)
                                    .with("folder", site.folder())
                                    .with("host", site.host())))
                    .at("returnval")
                    .orElseThrow()
                    .ref();
        } catch (VimFault e) {
            throw e.asFailure();
        }
        try {
            filled(lease, planned, whole, progress);
            noteDone(id, mark);
        } catch (RuntimeException | InterruptedException e) {
            undo(lease, id, mark, e);
            throw e;
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

    private void filled(Ref lease, Node planned, OvfPackage whole, ProgressListener progress)
            throws InterruptedException {
        Node info = ready(lease);
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
            told(lease, moved.get(), total);
            site.client()
                    .leases()
                    .upload(
                            whole.file(item.text("path")),
                            device,
                            item.text("create").equals("true") ? "PUT" : "POST",
                            new LeaseTransfer.Watch(
                                    more -> progress.progressed(new Progress(
                                            "uploading", ByteSize.bytes(moved.addAndGet(more)), ByteSize.bytes(total))),
                                    () -> told(lease, moved.get(), total)));
        }
        complete(lease);
    }

    private Node ready(Ref lease) throws InterruptedException {
        Deadline deadline = Deadline.in(site.patience());
        while (true) {
            Properties.Found now = reader.of(lease, "state", "info", "error");
            switch (now.text("state")) {
                case "ready" -> {
                    return now.value("info").orElseThrow();
                }
                case "initializing" -> {
                    if (deadline.isOver()) {
                        throw DriverException.because(Failure.TIMED_OUT)
                                .message("the vCenter's lease was not ready within %s", site.patience());
                    }
                }
                default ->
                    throw DriverException.because(Failure.HOST_NOT_READY)
                            .message(
                                    "the vCenter's lease came to nothing: %s",
                                    now.value("error")
                                            .map(error -> error.text("localizedMessage"))
                                            .orElse(now.text("state")));
            }
            Thread.sleep(50);
        }
    }

    /** Without it a lease ends after some minutes; said twice it does no harm. */
    private void told(Ref lease, long moved, long total) throws InterruptedException {
        Data percent = Data.of("HttpNfcLeaseProgress").with("percent", total == 0 ? 0 : 100 * moved / total);
        Node answer = site.client().require(Call.reading(lease, percent));
        System.getLogger(OvfImport.class.getName()).log(System.Logger.Level.TRACE, "{0} goes on: {1}", lease, answer);
    }

    private void complete(Ref lease) throws InterruptedException {
        try {
            Node answer = site.client().call(Call.changing(lease, Data.of("HttpNfcLeaseComplete")));
            System.getLogger(OvfImport.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} is complete: {1}", lease, answer);
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            if (!reader.of(lease, "state").text("state").equals("done")) {
                throw e.asFailure();
            }
        }
    }

    private void noteDone(MachineId id, String mark) throws InterruptedException {
        MachineId noted = Changes.sure(() -> {
            Vm vm = reader.named(id)
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("somebody removed %s while it was being imported", id));
            if (vm.notes().imported().equals(Optional.of(DONE + mark))) {
                return id;
            }
            Data spec = Data.of("VirtualMachineConfigSpec")
                    .with("changeVersion", vm.changeVersion())
                    .with("extraConfig", Notes.ofImport(DONE + mark));
            try {
                return changes.task(Call.changing(
                                        vm.ref(), Data.of("ReconfigVM_Task").with("spec", spec)))
                                .name()
                                .isEmpty()
                        ? id
                        : vm.id();
            } catch (VimFault e) {
                throw e.asFailure();
            }
        });
        System.getLogger(OvfImport.class.getName()).log(System.Logger.Level.TRACE, "{0} is imported", noted);
    }

    private void undo(Ref lease, MachineId id, String mark, Exception reason) throws InterruptedException {
        try {
            Node answer = site.client().call(Call.reading(lease, Data.of("HttpNfcLeaseAbort")));
            System.getLogger(OvfImport.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} is aborted: {1}", lease, answer);
        } catch (VimFault | LostAnswer e) {
            reason.addSuppressed(e); // complete, or gone with its session; the look below tells what is left
        }
        try {
            MachineId left = Changes.sure(() -> {
                Optional<Vm> half =
                        reader.named(id).filter(vm -> vm.notes().imported().equals(Optional.of(BEGUN + mark)));
                if (half.isPresent()) {
                    destroy(half.get());
                }
                return id;
            });
            System.getLogger(OvfImport.class.getName()).log(System.Logger.Level.TRACE, "{0} is gone", left);
        } catch (DriverException e) {
            reason.addSuppressed(e);
        }
    }

    /** Destroys what an import began, with its disks, which are that import's own. */
    private void destroy(Vm half) throws Changes.Unsure, InterruptedException {
        if (!half.isOff() || half.isLayered()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s was only half imported, and yet is in use; look at it", half.id());
        }
        try {
            Node done = changes.task(Call.changing(half.ref(), Data.of("Destroy_Task")));
            System.getLogger(OvfImport.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} is destroyed: {1}", half.id(), done);
        } catch (VimFault e) {
            if (!e.is("ManagedObjectNotFound")) {
                throw e.asFailure();
            }
        }
    }
}
