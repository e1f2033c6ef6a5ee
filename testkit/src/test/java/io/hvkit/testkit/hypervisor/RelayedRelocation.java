package io.hvkit.testkit.hypervisor;

import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.Relocation;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Relocation as a real driver does it, between connections that are relayed; the base of those that do one thing wrong. */
class RelayedRelocation implements MachineRelocation {

    final MachineRelocation relocation;

    RelayedRelocation(MachineRelocation relocation) {
        this.relocation = relocation;
    }

    @Override
    public MachineMoveJob start(MachineId machine, Relocation request) throws InterruptedException {
        return relocation.start(machine, bare(request));
    }

    /** The driver knows its own connections alone. */
    private static Relocation bare(Relocation request) {
        Hypervisor target = request.target().map(RelayedMigration::bare).orElse(null);
        Relocation bare = target == null ? Relocation.onItsHost() : Relocation.to(target);
        Path store = request.store().orElse(null);
        bare = store == null ? bare : bare.storedAt(store);
        for (Map.Entry<VolumeId, Path> each : request.disks().entrySet()) {
            bare = bare.moving(each.getKey(), each.getValue());
        }
        return bare;
    }

    @Override
    public Optional<MachineMoveJob> find(MachineId machine) throws InterruptedException {
        return relocation.find(machine);
    }
}
