package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Change tracking by a plug-in. */
record GuardedChangeTracking(ChangeTracking tracking, PluginBoundary boundary) implements ChangeTracking {

    @Override
    public Checkpoint begin(MachineId machine, CheckpointId checkpoint, Set<VolumeId> disks)
            throws InterruptedException {
        Set<VolumeId> named = Set.copyOf(disks);
        if (named.isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("checkpoint %s of machine %s is to be of at least one disk", checkpoint, machine);
        }
        return boundary.call("changeTracking.begin", () -> tracking.begin(machine, checkpoint, named));
    }

    @Override
    public Optional<Checkpoint> find(MachineId machine, CheckpointId checkpoint) throws InterruptedException {
        return boundary.call("changeTracking.find", () -> tracking.find(machine, checkpoint));
    }

    @Override
    public List<Checkpoint> list(MachineId machine) throws InterruptedException {
        return boundary.call("changeTracking.list", () -> tracking.list(machine));
    }

    @Override
    public void forget(MachineId machine, CheckpointId checkpoint) throws InterruptedException {
        boundary.act("changeTracking.forget", () -> tracking.forget(machine, checkpoint));
    }
}
