package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ByteSize;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * A domain's description: made of a request, and read back to see what a domain is. Which volume a disk is stands in the
 * metadata, by place, so that it holds whichever side of a copy the domain uses.
 *
 * @param name the domain's name
 * @param id the id that libvirt gave it; it keeps that as long as the host remembers it
 * @param cpus the number of processors
 * @param memory the amount of memory
 * @param kernel what it boots, if not a disk
 * @param serialLog the file its first serial port is written to
 * @param disks its disks, in order
 * @param volumes which volume is at which place
 */
public record MachineXml(
        String name,
        Optional<UUID> id,
        int cpus,
        ByteSize memory,
        Optional<KernelBoot> kernel,
        Optional<Path> serialLog,
        List<DiskXml> disks,
        Map<Place, VolumeId> volumes) {

    /** The name space of our metadata. */
    public static final String NAMESPACE = "https://hvkit.io/xmlns/machine/1";

    /** The prefix of our metadata. */
    public static final String PREFIX = "hvkit";

    /** Who runs the guest's instructions. */
    public enum Acceleration {
        /** The processor, by way of Linux's KVM. */
        KVM,
        /** QEMU's translator; slow, and works anywhere. */
        TCG
    }

    /**
     * Returns the description of a machine that is to be.
     *
     * @param id the id of the machine that the host remembers under the same name, if it does: libvirt refuses another
     */
    public static String write(
            MachineSpec spec, Optional<UUID> id, Acceleration acceleration, Function<Disk, Optional<UUID>> secrets) {
        Xml domain = Xml.root("domain").with("type", acceleration == Acceleration.KVM ? "kvm" : "qemu");
        domain.add("name").text(spec.name());
        id.ifPresent(known -> domain.add("uuid").text(known.toString()));
        Map<Place, VolumeId> volumes = new LinkedHashMap<>();
        spec.disks().forEach(disk -> volumes.put(Place.of(disk.attachment()), disk.volume()));
        fillMetadata(domain.add("metadata").add(NAMESPACE, PREFIX + ":machine"), volumes);
        domain.add("memory")
                .with("unit", "KiB")
                .text(Long.toString(spec.memory().bytes() >> 10));
        domain.add("vcpu").text(Integer.toString(spec.cpus()));
        Xml os = domain.add("os");
        os.add("type").with("arch", "x86_64").with("machine", "q35").text("hvm");
        spec.kernel().ifPresent(kernel -> writeKernel(os, kernel));
        domain.add("features").add("acpi");
        domain.add("cpu").with("mode", acceleration == Acceleration.KVM ? "host-passthrough" : "maximum");
        domain.add("on_reboot").text("restart");
        domain.add("on_crash").text("destroy");
        writeDevices(domain.add("devices"), spec, secrets);
        return domain.document();
    }

    /** Returns the metadata that says which volume is at which place. */
    public static String metadata(Map<Place, VolumeId> volumes) {
        Xml machine = Xml.root("machine");
        fillMetadata(machine, volumes);
        return machine.document();
    }

    /** Reads a description. */
    public static MachineXml read(String text) {
        Xml domain = Xml.parse(text);
        List<DiskXml> disks = new ArrayList<>();
        domain.find("devices")
                .ifPresent(devices -> devices.children("disk")
                        .forEach(disk -> DiskXml.read(disk).ifPresent(disks::add)));
        Map<Place, VolumeId> volumes = new LinkedHashMap<>();
        domain.find("metadata", "machine")
                .ifPresent(machine -> machine.children("volume").forEach(volume -> readVolume(volume, volumes)));
        return new MachineXml(
                domain.find("name").map(Xml::text).orElse(""),
                domain.find("uuid").map(Xml::text).map(UUID::fromString),
                domain.find("vcpu").map(x -> Integer.parseInt(x.text())).orElse(1),
                domain.find("memory").map(MachineXml::kibibytes).orElse(ByteSize.ZERO),
                domain.find("os").flatMap(MachineXml::readKernel),
                domain.find("devices", "serial", "source")
                        .flatMap(s -> s.attribute("path"))
                        .map(Path::of),
                List.copyOf(disks),
                Map.copyOf(volumes));
    }

    /** Returns the disk that is a volume, if there is one. */
    public Optional<DiskXml> disk(VolumeId volume) {
        return disks.stream()
                .filter(disk -> volume.equals(volumes.get(disk.place())))
                .findFirst();
    }

    /** Returns the disk that libvirt calls {@code target}. */
    public Optional<DiskXml> diskAt(String target) {
        return disks.stream().filter(disk -> disk.target().equals(target)).findFirst();
    }

    /** Returns the disks whose volume is known. */
    public List<MachineDisk> machineDisks() {
        return disks.stream()
                .filter(disk -> volumes.containsKey(disk.place()))
                .map(disk -> new MachineDisk(
                        Optional.ofNullable(volumes.get(disk.place())).orElseThrow(),
                        disk.place().attachment()))
                .toList();
    }

    /** Returns the secrets that its disks and their copies are opened with. */
    public Set<UUID> secrets() {
        Set<UUID> all = new HashSet<>();
        for (DiskXml disk : disks) {
            disk.secret().ifPresent(all::add);
            disk.mirror().flatMap(DiskXml.Mirror::secret).ifPresent(all::add);
        }
        return all;
    }

    /** Returns those of {@link #secrets} that this driver defines; others belong to whoever made them. */
    public Set<UUID> ownSecrets() {
        Set<UUID> own = new HashSet<>();
        volumes.forEach((place, volume) -> own.add(SecretXml.of(volume, place).id()));
        own.retainAll(secrets());
        return own;
    }

    /** Returns whether a domain described so is what {@code spec} asks for, but for being remembered. */
    public boolean matches(MachineSpec spec) {
        List<MachineDisk> wanted = spec.disks().stream()
                .map(disk -> new MachineDisk(disk.volume(), disk.attachment()))
                .toList();
        return cpus == spec.cpus()
                && memory.equals(spec.memory())
                && kernel.equals(spec.kernel())
                && serialLog.equals(spec.serialLog())
                && machineDisks().equals(wanted);
    }

    private static void writeKernel(Xml os, KernelBoot kernel) {
        os.add("kernel").text(kernel.kernel().toString());
        kernel.initrd().ifPresent(initrd -> os.add("initrd").text(initrd.toString()));
        if (!kernel.commandLine().isEmpty()) {
            os.add("cmdline").text(kernel.commandLine());
        }
    }

    private static Optional<KernelBoot> readKernel(Xml os) {
        return os.find("kernel").map(kernel -> {
            KernelBoot boot = KernelBoot.of(Path.of(kernel.text()))
                    .commandLine(os.find("cmdline").map(Xml::text).orElse(""));
            return os.find("initrd").map(x -> boot.initrd(Path.of(x.text()))).orElse(boot);
        });
    }

    private static void writeDevices(Xml devices, MachineSpec spec, Function<Disk, Optional<UUID>> secrets) {
        int index = 0;
        for (Disk disk : spec.disks()) {
            DiskXml.write(devices, disk, secrets.apply(disk))
                    .add("target")
                    .with("dev", "vd" + letters(index++))
                    .with("bus", "virtio");
        }
        spec.serialLog().ifPresent(log -> {
            Xml serial = devices.add("serial").with("type", "file");
            serial.add("source").with("path", log.toString());
            serial.add("target").with("port", "0");
        });
        devices.add("controller").with("type", "usb").with("model", "none");
        devices.add("memballoon").with("model", "none");
    }

    /** Returns a, b, … z, aa, ab, …: how Linux numbers disks. */
    static String letters(int index) {
        String last = Character.toString((char) ('a' + index % 26));
        return index < 26 ? last : letters(index / 26 - 1) + last;
    }

    private static void fillMetadata(Xml machine, Map<Place, VolumeId> volumes) {
        volumes.forEach((place, volume) -> machine.add("volume")
                .with("id", volume.value())
                .with("type", place.type())
                .with("path", place.path()));
    }

    private static void readVolume(Xml volume, Map<Place, VolumeId> into) {
        Optional<String> id = volume.attribute("id");
        Optional<String> type = volume.attribute("type");
        Optional<String> path = volume.attribute("path");
        if (id.isPresent() && type.isPresent() && path.isPresent()) {
            into.put(new Place(type.get(), path.get()), new VolumeId(id.get()));
        }
    }

    private static ByteSize kibibytes(Xml memory) {
        return ByteSize.kibibytes(Long.parseLong(memory.text().strip()));
    }
}
