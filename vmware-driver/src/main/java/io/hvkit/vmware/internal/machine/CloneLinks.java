package io.hvkit.vmware.internal.machine;

import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.List;
import java.util.Optional;

/** Tells snapshots which disks lie over them, so that they stay even when no machine has these disks any more. */
final class CloneLinks {

    private final VmReader reader;
    private final Changes changes;

    CloneLinks(VmReader reader, Changes changes) {
        this.reader = reader;
        this.changes = changes;
    }

    /** Tells the snapshot of a linked clone where its disks are now; does nothing for other machines. */
    void tell(Vm clone) throws Changes.Unsure, InterruptedException {
        Optional<SnapshotTree.Entry> snapshot = snapshotOf(clone);
        if (snapshot.isEmpty()) {
            return;
        }
        List<DiskFile> disks = clone.disks().stream().map(VmDisk::file).toList();
        Data request = Data.of("RenameSnapshot")
                .with("name", VmName.escaped(snapshot.get().name()))
                .with("description", snapshot.get().linkedTo(disks));
        try {
            Node done = changes.call(Call.changing(snapshot.get().ref(), request));
            System.getLogger(CloneLinks.class.getName())
                    .log(
                            System.Logger.Level.TRACE,
                            "{0} is told of its clone: {1}",
                            snapshot.get().name(),
                            done);
        } catch (VimFault e) {
            throw e.asFailure();
        }
    }

    private Optional<SnapshotTree.Entry> snapshotOf(Vm clone) throws InterruptedException {
        Optional<Notes.OfClone> origin =
                clone.notes().origin().filter(found -> found.kind() == MachineClone.Kind.LINKED);
        Optional<Vm> source =
                origin.isEmpty() ? Optional.empty() : reader.named(origin.get().source());
        return origin.flatMap(Notes.OfClone::snapshot)
                .flatMap(id -> source.flatMap(vm -> vm.snapshots().find(id)));
    }
}
