package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HostCapacity;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A host and its machines. One call at a time. */
final class InMemoryHost {

    /** Whether what a machine had on a disk goes to the one that it is switched to. */
    enum Bytes {
        COPIED,
        THERE_ALREADY
    }

    private final Map<MachineId, InMemoryMachine> machines = new LinkedHashMap<>();
    private final Map<MachineId, InMemoryDeparture> leaving = new LinkedHashMap<>();
    private final Map<MachineId, InMemoryDeparture> coming = new LinkedHashMap<>();
    private final InMemoryKeys keys = new InMemoryKeys();
    private final Set<Path> fetching = ConcurrentHashMap.newKeySet();
    private final Object movers;
    private boolean reachable = true;
    private Optional<LossCases.Lost> losing = Optional.empty();
    private int losses;
    private Optional<HostCapacity> capacity = Optional.empty();

    /**
     * Makes a host.
     *
     * @param movers what whoever needs two hosts at once locks first; the same for all hosts of a driver
     */
    InMemoryHost(Object movers) {
        this.movers = movers;
    }

    /** Does something while this host and another one stand still. Not to be called with the lock of either. */
    <T> T together(InMemoryHost other, Supplier<T> work) {
        synchronized (movers) {
            synchronized (this) {
                synchronized (other) {
                    return work.get();
                }
            }
        }
    }

    /** Returns where images are being fetched to now. */
    Set<Path> fetching() {
        return fetching;
    }

    /** Returns what it was said to have. */
    synchronized Optional<HostCapacity> capacity() {
        requireReachable();
        return capacity;
    }

    synchronized void has(HostCapacity known) {
        capacity = Optional.of(known);
    }

    synchronized void becomeUnreachable() {
        reachable = false;
    }

    synchronized void becomeReachable() {
        reachable = true;
    }

    synchronized void loseNext(LossCases.Lost what) {
        losing = Optional.of(what);
    }

    synchronized int losses() {
        return losses;
    }

    /** Makes a change, whose call or answer may be lost. */
    <T> T change(Supplier<T> work) {
        hear();
        T done = work.get();
        answer();
        return done;
    }

    /** Asked first by every call that is to change something: it may be lost. */
    void hear() {
        pass(LossCases.Lost.CALL);
    }

    /** Asked last by every call that has changed something: its answer may be lost. */
    void answer() {
        pass(LossCases.Lost.ANSWER);
    }

    private synchronized void pass(LossCases.Lost what) {
        if (losing.equals(Optional.of(what))) {
            losing = Optional.empty();
            losses++;
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.UNKNOWN)
                    .message("the host in memory was lost, and with it: %s", what);
        }
    }

    /** Asked first by every call that comes over a connection. */
    synchronized void requireReachable() {
        if (!reachable) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .message("the host in memory does not answer; nobody was asked");
        }
    }

    synchronized boolean answers() {
        return reachable;
    }

    synchronized Machine start(MachineSpec spec) {
        requireReachable();
        MachineId id = new MachineId(spec.name());
        if (coming.containsKey(id)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("a machine %s is on its way here; wait for it or cancel that", id);
        }
        InMemoryMachine present = machines.get(id);
        if (present != null && (present.isActive() || present.history().isTemplate())) {
            if (!present.spec().equals(spec) || present.history().isTemplate()) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("a machine %s of another make runs, or is a template: %s", id, present.spec());
            }
            spec.disks().stream().filter(disk -> present.has(disk.attachment())).forEach(disk -> {
                InMemoryDisks.requireOpens(disk);
                present.takeKey(disk.volume());
            });
            return present.as(id);
        }
        spec.disks().forEach(disk -> {
            if (present != null && present.isFrozen(disk.volume())) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("disk %s of machine %s is frozen by a snapshot", disk.volume(), id);
            }
            if (present != null && present.isStale(disk)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("disk %s of machine %s was merged, in part or at all", disk.volume(), id);
            }
            disk.layers().forEach(InMemoryDisks::requireOpens);
            requireUnused(disk);
        });
        InMemoryMachine started =
                new InMemoryMachine(spec, present == null ? new InMemoryHistory() : present.history());
        if (present != null) {
            started.noted().addAll(present.noted());
            started.merges().putAll(present.merges());
            started.checkpoints().putAll(present.checkpoints());
        }
        machines.put(id, started);
        return started.as(id);
    }

    synchronized Machine define(MachineSpec spec) {
        requireReachable();
        MachineId id = new MachineId(spec.name());
        InMemoryMachine machine = machines.computeIfAbsent(id, absent -> InMemoryMachine.defined(spec));
        if (!machine.spec().equals(spec) || machine.history().isTemplate()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("there is a machine %s of another make: %s", id, machine.spec());
        }
        return machine.as(id);
    }

    synchronized Machine start(MachineId id, KeySource keys) {
        requireReachable();
        InMemoryMachine machine = machines.get(id);
        if (machine == null || machine.history().isTemplate()) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no machine %s", id);
        }
        if (!machine.isActive()) {
            machine.disks().forEach(disk -> requireOpens(disk, keys));
            machine.disks().forEach(this::requireUnused);
            machine.takeKeys();
            machine.become(MachineState.RUNNING);
        }
        return machine.as(id);
    }

    private static void requireOpens(Disk disk, KeySource keys) {
        if (disk.key().isEmpty()) {
            InMemoryDisks.requireOpens(disk);
            return;
        }
        try (Secret key = keys.find(disk.volume())
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("nobody knows the key of disk %s", disk.volume()))) {
            InMemoryDisks.requireOpens(disk.unlockedBy(key));
        }
    }

    synchronized void stop(MachineId id, StopMode mode) {
        requireReachable();
        InMemoryMachine machine = machines.get(id);
        if (machine == null || !machine.isActive()) {
            return;
        }
        if (!machine.listens() && !mode.cutsPower()) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .message("the guest of machine %s does not listen; say orPowerOff() or POWER_OFF", id);
        }
        machine.become(MachineState.STOPPED);
        machine.freeze().ifPresent(freeze -> freeze.ended(InMemoryFreeze.End.MACHINE_ENDED));
        machine.moves().values().forEach(InMemoryMove::machineEnded);
        machine.moves().clear();
        if (machine.spec().persistence() == Persistence.TRANSIENT) {
            machines.remove(id);
        }
    }

    synchronized void forget(MachineId id) {
        requireReachable();
        InMemoryMachine machine = machines.get(id);
        if (machine != null && machine.isActive()) {
            throw DriverException.because(Failure.IN_USE).message("machine %s runs; stop it first", id);
        }
        if (machine != null && !machine.history().kept().isEmpty()) {
            throw DriverException.because(Failure.IN_USE).message("machine %s has snapshots; remove them first", id);
        }
        machines.remove(id);
    }

    synchronized List<Machine> list() {
        return each((id, machine) -> Optional.of(machine.as(id))
                        .filter(known -> !machine.history().isTemplate()))
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** Returns something of each machine. */
    synchronized <T> List<T> each(BiFunction<MachineId, InMemoryMachine, T> question) {
        requireReachable();
        return machines.entrySet().stream()
                .map(entry -> question.apply(entry.getKey(), entry.getValue()))
                .toList();
    }

    synchronized void become(MachineId id, MachineState state) {
        require(id).become(state);
    }

    synchronized BlockJob move(MachineId id, VolumeId volume, DiskMove request) {
        InMemoryMachine machine = require(id);
        if (leaving.containsKey(id)) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("machine %s is on its way to another host", id);
        }
        Optional<Disk> found = machine.disk(volume);
        if (found.isEmpty() && machine.hasMoved(volume, request.target())) {
            return new InMemoryMove(this, id, volume, request).done();
        }
        Disk source = found.orElseThrow(
                () -> DriverException.because(Failure.NOT_FOUND).message("machine %s has no disk %s", id, volume));
        InMemoryMove present = machine.moves().get(volume);
        if (present != null) {
            if (present.isMerge() || !present.isFor(request)) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message("disk %s of machine %s is on its way to %s", volume, id, present.target());
            }
            return present;
        }
        if (machine.snapshots().stream()
                .flatMap(snapshot -> snapshot.disks().stream())
                .anyMatch(disk -> disk.overlay().volume().equals(volume))) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("disk %s of machine %s has a snapshot; merge it first", volume, id);
        }
        requireKey(id, machine, volume);
        requireTakes(request.target(), source);
        InMemoryMove move = new InMemoryMove(this, id, volume, request);
        machine.moves().put(volume, move);
        move.begun();
        return move;
    }

    /** Ends the moves to and from here that have come far enough. Not to be called with a lock. */
    void settle() {
        List<InMemoryDeparture> moves = new ArrayList<>();
        synchronized (this) {
            moves.addAll(leaving.values());
            moves.addAll(coming.values());
        }
        moves.forEach(InMemoryDeparture::settle);
    }

    Optional<InMemoryDeparture> leaving(MachineId id) {
        return Optional.ofNullable(leaving.get(id));
    }

    boolean knows(MachineId id) {
        return machines.containsKey(id) || coming.containsKey(id);
    }

    boolean runs(MachineId id, InMemoryMachine machine) {
        return machine.isActive() && machines.get(id) == machine;
    }

    void departs(MachineId id, InMemoryDeparture move) {
        leaving.put(id, move);
    }

    void expects(MachineId id, InMemoryDeparture move) {
        coming.put(id, move);
    }

    void departed(MachineId id, InMemoryDeparture move) {
        leaving.remove(id, move);
    }

    void arrived(MachineId id, InMemoryDeparture move) {
        coming.remove(id, move);
    }

    void handOver(MachineId id, InMemoryHost target, InMemoryMachine machine) {
        machines.remove(id);
        target.machines.put(id, machine);
    }

    /** Forgets what it has in memory alone, which is keys, and asks for them again. */
    synchronized void restart() {
        machines.values().forEach(InMemoryMachine::loseKeys);
        keys.restore(machines.values());
    }

    synchronized void keysFrom(InMemoryHypervisor connection, KeySource source) {
        keys.from(connection, source);
        keys.restore(machines.values());
    }

    synchronized void closed(InMemoryHypervisor connection) {
        keys.closed(connection);
    }

    private static void requireKey(MachineId id, InMemoryMachine machine, VolumeId volume) {
        if (machine.lacksKey(volume)) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message(
                            "the host has forgotten the key of disk %s of machine %s; say where it is with keysFrom(...)",
                            volume, id);
        }
    }

    /** Returns how many keys the host has: those of the disks of machines that run here or are about to. */
    synchronized int keysHeld() {
        Set<Attachment> opened = new HashSet<>();
        Stream.concat(
                        machines.values().stream().filter(InMemoryMachine::isActive),
                        coming.values().stream()
                                .map(move ->
                                        move.machine().movedTo(move.request().disks())))
                .flatMap(machine -> machine.disks().stream()
                        .flatMap(disk -> disk.layers().stream())
                        .filter(disk -> disk.key().isPresent() && !machine.lacksKey(disk.volume())))
                .forEach(disk -> opened.add(disk.attachment()));
        return opened.size();
    }

    void requireTakes(Disk target, Disk source) {
        InMemoryDisks.requireOpens(target);
        if (InMemoryDisks.size(target) < InMemoryDisks.size(source)) {
            throw DriverException.because(Failure.INVALID_REQUEST).message("%s is smaller than %s", target, source);
        }
        if (target.format() == ImageFormat.QCOW2 && InMemoryDisks.size(target) > InMemoryDisks.size(source)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is larger than %s, as its header says", target, source);
        }
        if (source.key().isPresent() && target.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is encrypted and %s is not; give the target a key", source, target);
        }
        requireUnused(target);
    }

    synchronized Optional<BlockJob> job(MachineId id, VolumeId volume) {
        requireReachable();
        return active(id)
                .map(machine -> machine.moves().get(volume))
                .filter(move -> !move.isMerge())
                .map(move -> move);
    }

    /** Makes the machine use the target. */
    synchronized void pivot(MachineId id, VolumeId volume, Disk target, Bytes bytes) {
        known(id).ifPresent(machine -> {
            if (bytes == Bytes.COPIED) {
                machine.disk(volume).ifPresent(disk -> InMemoryDisks.copy(disk, target));
            }
            machine.disks().replaceAll(disk -> disk.volume().equals(volume) ? target : disk);
            machine.origins().put(target.volume(), volume);
            machine.moves().remove(volume);
        });
    }

    /** Leaves the machine as it is. */
    synchronized void abandon(MachineId id, VolumeId volume) {
        active(id).ifPresent(machine -> machine.moves().remove(volume));
    }

    /** Returns a machine that runs, or is remembered. */
    Optional<InMemoryMachine> known(MachineId id) {
        return Optional.ofNullable(machines.get(id));
    }

    /** Returns a machine that runs or is paused. */
    Optional<InMemoryMachine> active(MachineId id) {
        return Optional.ofNullable(machines.get(id)).filter(InMemoryMachine::isActive);
    }

    InMemoryMachine require(MachineId id) {
        requireReachable();
        return active(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("no machine %s runs", id));
    }

    void requireUnused(Disk disk) {
        coming.forEach((id, move) -> {
            if (move.request().disks().values().stream()
                    .anyMatch(target -> target.attachment().equals(disk.attachment()))) {
                throw DriverException.because(Failure.IN_USE).message("machine %s comes to %s", id, disk.attachment());
            }
        });
        machines.forEach((id, machine) -> {
            if (machine.uses(disk.attachment())) {
                throw DriverException.because(Failure.IN_USE).message("machine %s uses %s", id, disk.attachment());
            }
        });
    }
}
