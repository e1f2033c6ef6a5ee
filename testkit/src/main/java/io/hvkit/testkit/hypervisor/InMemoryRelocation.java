package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.Relocation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Moves machines in memory and the files of their disks, at once: no job is ever seen to run. */
record InMemoryRelocation(InMemoryHost host) implements MachineRelocation {

    @Override
    public MachineMoveJob start(MachineId machine, Relocation relocation) {
        if (relocation.target().isEmpty()
                && relocation.store().isEmpty()
                && relocation.disks().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("nothing is to become of machine %s; name a host or a place", machine);
        }
        InMemoryHost there = relocation.target().map(InMemoryRelocation::hostOf).orElse(host);
        return host.change(() -> {
            if (there == host) {
                synchronized (host) {
                    return moved(machine, relocation, host);
                }
            }
            return host.together(there, () -> moved(machine, relocation, there));
        });
    }

    private static InMemoryHost hostOf(Hypervisor target) {
        if (target instanceof InMemoryHypervisor known) {
            return known.machines();
        }
        throw DriverException.because(Failure.UNSUPPORTED).message("%s is no host in memory", target.host());
    }

    private Done moved(MachineId id, Relocation relocation, InMemoryHost there) {
        host.requireReachable();
        there.requireReachable();
        InMemoryHost now = there.known(id).isPresent() ? there : host;
        InMemoryMachine machine = now.known(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no machine %s", id));
        for (VolumeId disk : relocation.disks().keySet()) {
            if (machine.disk(disk).isEmpty()) {
                throw DriverException.because(Failure.NOT_FOUND).message("machine %s has no disk %s", id, disk);
            }
        }
        relocation.store().ifPresent(InMemoryRelocation::requireThere);
        relocation.disks().values().forEach(InMemoryRelocation::requireThere);
        machine.disks().replaceAll(disk -> at(disk, relocation.disks(), relocation.store()));
        if (now != there) {
            now.handOver(id, there, machine);
        }
        return new Done();
    }

    private static void requireThere(Path store) {
        if (!Files.isDirectory(store)) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no storage at %s", store);
        }
    }

    private static Disk at(Disk disk, Map<VolumeId, Path> disks, Optional<Path> store) {
        Path folder =
                Optional.ofNullable(disks.get(disk.volume())).or(() -> store).orElse(null);
        if (folder == null) {
            return disk;
        }
        return Disk.of(disk.volume(), new Attachment.ImageFile(InMemoryPlaces.move(disk, folder)), disk.format())
                .as(disk.device());
    }

    @Override
    public Optional<MachineMoveJob> find(MachineId machine) {
        host.requireReachable();
        return Optional.empty();
    }

    private record Done() implements MachineMoveJob {

        @Override
        public Progress progress() {
            return new Progress("done", ByteSize.bytes(1), ByteSize.bytes(1));
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) {
            return Optional.of(new JobVerdict.Succeeded(List.of()));
        }

        @Override
        public void cancel() {
            // it has ended
        }
    }
}
