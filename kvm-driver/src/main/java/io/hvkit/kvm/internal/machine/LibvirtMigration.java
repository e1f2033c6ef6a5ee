package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.kvm.internal.xml.MoveNote;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moving machines by libvirt. This process holds both connections and leads libvirt through the move, so that the hosts need not
 * be able to log in to each other; what they must have is a way for the data. What it does is noted with the machine first, so that
 * another process can follow it, or end it if this one dies.
 */
final class LibvirtMigration implements LiveMigration, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LibvirtMigration.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final MoveSide source;
    private final Map<String, WatchedMove> moves = new ConcurrentHashMap<>();

    LibvirtMigration(MoveSide source) {
        this.source = source;
    }

    /** The two hosts of a move, and who they are. */
    private record Way(UUID from, MoveSide target, UUID to) {}

    @Override
    public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
        Way way = way(move.target());
        WatchedMove running = moves.get(machine.value());
        if (running != null) {
            return setOut(same(running, machine, move, way));
        }
        Optional<WatchedMove> other = leftover(machine, move, way);
        if (other.isPresent()) {
            return other.get();
        }
        Optional<MovePlan> plan = new MoveCheck(machine.value(), move, source, way.target).plan();
        if (plan.isEmpty()) {
            MoveTrace trace = MoveTrace.of(machine.value(), source, way.from, way.target, way.to);
            if (!trace.isOne()) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("%s remembers a machine %s, and %s runs another", source, machine, way.target);
            }
            return arrived(machine, way, trace);
        }
        WatchedMove task = task(plan.get(), move, way);
        WatchedMove first = moves.putIfAbsent(machine.value(), task);
        if (first != null) {
            return setOut(same(first, machine, move, way));
        }
        begin(machine.value(), task);
        return setOut(task);
    }

    @Override
    public Optional<MachineMoveJob> find(MachineId machine, Hypervisor other) throws InterruptedException {
        Way way = way(other);
        WatchedMove running = moves.get(machine.value());
        if (running != null) {
            return Optional.<MachineMoveJob>of(running)
                    .filter(move -> running.note().leads(way.from, way.to));
        }
        MoveTrace trace = MoveTrace.of(machine.value(), source, way.from, way.target, way.to);
        if (trace.hasArrived()) {
            return Optional.of(arrived(machine, way, trace));
        }
        return trace.note().isPresent() ? Optional.of(follow(machine, way, trace)) : Optional.empty();
    }

    private WatchedMove task(MovePlan plan, MachineMove move, Way way) throws InterruptedException {
        MoveKeys keys = MoveKeys.of(plan.xml(), move, way.target);
        MoveNote note = new MoveNote(
                way.from,
                way.to,
                MoveNote.moved(move.disks()),
                plan.xml().ownSecrets(),
                keys.ids(),
                plan.arrival(move));
        MoveTidying tidying = new MoveTidying(plan.name(), plan.id(), source, way.target, note);
        return new MoveTask(plan, move, source, way.target, note, keys, tidying);
    }

    /** Returns a move by another process that still goes on; what one left that is over is tidied up. */
    private Optional<WatchedMove> leftover(MachineId machine, MachineMove move, Way way) throws InterruptedException {
        MoveTrace trace = MoveTrace.of(machine.value(), source, way.from, way.target, way.to);
        if (trace.note().isEmpty() || trace.hasArrived()) {
            if (trace.sight().isUnderWay()) {
                throw pending(machine);
            }
            return Optional.empty();
        }
        WatchedMove followed = follow(machine, way, trace);
        while (followed.await(LOOK_AGAIN).isEmpty()) {
            MoveTrace now = MoveTrace.of(machine.value(), source, way.from, way.target, way.to);
            if (now.sight().isUnderWay()) {
                return Optional.of(same(followed, machine, move, way));
            }
        }
        return Optional.empty();
    }

    private WatchedMove follow(MachineId machine, Way way, MoveTrace trace) {
        MoveNote note = trace.note().orElseThrow();
        MoveTidying tidying = new MoveTidying(machine.value(), trace.id(), source, way.target, note);
        WatchedMove followed = new FollowedMove(machine.value(), trace.id(), source, way.target, note, tidying);
        WatchedMove first = moves.putIfAbsent(machine.value(), followed);
        if (first != null) {
            return first;
        }
        begin(machine.value(), followed);
        return followed;
    }

    /** Returns the job of a machine that runs on the target already, once the source has forgotten it. */
    private MachineMoveJob arrived(MachineId machine, Way way, MoveTrace trace) throws InterruptedException {
        MoveNote note = trace.note()
                .orElse(new MoveNote(way.from, way.to, Map.of(), Set.of(), Set.of(), MoveNote.Arrival.AS_IT_WAS));
        MoveTidying tidying = new MoveTidying(machine.value(), trace.id(), source, way.target, note);
        return new Arrived(tidying.after(new JobVerdict.Succeeded(List.of())));
    }

    /** Returns a move once it has set out; keys are lent until then. A caller that is interrupted before wants no move. */
    private static WatchedMove setOut(WatchedMove move) throws InterruptedException {
        if (move instanceof MoveTask task) {
            try {
                task.awaitSetOut();
            } catch (InterruptedException e) {
                task.unwanted();
                throw e;
            }
        }
        return move;
    }

    private void begin(String machine, WatchedMove move) {
        Thread thread = new Thread(() -> move.run(() -> moves.remove(machine, move)), "hvkit-move");
        thread.setDaemon(true);
        thread.start();
    }

    private Way way(Hypervisor other) throws InterruptedException {
        if (!(other instanceof KvmHypervisor hypervisor)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("machines of %s move to hosts of the same driver only, not to %s", source, other.host());
        }
        Way way = new Way(source.id(), hypervisor.side(), hypervisor.side().id());
        if (way.from.equals(way.to)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is the machine's own; name the connection to another", source);
        }
        return way;
    }

    private static WatchedMove same(WatchedMove running, MachineId machine, MachineMove move, Way way) {
        MoveNote note = running.note();
        if (!note.leads(way.from, way.to) || !note.disks().equals(MoveNote.moved(move.disks()))) {
            throw pending(machine);
        }
        return running;
    }

    private static DriverException pending(MachineId machine) {
        return DriverException.because(Failure.OPERATION_PENDING)
                .effect(Effect.NOT_APPLIED)
                .message("machine %s is on its way to another place; wait for that or cancel it", machine);
    }

    /** Ends what is led here, and waits until it is over: without this connection nobody would lead it. */
    @Override
    public void close() {
        boolean interrupted = false;
        for (WatchedMove move : List.copyOf(moves.values())) {
            try {
                move.leave();
            } catch (DriverException e) {
                LOG.warn("{} cannot be cancelled; libvirt gives it up when the connection is gone", move, e);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The job of a machine that runs on the target already. */
    private record Arrived(JobVerdict verdict) implements MachineMoveJob {

        private static final ByteSize SOMETHING = ByteSize.bytes(1); // of nothing, nobody knows how much is done

        @Override
        public Progress progress() {
            return new Progress("done", SOMETHING, SOMETHING);
        }

        @Override
        public Optional<JobVerdict> await(Duration limit) {
            return Optional.of(verdict);
        }

        @Override
        public void cancel() {}
    }
}
