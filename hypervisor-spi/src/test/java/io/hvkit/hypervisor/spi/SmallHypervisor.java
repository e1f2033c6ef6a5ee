package io.hvkit.hypervisor.spi;

import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import java.util.ArrayList;
import java.util.List;

/** The six members a connection must have; it writes down what it is asked. */
class SmallHypervisor implements Hypervisor {

    final List<String> asked = new ArrayList<>();

    private final HostId host;

    SmallHypervisor(HostId host) {
        this.host = host;
    }

    @Override
    public HostId host() {
        return host;
    }

    @Override
    public Features<HypervisorFeature> features() {
        return Features.none(HypervisorFeature.class);
    }

    @Override
    public Machine start(MachineSpec spec) throws InterruptedException {
        asked.add("start");
        return Machine.of(new MachineId(spec.name()), spec.name(), MachineState.RUNNING);
    }

    @Override
    public void stop(MachineId id, StopMode mode) throws InterruptedException {
        asked.add("stop");
    }

    @Override
    public List<Machine> list() throws InterruptedException {
        asked.add("list");
        return List.of();
    }

    @Override
    public void close() {
        asked.add("close");
    }
}
