package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ByteSize;
import io.hvkit.core.VolumeId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A checkpoint in libvirt's words. What its disks were when it began is kept in its description, one line a disk.
 *
 * @param name its name
 * @param begunAt when it began
 * @param disks what its disks were; nothing if others began it
 * @param changed how much was written since to the disks whose notes are whole, by what libvirt calls them
 */
public record CheckpointXml(String name, Instant begunAt, Optional<List<Was>> disks, Map<String, ByteSize> changed) {

    private static final String HEAD = "hvkit 1";
    private static final int PARTS = 5;

    /**
     * What a disk was when the checkpoint began.
     *
     * @param target what libvirt calls it
     * @param volume which volume it was
     * @param capacity how large the guest saw it
     * @param place where it was
     */
    public record Was(String target, VolumeId volume, ByteSize capacity, Place place) {

        private String line() {
            return String.join(
                    " ", target, volume.value(), Long.toString(capacity.bytes()), place.type(), place.path());
        }

        private static Optional<Was> read(String line) {
            String[] parts = line.split(" ", PARTS);
            return parts.length < PARTS
                    ? Optional.empty()
                    : Foreign.value(() -> new Was(
                            parts[0],
                            new VolumeId(parts[1]),
                            ByteSize.bytes(Long.parseLong(parts[2])),
                            new Place(parts[3], parts[4])));
        }
    }

    /** Returns the description of a checkpoint that is to begin. */
    public static String document(String name, List<Was> disks) {
        Xml checkpoint = Xml.root("domaincheckpoint");
        checkpoint.add("name").text(name);
        checkpoint
                .add("description")
                .text(disks.stream().map(Was::line).collect(Collectors.joining("\n", HEAD + "\n", "")));
        Xml all = checkpoint.add("disks");
        disks.forEach(disk -> add(all, disk.target(), name));
        return checkpoint.document();
    }

    /** Returns the description of a checkpoint of one disk, of which nothing is known but that its notes may be there. */
    public static String leftover(String name, String target) {
        Xml checkpoint = Xml.root("domaincheckpoint");
        checkpoint.add("name").text(name);
        checkpoint.add("creationTime").text("0");
        add(checkpoint.add("disks"), target, name);
        return checkpoint.document();
    }

    /** Reads a checkpoint. */
    public static CheckpointXml read(String text) {
        Xml xml = Xml.parse(text);
        Map<String, ByteSize> changed = new HashMap<>();
        xml.find("disks")
                .ifPresent(all -> all.children("disk").forEach(disk -> {
                    Optional<String> target = disk.attribute("name");
                    Optional<ByteSize> size = disk.attribute("size")
                            .flatMap(bytes -> Foreign.value(() -> ByteSize.bytes(Long.parseLong(bytes))));
                    if (target.isPresent() && size.isPresent()) {
                        changed.put(target.get(), size.get());
                    }
                }));
        return new CheckpointXml(
                xml.find("name").map(Xml::text).orElse(""),
                Instant.ofEpochSecond(xml.find("creationTime")
                        .flatMap(time ->
                                Foreign.value(() -> Long.parseLong(time.text().strip())))
                        .orElse(0L)),
                xml.find("description").map(Xml::text).flatMap(CheckpointXml::disks),
                Map.copyOf(changed));
    }

    private static Optional<List<Was>> disks(String description) {
        List<String> lines = description.lines().toList();
        if (lines.isEmpty() || !lines.get(0).equals(HEAD)) {
            return Optional.empty();
        }
        List<Was> disks = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            Was.read(line).ifPresent(disks::add);
        }
        return disks.size() == lines.size() - 1 ? Optional.of(List.copyOf(disks)) : Optional.empty();
    }

    private static void add(Xml all, String target, String name) {
        all.add("disk").with("name", target).with("checkpoint", "bitmap").with("bitmap", name);
    }
}
