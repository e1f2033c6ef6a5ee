package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.List;
import java.util.Optional;

/** Clones by a plug-in. */
record GuardedClones(MachineClones clones, PluginBoundary boundary) implements MachineClones {

    @Override
    public MachineClone clone(MachineId source, CloneRequest request) throws InterruptedException {
        return boundary.call("machineClones.clone", () -> clones.clone(source, request));
    }

    @Override
    public Optional<MachineClone> find(MachineId clone) throws InterruptedException {
        return boundary.call("machineClones.find", () -> clones.find(clone));
    }

    @Override
    public void toTemplate(MachineId machine) throws InterruptedException {
        boundary.act("machineClones.toTemplate", () -> clones.toTemplate(machine));
    }

    @Override
    public void toMachine(MachineId template) throws InterruptedException {
        boundary.act("machineClones.toMachine", () -> clones.toMachine(template));
    }

    @Override
    public List<MachineId> templates() throws InterruptedException {
        return boundary.call("machineClones.templates", clones::templates);
    }
}
