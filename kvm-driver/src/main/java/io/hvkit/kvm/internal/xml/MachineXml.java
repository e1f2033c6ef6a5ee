package io.hvkit.kvm.internal.xml;

import io.hvkit.core.ByteSize;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.Console;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.RandomSource;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.kvm.internal.seed.SeedFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A domain's description, read to see what a domain is. Which volume a disk is stands in the metadata, by place, so that it holds
 * whichever side of a copy the domain uses.
 *
 * @param name the domain's name
 * @param id the id that libvirt gave it; it keeps that as long as the host remembers it
 * @param cpus the number of processors
 * @param memory the amount of memory
 * @param kernel what it boots, if not a disk
 * @param serialLog the file its first serial port is written to
 * @param console the terminal of its console, once it runs; empty before
 * @param randomness where the guest gets randomness from
 * @param agent whether there is a channel to the agent in its guest
 * @param disks its disks, in order
 * @param targets what libvirt calls its disks, those too that no request can have made
 * @param nics its network cards, in order
 * @param seed the CD-ROM of cloud-init that this driver gave it
 * @param metadata what we keep with it
 */
public record MachineXml(
        String name,
        Optional<UUID> id,
        int cpus,
        ByteSize memory,
        Optional<KernelBoot> kernel,
        Optional<Path> serialLog,
        Optional<String> console,
        RandomSource randomness,
        AgentChannel agent,
        List<DiskXml> disks,
        Set<String> targets,
        List<Nic> nics,
        Optional<Path> seed,
        MachineMetadata metadata) {

    static final String CDROM = "cdrom";

    /** Reads a description. */
    public static MachineXml read(String text) {
        Xml domain = Xml.parse(text);
        List<DiskXml> disks = new ArrayList<>();
        List<Nic> nics = new ArrayList<>();
        Set<String> targets = domain.find("devices").map(MachineXml::targets).orElse(Set.of());
        Optional<Xml> devices = domain.find("devices");
        devices.ifPresent(all -> {
            all.children("disk").forEach(disk -> DiskXml.read(disk).ifPresent(disks::add));
            all.children("interface").forEach(nic -> NicXml.read(nic).ifPresent(nics::add));
        });
        return new MachineXml(
                domain.find("name").map(Xml::text).orElse(""),
                domain.find("uuid").map(Xml::text).map(UUID::fromString),
                domain.find("vcpu").map(x -> Integer.parseInt(x.text())).orElse(1),
                domain.find("memory").map(MachineXml::kibibytes).orElse(ByteSize.ZERO),
                domain.find("os").flatMap(MachineXml::readKernel),
                devices.flatMap(all -> serial(all, "file"))
                        .flatMap(source -> source.attribute("path"))
                        .flatMap(path -> Foreign.value(() -> Path.of(path))),
                devices.flatMap(all -> serial(all, "pty"))
                        .map(source -> source.attribute("path").orElse("")),
                devices.flatMap(all -> all.find("rng")).isPresent() ? RandomSource.HOST : RandomSource.NONE,
                devices.filter(MachineXml::hasAgent).isPresent() ? AgentChannel.PRESENT : AgentChannel.NONE,
                List.copyOf(disks),
                targets,
                List.copyOf(nics),
                devices.flatMap(MachineXml::readSeed),
                MachineMetadata.read(domain));
    }

    /** Returns which volume is at which place. */
    public Map<Place, VolumeId> volumes() {
        return metadata.volumes();
    }

    /** Returns the disk that is a volume, if there is one. */
    public Optional<DiskXml> disk(VolumeId volume) {
        return disks.stream()
                .filter(disk -> volume.equals(volumes().get(disk.place())))
                .findFirst();
    }

    /** Returns the disk that libvirt calls {@code target}. */
    public Optional<DiskXml> diskAt(String target) {
        return disks.stream().filter(disk -> disk.target().equals(target)).findFirst();
    }

    /** Returns the disks whose volume is known. */
    public List<MachineDisk> machineDisks() {
        return disks.stream()
                .filter(disk -> volumes().containsKey(disk.place()))
                .map(disk -> new MachineDisk(
                        Optional.ofNullable(volumes().get(disk.place())).orElseThrow(),
                        disk.place().attachment()))
                .toList();
    }

    /** Returns whether a disk or what it lies over is at a place, or goes there. */
    public boolean uses(Place place) {
        return disks.stream()
                .anyMatch(disk -> disk.places().contains(place)
                        || disk.mirror()
                                .filter(mirror -> mirror.place().equals(place))
                                .isPresent());
    }

    /** Returns the snapshots whose overlays still lie over what was frozen, the oldest first. */
    public List<MachineSnapshot> snapshots() {
        return metadata.snapshots().stream()
                .flatMap(noted -> {
                    List<SnapshotDisk> present =
                            noted.disks().stream().filter(this::hasBothLayers).toList();
                    return present.isEmpty() ? Stream.empty() : Stream.of(new MachineSnapshot(noted.id(), present));
                })
                .toList();
    }

    /** Returns whether a disk, or a layer of it, is frozen by a snapshot. */
    public boolean hasSnapshot(DiskXml disk) {
        return snapshots().stream()
                .flatMap(snapshot -> snapshot.disks().stream())
                .anyMatch(frozen ->
                        disk.places().contains(Place.of(frozen.frozen().attachment())));
    }

    /** Returns whether it is noted that a merge of one place into another was begun. */
    public boolean isMerging(Place overlay, Place into) {
        return metadata.merges().stream().anyMatch(merge -> merge.isOf(overlay, into));
    }

    /** Returns whether it is noted that the machine was about to be switched, at the end of a merge of one place into another. */
    public boolean isSwitching(Place overlay, Place into) {
        return metadata.merges().stream()
                .anyMatch(merge -> merge.isOf(overlay, into) && merge.phase() == MergeNote.Phase.SWITCHING);
    }

    private boolean hasBothLayers(SnapshotDisk frozen) {
        return liesOver(
                Place.of(frozen.overlay().attachment()),
                Place.of(frozen.frozen().attachment()));
    }

    /** Returns whether one place lies right over another in a disk, whatever lies over it. */
    public boolean liesOver(Place overlay, Place below) {
        return disks.stream().map(DiskXml::places).anyMatch(places -> {
            int at = places.indexOf(overlay);
            return at >= 0 && at + 1 < places.size() && places.get(at + 1).equals(below);
        });
    }

    /** Returns the secrets that its disks, what they lie over, and their copies are opened with. */
    public Set<UUID> secrets() {
        Set<UUID> all = new HashSet<>();
        disks.forEach(disk -> all.addAll(disk.secrets()));
        return all;
    }

    /** Returns those of {@link #secrets} that this driver defines; others belong to whoever made them. */
    public Set<UUID> ownSecrets() {
        Set<UUID> own = new HashSet<>();
        volumes().forEach((place, volume) -> own.add(SecretXml.of(volume, place).id()));
        own.retainAll(secrets());
        return own;
    }

    /** Returns where a volume is noted to be, whether a disk is there or not. */
    public List<Place> places(VolumeId volume) {
        return volumes().entrySet().stream()
                .filter(entry -> entry.getValue().equals(volume))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns the secrets that this driver defines for the volumes that are noted at places, whether a disk is there or not. */
    public Set<UUID> ownSecrets(Collection<Place> places) {
        Set<UUID> own = new HashSet<>();
        for (Place place : places) {
            Optional.ofNullable(volumes().get(place))
                    .ifPresent(volume -> own.add(SecretXml.of(volume, place).id()));
        }
        return own;
    }

    /** Returns whether a domain described so is what {@code spec} asks for, but for being remembered. */
    public boolean matches(MachineSpec spec) {
        return cpus == spec.cpus()
                && metadata.memory().orElse(memory).equals(spec.memory())
                && kernel.equals(spec.kernel())
                && serialLog.equals(spec.serialLog())
                && console.isPresent() == (spec.console() == Console.TERMINAL)
                && randomness == spec.randomness()
                && agent == spec.agentChannel()
                && metadata.platform().equals(spec.platform())
                && metadata.bootOrder().equals(spec.bootOrder())
                && metadata.tags().equals(spec.tags())
                && hasDisks(spec.disks())
                && hasNics(spec.nics());
    }

    private boolean hasDisks(List<Disk> wanted) {
        List<DiskXml> found = wanted.stream()
                .flatMap(disk -> disk(disk.volume()).filter(there -> there.serves(disk)).stream())
                .toList();
        boolean matching = found.size() == wanted.size() && machineDisks().size() == wanted.size();
        for (int later = 1; matching && later < found.size(); later++) {
            for (DiskXml earlier : found.subList(0, later)) {
                matching &= comesBefore(earlier, found.get(later));
            }
        }
        return matching;
    }

    /** libvirt lists disks bus by bus: a guest sees their order on each bus, and its firmware the one to boot in. */
    private boolean comesBefore(DiskXml one, DiskXml other) {
        boolean boots = one.boot().isEmpty()
                || other.boot().isEmpty()
                || one.boot().get() < other.boot().get();
        boolean sameBus = one.device().bus() == other.device().bus();
        return boots && (!sameBus || disks.indexOf(one) < disks.indexOf(other));
    }

    private boolean hasNics(List<Nic> wanted) {
        boolean matching = nics.size() == wanted.size();
        for (int i = 0; matching && i < nics.size(); i++) {
            matching = NicXml.matches(wanted.get(i), nics.get(i));
        }
        return matching;
    }

    private static Optional<KernelBoot> readKernel(Xml os) {
        return os.find("kernel")
                .flatMap(kernel -> Foreign.value(() -> {
                    KernelBoot boot = KernelBoot.of(Path.of(kernel.text()))
                            .commandLine(os.find("cmdline").map(Xml::text).orElse(""));
                    return os.find("initrd")
                            .map(x -> boot.initrd(Path.of(x.text())))
                            .orElse(boot);
                }));
    }

    private static Optional<Path> readSeed(Xml devices) {
        return devices.children("disk").stream()
                .filter(disk -> disk.attribute("device").filter(CDROM::equals).isPresent())
                .flatMap(disk -> disk.find("source").flatMap(source -> source.attribute("file")).stream())
                .flatMap(file -> Foreign.value(() -> Path.of(file)).stream())
                .filter(SeedFolder::isSeed)
                .findFirst();
    }

    private static boolean hasAgent(Xml devices) {
        return devices.children("channel").stream()
                .flatMap(channel -> channel.find("target").flatMap(target -> target.attribute("name")).stream())
                .anyMatch(DomainXml.AGENT_PORT::equals);
    }

    private static Set<String> targets(Xml devices) {
        return devices.children("disk").stream()
                .flatMap(disk -> disk.find("target").flatMap(target -> target.attribute("dev")).stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Optional<Xml> serial(Xml devices, String type) {
        return devices.children("serial").stream()
                .filter(serial -> serial.attribute("type").filter(type::equals).isPresent())
                .findFirst()
                .map(serial -> serial.find("source").orElse(serial));
    }

    private static ByteSize kibibytes(Xml memory) {
        return ByteSize.kibibytes(Long.parseLong(memory.text().strip()));
    }
}
