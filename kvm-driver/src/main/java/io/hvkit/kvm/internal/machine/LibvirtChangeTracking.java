package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.kvm.internal.libvirt.DomainState;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.CheckpointXml;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Notes changes by libvirt's checkpoints, each with a bitmap in every disk, in QEMU's format and nowhere else. All bitmaps record on,
 * so each checkpoint stands for itself.
 *
 * <p>libvirt's daemon may fail, or end, when it describes a checkpoint that is being removed. So those of one machine are listed, begun
 * and forgotten one after another. Other processes are not kept from it.
 */
final class LibvirtChangeTracking implements ChangeTracking {

    private final LibvirtSession session;
    private final DomainNotes notes;

    LibvirtChangeTracking(LibvirtSession session, DomainNotes notes) {
        this.session = session;
        this.notes = notes;
    }

    /** Work on a domain that the host knows. */
    @FunctionalInterface
    private interface Deed<R> {
        R on(LibvirtDomain domain, DomainState state) throws LibvirtException;
    }

    @Override
    public Checkpoint begin(MachineId machine, CheckpointId id, Set<VolumeId> disks) throws InterruptedException {
        return session.change(
                "begin checkpoint " + id + " of machine " + machine,
                connection -> onDomain(connection, machine, (domain, state) -> {
                    if (!state.isActive()) {
                        throw absent(machine);
                    }
                    Optional<Checkpoint> before = existing(domain, id, disks);
                    return before.isPresent() ? before.get() : begun(domain, machine, id, disks);
                }));
    }

    private static Checkpoint begun(LibvirtDomain domain, MachineId machine, CheckpointId id, Set<VolumeId> disks)
            throws LibvirtException {
        List<CheckpointXml.Was> wanted = wanted(domain, machine, disks);
        try {
            domain.checkpoints().create(CheckpointXml.document(id.value(), wanted));
        } catch (LibvirtException e) {
            if (e.saysBitmapExists()) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .causedBy(e)
                        .message(
                                "a machine that is not remembered left checkpoint %s in a disk of machine %s; forget it, or take"
                                        + " another name",
                                id, machine);
            }
            if (!e.saysExists()) {
                throw e;
            }
        }
        return existing(domain, id, disks) // also what somebody else began meanwhile
                .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                        .message("libvirt was to begin checkpoint %s of machine %s and knows none", id, machine));
    }

    /** Returns what an equal request began. */
    private static Optional<Checkpoint> existing(LibvirtDomain domain, CheckpointId id, Set<VolumeId> disks)
            throws LibvirtException {
        Optional<CheckpointXml> found = all(domain, DomainState.RUNNING).stream()
                .filter(xml -> xml.name().equals(id.value()))
                .findAny();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Set<VolumeId> tracked = found.get().disks().orElse(List.of()).stream()
                .map(CheckpointXml.Was::volume)
                .collect(Collectors.toSet());
        if (!tracked.equals(disks)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("there is a checkpoint %s already, of %s; take another name", id, words(tracked));
        }
        return TrackedDisks.of(domain, DomainState.RUNNING, found.get());
    }

    private static String words(Set<VolumeId> volumes) {
        return volumes.isEmpty()
                ? "others"
                : volumes.stream()
                        .map(VolumeId::value)
                        .collect(Collectors.toCollection(TreeSet::new))
                        .toString();
    }

    private static List<CheckpointXml.Was> wanted(LibvirtDomain domain, MachineId machine, Set<VolumeId> disks)
            throws LibvirtException {
        MachineXml xml = MachineXml.read(domain.xml());
        for (VolumeId volume : disks) {
            requireTracks(xml, machine, volume);
        }
        List<CheckpointXml.Was> wanted = new ArrayList<>();
        for (DiskXml disk : xml.disks()) {
            VolumeId volume = xml.volumes().get(disk.place());
            if (volume != null && disks.contains(volume)) {
                ByteSize size = ByteSize.bytes(domain.disk(disk.target()).capacity());
                wanted.add(new CheckpointXml.Was(disk.target(), volume, size, disk.place()));
            }
        }
        return wanted;
    }

    /** Throws if a disk has no room for notes, or is being moved. */
    static void requireTracks(MachineXml xml, MachineId machine, VolumeId volume) {
        DiskXml disk = xml.disk(volume)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s has no disk %s", machine, volume));
        if (!disk.format().equals(ImageFormat.QCOW2.qemuName())) {
            boolean luks = disk.encrypted() == DiskXml.Encryption.LUKS;
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "disk %s of machine %s is %s, which has no room for notes of changes; only qcow2 has, encrypted or not",
                            volume, machine, luks ? "LUKS without a format inside" : disk.format());
        }
        if (disk.mirror().isPresent()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("disk %s of machine %s is being moved; wait for that, or cancel it", volume, machine);
        }
    }

    @Override
    public List<Checkpoint> list(MachineId machine) throws InterruptedException {
        return session.ask(
                "list the checkpoints of machine " + machine,
                connection -> onDomain(connection, machine, (domain, state) -> {
                    List<Checkpoint> listed = new ArrayList<>();
                    for (CheckpointXml xml : all(domain, state)) {
                        TrackedDisks.of(domain, state, xml).ifPresent(listed::add);
                    }
                    return List.copyOf(listed);
                }));
    }

    @Override
    public void forget(MachineId machine, CheckpointId id) throws InterruptedException {
        session.change(
                "forget checkpoint " + id + " of machine " + machine,
                connection -> notes.alone(machine.value(), () -> {
                    Optional<LibvirtDomain> found = connection.find(machine.value());
                    if (found.isPresent()) {
                        try (LibvirtDomain domain = found.get()) {
                            forget(domain, domain.state(), machine, id);
                        }
                    }
                    return id;
                }));
    }

    private static void forget(LibvirtDomain domain, DomainState state, MachineId machine, CheckpointId id)
            throws LibvirtException {
        Optional<CheckpointXml> found = all(domain, DomainState.SHUT_OFF).stream()
                .filter(xml -> xml.name().equals(id.value()))
                .findAny();
        if (found.filter(xml -> xml.disks().isEmpty()).isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("checkpoint %s of machine %s was begun by others, and is theirs", id, machine);
        }
        if (!state.isActive()) {
            if (found.isPresent()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "machine %s does not run, so that checkpoint %s cannot be taken from its disks; start it first",
                                machine, id);
            }
            return;
        }
        if (found.isEmpty() || !isDeleted(domain, id)) {
            for (DiskXml disk : MachineXml.read(domain.xml()).disks()) {
                removeLeftover(domain, disk, id);
            }
        }
    }

    /** Returns whether it went with all of its bitmaps; if one is missing libvirt removes none. */
    private static boolean isDeleted(LibvirtDomain domain, CheckpointId id) throws LibvirtException {
        try {
            boolean unused = domain.checkpoints().delete(id.value());
            return true;
        } catch (LibvirtException e) {
            if (!e.saysBitmapMissing()) {
                throw e;
            }
            domain.checkpoints().forget(id.value());
            return false;
        }
    }

    private static void removeLeftover(LibvirtDomain domain, DiskXml disk, CheckpointId id) throws LibvirtException {
        if (disk.format().equals(ImageFormat.QCOW2.qemuName())) {
            domain.checkpoints().redefine(CheckpointXml.leftover(id.value(), disk.target()));
            boolean unused = isDeleted(domain, id);
        }
    }

    private static List<CheckpointXml> all(LibvirtDomain domain, DomainState state) throws LibvirtException {
        return domain.checkpoints().descriptions(state).stream()
                .map(CheckpointXml::read)
                .toList();
    }

    private <R> R onDomain(LibvirtConnection connection, MachineId machine, Deed<R> deed) throws LibvirtException {
        return notes.alone(machine.value(), () -> onFound(connection, machine, deed));
    }

    private static <R> R onFound(LibvirtConnection connection, MachineId machine, Deed<R> deed)
            throws LibvirtException {
        try (LibvirtDomain domain = connection.find(machine.value()).orElseThrow(() -> absent(machine))) {
            return deed.on(domain, domain.state());
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                throw absent(machine); // it ended meanwhile
            }
            throw e;
        }
    }

    private static DriverException absent(MachineId machine) {
        return DriverException.because(Failure.NOT_FOUND).message("no machine %s runs on this host", machine);
    }
}
