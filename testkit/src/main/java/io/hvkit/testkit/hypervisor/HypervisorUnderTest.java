package io.hvkit.testkit.hypervisor;

import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineSpec;
import java.util.Map;

/** What the contracts judge: a driver, and a host to judge it on. A plug-in writes one for all contracts that it keeps. */
public interface HypervisorUnderTest {

    /** Returns the driver to judge; every one that is made leads to the same host, as after a restart of the process. */
    HypervisorDriver driver();

    /** Returns the type to open, with what it declares. */
    HypervisorType type();

    /** Returns the text of the options to open it with; none unless a plug-in says so. */
    default Map<String, String> options() {
        return Map.of();
    }

    /**
     * Returns the text of the options that open a second host, to which machines of the first can move and which sees the same
     * disks; those of the first unless a plug-in says so. {@link LiveMigrationContract} needs it.
     */
    default Map<String, String> optionsOfAnother() {
        return options();
    }

    /** Returns a small, plain disk that exists and that nothing else uses; all that are made have the same size. */
    Disk disk(VolumeId volume) throws InterruptedException;

    /** Returns a disk that does not exist. */
    Disk absentDisk();

    /**
     * Returns this machine with a guest that shuts down when it is asked and lets devices go; as it is unless a plug-in says
     * otherwise. {@link GracefulStopContract} and {@link HotPlugContract} need such guests.
     */
    default MachineSpec listening(MachineSpec spec) {
        return spec;
    }

    /**
     * Returns this machine with a guest that does neither, or with none; as it is unless a plug-in says otherwise.
     */
    default MachineSpec deaf(MachineSpec spec) {
        return spec;
    }

    /** Returns when the guest of a machine that {@link #listening} made and that was started is up; at once unless a plug-in waits. */
    default void awaitGuest(MachineSpec spec) throws InterruptedException {}
}
