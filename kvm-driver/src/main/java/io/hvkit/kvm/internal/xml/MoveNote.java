package io.hvkit.kvm.internal.xml;

import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What libvirt keeps for us with a domain that is about to move, and with what arrives: enough for another process to tell what
 * became of the move, and to tidy up after it.
 *
 * @param source the host that it leaves
 * @param target the host that it goes to
 * @param disks what becomes of the volumes that move along
 * @param sourceKeys the secrets that the source has for it
 * @param targetKeys the secrets that the target is given for it
 * @param arrival what it does when it has arrived
 */
public record MoveNote(
        UUID source,
        UUID target,
        Map<VolumeId, Moved> disks,
        Set<UUID> sourceKeys,
        Set<UUID> targetKeys,
        Arrival arrival) {

    /** The name space. */
    public static final String NAMESPACE = "https://hvkit.io/xmlns/move/1";

    /** The prefix. */
    public static final String PREFIX = "hvkitmove";

    static final String ELEMENT = "move";

    /** What the machine does on the target when all of it is there. */
    public enum Arrival {
        /** It is held there until the source has ended it, so that it never runs on both. */
        HELD,
        /** It goes on as it was. */
        AS_IT_WAS
    }

    private static final String HELD = "held";

    /**
     * A volume on the target's side.
     *
     * @param volume which
     * @param place where
     */
    public record Moved(VolumeId volume, Place place) {}

    /** Copies what it is given. */
    public MoveNote {
        disks = Map.copyOf(disks);
        sourceKeys = Set.copyOf(sourceKeys);
        targetKeys = Set.copyOf(targetKeys);
    }

    /** Returns what becomes of volumes that move to disks. */
    public static Map<VolumeId, Moved> moved(Map<VolumeId, Disk> disks) {
        Map<VolumeId, Moved> moved = new LinkedHashMap<>();
        disks.forEach((volume, disk) -> moved.put(volume, new Moved(disk.volume(), Place.of(disk.attachment()))));
        return moved;
    }

    /** Returns whether it is of a move from the one host to the other. */
    public boolean leads(UUID from, UUID to) {
        return source.equals(from) && target.equals(to);
    }

    /** Reads it from a domain's description, if there is one. */
    public static Optional<MoveNote> read(String description) {
        return Xml.parse(description).find("metadata", ELEMENT).flatMap(MoveNote::readMove);
    }

    /** Returns it as libvirt takes it for a domain that exists. */
    public String document() {
        Xml move = Xml.root(ELEMENT);
        fill(move);
        return move.document();
    }

    /** Writes it below a domain's {@code metadata}. */
    void write(Xml metadata) {
        fill(metadata.add(NAMESPACE, PREFIX + ":" + ELEMENT));
    }

    private void fill(Xml move) {
        move.with("from", source.toString()).with("to", target.toString());
        disks.forEach((volume, moved) -> move.add("volume")
                .with("id", volume.value())
                .with("becomes", moved.volume().value())
                .with("type", moved.place().type())
                .with("path", moved.place().path()));
        sourceKeys.forEach(id -> move.add("source-key").with("id", id.toString()));
        targetKeys.forEach(id -> move.add("target-key").with("id", id.toString()));
        if (arrival == Arrival.HELD) {
            move.with("arrival", HELD);
        }
    }

    private static Optional<MoveNote> readMove(Xml move) {
        Optional<UUID> source = id(move, "from");
        Optional<UUID> target = id(move, "to");
        if (source.isEmpty() || target.isEmpty()) {
            return Optional.empty();
        }
        Map<VolumeId, Moved> disks = new LinkedHashMap<>();
        for (Xml volume : move.children("volume")) {
            Optional<VolumeId> id = volume(volume, "id");
            Optional<VolumeId> becomes = volume(volume, "becomes");
            Optional<String> type = volume.attribute("type");
            Optional<String> path = volume.attribute("path");
            if (id.isPresent() && becomes.isPresent() && type.isPresent() && path.isPresent()) {
                disks.put(id.get(), new Moved(becomes.get(), new Place(type.get(), path.get())));
            }
        }
        boolean held = move.attribute("arrival").filter(HELD::equals).isPresent();
        return Optional.of(new MoveNote(
                source.get(),
                target.get(),
                disks,
                keys(move, "source-key"),
                keys(move, "target-key"),
                held ? Arrival.HELD : Arrival.AS_IT_WAS));
    }

    private static Set<UUID> keys(Xml move, String name) {
        Set<UUID> keys = new HashSet<>();
        move.children(name).forEach(key -> id(key, "id").ifPresent(keys::add));
        return keys;
    }

    private static Optional<UUID> id(Xml xml, String attribute) {
        return xml.attribute(attribute).flatMap(text -> Foreign.value(() -> UUID.fromString(text)));
    }

    private static Optional<VolumeId> volume(Xml xml, String attribute) {
        return xml.attribute(attribute).flatMap(text -> Foreign.value(() -> new VolumeId(text)));
    }
}
