package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A layer that a disk lies over, in a domain's description.
 *
 * @param place where it is
 * @param format what QEMU reads it as; LUKS stands in {@code encrypted}
 * @param encrypted whether libvirt opens it with a secret
 * @param secret the secret's id
 */
public record LayerXml(Place place, String format, DiskXml.Encryption encrypted, Optional<UUID> secret) {

    static final String ELEMENT = "backingStore";

    /** Writes what a disk was said to lie over. Where that ends without an end in sight, libvirt follows the header. */
    static void write(Xml above, Disk disk) {
        if (disk.base().isEmpty()) {
            return;
        }
        Disk base = disk.base().get();
        Place place = Place.of(base.attachment());
        Xml layer = above.add(ELEMENT).with("type", place.type());
        layer.add("format").with("type", DiskXml.driverType(base.format()));
        DiskXml.addSource(layer, place, SecretXml.idOf(base));
        if (base.format() == ImageFormat.RAW || base.format() == ImageFormat.LUKS) {
            layer.add(ELEMENT);
        }
        write(layer, base);
    }

    /** Reads what a disk lies over, from the top down, as far as requests can say such things. */
    static List<LayerXml> read(Xml disk) {
        List<LayerXml> layers = new ArrayList<>();
        Optional<Xml> next = disk.find(ELEMENT);
        while (next.isPresent()) {
            Xml xml = next.get();
            Optional<Xml> source = xml.find("source");
            Optional<Place> place = source.flatMap(found -> Place.read(xml.attribute("type"), found));
            if (place.isEmpty()) {
                break;
            }
            boolean luks = source.flatMap(found -> found.find("encryption")).isPresent();
            layers.add(new LayerXml(
                    place.get(),
                    xml.find("format").flatMap(f -> f.attribute("type")).orElse(ImageFormat.RAW.qemuName()),
                    luks ? DiskXml.Encryption.LUKS : DiskXml.Encryption.NONE,
                    source.flatMap(DiskXml::secret)));
            next = xml.find(ELEMENT);
        }
        return List.copyOf(layers);
    }

    /** Returns whether this is what a request makes that says that a disk lies over {@code base}. */
    boolean serves(Disk base) {
        return place.equals(Place.of(base.attachment()))
                && format.equals(DiskXml.driverType(base.format()))
                && (encrypted == DiskXml.Encryption.LUKS) == base.key().isPresent();
    }
}
