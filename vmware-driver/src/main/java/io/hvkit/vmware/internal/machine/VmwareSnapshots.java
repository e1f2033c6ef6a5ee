package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.hypervisor.spi.HostSnapshot;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Snapshots of machines, without their memory. Each attempt looks first, and so nothing is done twice. */
final class VmwareSnapshots implements HostSnapshots {

    private static final int LONGEST_NAME = 80;

    private final VmReader reader;
    private final Changes changes;
    private final MachineLocks locks;
    private final LayerUsers users;

    VmwareSnapshots(VmReader reader, Changes changes, MachineLocks locks, LayerUsers users) {
        this.reader = reader;
        this.changes = changes;
        this.locks = locks;
        this.users = users;
    }

    @Override
    public HostSnapshot take(MachineId machine, SnapshotId snapshot, Quiescing quiescing) throws InterruptedException {
        if (VmName.escaped(snapshot.value()).length() > LONGEST_NAME) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a vCenter takes names of snapshots of up to %s characters, and '%s' is longer",
                            LONGEST_NAME, snapshot);
        }
        return locks.alone(machine, () -> Changes.sure(() -> taken(require(machine), snapshot, quiescing)));
    }

    private Vm require(MachineId id) throws InterruptedException {
        return reader.here(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no machine %s", id));
    }

    private HostSnapshot taken(Vm vm, SnapshotId snapshot, Quiescing quiescing)
            throws Changes.Unsure, InterruptedException {
        if (vm.notes()
                .persistence()
                .filter(kind -> kind == Persistence.TRANSIENT)
                .isPresent()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "machine %s is transient, and when it ends nobody would know of the layers; start it as a"
                                    + " persistent one",
                            vm.id());
        }
        Optional<SnapshotTree.Entry> there = vm.snapshots().find(snapshot);
        if (there.isEmpty()) {
            create(vm, snapshot, quiescing);
            there = require(vm.id()).snapshots().find(snapshot);
        }
        return there.map(SnapshotTree.Entry::asSnapshot)
                .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                        .message("the vCenter took snapshot %s of %s and does not know it", snapshot, vm.id()));
    }

    private void create(Vm vm, SnapshotId snapshot, Quiescing quiescing) throws Changes.Unsure, InterruptedException {
        boolean asked = quiescing != Quiescing.NONE && vm.state() == MachineState.RUNNING;
        boolean quiesced = asked && guestListens(vm);
        if (asked && !quiesced && quiescing == Quiescing.REQUIRED) {
            throw deaf(vm, "VMware Tools do not run in it");
        }
        try {
            create(vm, snapshot, quiesced ? "true" : "false");
        } catch (VimFault e) {
            if (!quiesced || !e.is("FilesystemQuiesceFault", "ApplicationQuiesceFault", "ToolsUnavailable")) {
                throw e.asFailure();
            }
            if (quiescing == Quiescing.REQUIRED) {
                throw deaf(vm, e.type());
            }
            createAnyhow(vm, snapshot);
        }
    }

    private static DriverException deaf(Vm vm, String why) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message("the guest of %s does not quiesce: %s; ask for IF_POSSIBLE or NONE", vm.id(), why);
    }

    private void createAnyhow(Vm vm, SnapshotId snapshot) throws Changes.Unsure, InterruptedException {
        try {
            create(vm, snapshot, "false");
        } catch (VimFault e) {
            throw e.asFailure();
        }
    }

    private void create(Vm vm, SnapshotId snapshot, String quiesce)
            throws VimFault, Changes.Unsure, InterruptedException {
        changes.task(Call.changing(
                vm.ref(),
                Data.of("CreateSnapshot_Task")
                        .with("name", VmName.escaped(snapshot.value()))
                        .with("description", SnapshotTree.description())
                        .with("memory", false)
                        .with("quiesce", quiesce)));
    }

    private boolean guestListens(Vm vm) throws InterruptedException {
        return reader.of(vm.ref(), "guest.toolsRunningStatus")
                .text("guest.toolsRunningStatus")
                .equals("guestToolsRunning");
    }

    @Override
    public List<HostSnapshot> list(MachineId machine) throws InterruptedException {
        return reader.here(machine).stream()
                .flatMap(vm -> vm.snapshots().all().stream())
                .filter(SnapshotTree.Entry::isOurs)
                .map(SnapshotTree.Entry::asSnapshot)
                .toList();
    }

    @Override
    public void revert(MachineId machine, SnapshotId snapshot) throws InterruptedException {
        locks.alone(machine, () -> {
            Reverting reverting = new Reverting(reader);
            return Changes.sure(() -> {
                revert(require(machine), snapshot, reverting);
                return machine;
            });
        });
    }

    private void revert(Vm vm, SnapshotId snapshot, Reverting reverting) throws Changes.Unsure, InterruptedException {
        SnapshotTree.Entry entry = vm.snapshots()
                .find(snapshot)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s has no snapshot %s", vm.id(), snapshot));
        if (!vm.isOff()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("machine %s runs, or is suspended; stop it first", vm.id());
        }
        if (!reverting.isDone(vm, entry)) {
            task(vm, Call.changing(entry.ref(), Data.of("RevertToSnapshot_Task").with("suppressPowerOn", true)));
        }
    }

    private void task(Vm vm, Call call) throws Changes.Unsure, InterruptedException {
        try {
            Node done = changes.task(call, vm.ref());
            System.getLogger(VmwareSnapshots.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} is done: {1}", call, done);
        } catch (VimFault e) {
            if (e.is("ManagedObjectNotFound")) { // somebody else was quicker
                throw new Changes.Unsure(e.asFailure());
            }
            throw e.asFailure();
        }
    }

    @Override
    public void remove(MachineId machine, SnapshotId snapshot, Removal removal) throws InterruptedException {
        locks.alone(
                machine,
                () -> Changes.sure(() -> {
                    Optional<Vm> vm = reader.here(machine);
                    Optional<SnapshotTree.Entry> entry =
                            vm.flatMap(found -> found.snapshots().find(snapshot));
                    if (vm.isPresent() && entry.isPresent()) {
                        removeNow(vm.get(), entry.get(), removal);
                    }
                    mergeLoose(machine); // a removal that failed half-way leaves such
                    return machine;
                }));
    }

    private void removeNow(Vm vm, SnapshotTree.Entry entry, Removal removal)
            throws Changes.Unsure, InterruptedException {
        List<SnapshotTree.Entry> going = new ArrayList<>(List.of(entry));
        if (removal == Removal.WITH_LATER) {
            going.addAll(entry.above());
        }
        for (SnapshotTree.Entry each : going) {
            if (!each.isOurs()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "snapshot '%s' of %s is somebody else's and was taken from %s on; remove %s alone, or let its"
                                        + " owner remove it",
                                each.name(), vm.id(), entry.name(), entry.name());
            }
        }
        users.requireNone(vm, users.frozenBy(going));
        users.requireGone(vm, lying(going, vm));
        task(
                vm,
                Call.changing(
                        entry.ref(),
                        Data.of("RemoveSnapshot_Task")
                                .with("removeChildren", removal == Removal.WITH_LATER)
                                .with("consolidate", true)));
    }

    /** A clone of a later snapshot lies over what an earlier one froze, too. */
    private static List<SnapshotTree.Entry> lying(List<SnapshotTree.Entry> going, Vm vm) {
        return vm.snapshots().all().stream()
                .filter(each -> going.stream()
                        .anyMatch(one -> one.ref().equals(each.ref())
                                || one.above().stream()
                                        .anyMatch(above -> above.ref().equals(each.ref()))))
                .toList();
    }

    @Override
    public void consolidate(MachineId machine) throws InterruptedException {
        locks.alone(
                machine,
                () -> Changes.sure(() -> {
                    mergeLoose(machine);
                    return machine;
                }));
    }

    private void mergeLoose(MachineId machine) throws Changes.Unsure, InterruptedException {
        Optional<Vm> vm = reader.here(machine).filter(Vm::hasLooseLayers);
        if (vm.isEmpty()) {
            return;
        }
        List<DiskFile> below =
                vm.get().disks().stream().flatMap(disk -> disk.below().stream()).toList();
        List<DiskFile> frozen = users.frozenBy(vm.get().snapshots().all());
        users.requireNone(
                vm.get(), below.stream().filter(file -> !frozen.contains(file)).toList());
        task(vm.get(), Call.changing(vm.get().ref(), Data.of("ConsolidateVMDisks_Task")));
    }
}
