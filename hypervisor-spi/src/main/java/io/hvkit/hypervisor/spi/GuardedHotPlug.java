package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import java.time.Duration;
import java.util.function.Consumer;

/** Changing devices by a plug-in, after {@code disks} and {@code nics} had nothing against the new ones. */
record GuardedHotPlug(HotPlug plug, PluginBoundary boundary, Consumer<Disk> disks, Runnable nics) implements HotPlug {

    @Override
    public void attach(MachineId machine, Disk disk) throws InterruptedException {
        disks.accept(disk);
        boundary.act("hotPlug.attach", () -> plug.attach(machine, disk));
    }

    @Override
    public void detach(MachineId machine, VolumeId disk, Duration patience) throws InterruptedException {
        boundary.act("hotPlug.detach", () -> plug.detach(machine, disk, patience));
    }

    @Override
    public void attach(MachineId machine, Nic nic) throws InterruptedException {
        nics.run();
        boundary.act("hotPlug.attach", () -> plug.attach(machine, nic));
    }

    @Override
    public void detach(MachineId machine, MacAddress nic, Duration patience) throws InterruptedException {
        boundary.act("hotPlug.detach", () -> plug.detach(machine, nic, patience));
    }

    @Override
    public void resize(MachineId machine, VolumeId disk, ByteSize size) throws InterruptedException {
        boundary.act("hotPlug.resize", () -> plug.resize(machine, disk, size));
    }
}
