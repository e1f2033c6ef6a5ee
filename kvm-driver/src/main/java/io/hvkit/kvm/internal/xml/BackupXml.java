package io.hvkit.kvm.internal.xml;

import io.hvkit.hypervisor.spi.Disk;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A backup in libvirt's words, which QEMU writes to images by itself.
 *
 * @param parts what it writes of each disk
 */
public record BackupXml(List<Part> parts) {

    /**
     * What is written of a disk.
     *
     * @param target what libvirt calls the disk
     * @param image where it is written
     * @param since the checkpoint since which what changed is written; nothing if everything is
     */
    public record Part(String target, Place image, Optional<String> since) {}

    /** Copies the list. */
    public BackupXml {
        parts = List.copyOf(parts);
    }

    /** Returns the images. */
    public Set<Place> images() {
        Set<Place> images = new HashSet<>();
        parts.forEach(part -> images.add(part.image()));
        return images;
    }

    /**
     * Returns the description, which says of every disk what becomes of it: libvirt would take others too.
     *
     * @param images the images, by what libvirt calls the disks
     * @param since since when changes are written, by what libvirt calls the disks of which not everything is
     * @param targets what libvirt calls all disks
     */
    public static String write(Map<String, Disk> images, Map<String, String> since, Set<String> targets) {
        Xml backup = Xml.root("domainbackup").with("mode", "push");
        Xml disks = backup.add("disks");
        for (String target : targets) {
            Xml disk = disks.add("disk").with("name", target);
            Disk image = images.get(target);
            if (image == null) {
                disk.with("backup", "no");
            } else {
                add(disk, image, Optional.ofNullable(since.get(target)));
            }
        }
        return backup.document();
    }

    private static void add(Xml disk, Disk image, Optional<String> since) {
        Place place = Place.of(image.attachment());
        disk.with("backup", "yes").with("type", place.type());
        disk.with("backupmode", since.isPresent() ? "incremental" : "full");
        since.ifPresent(checkpoint -> disk.with("incremental", checkpoint));
        disk.add("driver").with("type", DiskXml.driverType(image.format()));
        Xml target = disk.add("target").with(place.attribute(), place.path());
        SecretXml.idOf(image).ifPresent(id -> DiskXml.addSecret(target, id));
    }

    /** Reads one that runs. */
    public static BackupXml read(String text) {
        Xml xml = Xml.parse(text);
        List<Part> parts = new ArrayList<>();
        xml.find("disks")
                .ifPresent(
                        all -> all.children("disk").forEach(disk -> part(disk).ifPresent(parts::add)));
        return new BackupXml(parts);
    }

    private static Optional<Part> part(Xml disk) {
        Optional<String> name = disk.attribute("name");
        Optional<Place> image = disk.find("target").flatMap(target -> Place.read(disk.attribute("type"), target));
        boolean isTaken = disk.attribute("backup").filter("yes"::equals).isPresent();
        return isTaken && name.isPresent() && image.isPresent()
                ? Optional.of(new Part(name.get(), image.get(), disk.attribute("incremental")))
                : Optional.empty();
    }
}
