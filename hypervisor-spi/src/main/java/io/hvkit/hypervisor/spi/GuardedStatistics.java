package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.List;
import java.util.Optional;

/** Statistics by a plug-in. */
record GuardedStatistics(Statistics statistics, PluginBoundary boundary) implements Statistics {

    @Override
    public Optional<MachineStatistics> of(MachineId machine) throws InterruptedException {
        return boundary.call("statistics.of", () -> statistics.of(machine));
    }

    @Override
    public List<MachineStatistics> ofAll() throws InterruptedException {
        return boundary.call("statistics.ofAll", statistics::ofAll);
    }
}
