package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ByteSize;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Writes the description of a machine as it is to be on another host: the same, but for the volumes that move along. */
public final class MovedXml {

    private MovedXml() {}

    /**
     * Returns the description for the target.
     *
     * @param source what libvirt says of the machine here
     * @param disks the disks on the target's side, by the volumes they are here
     * @param secrets the secret that the target opens such a disk with
     * @param bounds how many bytes of such a disk the machine may take up, where that has more
     * @param move what is noted of the move
     */
    public static String write(
            String source,
            Map<VolumeId, Disk> disks,
            Function<Disk, Optional<UUID>> secrets,
            Map<VolumeId, ByteSize> bounds,
            MoveNote move) {
        Xml domain = Xml.parse(source);
        MachineMetadata notes = MachineMetadata.read(domain);
        Optional<Xml> devices = domain.find("devices");
        if (devices.isEmpty()) {
            return source;
        }
        for (Xml xml : devices.get().children("disk")) {
            Optional<Place> place = DiskXml.read(xml).map(DiskXml::place);
            Optional<VolumeId> volume = place.map(notes.volumes()::get);
            Optional<Disk> moved = volume.map(disks::get);
            if (moved.isPresent()) {
                notes = notes.without(place.orElseThrow())
                        .with(Place.of(moved.get().attachment()), moved.get().volume());
                DiskXml.replace(xml, moved.get(), secrets.apply(moved.get()), volume.map(bounds::get));
            }
        }
        keepLogs(devices.get());
        Xml metadata = domain.find("metadata").orElseGet(() -> domain.add("metadata"));
        metadata.removeAll(MachineMetadata.ELEMENT);
        metadata.removeAll(MoveNote.ELEMENT);
        notes.write(metadata);
        move.write(metadata);
        return domain.document();
    }

    /** Two hosts that share a serial log would cut each other's: the target goes on where the source stopped. */
    private static void keepLogs(Xml devices) {
        for (String kind : new String[] {"serial", "console"}) {
            devices.children(kind).stream()
                    .filter(log -> log.attribute("type").filter("file"::equals).isPresent())
                    .forEach(log -> log.find("source").ifPresent(file -> file.with("append", "on")));
        }
    }
}
