package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds out who lies over layers that are about to be written to. A vCenter does not look: it merges, and a linked clone is lost. */
final class LayerUsers {

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
            return reader.of(snapshot.ref(), "config.hardware").value("config.hardware");
        } catch (DriverException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                throw new Changes.Unsure(e);
            }
            throw e;
        }
    }

    /** Requires that no other machine of the datacenter, running or not, has a disk over one of these. */
    void requireNone(Vm vm, Collection<DiskFile> layers) throws InterruptedException {
        Set<DiskFile> wanted = Set.copyOf(layers);
        for (Properties.Found other : machines()) {
            if (!other.ref().equals(vm.ref()) && isOver(other, wanted)) {
                throw inUse(vm, "machine " + VmName.plain(other.text("name")));
            }
        }
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
        return machine.value("config.hardware").stream()
                .flatMap(hardware -> hardware.all("device"))
                .filter(device -> device.type().equals("VirtualDisk"))
                .flatMap(device -> VmDisk.files(device).stream().skip(1))
                .anyMatch(layers::contains);
    }

    private List<Properties.Found> machines() throws InterruptedException {
        Ref folder = reader.of(site.datacenter(), "vmFolder")
                .value("vmFolder")
                .map(Node::ref)
                .orElseThrow(
                        () -> DriverException.because(Failure.BAD_CREDENTIALS)
                                .message(
                                        "the account may not see the datacenter's machines, which is needed to protect clones"));
        try {
            return site.client().properties().readMachines(folder, "name", "config.hardware");
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }
}
