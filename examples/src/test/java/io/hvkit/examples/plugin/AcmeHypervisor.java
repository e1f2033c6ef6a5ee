package io.hvkit.examples.plugin;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import java.util.List;
import java.util.Optional;

/** A connection: the six methods that have no default. It keeps nothing of what it did, so a restart loses nothing. */
record AcmeHypervisor(HostId host, AcmeCloud cloud) implements Hypervisor {

    @Override
    public Features<HypervisorFeature> features() {
        return Features.none(HypervisorFeature.class);
    }

    // tag::start[]
    @Override
    public Machine start(MachineSpec spec) {
        if (cloud.servers().contains(spec)) {
            return machine(spec); // an equal request was carried out before
        }
        for (Disk disk : spec.disks()) {
            if (!cloud.has(disk.attachment())) {
                throw DriverException.because(Failure.NOT_FOUND).message("there is no disk at %s", disk.attachment());
            }
            Optional<String> user = cloud.userOf(disk.attachment());
            if (user.filter(name -> !name.equals(spec.name())).isPresent()) {
                throw DriverException.because(Failure.IN_USE)
                        .message("server %s uses %s; stop it first", user.get(), disk.attachment());
            }
        }
        Optional<MachineSpec> other = cloud.create(spec);
        if (other.isPresent() && !other.get().equals(spec)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("there is another server %s: %s", spec.name(), other.get());
        }
        return machine(spec);
    }
    // end::start[]

    @Override
    public void stop(MachineId id, StopMode mode) {
        cloud.destroy(id.value());
    }

    @Override
    public List<Machine> list() {
        return cloud.servers().stream().map(AcmeHypervisor::machine).toList();
    }

    @Override
    public void close() {}

    private static Machine machine(MachineSpec server) {
        return Machine.of(new MachineId(server.name()), server.name(), MachineState.RUNNING)
                .with(server.disks().stream()
                        .map(disk -> new MachineDisk(disk.volume(), disk.attachment()))
                        .toList());
    }
}
