package io.hvkit.hypervisor.spi;

import io.hvkit.core.MachineId;
import io.hvkit.core.internal.PluginBoundary;

/** Control of machines by a plug-in. */
record GuardedControl(MachineControl control, PluginBoundary boundary) implements MachineControl {

    @Override
    public void pause(MachineId machine) throws InterruptedException {
        boundary.act("control.pause", () -> control.pause(machine));
    }

    @Override
    public void resume(MachineId machine) throws InterruptedException {
        boundary.act("control.resume", () -> control.resume(machine));
    }

    @Override
    public void restart(MachineId machine, RestartMode mode) throws InterruptedException {
        boundary.act("control.restart", () -> control.restart(machine, mode));
    }
}
