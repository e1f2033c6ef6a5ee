package io.hvkit.kvm.internal.xml;

import io.hvkit.hypervisor.spi.Disk;
import java.util.Map;
import java.util.Set;

/** Writes which disks of a domain go on with which overlays. */
public final class SnapshotXml {

    private SnapshotXml() {}

    /**
     * Returns the description, which says of every disk what becomes of it: libvirt would make overlays for others.
     *
     * @param overlays the overlays, by what libvirt calls the disks
     * @param targets what libvirt calls all disks
     */
    public static String write(Map<String, Disk> overlays, Set<String> targets) {
        Xml snapshot = Xml.root("domainsnapshot");
        snapshot.add("memory").with("snapshot", "no");
        Xml disks = snapshot.add("disks");
        for (String target : targets) {
            Xml disk = disks.add("disk").with("name", target);
            Disk overlay = overlays.get(target);
            if (overlay == null) {
                disk.with("snapshot", "no");
            } else {
                Place place = Place.of(overlay.attachment());
                disk.with("snapshot", "external").with("type", place.type());
                disk.add("driver").with("type", DiskXml.driverType(overlay.format()));
                DiskXml.addSource(disk, place, SecretXml.idOf(overlay));
            }
        }
        return snapshot.document();
    }
}
