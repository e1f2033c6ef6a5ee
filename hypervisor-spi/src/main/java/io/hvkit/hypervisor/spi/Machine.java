package io.hvkit.hypervisor.spi;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.Incubating;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A machine as it is now. */
public final class Machine {

    private record Fields(
            MachineId id, String name, MachineState state, List<MachineDisk> disks, Map<VolumeId, DiskUuid> uuids) {}

    private final Fields fields;

    private Machine(Fields fields) {
        this.fields = fields;
    }

    /** Returns a machine whose disks are not known. */
    public static Machine of(MachineId id, String name, MachineState state) {
        return new Machine(new Fields(id, name, state, List.of(), Map.of()));
    }

    /** Returns this machine with its disks, the one it boots from first. */
    public Machine with(List<MachineDisk> disks) {
        return new Machine(new Fields(fields.id, fields.name, fields.state, List.copyOf(disks), fields.uuids));
    }

    /** Returns this machine with the UUIDs that the files of its disks carry, as far as they carry one. */
    @Incubating(since = "0.1")
    public Machine carrying(Map<VolumeId, DiskUuid> uuids) {
        return new Machine(new Fields(fields.id, fields.name, fields.state, fields.disks, Map.copyOf(uuids)));
    }

    /** Returns the driver's id. */
    public MachineId id() {
        return fields.id;
    }

    /** Returns the name it was started under. */
    public String name() {
        return fields.name;
    }

    /** Returns what it does now. */
    public MachineState state() {
        return fields.state;
    }

    /** Returns the disks it has now, as far as the driver knows which volume each is. */
    public List<MachineDisk> disks() {
        return fields.disks;
    }

    /**
     * Returns the UUID that the file of a disk carries, read from the host; nothing if it carries none, or the driver knows of none.
     * Linked clones carry that of their source.
     */
    @Incubating(since = "0.1")
    public Optional<DiskUuid> uuid(VolumeId disk) {
        return Optional.ofNullable(fields.uuids.get(disk));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Machine that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "Machine" + fields;
    }
}
