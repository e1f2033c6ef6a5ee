package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Relocation by a plug-in, which is given its own connection to the target and not the guard of it. */
record GuardedRelocation(MachineRelocation relocation, PluginBoundary boundary, UnaryOperator<Relocation> admitted)
        implements MachineRelocation {

    @Override
    public MachineMoveJob start(MachineId machine, Relocation request) throws InterruptedException {
        Relocation bare = admitted.apply(request);
        return new GuardedMachineMoveJob(
                boundary.call("machineRelocation.start", () -> relocation.start(machine, bare)), boundary);
    }

    @Override
    public Optional<MachineMoveJob> find(MachineId machine) throws InterruptedException {
        return boundary.call("machineRelocation.find", () -> relocation.find(machine))
                .map(job -> new GuardedMachineMoveJob(job, boundary));
    }
}
