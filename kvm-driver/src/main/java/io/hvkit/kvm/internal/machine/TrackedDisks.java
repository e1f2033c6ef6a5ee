package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import io.hvkit.hypervisor.spi.Tracking.Loss;
import io.hvkit.kvm.internal.libvirt.DomainState;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.CheckpointXml;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Judges what a checkpoint is worth, by what its disks were and are. Whatever is in doubt is lost. */
final class TrackedDisks {

    private TrackedDisks() {}

    /** Returns a checkpoint as it is now; nothing if others began it. */
    static Optional<Checkpoint> of(LibvirtDomain domain, DomainState state, CheckpointXml xml) throws LibvirtException {
        Optional<CheckpointId> id = id(xml.name());
        if (id.isEmpty() || xml.disks().isEmpty()) {
            return Optional.empty();
        }
        MachineXml machine = MachineXml.read(domain.xml());
        List<TrackedDisk> disks = new ArrayList<>();
        for (CheckpointXml.Was was : xml.disks().get()) {
            Optional<DiskXml> now = machine.disk(was.volume());
            Optional<ByteSize> capacity = now.isPresent() && state.isActive()
                    ? Optional.of(ByteSize.bytes(domain.disk(now.get().target()).capacity()))
                    : Optional.empty();
            Tracking tracking =
                    judged(was, now, capacity, Optional.ofNullable(xml.changed().get(was.target())));
            disks.add(new TrackedDisk(was.volume(), tracking));
        }
        return Optional.of(new Checkpoint(id.get(), xml.begunAt(), disks));
    }

    /**
     * Returns how the notes of one disk fare.
     *
     * @param was what it was
     * @param now what it is, if the machine has it
     * @param capacity how large it is, if the machine runs
     * @param changed how much was written, if libvirt found the notes whole
     */
    static Tracking judged(
            CheckpointXml.Was was, Optional<DiskXml> now, Optional<ByteSize> capacity, Optional<ByteSize> changed) {
        if (now.isEmpty()) {
            return new Tracking.Lost(Loss.DISK_GONE, "the machine has no disk " + was.volume());
        }
        DiskXml disk = now.get();
        if (!disk.place().equals(was.place()) || !disk.target().equals(was.target())) {
            return new Tracking.Lost(
                    Loss.DISK_MOVED,
                    "it was " + was.place() + " as " + was.target() + ", and is " + disk.place() + " as "
                            + disk.target());
        }
        if (capacity.isEmpty()) {
            return new Tracking.Unknown();
        }
        if (!capacity.get().equals(was.capacity())) {
            return new Tracking.Lost(Loss.DISK_RESIZED, "it had " + was.capacity() + ", and has " + capacity.get());
        }
        return changed.<Tracking>map(Tracking.Whole::new)
                .orElseGet(() -> new Tracking.Lost(
                        Loss.NOTES_DAMAGED, "its bitmap is missing or inconsistent, as after a crash"));
    }

    private static Optional<CheckpointId> id(String name) {
        try {
            return Optional.of(new CheckpointId(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a name that none of ours has
        }
    }
}
