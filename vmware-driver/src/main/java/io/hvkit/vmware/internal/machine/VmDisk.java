package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.vmware.internal.soap.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A disk as a machine has it now. Where snapshots were taken, it has several layers, of which the lowest is the volume. Below that, in
 * another folder, lies what a linked clone shares with others.
 *
 * @param file where the lowest layer is; files move behind our back
 * @param top where the one is that is written to; the same if there are no others
 * @param below the layers under {@code top}, down to what is shared
 * @param uuid that of the file, which its layers carry, too
 * @param noted what is noted of it, if that is about this disk
 */
record VmDisk(
        int key,
        int controller,
        int unit,
        DiskFile file,
        DiskFile top,
        List<DiskFile> below,
        Optional<DiskUuid> uuid,
        long bytes,
        Node device,
        Optional<Notes.OfDisk> noted) {

    /** Reads a device; nothing if it is no disk with a file. */
    static Optional<VmDisk> of(Node device, Optional<Integer> ours, Notes notes) {
        List<Node> layers = layers(device);
        if (!device.type().equals("VirtualDisk") || layers.isEmpty()) {
            return Optional.empty();
        }
        List<DiskFile> files = layers.stream().map(VmDisk::fileOf).toList();
        int controller = number(device.text("controllerKey"));
        int unit = number(device.text("unitNumber"));
        Optional<Notes.OfDisk> note = ours.filter(key -> key == controller).flatMap(key -> notes.disk(unit));
        int lowest = lowest(files, note);
        Optional<DiskUuid> uuid = uuid(layers.subList(0, lowest + 1));
        return Optional.of(new VmDisk(
                number(device.text("key")),
                controller,
                unit,
                files.get(lowest),
                files.get(0),
                files.subList(1, files.size()),
                uuid,
                bytes(device),
                device,
                note.filter(one -> isOf(one, uuid))));
    }

    /** Returns the files that a device consists of, as far as they can be named, the one that is written to first. */
    static List<DiskFile> files(Node device) {
        return layers(device).stream().map(VmDisk::fileOf).toList();
    }

    private static List<Node> layers(Node device) {
        List<Node> layers = new ArrayList<>();
        for (Node next = device.at("backing").orElse(null);
                next != null && DiskFile.spelt(next.text("fileName")).isPresent();
                next = next.at("parent").orElse(null)) {
            layers.add(next);
        }
        return layers;
    }

    private static DiskFile fileOf(Node backing) {
        return DiskFile.spelt(backing.text("fileName")).orElseThrow();
    }

    /** Layers of snapshots lie beside the disk; what lies elsewhere is the source of a linked clone. */
    private static int lowest(List<DiskFile> files, Optional<Notes.OfDisk> note) {
        int lowest = 0;
        while (lowest + 1 < files.size()
                && files.get(lowest + 1).folder().equals(files.get(lowest).folder())) {
            if (isNoted(files.get(lowest), note)) {
                return lowest;
            }
            lowest++;
        }
        return lowest;
    }

    private static boolean isNoted(DiskFile file, Optional<Notes.OfDisk> note) {
        return note.filter(one -> one.place().equals(file.toString())).isPresent();
    }

    /** The layers of one disk carry the same, and some kinds of files none. */
    private static Optional<DiskUuid> uuid(List<Node> layers) {
        for (int i = layers.size() - 1; i >= 0; i--) {
            Optional<DiskUuid> uuid = DiskUuid.spelt(layers.get(i).text("uuid"));
            if (uuid.isPresent()) {
                return uuid;
            }
        }
        return Optional.empty();
    }

    /** Somebody may have put another disk in the place of ours; it has another UUID then. */
    private static boolean isOf(Notes.OfDisk note, Optional<DiskUuid> now) {
        return note.uuid().isEmpty() || now.isEmpty() || note.uuid().equals(now);
    }

    /** Returns whether what the machine has is more than what is in the volume's file. */
    boolean isLayered() {
        return !top.equals(file);
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
