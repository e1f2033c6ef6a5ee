package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.vmware.internal.soap.Data;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What this driver writes on machines, so that any process finds it there: in {@code extraConfig}, which a vCenter keeps with a
 * machine through moves and restarts, and which guests do not see. An empty value takes a note away.
 */
final class Notes {

    private static final String PREFIX = "hvkit.";
    private static final String PERSISTENCE = PREFIX + "persistence";
    private static final String TAG = PREFIX + "tag.";
    private static final String DISK = PREFIX + "disk.";
    private static final String CLONE = PREFIX + "clone.";

    private static final String IMPORT = PREFIX + "import";

    private final Map<String, String> values;

    Notes(Map<String, String> values) {
        this.values = values;
    }

    /**
     * What is noted of the disk at a unit.
     *
     * @param place where the caller said that it is; the file may have moved since
     * @param uuid that of its file, if that had one
     */
    record OfDisk(VolumeId volume, String place, Optional<DiskUuid> uuid) {}

    /** Returns what the caller asked for; nothing if this driver did not make the machine. */
    Optional<Persistence> persistence() {
        return value(PERSISTENCE).flatMap(word -> {
            for (Persistence each : Persistence.values()) {
                if (each.name().equals(word)) {
                    return Optional.of(each);
                }
            }
            return Optional.empty();
        });
    }

    Map<String, String> tags() {
        Map<String, String> tags = new TreeMap<>();
        values.forEach((key, value) -> {
            if (key.startsWith(TAG)) {
                tags.put(key.substring(TAG.length()), value.substring(1));
            }
        });
        return tags;
    }

    Optional<OfDisk> disk(int unit) {
        String key = DISK + unit;
        return value(key + ".volume")
                .map(volume -> new OfDisk(
                        new VolumeId(volume),
                        value(key + ".place").orElse(""),
                        value(key + ".uuid").flatMap(DiskUuid::spelt)));
    }

    /**
     * What is noted of a clone.
     *
     * @param snapshot that of the source which it was made from, if not from what the source had
     * @param volumes what its disks are called here, by what they were called in the source
     */
    record OfClone(
            MachineId source, MachineClone.Kind kind, Optional<SnapshotId> snapshot, Map<VolumeId, VolumeId> volumes) {}

    /** Returns what a machine was made from; nothing if it is no clone. */
    Optional<OfClone> origin() {
        Optional<String> source = value(CLONE + "source");
        Optional<MachineClone.Kind> kind = Stream.of(MachineClone.Kind.values())
                .filter(each ->
                        value(CLONE + "kind").filter(each.name()::equals).isPresent())
                .findFirst();
        if (source.isEmpty() || kind.isEmpty()) {
            return Optional.empty();
        }
        Map<VolumeId, VolumeId> volumes = new HashMap<>();
        for (int unit : VmSpecs.UNITS) {
            Optional<String> from = value(DISK + unit + ".from");
            if (from.isPresent()) {
                value(DISK + unit + ".volume")
                        .ifPresent(here -> volumes.put(new VolumeId(from.get()), new VolumeId(here)));
            }
        }
        return Optional.of(new OfClone(
                new MachineId(source.get()),
                kind.get(),
                value(CLONE + "snapshot").map(SnapshotId::new),
                Map.copyOf(volumes)));
    }

    /** Returns what makes a clone one, in place of all that its source had. */
    List<Data> ofClone(OfClone clone, Map<Integer, VolumeId> units) {
        List<Data> all = new ArrayList<>(of(Persistence.PERSISTENT, Map.of()));
        values.keySet().stream().filter(key -> key.startsWith(TAG)).forEach(key -> all.add(note(key, "")));
        all.add(note(CLONE + "source", clone.source.value()));
        all.add(note(CLONE + "kind", clone.kind.name()));
        all.add(note(CLONE + "snapshot", clone.snapshot.map(SnapshotId::value).orElse("")));
        for (int unit : VmSpecs.UNITS) {
            String key = DISK + unit;
            Optional<VolumeId> from = Optional.ofNullable(units.get(unit));
            Optional<VolumeId> here = from.flatMap(volume -> Optional.ofNullable(clone.volumes.get(volume)));
            all.add(note(key + ".from", from.map(VolumeId::value).orElse("")));
            all.add(note(key + ".volume", here.map(VolumeId::value).orElse("")));
            all.add(note(key + ".place", "")); // noted when it is known
            all.add(note(key + ".uuid", ""));
        }
        return all;
    }

    private Optional<String> value(String key) {
        return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
    }

    /** Returns what was imported as it, and how far that came. */
    Optional<String> imported() {
        return value(IMPORT);
    }

    static Data ofImport(String state) {
        return note(IMPORT, state);
    }

    /** Returns what makes a machine this driver's. */
    static List<Data> of(Persistence persistence, Map<String, String> tags) {
        List<Data> all = new ArrayList<>(List.of(note(PERSISTENCE, persistence.name())));
        tags.forEach((name, value) -> all.add(note(TAG + name, "=" + value))); // a tag may be empty, a note may not
        return all;
    }

    static List<Data> of(int unit, OfDisk disk) {
        String key = DISK + unit;
        return List.of(
                note(key + ".volume", disk.volume.value()),
                note(key + ".place", disk.place),
                note(key + ".uuid", disk.uuid.map(DiskUuid::value).orElse("")));
    }

    static List<Data> noneOf(int unit) {
        String key = DISK + unit;
        return List.of(
                note(key + ".volume", ""), note(key + ".place", ""), note(key + ".uuid", ""), note(key + ".from", ""));
    }

    private static Data note(String key, String value) {
        return Data.of("OptionValue").with("key", key).with("value", new Data.Text(value));
    }
}
