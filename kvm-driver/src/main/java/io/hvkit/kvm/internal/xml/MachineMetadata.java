package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ByteSize;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BootSource;
import io.hvkit.hypervisor.spi.Firmware;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Platform;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * What libvirt keeps for us with a domain: which volume is at which place, and what was asked for where libvirt writes down what it
 * made of that.
 *
 * @param volumes which volume is at which place; both sides of a copy
 * @param origins where what is at a place was before, if a copy brought it there
 * @param memory the amount of memory that was asked for, if that is noted; libvirt rounds it up
 * @param platform the board that was asked for
 * @param bootOrder where it looks for a boot loader
 * @param tags the caller's notes
 * @param snapshots what was frozen, in order; whether it still is, the disks tell
 * @param merges the merges that were begun, one at most of an overlay into a layer; what became of them, the disks tell
 */
public record MachineMetadata(
        Map<Place, VolumeId> volumes,
        Map<Place, Origin> origins,
        Optional<ByteSize> memory,
        Platform platform,
        List<BootSource> bootOrder,
        Map<String, String> tags,
        List<MachineSnapshot> snapshots,
        List<MergeNote> merges) {

    /**
     * Where a disk was before a copy.
     *
     * @param place there
     * @param volume the volume that it was there
     */
    public record Origin(Place place, VolumeId volume) {}

    /** The name space. */
    public static final String NAMESPACE = "https://hvkit.io/xmlns/machine/1";

    /** The prefix. */
    public static final String PREFIX = "hvkit";

    static final String ELEMENT = "machine";

    private static final String FROM = "from";

    static MachineMetadata of(MachineSpec spec) {
        Map<Place, VolumeId> volumes = new LinkedHashMap<>();
        spec.disks()
                .forEach(disk ->
                        disk.layers().forEach(layer -> volumes.put(Place.of(layer.attachment()), layer.volume())));
        return new MachineMetadata(
                volumes,
                Map.of(),
                Optional.of(spec.memory()),
                spec.platform(),
                spec.bootOrder(),
                spec.tags(),
                List.of(),
                List.of());
    }

    /** Returns this with a volume at one more place, which no copy has left any more. */
    public MachineMetadata with(Place place, VolumeId volume) {
        Map<Place, VolumeId> more = new LinkedHashMap<>(volumes);
        more.put(place, volume);
        Map<Place, Origin> fewer = new LinkedHashMap<>(origins);
        fewer.remove(place);
        fewer.values().removeIf(origin -> origin.place().equals(place));
        return new MachineMetadata(more, fewer, memory, platform, bootOrder, tags, snapshots, merges);
    }

    /** Returns this with a volume at one more place, to which a copy brings it. */
    public MachineMetadata with(Place place, VolumeId volume, Origin origin) {
        MachineMetadata more = with(place, volume);
        Map<Place, Origin> known = new LinkedHashMap<>(more.origins);
        known.put(place, origin);
        return new MachineMetadata(more.volumes, known, memory, platform, bootOrder, tags, snapshots, merges);
    }

    /** Returns this without what is at a place. */
    public MachineMetadata without(Place place) {
        Map<Place, VolumeId> fewer = new LinkedHashMap<>(volumes);
        fewer.remove(place);
        Map<Place, Origin> known = new LinkedHashMap<>(origins);
        known.remove(place);
        return new MachineMetadata(fewer, known, memory, platform, bootOrder, tags, snapshots, merges);
    }

    /** Returns this without what is at a place, in snapshots and merges neither: what they froze below it is frozen no more. */
    public MachineMetadata withoutOverlay(Place place) {
        return without(place).keeping((overlay, below) -> !overlay.equals(place));
    }

    /** Returns this with those of its snapshots' disks and merges of which {@code kept} holds, given an overlay and what is below. */
    public MachineMetadata keeping(BiPredicate<Place, Place> kept) {
        List<MachineSnapshot> left = new ArrayList<>();
        for (MachineSnapshot snapshot : snapshots) {
            List<SnapshotDisk> disks = snapshot.disks().stream()
                    .filter(disk -> kept.test(SnapshotNote.overlay(disk), SnapshotNote.frozen(disk)))
                    .toList();
            if (!disks.isEmpty()) {
                left.add(new MachineSnapshot(snapshot.id(), disks));
            }
        }
        return with(left)
                .noting(merges.stream()
                        .filter(merge -> kept.test(merge.overlay(), merge.into()))
                        .toList());
    }

    /** Returns this with other snapshots. */
    public MachineMetadata with(List<MachineSnapshot> others) {
        return new MachineMetadata(volumes, origins, memory, platform, bootOrder, tags, List.copyOf(others), merges);
    }

    /** Returns this with other merges. */
    public MachineMetadata noting(List<MergeNote> others) {
        return new MachineMetadata(volumes, origins, memory, platform, bootOrder, tags, snapshots, List.copyOf(others));
    }

    /** Returns this with one more snapshot, in place of one of the same name. */
    public MachineMetadata with(MachineSnapshot snapshot) {
        List<MachineSnapshot> more = new ArrayList<>(without(snapshot.id()).snapshots);
        more.add(snapshot);
        return with(more);
    }

    /** Returns this without a snapshot. */
    public MachineMetadata without(SnapshotId snapshot) {
        return with(
                snapshots.stream().filter(each -> !each.id().equals(snapshot)).toList());
    }

    /** Returns this with a merge begun: what lies below is no longer what a snapshot froze. */
    public MachineMetadata merging(Place overlay, Place into) {
        return noting(new MergeNote(overlay, into, MergeNote.Phase.BEGUN), SnapshotDisk.Content.CHANGED);
    }

    /** Returns this with the machine about to be switched, at the end of a merge. */
    public MachineMetadata switching(Place overlay, Place into) {
        return noting(new MergeNote(overlay, into, MergeNote.Phase.SWITCHING), SnapshotDisk.Content.SWITCHING);
    }

    /** Returns this with a merge as it was noted before, if it was, and all else as it is noted here. */
    public MachineMetadata restoring(Place overlay, Place into, MachineMetadata before) {
        List<MergeNote> others = new ArrayList<>(merges);
        others.removeIf(merge -> merge.isOf(overlay, into));
        before.merges.stream().filter(merge -> merge.isOf(overlay, into)).forEach(others::add);
        return noting(others).with(SnapshotNote.restored(snapshots, into, before.snapshots));
    }

    private MachineMetadata noting(MergeNote note, SnapshotDisk.Content content) {
        List<MergeNote> others = new ArrayList<>(merges);
        others.removeIf(merge -> merge.isOf(note.overlay(), note.into()));
        others.add(note);
        return noting(others).with(SnapshotNote.marked(snapshots, note, content));
    }

    /** Returns it as libvirt takes it for a domain that exists. */
    public String document() {
        Xml machine = Xml.root(ELEMENT);
        fill(machine);
        return machine.document();
    }

    /** Writes it below a domain's {@code metadata}. */
    void write(Xml metadata) {
        fill(metadata.add(NAMESPACE, PREFIX + ":" + ELEMENT));
    }

    /** Reads it from a domain. */
    static MachineMetadata read(Xml domain) {
        Map<Place, VolumeId> volumes = new LinkedHashMap<>();
        Map<Place, Origin> origins = new LinkedHashMap<>();
        Map<String, String> tags = new TreeMap<>();
        Optional<Xml> machine = domain.find("metadata", ELEMENT);
        List<MachineSnapshot> snapshots = machine.map(SnapshotNote::readAll).orElse(List.of());
        machine.ifPresent(xml -> {
            xml.children("volume").forEach(volume -> readVolume(volume, volumes, origins));
            xml.children("tag")
                    .forEach(tag -> tag.attribute("name")
                            .ifPresent(name ->
                                    tags.put(name, tag.attribute("value").orElse(""))));
        });
        return new MachineMetadata(
                Map.copyOf(volumes),
                Map.copyOf(origins),
                machine.flatMap(xml -> xml.find("board"))
                        .flatMap(board -> board.attribute("memory"))
                        .flatMap(kib -> Foreign.value(() -> ByteSize.kibibytes(Long.parseLong(kib)))),
                machine.flatMap(xml -> xml.find("board"))
                        .map(MachineMetadata::readPlatform)
                        .orElse(Platform.with(Firmware.BIOS)),
                readOrder(machine),
                Map.copyOf(tags),
                snapshots,
                machine.map(xml -> MergeNote.readAll(xml, snapshots)).orElse(List.of()));
    }

    private void fill(Xml machine) {
        volumes.forEach((place, volume) -> {
            Xml xml = at(machine.add("volume"), place, volume);
            Optional.ofNullable(origins.get(place))
                    .ifPresent(origin -> at(xml.add(FROM), origin.place(), origin.volume()));
        });
        Xml board = machine.add("board").with("firmware", platform.firmware().name());
        memory.ifPresent(size -> board.with("memory", Long.toString(size.bytes() >> 10)));
        platform.machineType().ifPresent(type -> board.with("type", type));
        platform.processor().ifPresent(model -> board.with("processor", model));
        bootOrder.forEach(source -> machine.add("boot").with("from", source.name()));
        tags.forEach((name, value) -> machine.add("tag").with("name", name).with("value", value));
        snapshots.forEach(snapshot -> SnapshotNote.write(machine, snapshot));
        MergeNote.write(machine, merges);
    }

    private static Xml at(Xml xml, Place place, VolumeId volume) {
        return xml.with("id", volume.value()).with("type", place.type()).with("path", place.path());
    }

    private static void readVolume(Xml xml, Map<Place, VolumeId> volumes, Map<Place, Origin> origins) {
        readOrigin(xml).ifPresent(at -> {
            volumes.put(at.place(), at.volume());
            xml.find(FROM).flatMap(MachineMetadata::readOrigin).ifPresent(origin -> origins.put(at.place(), origin));
        });
    }

    private static Optional<Origin> readOrigin(Xml xml) {
        Optional<String> id = xml.attribute("id");
        Optional<String> type = xml.attribute("type");
        Optional<String> path = xml.attribute("path");
        return id.isPresent() && type.isPresent() && path.isPresent()
                ? Foreign.value(() -> new VolumeId(id.get()))
                        .map(volume -> new Origin(new Place(type.get(), path.get()), volume))
                : Optional.empty();
    }

    private static Platform readPlatform(Xml board) {
        Platform platform = Platform.with(
                known(Firmware.values(), board.attribute("firmware")).orElse(Firmware.BIOS));
        Platform typed = board.attribute("type")
                .flatMap(type -> Foreign.value(() -> platform.machineType(type)))
                .orElse(platform);
        return board.attribute("processor")
                .flatMap(model -> Foreign.value(() -> typed.processor(model)))
                .orElse(typed);
    }

    private static List<BootSource> readOrder(Optional<Xml> machine) {
        List<BootSource> order = new ArrayList<>();
        machine.ifPresent(xml -> xml.children("boot")
                .forEach(boot ->
                        known(BootSource.values(), boot.attribute("from")).ifPresent(order::add)));
        return order.isEmpty() ? List.of(BootSource.DISK) : List.copyOf(order);
    }

    /** A later version may have written what this one does not know. */
    private static <E extends Enum<E>> Optional<E> known(E[] all, Optional<String> name) {
        for (E each : all) {
            if (name.filter(each.name()::equals).isPresent()) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
