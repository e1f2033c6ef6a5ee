package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.vmware.internal.soap.Node;
import java.util.Optional;

/**
 * A disk as a machine has it now.
 *
 * @param file where its bytes are; files move behind our back
 * @param noted what is noted of it, if that is about this disk
 */
record VmDisk(int key, int controller, int unit, DiskFile file, long bytes, Node device, Optional<Notes.OfDisk> noted) {

    /** Reads a device; nothing if it is no disk with a file. */
    static Optional<VmDisk> of(Node device, Optional<Integer> ours, Notes notes) {
        Optional<DiskFile> file = DiskFile.spelt(device.text("backing", "fileName"));
        if (!device.type().equals("VirtualDisk") || file.isEmpty()) {
            return Optional.empty();
        }
        int controller = number(device.text("controllerKey"));
        int unit = number(device.text("unitNumber"));
        Optional<Notes.OfDisk> noted = ours.filter(key -> key == controller)
                .flatMap(key -> notes.disk(unit))
                .filter(note -> isOf(note, device));
        return Optional.of(
                new VmDisk(number(device.text("key")), controller, unit, file.get(), bytes(device), device, noted));
    }

    /** Somebody may have put another disk in the place of ours; it has another UUID then. */
    private static boolean isOf(Notes.OfDisk note, Node device) {
        Optional<DiskUuid> now = DiskUuid.spelt(device.text("backing", "uuid"));
        return note.uuid().isEmpty() || now.isEmpty() || note.uuid().equals(now);
    }

    private static long bytes(Node device) {
        String bytes = device.text("capacityInBytes");
        String kib = device.text("capacityInKB");
        if (!bytes.isEmpty()) {
            return Long.parseLong(bytes);
        }
        return kib.isEmpty() ? 0 : Long.parseLong(kib) * 1024;
    }

    static int number(String text) {
        return text.isEmpty() ? -1 : Integer.parseInt(text);
    }

    Optional<VolumeId> volume() {
        return noted.map(Notes.OfDisk::volume);
    }

    /** Returns whether it is what was asked for, wherever the file is by now. */
    boolean is(Disk wanted) {
        return volume().filter(wanted.volume()::equals).isPresent() && isAt(DiskFile.of(wanted.attachment()));
    }

    /** Returns whether its file is there, or was when it was attached. */
    boolean isAt(DiskFile place) {
        return file.equals(place)
                || noted.filter(note -> note.place().equals(place.toString())).isPresent();
    }

    Optional<MachineDisk> asMachineDisk() {
        return volume().map(volume -> new MachineDisk(volume, file.attachment()));
    }
}
