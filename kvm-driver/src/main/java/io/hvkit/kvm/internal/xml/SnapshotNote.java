package io.hvkit.kvm.internal.xml;

import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;

/** How a snapshot stands in what libvirt keeps for us. */
final class SnapshotNote {

    private SnapshotNote() {}

    static void write(Xml machine, MachineSnapshot snapshot) {
        Xml xml = machine.add("snapshot").with("id", snapshot.id().value());
        for (SnapshotDisk disk : snapshot.disks()) {
            Xml written = xml.add("disk");
            written.with("content", word(disk.content()));
            write(written.add("frozen"), disk.frozen());
            write(written.add("overlay"), disk.overlay());
        }
    }

    private static void write(Xml xml, MachineDisk disk) {
        Place place = Place.of(disk.attachment());
        xml.with("volume", disk.volume().value()).with("type", place.type()).with("path", place.path());
    }

    static List<MachineSnapshot> readAll(Xml machine) {
        List<MachineSnapshot> snapshots = new ArrayList<>();
        for (Xml xml : machine.children("snapshot")) {
            List<SnapshotDisk> disks = xml.children("disk").stream()
                    .flatMap(disk -> readDisk(disk).stream())
                    .toList();
            xml.attribute("id")
                    .flatMap(id -> Foreign.value(() -> new MachineSnapshot(new SnapshotId(id), disks)))
                    .ifPresent(snapshots::add);
        }
        return List.copyOf(snapshots);
    }

    /** Returns snapshots with a merge in them. Another snapshot that froze the layer has lost it, too. */
    static List<MachineSnapshot> marked(List<MachineSnapshot> snapshots, MergeNote note, SnapshotDisk.Content content) {
        return with(snapshots, (snapshot, disk) -> {
            if (note.isOf(overlay(disk), frozen(disk))) {
                return content;
            }
            boolean spoilt = frozen(disk).equals(note.into()) && disk.content() == SnapshotDisk.Content.INTACT;
            return spoilt ? SnapshotDisk.Content.CHANGED : disk.content();
        });
    }

    /** Returns snapshots with what each of them says of a frozen place as it was before. */
    static List<MachineSnapshot> restored(List<MachineSnapshot> snapshots, Place frozen, List<MachineSnapshot> before) {
        return with(
                snapshots,
                (snapshot, disk) -> before.stream()
                        .filter(each -> frozen(disk).equals(frozen) && each.id().equals(snapshot.id()))
                        .flatMap(each -> each.disks().stream())
                        .filter(was -> overlay(was).equals(overlay(disk))
                                && frozen(was).equals(frozen))
                        .map(SnapshotDisk::content)
                        .findFirst()
                        .orElse(disk.content()));
    }

    private static List<MachineSnapshot> with(
            List<MachineSnapshot> snapshots, BiFunction<MachineSnapshot, SnapshotDisk, SnapshotDisk.Content> content) {
        return snapshots.stream()
                .map(snapshot -> new MachineSnapshot(
                        snapshot.id(),
                        snapshot.disks().stream()
                                .map(disk ->
                                        new SnapshotDisk(disk.frozen(), disk.overlay(), content.apply(snapshot, disk)))
                                .toList()))
                .toList();
    }

    static Place overlay(SnapshotDisk disk) {
        return Place.of(disk.overlay().attachment());
    }

    static Place frozen(SnapshotDisk disk) {
        return Place.of(disk.frozen().attachment());
    }

    private static Optional<SnapshotDisk> readDisk(Xml disk) {
        SnapshotDisk.Content content = content(disk.attribute("content").orElse(word(SnapshotDisk.Content.INTACT)));
        return disk.find("frozen")
                .flatMap(SnapshotNote::readSide)
                .flatMap(frozen -> disk.find("overlay")
                        .flatMap(SnapshotNote::readSide)
                        .map(overlay -> new SnapshotDisk(frozen, overlay, content)));
    }

    /** A later version may have noted what this one does not know; that is not intact. */
    private static SnapshotDisk.Content content(String word) {
        for (SnapshotDisk.Content content : SnapshotDisk.Content.values()) {
            if (word(content).equals(word)) {
                return content;
            }
        }
        return SnapshotDisk.Content.CHANGED;
    }

    private static String word(SnapshotDisk.Content content) {
        return content.name().toLowerCase(Locale.ROOT);
    }

    private static Optional<MachineDisk> readSide(Xml xml) {
        Optional<String> volume = xml.attribute("volume");
        Optional<String> type = xml.attribute("type");
        Optional<String> path = xml.attribute("path");
        if (volume.isEmpty() || type.isEmpty() || path.isEmpty()) {
            return Optional.empty();
        }
        return Foreign.value(
                () -> new MachineDisk(new VolumeId(volume.get()), new Place(type.get(), path.get()).attachment()));
    }
}
