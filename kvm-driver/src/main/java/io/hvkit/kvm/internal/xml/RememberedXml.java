package io.hvkit.kvm.internal.xml;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import java.util.List;
import java.util.Optional;

/** What a host remembers of a machine, with other layers. Takes effect as a whole when it is defined. Not for several threads. */
public final class RememberedXml {

    private final Xml domain;
    private final String name;

    private RememberedXml(Xml domain) {
        this.domain = domain;
        this.name = domain.find("name").map(Xml::text).orElse("");
    }

    /** Returns what is remembered, to be changed. */
    public static RememberedXml of(String remembered) {
        return new RememberedXml(Xml.parse(remembered));
    }

    /**
     * Has the disks lie over what they lie over in the running machine. libvirt remembers an overlay so that it cannot be started
     * from what it holds in memory, and does not say where the layers end.
     */
    public RememberedXml following(String live) {
        for (Xml used : devices(Xml.parse(live))) {
            target(used).flatMap(this::find).ifPresent(disk -> {
                disk.with("type", used.attribute("type").orElse("file"));
                setFormat(disk, format(used));
                replace(disk, used.find("source"), used.find(LayerXml.ELEMENT));
            });
        }
        return this;
    }

    /** Has a disk lie, as an overlay, over what it is. */
    public RememberedXml pushing(String target, Disk overlay) {
        Xml disk = disk(target);
        Xml layer =
                Xml.root(LayerXml.ELEMENT).with("type", disk.attribute("type").orElse("file"));
        String format = format(disk);
        layer.add("format").with("type", format);
        disk.find("source")
                .map(layer::copy)
                .ifPresent(source -> disk.find("encryption").ifPresent(source::copy));
        Optional<Xml> below = disk.find(LayerXml.ELEMENT);
        below.ifPresent(layer::copy);
        if (below.isEmpty() && format.equals(ImageFormat.RAW.qemuName())) {
            layer.add(LayerXml.ELEMENT);
        }
        Place place = Place.of(overlay.attachment());
        disk.with("type", place.type());
        setFormat(disk, DiskXml.driverType(overlay.format()));
        replace(disk, Optional.empty(), Optional.of(layer));
        DiskXml.addSource(disk, place, SecretXml.idOf(overlay));
        return this;
    }

    /** Has a disk be the layer at a place below it, without what lies over that. */
    public RememberedXml droppingTo(String target, Place place) {
        Xml disk = disk(target);
        while (!isAt(disk, place)) {
            Xml layer = disk.find(LayerXml.ELEMENT)
                    .filter(found -> found.find("source").isPresent())
                    .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                            .message("disk %s of machine %s does not lie over %s", target, name, place));
            disk.with("type", layer.attribute("type").orElse("file"));
            setFormat(
                    disk, layer.find("format").flatMap(f -> f.attribute("type")).orElse(ImageFormat.RAW.qemuName()));
            replace(disk, layer.find("source"), layer.find(LayerXml.ELEMENT));
        }
        return this;
    }

    /** Has every disk take up all there is where it is. */
    public RememberedXml unbounded() {
        devices(domain).forEach(disk -> disk.find("source").ifPresent(source -> source.removeAll(DiskXml.SLICES)));
        return this;
    }

    /** Has something else noted with it. */
    public RememberedXml noting(MachineMetadata notes) {
        Xml metadata = domain.find("metadata").orElseGet(() -> domain.add("metadata"));
        metadata.removeAll(MachineMetadata.ELEMENT);
        notes.write(metadata);
        return this;
    }

    /** Returns it as libvirt takes it. */
    public String document() {
        return domain.document();
    }

    private Xml disk(String target) {
        return find(target)
                .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                        .message("the host remembers machine %s without disk %s", name, target));
    }

    private Optional<Xml> find(String target) {
        return devices(domain).stream()
                .filter(disk -> target(disk).equals(Optional.of(target)))
                .findFirst();
    }

    private static List<Xml> devices(Xml domain) {
        return domain.find("devices").map(devices -> devices.children("disk")).orElse(List.of());
    }

    private static Optional<String> target(Xml disk) {
        return disk.find("target").flatMap(target -> target.attribute("dev"));
    }

    private static boolean isAt(Xml disk, Place place) {
        return disk.find("source")
                .flatMap(source -> Place.read(disk.attribute("type"), source))
                .filter(place::equals)
                .isPresent();
    }

    private static String format(Xml disk) {
        return disk.find("driver").flatMap(driver -> driver.attribute("type")).orElse(ImageFormat.RAW.qemuName());
    }

    private static void setFormat(Xml disk, String format) {
        disk.find("driver").orElseGet(() -> disk.add("driver")).with("type", format);
    }

    private static void replace(Xml disk, Optional<Xml> source, Optional<Xml> below) {
        disk.removeAll("source");
        disk.removeAll("encryption");
        disk.removeAll(LayerXml.ELEMENT);
        source.map(disk::copy).ifPresent(RememberedXml::unnumber);
        below.map(disk::copy).ifPresent(RememberedXml::unnumber);
    }

    /** libvirt numbers the layers of what runs, which may be bounded by what a guest knew before a disk moved. */
    private static void unnumber(Xml layer) {
        layer.without("index");
        layer.removeAll(DiskXml.SLICES);
        layer.find("source").ifPresent(source -> {
            source.without("index");
            source.removeAll(DiskXml.SLICES);
        });
        layer.find(LayerXml.ELEMENT).ifPresent(RememberedXml::unnumber);
    }
}
