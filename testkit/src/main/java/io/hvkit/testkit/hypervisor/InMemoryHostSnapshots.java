package io.hvkit.testkit.hypervisor;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.hypervisor.spi.HostSnapshot;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Snapshots of machines in memory: the lists of their disks. */
record InMemoryHostSnapshots(InMemoryHost host) implements HostSnapshots {

    @Override
    public HostSnapshot take(MachineId machine, SnapshotId id, Quiescing quiescing) {
        return host.change(() -> {
            synchronized (host) {
                return taken(machine, id);
            }
        });
    }

    private HostSnapshot taken(MachineId id, SnapshotId snapshot) {
        InMemoryMachine machine = known(id);
        if (machine.spec().persistence() == Persistence.TRANSIENT) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("machine %s is transient; make it a persistent one", id);
        }
        InMemoryHistory history = machine.history();
        return history.kept()
                .computeIfAbsent(snapshot, absent -> {
                    HostSnapshot made = new HostSnapshot(snapshot, history.current(), Instant.now());
                    history.goesOnFrom(Optional.of(snapshot));
                    return new InMemoryHistory.Kept(made, List.copyOf(machine.disks()));
                })
                .snapshot();
    }

    private InMemoryMachine known(MachineId id) {
        host.requireReachable();
        return host.known(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no machine %s", id));
    }

    @Override
    public List<HostSnapshot> list(MachineId machine) {
        synchronized (host) {
            host.requireReachable();
            return host.known(machine).stream()
                    .flatMap(found -> found.history().kept().values().stream())
                    .map(InMemoryHistory.Kept::snapshot)
                    .toList();
        }
    }

    @Override
    public void revert(MachineId machine, SnapshotId snapshot) {
        change(() -> reverted(machine, snapshot));
    }

    private void reverted(MachineId id, SnapshotId snapshot) {
        InMemoryMachine machine = known(id);
        InMemoryHistory.Kept kept = Optional.ofNullable(machine.history().kept().get(snapshot))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s has no snapshot %s", id, snapshot));
        if (machine.isActive()) {
            throw DriverException.because(Failure.IN_USE).message("machine %s runs; stop it first", id);
        }
        machine.disks().clear();
        machine.disks().addAll(kept.disks());
        machine.history().goesOnFrom(Optional.of(snapshot));
    }

    @Override
    public void remove(MachineId machine, SnapshotId snapshot, Removal removal) {
        change(() -> host.known(machine).ifPresent(found -> removed(machine, found.history(), snapshot, removal)));
    }

    private void removed(MachineId machine, InMemoryHistory history, SnapshotId snapshot, Removal removal) {
        List<SnapshotId> going = history.kept().keySet().stream()
                .filter(each -> each.equals(snapshot)
                        || (removal == Removal.WITH_LATER && history.line(each).contains(snapshot)))
                .toList();
        host.each((id, other) -> other.history().origin()).stream()
                .flatMap(Optional::stream)
                .filter(origin -> origin.source().equals(machine) && origin.kind() == MachineClone.Kind.LINKED)
                .flatMap(origin -> origin.request().snapshot().stream())
                .filter(linked -> history.line(linked).stream().anyMatch(going::contains))
                .findFirst()
                .ifPresent(linked -> {
                    throw DriverException.because(Failure.IN_USE)
                            .message("a linked clone lies over snapshot %s of machine %s", linked, machine);
                });
        going.forEach(history::remove);
    }

    @Override
    public void consolidate(MachineId machine) {
        change(host::requireReachable); // a host in memory leaves nothing behind
    }

    private void change(Runnable work) {
        InMemoryHost unused = host.change(() -> {
            synchronized (host) {
                host.requireReachable();
                work.run();
                return host;
            }
        });
    }
}
