package io.hvkit.kvm.internal.xml;

import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A merge that was begun, as libvirt keeps it for us with a domain. It stands for itself: a disk may have been started over another
 * without a snapshot.
 *
 * @param overlay what is merged
 * @param into the layer below it
 * @param phase how far it came, as far as was noted
 */
public record MergeNote(Place overlay, Place into, Phase phase) {

    /** How far a merge came. */
    public enum Phase {
        /** It was begun; whether it is over, the disks tell. */
        BEGUN,
        /** All is copied, and the domain was about to be switched. */
        SWITCHING
    }

    private static final String LIST = "merges";

    /** Returns whether it is about a merge of one place into another. */
    public boolean isOf(Place from, Place to) {
        return overlay.equals(from) && into.equals(to);
    }

    /** Writes the list, an empty one too: that tells later readers that there is nothing else to go by. */
    static void write(Xml machine, List<MergeNote> merges) {
        Xml list = machine.add(LIST);
        for (MergeNote merge : merges) {
            Xml xml = list.add("merge").with("phase", word(merge.phase));
            write(xml.add("overlay"), merge.overlay);
            write(xml.add("into"), merge.into);
        }
    }

    private static void write(Xml xml, Place place) {
        xml.with("type", place.type()).with("path", place.path());
    }

    /** Reads the list. Before there was one, the snapshots had to tell. */
    static List<MergeNote> readAll(Xml machine, List<MachineSnapshot> snapshots) {
        Optional<Xml> list = machine.find(LIST);
        return list.isPresent()
                ? list.get().children("merge").stream()
                        .flatMap(merge -> read(merge).stream())
                        .toList()
                : told(snapshots);
    }

    private static Optional<MergeNote> read(Xml merge) {
        Optional<Place> overlay = merge.find("overlay").flatMap(MergeNote::readPlace);
        Optional<Place> into = merge.find("into").flatMap(MergeNote::readPlace);
        return overlay.isPresent() && into.isPresent()
                ? Optional.of(new MergeNote(overlay.get(), into.get(), phase(merge)))
                : Optional.empty();
    }

    /** What a later version may have noted is a doubt to this one. */
    private static Phase phase(Xml merge) {
        return merge.attribute("phase").filter(word(Phase.BEGUN)::equals).isPresent() ? Phase.BEGUN : Phase.SWITCHING;
    }

    private static String word(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }

    private static Optional<Place> readPlace(Xml xml) {
        Optional<String> type = xml.attribute("type");
        Optional<String> path = xml.attribute("path");
        return type.isPresent() && path.isPresent() ? Optional.of(new Place(type.get(), path.get())) : Optional.empty();
    }

    private static List<MergeNote> told(List<MachineSnapshot> snapshots) {
        List<MergeNote> told = new ArrayList<>();
        for (MachineSnapshot snapshot : snapshots) {
            for (SnapshotDisk disk : snapshot.disks()) {
                phase(disk.content())
                        .map(phase -> new MergeNote(SnapshotNote.overlay(disk), SnapshotNote.frozen(disk), phase))
                        .filter(note -> told.stream().noneMatch(other -> other.isOf(note.overlay, note.into)))
                        .ifPresent(told::add);
            }
        }
        return List.copyOf(told);
    }

    private static Optional<Phase> phase(SnapshotDisk.Content content) {
        return switch (content) {
            case INTACT, THAWED -> Optional.empty();
            case CHANGED -> Optional.of(Phase.BEGUN);
            case SWITCHING -> Optional.of(Phase.SWITCHING);
        };
    }
}
