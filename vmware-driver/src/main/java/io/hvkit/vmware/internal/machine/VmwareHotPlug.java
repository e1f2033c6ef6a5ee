package io.hvkit.vmware.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import java.util.Optional;

/** Changes the disks and network cards of machines that run. The present place of each is read before it is touched: files move behind our back. */
final class VmwareHotPlug implements HotPlug {

    private static final int SECTOR = 512;

    private final Site site;
    private final VmReader reader;
    private final Changes changes;
    private final MachineLocks locks;
    private final Networks networks;

    VmwareHotPlug(Site site, VmReader reader, Changes changes, MachineLocks locks, Networks networks) {
        this.site = site;
        this.reader = reader;
        this.changes = changes;
        this.locks = locks;
        this.networks = networks;
    }

    private Vm running(MachineId id) throws InterruptedException {
        return reader.here(id)
                .filter(vm -> vm.state() == MachineState.RUNNING)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("no machine %s runs on host %s", id, site.name()));
    }

    @Override
    public void attach(MachineId machine, Disk disk) throws InterruptedException {
        VmSpecs.requirePossible(disk);
        locks.alone(
                machine,
                () -> Changes.sure(() -> {
                    attachOnce(running(machine), disk);
                    return machine;
                }));
    }

    private void attachOnce(Vm vm, Disk disk) throws Changes.Unsure, InterruptedException {
        Optional<VmDisk> rival = vm.rival(disk);
        if (rival.isPresent()) {
            if (rival.get().is(disk)) {
                return;
            }
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "machine %s has disk %s at %s, which is in the way of %s at %s",
                            vm.id(),
                            rival.get().volume().map(VolumeId::value).orElse("(of somebody else)"),
                            rival.get().file(),
                            disk.volume(),
                            DiskFile.of(disk.attachment()));
        }
        Optional<DiskUuid> uuid = reader.uuidOf(DiskFile.of(disk.attachment()));
        int controller = vm.controller().orElseThrow(() -> VmSpecs.noRoom(vm.name()));
        int unit = vm.freeUnit().orElseThrow(() -> VmSpecs.noRoom(vm.name()));
        reconfigure(vm, VmSpecs.attaching(new VmSpecs.Placed(disk, unit, uuid), controller, vm.changeVersion()));
    }

    private void reconfigure(Vm vm, Data spec) throws Changes.Unsure, InterruptedException {
        try {
            changes.task(Call.changing(vm.ref(), Data.of("ReconfigVM_Task").with("spec", spec)), site.patience());
        } catch (VimFault e) {
            throw e.asFailure();
        }
    }

    /** What somebody has open a moment longer is tried again, after another look. */
    private void takeAway(Vm vm, Data spec, Duration patience) throws Changes.Unsure, InterruptedException {
        try {
            Node done = changes.task(
                    Call.changing(vm.ref(), Data.of("ReconfigVM_Task").with("spec", spec)), patience);
            System.getLogger(VmwareHotPlug.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} has a device less: {1}", vm.id(), done);
        } catch (VimFault e) {
            if (e.meansLocked()) {
                throw Changes.Unsure.whileLocked(e.asFailure());
            }
            throw e.asFailure();
        }
    }

    @Override
    public void detach(MachineId machine, VolumeId disk, Duration patience) throws InterruptedException {
        locks.alone(
                machine,
                () -> Changes.sure(() -> {
                    Optional<Vm> vm = reader.here(machine);
                    Optional<VmDisk> there = vm.flatMap(found -> found.disk(disk));
                    if (vm.isPresent() && there.isPresent()) {
                        requireNoLayers(vm.get(), there.get());
                        takeAway(
                                vm.get(),
                                VmSpecs.detaching(there.get(), vm.get().changeVersion()),
                                patience);
                    }
                    return machine;
                }));
    }

    @Override
    public void resize(MachineId machine, VolumeId disk, ByteSize size) throws InterruptedException {
        if (!size.isMultipleOf(ByteSize.bytes(SECTOR))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("disks have whole sectors of %s bytes, and %s is no such size", SECTOR, size);
        }
        locks.alone(
                machine,
                () -> Changes.sure(() -> {
                    Vm vm = running(machine);
                    resizeOnce(vm, requireDisk(vm, disk), size);
                    return machine;
                }));
    }

    /** Of a disk that has layers its file is not all. That of a linked clone is taken away as any other. */
    private static void requireNoLayers(Vm vm, VmDisk disk) {
        if (vm.isLayered()) {
            DiskGrowth.requireWhole(vm, disk, Failure.INVALID_REQUEST);
        }
    }

    private static VmDisk requireDisk(Vm vm, VolumeId disk) {
        return vm.disk(disk)
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("machine %s has no disk %s", vm.id(), disk));
    }

    private void resizeOnce(Vm vm, VmDisk disk, ByteSize size) throws Changes.Unsure, InterruptedException {
        if (disk.bytes() > size.bytes()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a disk never shrinks, and %s of %s has %s bytes, more than %s",
                            disk.file(), vm.id(), disk.bytes(), size);
        }
        if (disk.bytes() < size.bytes()) {
            DiskGrowth.requireWhole(vm, disk, Failure.INVALID_REQUEST);
            reconfigure(vm, VmSpecs.resizing(disk, size.bytes(), vm.changeVersion()));
        }
    }

    @Override
    public void attach(MachineId machine, Nic nic) throws InterruptedException {
        VmCard.requirePossible(nic);
        MacAddress address = nic.address()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "a card that is plugged in needs an address, since a repeated call could not be told from a"
                                        + " second card; give the one on %s its own",
                                nic.name()));
        locks.alone(
                machine,
                () -> Changes.sure(() -> {
                    Vm vm = running(machine);
                    if (vm.card(address).isEmpty()) {
                        reconfigure(vm, VmSpecs.attaching(nic, networks.backing(nic), vm.changeVersion()));
                    }
                    return machine;
                }));
    }

    @Override
    public void detach(MachineId machine, MacAddress nic, Duration patience) throws InterruptedException {
        locks.alone(
                machine,
                () -> Changes.sure(() -> {
                    Optional<Vm> vm = reader.here(machine);
                    Optional<VmCard> card = vm.flatMap(found -> found.card(nic));
                    if (vm.isPresent() && card.isPresent()) {
                        takeAway(
                                vm.get(), VmSpecs.detaching(card.get(), vm.get().changeVersion()), patience);
                    }
                    return machine;
                }));
    }
}
