package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Clones of machines in memory; their disks are copies of files, whatever the kind. One that is not said is full. */
record InMemoryMachineClones(InMemoryHost host) implements MachineClones {

    @Override
    public MachineClone clone(MachineId source, CloneRequest request) {
        return host.change(() -> {
            synchronized (host) {
                return cloned(source, request);
            }
        });
    }

    private MachineClone cloned(MachineId source, CloneRequest request) {
        MachineId id = new MachineId(request.name());
        MachineClone.Kind kind = request.kind().orElse(MachineClone.Kind.FULL);
        InMemoryHistory.Origin origin = new InMemoryHistory.Origin(source, request, kind);
        if (host.knows(id)) {
            return host.known(id)
                    .filter(there -> there.history().origin().equals(Optional.of(origin)))
                    .flatMap(there -> find(id))
                    .orElseThrow(() ->
                            DriverException.because(Failure.EXISTS_DIFFERENTLY).message("the name %s is taken", id));
        }
        InMemoryMachine from = require(source);
        if (kind == MachineClone.Kind.LINKED && request.snapshot().isEmpty()) {
            throw invalid("a linked clone of %s needs a snapshot to lie over; name one with from(...)", source);
        }
        List<Disk> disks = disks(source, from, request);
        MachineSpec spec = MachineSpec.named(request.name())
                .cpus(from.spec().cpus())
                .memory(from.spec().memory())
                .keptAs(Persistence.PERSISTENT);
        Map<Disk, Path> copies = new LinkedHashMap<>();
        for (Disk disk : disks) {
            VolumeId name = Optional.ofNullable(request.volumes().get(disk.volume()))
                    .orElseThrow(() -> invalid("disk %s of %s has no name in the clone", disk.volume(), source));
            copies.put(disk, InMemoryPlaces.copyOf(disk, name));
            spec = spec.with(Disk.of(name, new Attachment.ImageFile(InMemoryPlaces.copyOf(disk, name)), disk.format()));
        }
        copies.forEach(InMemoryPlaces::copy);
        host.define(spec);
        host.known(id).ifPresent(made -> made.history().madeFrom(origin));
        return find(id).orElseThrow();
    }

    private List<Disk> disks(MachineId source, InMemoryMachine from, CloneRequest request) {
        List<Disk> disks = request.snapshot()
                .map(snapshot -> Optional.ofNullable(from.history().kept().get(snapshot))
                        .map(InMemoryHistory.Kept::disks)
                        .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                                .message("machine %s has no snapshot %s", source, snapshot)))
                .orElseGet(() -> List.copyOf(from.disks()));
        for (VolumeId named : request.volumes().keySet()) {
            if (disks.stream().noneMatch(disk -> disk.volume().equals(named))) {
                throw DriverException.because(Failure.NOT_FOUND).message("machine %s has no disk %s", source, named);
            }
        }
        return disks;
    }

    private InMemoryMachine require(MachineId id) {
        host.requireReachable();
        return host.known(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no machine %s", id));
    }

    private static DriverException invalid(String format, Object... arguments) {
        return DriverException.because(Failure.INVALID_REQUEST).message(format, arguments);
    }

    @Override
    public Optional<MachineClone> find(MachineId clone) {
        synchronized (host) {
            host.requireReachable();
            return host.known(clone)
                    .flatMap(machine -> machine.history()
                            .origin()
                            .map(origin -> new MachineClone(machine.as(clone), origin.source(), origin.kind())));
        }
    }

    @Override
    public void toTemplate(MachineId id) {
        change(() -> {
            InMemoryMachine machine = require(id);
            if (machine.spec().persistence() == Persistence.TRANSIENT) {
                throw invalid("machine %s is transient, and no template", id);
            }
            if (machine.isActive()) {
                throw DriverException.because(Failure.IN_USE).message("machine %s runs; stop it first", id);
            }
            machine.history().becomeTemplate();
        });
    }

    @Override
    public void toMachine(MachineId template) {
        change(() -> require(template).history().becomeMachine());
    }

    @Override
    public List<MachineId> templates() {
        return host
                .each((id, machine) -> machine.history().isTemplate() ? Optional.of(id) : Optional.<MachineId>empty())
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    private void change(Runnable work) {
        InMemoryHost unused = host.change(() -> {
            synchronized (host) {
                work.run();
                return host;
            }
        });
    }
}
