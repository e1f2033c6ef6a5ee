package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskDevice;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A disk in a domain's description.
 *
 * @param target what libvirt calls it, such as {@code vda}; it stays the same wherever the disk goes
 * @param place where it is now
 * @param format what QEMU reads it as; LUKS stands in {@code encrypted}
 * @param device how the machine sees it
 * @param boot its place in the boot order, if it has one
 * @param encrypted whether libvirt opens it with a secret
 * @param secret the secret's id
 * @param mirror the copy that is being made of it
 * @param bound how many bytes it may take up where it is, header and all, if not as many as there are
 * @param layers what it lies over, from the top down
 */
public record DiskXml(
        String target,
        Place place,
        String format,
        DiskDevice device,
        Optional<Integer> boot,
        Encryption encrypted,
        Optional<UUID> secret,
        Optional<Mirror> mirror,
        Optional<ByteSize> bound,
        List<LayerXml> layers) {

    static final String SLICES = "slices";

    /** Whether a disk is encrypted. */
    public enum Encryption {
        NONE,
        LUKS
    }

    /** How complete a copy is. */
    public enum Readiness {
        COPYING,
        READY,
        /** The domain is being switched. */
        PIVOTING,
        /** It is being given up. */
        ABORTING
    }

    /** What a copy is made for. */
    public enum Purpose {
        /** The disk goes elsewhere. */
        MOVE,
        /** What an overlay holds is written into a layer below it. */
        MERGE
    }

    /**
     * A copy that is being made.
     *
     * @param purpose what for
     * @param place where it goes
     * @param format what QEMU writes it as
     * @param secret the id of the target's secret
     * @param readiness how complete it is
     */
    public record Mirror(Purpose purpose, Place place, String format, Optional<UUID> secret, Readiness readiness) {}

    /** Writes a disk below {@code devices}. */
    static Xml write(Xml devices, Disk disk, String target, Optional<UUID> secret) {
        Xml xml = devices.add("disk");
        fill(xml, disk, secret);
        DeviceXml.write(xml, disk.device(), target);
        return xml;
    }

    /** Returns the description of a disk, as libvirt takes it for a domain that exists. */
    public static String document(Disk disk, String target, Optional<UUID> secret) {
        Xml xml = Xml.root("disk");
        fill(xml, disk, secret);
        DeviceXml.write(xml, disk.device(), target);
        return xml.document();
    }

    /**
     * Returns the description of where a copy goes.
     *
     * @param bound how many bytes there it may take up, header and all, if not as many as there are
     */
    public static String copyTarget(Disk disk, Optional<UUID> secret, Optional<ByteSize> bound) {
        Xml xml = Xml.root("disk");
        fill(xml, disk, secret);
        bound(xml, bound);
        return xml.document();
    }

    /** Returns the description by which libvirt finds this disk in its domain. */
    public String removal() {
        Xml xml = Xml.root("disk").with("type", place.type()).with("device", "disk");
        xml.add("source").with(place.attribute(), place.path());
        xml.add("target").with("dev", target);
        return xml.document();
    }

    /** Returns where it and what it lies over are, from the top down. */
    public List<Place> places() {
        return Stream.concat(Stream.of(place), layers.stream().map(LayerXml::place))
                .toList();
    }

    /** Returns whether it or anything that it lies over is encrypted. */
    public boolean hasEncryptedLayer() {
        return encrypted == Encryption.LUKS || layers.stream().anyMatch(layer -> layer.encrypted() == Encryption.LUKS);
    }

    /** Returns the secrets that it, what it lies over and its copy are opened with. */
    public Set<UUID> secrets() {
        Set<UUID> all = new HashSet<>();
        secret.ifPresent(all::add);
        mirror.flatMap(Mirror::secret).ifPresent(all::add);
        layers.forEach(layer -> layer.secret().ifPresent(all::add));
        return all;
    }

    /** Returns whether this is what a request for {@code disk} makes. */
    public boolean serves(Disk disk) {
        List<Disk> below = disk.layers().subList(1, disk.layers().size());
        for (int i = 0; i < below.size(); i++) {
            if (i >= layers.size() || !layers.get(i).serves(below.get(i))) {
                return false;
            }
        }
        return place.equals(Place.of(disk.attachment()))
                && format.equals(driverType(disk.format()))
                && (encrypted == Encryption.LUKS) == disk.key().isPresent()
                && device.equals(disk.device());
    }

    /**
     * Rejects what no machine may have.
     *
     * @throws DriverException with {@code UNSUPPORTED} for a place that a domain cannot reach, {@code INVALID_REQUEST} for bytes
     *     after a LUKS header without the key: a guest would see the header and could write over it
     */
    public static void require(Disk disk) {
        disk.base().ifPresent(DiskXml::require);
        Place.of(disk.attachment());
        if (disk.key().isEmpty()
                && disk.layers().stream().anyMatch(layer -> layer.key().isPresent())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s lies over an encrypted disk, and what is written to it would be in clear; give it a key with"
                                    + " unlockedBy(...)",
                            disk);
        }
        if (disk.format() == ImageFormat.LUKS && disk.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s has a LUKS header and no key, so a guest could write over the header; give its key with"
                                    + " unlockedBy(...)",
                            disk);
        }
    }

    static Optional<DiskXml> read(Xml disk) {
        Optional<Xml> source = disk.find("source");
        Optional<Place> place = source.flatMap(s -> Place.read(disk.attribute("type"), s));
        Optional<String> target = disk.find("target").flatMap(t -> t.attribute("dev"));
        if (place.isEmpty() || target.isEmpty()) {
            return Optional.empty();
        }
        boolean luks = source.flatMap(s -> s.find("encryption")).isPresent()
                || disk.find("encryption").isPresent();
        return Optional.of(new DiskXml(
                target.get(),
                place.get(),
                disk.find("driver").flatMap(d -> d.attribute("type")).orElse(ImageFormat.RAW.qemuName()),
                DeviceXml.read(disk),
                disk.find("boot")
                        .flatMap(b -> b.attribute("order"))
                        .flatMap(order -> Foreign.value(() -> Integer.parseInt(order))),
                luks ? Encryption.LUKS : Encryption.NONE,
                source.flatMap(DiskXml::secret).or(() -> secret(disk)),
                disk.find("mirror").flatMap(DiskXml::mirror),
                source.flatMap(DiskXml::readBound),
                LayerXml.read(disk)));
    }

    /** Makes a disk's description, as libvirt wrote it, that of another volume on the same device. */
    static void replace(Xml xml, Disk disk, Optional<UUID> secret, Optional<ByteSize> bound) {
        Place place = Place.of(disk.attachment());
        xml.with("type", place.type());
        xml.find("driver").orElseGet(() -> xml.add("driver")).with("type", driverType(disk.format()));
        for (String part : List.of("source", "encryption", "backingStore", "mirror")) {
            xml.removeAll(part);
        }
        addSource(xml, place, secret);
        bound(xml, bound);
        LayerXml.write(xml, disk);
    }

    private static void bound(Xml disk, Optional<ByteSize> bound) {
        if (bound.isPresent()) {
            disk.find("source")
                    .orElseThrow()
                    .add(SLICES)
                    .add("slice")
                    .with("type", "storage")
                    .with("offset", "0")
                    .with("size", Long.toString(bound.get().bytes()));
        }
    }

    private static Optional<ByteSize> readBound(Xml source) {
        return source.find(SLICES, "slice")
                .flatMap(slice -> slice.attribute("size"))
                .flatMap(size -> Foreign.value(() -> ByteSize.bytes(Long.parseLong(size))));
    }

    private static void fill(Xml xml, Disk disk, Optional<UUID> secret) {
        Place place = Place.of(disk.attachment());
        xml.with("type", place.type()).with("device", "disk");
        DeviceXml.writeDriver(xml, disk.device(), driverType(disk.format()));
        addSource(xml, place, secret);
        LayerXml.write(xml, disk);
    }

    static void addSource(Xml xml, Place place, Optional<UUID> secret) {
        Xml source = xml.add("source").with(place.attribute(), place.path());
        secret.ifPresent(id -> addSecret(source, id));
    }

    static void addSecret(Xml place, UUID secret) {
        place.add("encryption")
                .with("format", "luks")
                .add("secret")
                .with("type", "passphrase")
                .with("uuid", secret.toString());
    }

    /** libvirt's drivers do not know LUKS: there it is raw with an encryption element. */
    static String driverType(ImageFormat format) {
        return format == ImageFormat.LUKS ? ImageFormat.RAW.qemuName() : format.qemuName();
    }

    static Optional<UUID> secret(Xml holder) {
        return holder.find("encryption", "secret")
                .flatMap(s -> s.attribute("uuid"))
                .map(UUID::fromString);
    }

    private static Optional<Mirror> mirror(Xml mirror) {
        Readiness readiness = switch (mirror.attribute("ready").orElse("no")) {
            case "yes" -> Readiness.READY;
            case "pivot" -> Readiness.PIVOTING;
            case "abort" -> Readiness.ABORTING;
            default -> Readiness.COPYING;
        };
        Purpose purpose =
                mirror.attribute("job").filter("active-commit"::equals).isPresent() ? Purpose.MERGE : Purpose.MOVE;
        String format =
                mirror.find("format").flatMap(said -> said.attribute("type")).orElse(ImageFormat.RAW.qemuName());
        return mirror.find("source")
                .flatMap(source -> Place.read(mirror.attribute("type"), source)
                        .map(place -> new Mirror(purpose, place, format, secret(source), readiness)));
    }
}
