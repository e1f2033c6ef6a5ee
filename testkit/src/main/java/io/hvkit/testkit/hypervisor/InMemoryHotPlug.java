package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Nic;
import java.time.Duration;
import java.util.Optional;

/** Changes the devices of machines in memory. A guest lets go at once or, if it is deaf, never; nobody waits for it. */
record InMemoryHotPlug(InMemoryHost host) implements HotPlug {

    private static final ByteSize SECTOR = ByteSize.bytes(512);

    @Override
    public void attach(MachineId id, Disk disk) {
        change(() -> attached(id, disk));
    }

    private void change(Runnable work) {
        InMemoryHost unused = host.change(() -> {
            work.run();
            return host;
        });
    }

    private void attached(MachineId id, Disk disk) {
        synchronized (host) {
            InMemoryMachine machine = host.require(id);
            Optional<Disk> same = machine.disk(disk.volume());
            if (same.filter(found -> found.attachment().equals(disk.attachment())
                            && found.device().equals(disk.device()))
                    .isPresent()) {
                InMemoryDisks.requireOpens(disk);
                machine.takeKey(disk.volume());
                return;
            }
            if (same.isPresent() || machine.has(disk.attachment())) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("machine %s has volume %s or %s already", id, disk.volume(), disk.attachment());
            }
            InMemoryDisks.requireOpens(disk);
            host.requireUnused(disk);
            machine.disks().add(disk);
        }
    }

    @Override
    public void detach(MachineId id, VolumeId volume, Duration patience) {
        change(() -> detached(id, volume, patience));
    }

    private void detached(MachineId id, VolumeId volume, Duration patience) {
        synchronized (host) {
            host.requireReachable();
            Optional<InMemoryMachine> having =
                    host.active(id).filter(machine -> machine.disk(volume).isPresent());
            having.ifPresent(machine -> {
                if (machine.moves().containsKey(volume)) {
                    throw DriverException.because(Failure.OPERATION_PENDING)
                            .message("disk %s of machine %s is being moved; wait for that, or cancel it", volume, id);
                }
                requireNotFrozen(machine, id, volume);
                requireListens(machine, id, patience);
                machine.disks().removeIf(disk -> disk.volume().equals(volume));
                machine.forgetMerges();
            });
        }
    }

    @Override
    public void attach(MachineId id, Nic nic) {
        MacAddress address = nic.address()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("a network card for a running machine needs an address: %s", nic));
        synchronized (host) {
            InMemoryMachine machine = host.require(id);
            if (machine.nic(address).isEmpty()) {
                machine.nics().add(nic);
            }
        }
    }

    @Override
    public void detach(MachineId id, MacAddress address, Duration patience) {
        synchronized (host) {
            host.requireReachable();
            Optional<InMemoryMachine> having =
                    host.active(id).filter(machine -> machine.nic(address).isPresent());
            having.ifPresent(machine -> {
                requireListens(machine, id, patience);
                machine.nics().removeIf(nic -> nic.address().equals(Optional.of(address)));
            });
        }
    }

    @Override
    public void resize(MachineId id, VolumeId volume, ByteSize size) {
        change(() -> resized(id, volume, size));
    }

    private void resized(MachineId id, VolumeId volume, ByteSize size) {
        synchronized (host) {
            InMemoryMachine machine = host.require(id);
            Disk disk = machine.disk(volume)
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("machine %s has no disk %s", id, volume));
            ByteSize now = ByteSize.bytes(InMemoryDisks.size(disk));
            if (size.compareTo(now) < 0 || !size.isMultipleOf(SECTOR)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "disk %s has %s; it can grow to a whole number of sectors, not to %s", disk, now, size);
            }
            requireNotFrozen(machine, id, volume);
            InMemoryDisks.grow(disk, size);
        }
    }

    private static void requireNotFrozen(InMemoryMachine machine, MachineId id, VolumeId volume) {
        if (!machine.history().kept().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("machine %s has snapshots; disk %s stays as it is until they are removed", id, volume);
        }
    }

    private static void requireListens(InMemoryMachine machine, MachineId id, Duration patience) {
        if (!machine.listens()) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .message("the guest of machine %s lets nothing go, not within %s either", id, patience);
        }
    }
}
