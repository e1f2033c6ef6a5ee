package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Moving machines by a plug-in, which is given its own connection to the target and not the guard of it. */
record GuardedLiveMigration(LiveMigration migration, PluginBoundary boundary, UnaryOperator<MachineMove> admitted)
        implements LiveMigration {

    @Override
    public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
        MachineMove bare = admitted.apply(move);
        return new GuardedMachineMoveJob(
                boundary.call("liveMigration.start", () -> migration.start(machine, bare)), boundary);
    }

    @Override
    public Optional<MachineMoveJob> find(MachineId machine, Hypervisor target) throws InterruptedException {
        Hypervisor bare = admitted.apply(MachineMove.to(target)).target();
        return boundary.call("liveMigration.find", () -> migration.find(machine, bare))
                .map(job -> new GuardedMachineMoveJob(job, boundary));
    }
}
