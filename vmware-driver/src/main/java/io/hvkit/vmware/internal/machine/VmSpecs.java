package io.hvkit.vmware.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What is sent to make a machine or to change one. */
final class VmSpecs {

    /** Sixteen, less the one that the controller itself has. */
    static final List<Integer> UNITS =
            IntStream.range(0, 16).filter(unit -> unit != 7).boxed().toList();

    private static final int NEW_CONTROLLER = -1;
    private static final int NEW_DISK = -100;
    static final int NEW_CARD = -200;
    private static final ByteSize MEMORY_STEP = ByteSize.mebibytes(4);
    private static final String OTHER_GUEST = "otherGuest64";

    private VmSpecs() {}

    /** A disk, its unit, and its UUID, if it has one. */
    record Placed(Disk disk, int unit, Optional<DiskUuid> uuid) {

        Notes.OfDisk note() {
            return new Notes.OfDisk(
                    disk.volume(), DiskFile.of(disk.attachment()).toString(), uuid);
        }
    }

    /** Refuses what can never work, before anything is asked of the vCenter. */
    static void requirePossible(MachineSpec spec) {
        VmName.require(spec.name());
        spec.disks().forEach(VmSpecs::requirePossible);
        spec.nics().forEach(VmCard::requirePossible);
    }

    /** Refuses a size that a vCenter does not take; not asked of what is there already. */
    static void requireMakable(MachineSpec spec) {
        if (!spec.memory().isMultipleOf(MEMORY_STEP)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "vSphere gives machines memory in steps of %s, and %s is none; round it up",
                            MEMORY_STEP, spec.memory());
        }
        if (spec.disks().size() > UNITS.size()) {
            throw noRoom(spec.name());
        }
    }

    static void requirePossible(Disk disk) {
        if (disk.key().isPresent() || disk.format() == ImageFormat.LUKS) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "disk %s is encrypted, and vSphere opens no LUKS; its own encryption, by storage policies and a key"
                                    + " provider of the vCenter, is not offered yet. Leave the volume on a KVM host, or copy it to"
                                    + " one that is not encrypted",
                            disk.volume());
        }
        if (disk.format() != ImageFormat.VMDK) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("disk %s is %s, and vSphere opens VMDK alone; convert it", disk.volume(), disk.format());
        }
        if (!disk.device().equals(DiskDevice.on(DiskBus.VIRTIO)) || disk.base().isPresent()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("disk %s is asked for as another device than a plain one", disk.volume());
        }
        DiskFile.of(disk.attachment());
    }

    static DriverException noRoom(String machine) {
        return DriverException.because(Failure.EXHAUSTED)
                .message("machine %s has room for %s disks, and no more", machine, UNITS.size());
    }

    /** Returns a machine whose own files are there. */
    static Data machine(MachineSpec spec, String home, List<Placed> disks, List<Data> cards) {
        List<Data> devices = new ArrayList<>(List.of(adding(Data.of("ParaVirtualSCSIController")
                .with("key", NEW_CONTROLLER)
                .with("busNumber", 0)
                .with("sharedBus", "noSharing"))));
        List<Data> notes = new ArrayList<>(Notes.of(spec.persistence(), spec.tags()));
        for (Placed disk : disks) {
            devices.add(adding(disk(disk, NEW_CONTROLLER)));
            notes.addAll(Notes.of(disk.unit(), disk.note()));
        }
        cards.forEach(card -> devices.add(adding(card)));
        return Data.of("VirtualMachineConfigSpec")
                .with("name", VmName.escaped(spec.name()))
                .with("guestId", OTHER_GUEST)
                .with("files", Data.of("VirtualMachineFileInfo").with("vmPathName", home))
                .with("numCPUs", spec.cpus())
                .with("memoryMB", spec.memory().bytes() / ByteSize.mebibytes(1).bytes())
                .with("firmware", "bios")
                .with("deviceChange", devices)
                .with("extraConfig", notes);
    }

    private static Data adding(Data device) {
        return Data.of("VirtualDeviceConfigSpec").with("operation", "add").with("device", device);
    }

    /** A file that is there is attached: it is neither made nor changed. Its size is the file's, whatever is said here. */
    private static Data disk(Placed placed, int controller) {
        return Data.of("VirtualDisk")
                .with("key", NEW_DISK - placed.unit())
                .with(
                        "backing",
                        Data.of("VirtualDiskFlatVer2BackingInfo")
                                .with(
                                        "fileName",
                                        DiskFile.of(placed.disk().attachment()).toString())
                                .with("diskMode", "persistent"))
                .with("controllerKey", controller)
                .with("unitNumber", placed.unit())
                .with("capacityInKB", 0);
    }

    static Data attaching(Placed disk, int controller, String version) {
        return changing(version)
                .with("deviceChange", adding(disk(disk, controller)))
                .with("extraConfig", Notes.of(disk.unit(), disk.note()));
    }

    /** Notes where disks are that nobody knew of beforehand. */
    static Data noting(List<VmDisk> disks, String version) {
        List<Data> notes = new ArrayList<>();
        for (VmDisk disk : disks) {
            disk.volume()
                    .map(volume -> new Notes.OfDisk(volume, disk.file().toString(), disk.uuid()))
                    .ifPresent(note -> notes.addAll(Notes.of(disk.unit(), note)));
        }
        return changing(version).with("extraConfig", notes);
    }

    /** Takes a disk away; its file stays. */
    static Data detaching(VmDisk disk, String version) {
        return changing(version)
                .with(
                        "deviceChange",
                        Data.of("VirtualDeviceConfigSpec")
                                .with("operation", "remove")
                                .with("device", Data.of("VirtualDisk").with("key", disk.key())))
                .with("extraConfig", Notes.noneOf(disk.unit()));
    }

    static Data attaching(Nic nic, Data backing, String version) {
        return changing(version).with("deviceChange", adding(VmCard.device(nic, NEW_CARD, backing)));
    }

    static Data detaching(VmCard card, String version) {
        return changing(version)
                .with(
                        "deviceChange",
                        Data.of("VirtualDeviceConfigSpec")
                                .with("operation", "remove")
                                .with("device", Data.of("VirtualEthernetCard").with("key", card.key())));
    }

    static Data resizing(VmDisk disk, long bytes, String version) {
        Node device = disk.device();
        Data edited = Data.of("VirtualDisk")
                .with("key", disk.key())
                .with(
                        "deviceInfo",
                        Data.of("Description")
                                .with("label", device.text("deviceInfo", "label"))
                                .with("summary", device.text("deviceInfo", "summary")))
                .with(
                        "backing",
                        Data.of("VirtualDiskFlatVer2BackingInfo")
                                .with("fileName", disk.file().toString())
                                .with("diskMode", device.text("backing", "diskMode")))
                .with("controllerKey", disk.controller())
                .with("unitNumber", disk.unit())
                .with("capacityInKB", bytes / 1024)
                .with("capacityInBytes", bytes);
        return changing(version)
                .with(
                        "deviceChange",
                        Data.of("VirtualDeviceConfigSpec")
                                .with("operation", "edit")
                                .with("device", edited));
    }

    /** A machine that somebody changed since it was looked at is looked at again. */
    private static Data changing(String version) {
        return Data.of("VirtualMachineConfigSpec")
                .with("changeVersion", Optional.of(version).filter(known -> !known.isEmpty()));
    }
}
