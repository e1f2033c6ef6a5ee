package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.KeySource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a host in memory gets keys from that it has forgotten: the sources of the connections that are open. Its host locks.
 */
final class InMemoryKeys {

    private final Map<InMemoryHypervisor, KeySource> sources = new LinkedHashMap<>();

    void from(InMemoryHypervisor connection, KeySource source) {
        sources.put(connection, source);
    }

    void closed(InMemoryHypervisor connection) {
        sources.remove(connection);
    }

    /** Brings back what machines that run have lost and a source knows. */
    void restore(Collection<InMemoryMachine> machines) {
        for (InMemoryMachine machine : machines) {
            for (Disk disk : List.copyOf(machine.disks())) {
                if (machine.isActive() && machine.lacksKey(disk.volume()) && opens(disk)) {
                    machine.takeKey(disk.volume());
                }
            }
        }
    }

    private boolean opens(Disk disk) {
        return sources.values().stream().anyMatch(source -> opens(disk, source.find(disk.volume())));
    }

    private static boolean opens(Disk disk, Optional<Secret> key) {
        if (key.isEmpty()) {
            return false;
        }
        try (Secret known = key.get()) {
            InMemoryDisks.requireOpens(disk.unlockedBy(known));
            return true;
        }
    }
}
