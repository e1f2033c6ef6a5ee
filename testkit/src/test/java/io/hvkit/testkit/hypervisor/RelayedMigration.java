package io.hvkit.testkit.hypervisor;

import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import java.util.List;
import java.util.Optional;

/** Moving machines as a real driver does it, between connections that are relayed; the base of those that do one thing wrong. */
class RelayedMigration implements LiveMigration {

    final LiveMigration migration;
    private final Hypervisor here;

    RelayedMigration(LiveMigration migration, Hypervisor here) {
        this.migration = migration;
        this.here = here;
    }

    @Override
    public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
        return migration.start(machine, bare(machine, move));
    }

    @Override
    public Optional<MachineMoveJob> find(MachineId machine, Hypervisor target) throws InterruptedException {
        return migration.find(machine, bare(target));
    }

    static Hypervisor bare(Hypervisor target) {
        return target instanceof Relay relay ? relay.real : target;
    }

    /** The driver knows its own connections alone. */
    private MachineMove bare(MachineId machine, MachineMove move) throws InterruptedException {
        MachineMove bare = MachineMove.to(bare(move.target()))
                .with(move.busyGuest())
                .with(move.sharedDisks())
                .over(move.wire());
        for (var moving : move.disks().entrySet()) {
            bare = bare.moving(moving.getKey(), moving.getValue());
        }
        if (move.bandwidth().isPresent()) {
            bare = bare.limitedTo(move.bandwidth().get());
        }
        for (MachineDisk disk : here.find(machine).map(Machine::disks).orElse(List.of())) {
            Optional<Secret> key = move.key(disk.volume());
            if (key.isPresent()) {
                bare = bare.unlocking(disk.volume(), key.get());
            }
        }
        return bare;
    }
}
