package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;

/**
 * What must hold of a machine before a disk is merged, and what shows that it was.
 *
 * @param machine the machine's name
 * @param merge what is asked for
 * @param overlay where the disk is
 * @param into where the layer below it is
 */
record MergeCheck(String machine, DiskMerge merge, Place overlay, Place into) {

    /** An equal request was carried out before if its beginning is noted, and the disk is the layer below by now. */
    boolean isDone(MachineXml xml) {
        return xml.isMerging(overlay, into)
                && xml.disk(merge.disk().volume()).isEmpty()
                && xml.disk(merge.into().volume())
                        .filter(disk -> disk.place().equals(into))
                        .isPresent();
    }

    /** Returns the disk, which lies right over the layer, and the layer is its own. */
    DiskXml requireDisk(MachineXml xml) {
        VolumeId volume = merge.disk().volume();
        DiskXml disk = xml.disk(volume)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s has no disk %s on top", machine, volume));
        if (!disk.place().equals(overlay)
                || disk.layers().isEmpty()
                || !disk.layers().get(0).place().equals(into)) {
            throw refused(
                    "disk %s of machine %s is at %s over %s, and not at %s over %s",
                    volume,
                    machine,
                    disk.place(),
                    disk.places().subList(1, disk.places().size()),
                    overlay,
                    into);
        }
        if (!merge.into().volume().equals(xml.volumes().get(into))) {
            throw refused(
                    "%s below disk %s is not known to be volume %s of machine %s, and others may lie over it; start the machine"
                            + " with the disk said over it",
                    into, volume, merge.into().volume(), machine);
        }
        if (disk.encrypted() == DiskXml.Encryption.LUKS
                && disk.layers().get(0).encrypted() == DiskXml.Encryption.NONE) {
            throw refused(
                    "disk %s is encrypted and %s is not, so its data would be in clear there; move the disk instead",
                    volume, into);
        }
        requireNoOtherDisk(xml, disk);
        return disk;
    }

    /** Two disks of one machine may lie over one layer as well as disks of two machines. */
    private void requireNoOtherDisk(MachineXml xml, DiskXml disk) {
        for (DiskXml other : xml.disks()) {
            boolean reads = other.places().contains(into)
                    || other.places().contains(overlay)
                    || other.mirror()
                            .filter(mirror -> mirror.place().equals(into))
                            .isPresent();
            if (!other.target().equals(disk.target()) && reads) {
                throw inUse(machine, "disk " + other.target() + " over " + into + ", too");
            }
        }
    }

    /** Throws {@code IN_USE} if another machine has a disk or a layer there, running or remembered. */
    void requireNobodyElse(LibvirtConnection connection) throws LibvirtException {
        LibvirtSnapshots.requireNobodyElse(connection, machine, into);
    }

    private static DriverException inUse(String machine, String what) {
        return DriverException.because(Failure.IN_USE)
                .message("machine %s has %s, and what that reads there would change", machine, what);
    }

    private static DriverException refused(String message, Object... values) {
        return DriverException.because(Failure.INVALID_REQUEST).message(message, values);
    }
}
