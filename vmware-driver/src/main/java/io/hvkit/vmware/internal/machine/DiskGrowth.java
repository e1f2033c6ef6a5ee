package io.hvkit.vmware.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;

/**
 * Makes disks larger that machines have, by these machines: one whose disk's file grew behind its back would not know how large its
 * disk is. Who made the machine, and whether it runs, does not matter.
 */
public final class DiskGrowth {

    private final VimClient client;
    private final Changes changes;

    /** Makes one that asks by a client; no task takes longer than {@code patience}. */
    public DiskGrowth(VimClient client, Duration patience) {
        this.client = client;
        this.changes = new Changes(client, patience);
    }

    /**
     * Makes the disk in that file as large; does nothing if it is that large. Fails with {@code IN_USE} if the file is not all of the
     * disk, and if the machine takes no changes now.
     */
    public void grow(Ref machine, DiskFile file, ByteSize size) throws Changes.Unsure, InterruptedException {
        Vm vm = read(machine, file);
        VmDisk disk = vm.disks().stream()
                .filter(each -> each.top().equals(file))
                .findFirst()
                .orElseThrow(() -> new Changes.Unsure(changedMeanwhile(file)));
        if (disk.bytes() >= size.bytes()) {
            return;
        }
        requireWhole(vm, disk, Failure.IN_USE);
        requireReady(vm, disk);
        try {
            changes.task(Call.changing(
                    machine,
                    Data.of("ReconfigVM_Task").with("spec", VmSpecs.resizing(disk, size.bytes(), vm.changeVersion()))));
        } catch (VimFault e) {
            throw e.asFailure();
        }
    }

    private Vm read(Ref machine, DiskFile file) throws Changes.Unsure, InterruptedException {
        try {
            return Vm.of(client.properties().read(machine, Vm.PATHS));
        } catch (VimFault e) {
            if (e.is("ManagedObjectNotFound")) {
                throw new Changes.Unsure(changedMeanwhile(file));
            }
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private static DriverException changedMeanwhile(DiskFile file) {
        return DriverException.because(Failure.OPERATION_PENDING)
                .message("the machine that has disk %s is just being changed; ask again", file);
    }

    /** Fails unless what lies in a disk's file is all of it: a layer has the size of what it lies over. */
    static void requireWhole(Vm vm, VmDisk disk, Failure failure) {
        if (vm.isLayered()) {
            throw DriverException.because(failure)
                    .message(
                            "machine %s has snapshots, or layers of such, so that %s is not all of the disk; remove the"
                                    + " snapshots, those of others too, and consolidate",
                            vm.id(), disk.file());
        }
        if (!disk.below().isEmpty()) {
            throw DriverException.because(failure)
                    .message(
                            "disk %s of machine %s is a linked clone and lies over %s, whose size it has; make a full clone, and"
                                    + " let that grow",
                            disk.file(), vm.id(), disk.below().get(0));
        }
    }

    private static void requireReady(Vm vm, VmDisk disk) {
        if (vm.isTemplate()) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "disk %s is of template %s, which does not change; make it a machine first",
                            disk.file(), vm.id());
        }
        if (vm.state() == MachineState.PAUSED) {
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "machine %s is suspended, and its memory knows disk %s as it is; let it go on, or stop it",
                            vm.id(), disk.file());
        }
    }
}
