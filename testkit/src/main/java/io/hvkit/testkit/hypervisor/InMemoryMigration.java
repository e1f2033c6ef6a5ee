package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Moves machines from one host in memory to another. There is no wire, and every file is shared. */
record InMemoryMigration(InMemoryHypervisor connection, InMemoryHost source) implements LiveMigration {

    private static final ByteSize MEMORY = ByteSize.mebibytes(1); // as much as is copied besides disks

    @Override
    public MachineMoveJob start(MachineId id, MachineMove move) {
        InMemoryHypervisor there = sameKind(move.target());
        source.settle();
        InMemoryHost target = there.machines();
        MachineMoveJob job =
                source.change(() -> target.change(() -> source.together(target, () -> begin(id, move, there))));
        source.settle();
        return job;
    }

    @Override
    public Optional<MachineMoveJob> find(MachineId id, Hypervisor other) {
        InMemoryHost target = sameKind(other).machines();
        source.settle();
        return source.together(target, () -> {
            source.requireReachable();
            target.requireReachable();
            Optional<MachineMoveJob> leaving =
                    source.leaving(id).filter(job -> job.leadsTo(target)).map(job -> job);
            boolean moved = source.active(id).isEmpty() && target.active(id).isPresent();
            return leaving.isPresent() || !moved ? leaving : Optional.of(Arrived.ARRIVED);
        });
    }

    private MachineMoveJob begin(MachineId id, MachineMove move, InMemoryHypervisor there) {
        InMemoryHost target = there.machines();
        source.requireReachable();
        target.requireReachable();
        Optional<InMemoryDeparture> leaving = source.leaving(id);
        if (leaving.isPresent()) {
            return same(leaving.get(), id, move, target);
        }
        Optional<InMemoryMachine> here = source.active(id);
        if (here.isEmpty()) {
            return arrived(id, move, target);
        }
        if (target.knows(id)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("the target has another machine %s; stop and forget it first", id);
        }
        requirePossible(id, here.get(), move, there);
        ByteSize size = MEMORY;
        for (Disk disk : move.disks().values()) {
            size = ByteSize.bytes(size.bytes() + InMemoryDisks.size(disk));
        }
        InMemoryDeparture job = new InMemoryDeparture(source, target, id, here.get(), move, size);
        source.departs(id, job);
        target.expects(id, job);
        connection.leads(job);
        return job;
    }

    private static MachineMoveJob same(InMemoryDeparture job, MachineId id, MachineMove move, InMemoryHost target) {
        if (!job.leadsTo(target) || !job.request().disks().equals(move.disks())) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("machine %s is on its way to another place; wait for that or cancel it", id);
        }
        return job;
    }

    private static MachineMoveJob arrived(MachineId id, MachineMove move, InMemoryHost target) {
        InMemoryMachine there = target.active(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s runs neither here nor on the target", id));
        if (!move.disks().values().stream().map(Disk::attachment).allMatch(there::has)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("the target has another machine %s; stop and forget it first", id);
        }
        return Arrived.ARRIVED;
    }

    private static void requirePossible(
            MachineId id, InMemoryMachine machine, MachineMove move, InMemoryHypervisor there) {
        if (!machine.moves().isEmpty()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("a disk of machine %s is on its way elsewhere; wait for it", id);
        }
        for (Map.Entry<VolumeId, Disk> moving : move.disks().entrySet()) {
            Disk disk = machine.disk(moving.getKey())
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("machine %s has no volume %s", id, moving.getKey()));
            there.machines().requireTakes(moving.getValue(), disk);
        }
        for (Disk disk : machine.disks()) {
            if (disk.key().isPresent() && !move.disks().containsKey(disk.volume())) {
                requireOpens(disk, move, there);
            }
        }
    }

    private static void requireOpens(Disk staying, MachineMove move, InMemoryHypervisor there) {
        Optional<Secret> given = move.key(staying.volume());
        if (given.isPresent()) {
            InMemoryDisks.requireOpens(staying.unlockedBy(given.get()));
            return;
        }
        Secret known = there.keys()
                .find(staying.volume())
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("the target has no key for %s; say which, with unlocking()", staying));
        try (known) {
            InMemoryDisks.requireOpens(staying.unlockedBy(known));
        }
    }

    private InMemoryHypervisor sameKind(Hypervisor target) {
        if (!(target instanceof InMemoryHypervisor there)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("machines in memory move to hosts in memory alone, not to %s", target.host());
        }
        if (there.machines() == source) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is the machine's own host; name the connection to another", there.host());
        }
        return there;
    }

    /** The job of a machine that runs on the target already. */
    private enum Arrived implements MachineMoveJob {
        ARRIVED;

        @Override
        public Progress progress() {
            return new Progress("done", MEMORY, MEMORY);
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) {
            return Optional.of(new JobVerdict.Succeeded(List.of()));
        }

        @Override
        public void cancel() {}
    }
}
