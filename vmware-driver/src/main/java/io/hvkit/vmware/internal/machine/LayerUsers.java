package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds out who lies over layers that are about to be written to. A vCenter does not look: it merges, and a linked clone is lost. */
final class LayerUsers {

    private static final String HARDWARE = "config.hardware";

    private final Site site;
    private final VmReader reader;

    LayerUsers(Site site, VmReader reader) {
        this.site = site;
        this.reader = reader;
    }

    /** Returns the layers that snapshots froze, without what lies below these. */
    List<DiskFile> frozenBy(Collection<SnapshotTree.Entry> snapshots) throws Changes.Unsure, InterruptedException {
        List<DiskFile> all = new ArrayList<>();
        for (SnapshotTree.Entry each : snapshots) {
            hardware(each).stream()
                    .flatMap(hardware -> hardware.all("device"))
                    .filter(device -> device.type().equals("VirtualDisk"))
                    .forEach(device -> VmDisk.files(device).stream().limit(1).forEach(all::add));
        }
        return all;
    }

    /** One that is gone since its machine was looked at was removed by somebody else; the machine has to be looked at again. */
    private Optional<Node> hardware(SnapshotTree.Entry snapshot) throws Changes.Unsure, InterruptedException {
        try {
            return reader.of(snapshot.ref(), HARDWARE).value(HARDWARE);
        } catch (DriverException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                throw new Changes.Unsure(e);
            }
            throw e;
        }
    }

    /**
     * Requires that no other machine of the datacenter, running or not, has a disk over one of these. One of which the vCenter does not
     * say what it has may have, if it is on the same datastores, or if not even these are known yet.
     */
    void requireNone(Vm vm, Collection<DiskFile> layers) throws Changes.Unsure, InterruptedException {
        if (layers.isEmpty()) {
            return;
        }
        Set<DiskFile> wanted = Set.copyOf(layers);
        List<Properties.Found> all = DatacenterMachines.read(
                site.client(), site.datacenter(), "name", Connection.PATH, DatacenterMachines.DATASTORES, HARDWARE);
        Set<Ref> stores = all.stream()
                .filter(each -> each.ref().equals(vm.ref()))
                .flatMap(each -> DatacenterMachines.datastores(each).stream())
                .collect(Collectors.toUnmodifiableSet());
        List<Properties.Found> others =
                all.stream().filter(each -> !each.ref().equals(vm.ref())).toList();
        for (Properties.Found other : others) {
            if (isOver(other, wanted)) {
                throw inUse(vm, "machine " + VmName.plain(other.text("name")));
            }
        }
        for (Properties.Found other : others) {
            requireTold(vm, other, stores);
        }
    }

    private void requireTold(Vm vm, Properties.Found other, Set<Ref> stores) throws Changes.Unsure {
        List<Ref> theirs = DatacenterMachines.datastores(other);
        boolean isNear = theirs.stream().anyMatch(stores::contains);
        switch (Connection.of(other, HARDWARE)) {
            case TOLD -> {}
            case OUT_OF_REACH -> {
                if (isNear) {
                    throw untold(Failure.HOST_NOT_READY, vm, other, "does not reach its files; see to these first");
                }
            }
            case BEING_MADE -> {
                if (isNear || theirs.isEmpty()) {
                    throw Changes.Unsure.whileBusy(
                            untold(
                                    Failure.OPERATION_PENDING,
                                    vm,
                                    other,
                                    "is just making it; ask again when that has ended"),
                            site.patience());
                }
            }
        }
    }

    private static DriverException untold(Failure failure, Vm vm, Properties.Found other, String why) {
        return DriverException.because(failure)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "machine %s may lie over what a snapshot of %s froze, and nobody can see that now: the vCenter %s",
                        VmName.plain(other.text("name")), vm.id(), why);
    }

    /** Requires that the disks of linked clones that snapshots tell of are gone, whether a machine has them or not. */
    void requireGone(Vm vm, Collection<SnapshotTree.Entry> snapshots) throws InterruptedException {
        for (SnapshotTree.Entry each : snapshots) {
            for (DiskFile disk : each.linked()) {
                if (isThere(disk)) {
                    throw inUse(vm, "disk " + disk);
                }
            }
        }
    }

    private static DriverException inUse(Vm vm, String what) {
        return DriverException.because(Failure.IN_USE)
                .message(
                        "%s is a linked clone, or of one, and lies over what a snapshot of %s froze; its disk would change."
                                + " Delete it first",
                        what, vm.id());
    }

    private boolean isThere(DiskFile disk) throws InterruptedException {
        try {
            reader.requireThere(disk);
            return true;
        } catch (DriverException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private static boolean isOver(Properties.Found machine, Set<DiskFile> layers) {
        return machine.value(HARDWARE).stream()
                .flatMap(hardware -> hardware.all("device"))
                .filter(device -> device.type().equals("VirtualDisk"))
                .flatMap(device -> VmDisk.files(device).stream().skip(1))
                .anyMatch(layers::contains);
    }
}
