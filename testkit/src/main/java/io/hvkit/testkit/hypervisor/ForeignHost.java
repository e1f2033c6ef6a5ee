package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Support;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.List;

/** A host of a driver that nobody knows. It says that it takes machines, and does nothing. */
record ForeignHost() implements Hypervisor {

    @Override
    public HostId host() {
        return new HostId("contract-foreign");
    }

    @Override
    public Features<HypervisorFeature> features() {
        return Features.none(HypervisorFeature.class).with(HypervisorFeature.LIVE_MIGRATION, Support.NATIVE);
    }

    @Override
    public Machine start(MachineSpec spec) {
        throw DriverException.because(Failure.EXHAUSTED).message("this host runs nothing");
    }

    @Override
    public void stop(MachineId id, StopMode mode) {}

    @Override
    public List<Machine> list() {
        return List.of();
    }

    @Override
    public void close() {}
}
