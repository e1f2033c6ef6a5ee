package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import java.util.List;

/** A machine as it is now. */
public final class Machine {

    private record Fields(MachineId id, String name, MachineState state, List<MachineDisk> disks) {}

    private final Fields fields;

    private Machine(Fields fields) {
        this.fields = fields;
    }

    /** Returns a machine whose disks are not known. */
    public static Machine of(MachineId id, String name, MachineState state) {
        return new Machine(new Fields(id, name, state, List.of()));
    }

    /** Returns this machine with its disks, the one it boots from first. */
    public Machine with(List<MachineDisk> disks) {
        return new Machine(new Fields(fields.id, fields.name, fields.state, List.copyOf(disks)));
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
