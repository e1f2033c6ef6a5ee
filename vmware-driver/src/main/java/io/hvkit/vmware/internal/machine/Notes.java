package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.vmware.internal.soap.Data;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What this driver writes on machines, so that any process finds it there: in {@code extraConfig}, which a vCenter keeps with a
 * machine through moves and restarts, and which guests do not see. An empty value takes a note away.
 */
final class Notes {

    private static final String PREFIX = "hvkit.";
    private static final String PERSISTENCE = PREFIX + "persistence";
    private static final String TAG = PREFIX + "tag.";
    private static final String DISK = PREFIX + "disk.";

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

    private Optional<String> value(String key) {
        return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
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
        return List.of(note(key + ".volume", ""), note(key + ".place", ""), note(key + ".uuid", ""));
    }

    private static Data note(String key, String value) {
        return Data.of("OptionValue").with("key", key).with("value", new Data.Text(value));
    }
}
