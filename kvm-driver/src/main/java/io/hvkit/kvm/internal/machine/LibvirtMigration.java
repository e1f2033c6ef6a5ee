package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MoveVerdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moving machines by libvirt. This process holds both connections and leads libvirt through the move, so that the hosts need not
 * be able to log in to each other; what they must have is a way for the data.
 */
final class LibvirtMigration implements LiveMigration, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LibvirtMigration.class);
    private static final Duration CANCEL_LIMIT = Duration.ofSeconds(30);

    private final MoveSide source;
    private final Map<String, MoveTask> tasks = new ConcurrentHashMap<>();

    LibvirtMigration(MoveSide source) {
        this.source = source;
    }

    @Override
    public MachineMoveJob start(MachineId machine, MachineMove move) throws InterruptedException {
        MoveSide target = target(move);
        MoveTask running = tasks.get(machine.value());
        if (running != null) {
            return setOut(same(running, machine, move));
        }
        Optional<MovePlan> plan = new MoveCheck(machine.value(), move, source, target).plan();
        SecretKeeper.Lease lease = target.secrets().lease();
        MoveTidying tidying = new MoveTidying(machine.value(), source, target, lease);
        if (plan.isEmpty()) {
            return new Arrived(new MoveVerdict.Succeeded(tidying.source()));
        }
        MoveKeys keys = new MoveKeys(plan.get().xml(), move, target.secrets(), lease);
        MoveTask task = new MoveTask(plan.get(), move, source, target, keys, tidying);
        MoveTask first = tasks.putIfAbsent(machine.value(), task);
        if (first != null) {
            return setOut(same(first, machine, move));
        }
        begin(machine.value(), task);
        return setOut(task);
    }

    /** Returns a task once it has set out; keys are lent until then. A caller that is interrupted before wants no move. */
    private static MoveTask setOut(MoveTask task) throws InterruptedException {
        try {
            task.awaitSetOut();
            return task;
        } catch (InterruptedException e) {
            task.unwanted();
            throw e;
        }
    }

    private void begin(String machine, MoveTask task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } finally {
                        tasks.remove(machine, task);
                    }
                },
                "hvkit-move");
        thread.setDaemon(true);
        thread.start();
    }

    private MoveSide target(MachineMove move) {
        if (!(move.target() instanceof KvmHypervisor hypervisor)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "machines of %s move to hosts of the same driver only, not to %s",
                            source, move.target().host());
        }
        MoveSide target = hypervisor.side();
        if (target.session() == source.session()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is the machine's own; name the connection to another", source);
        }
        return target;
    }

    private static MoveTask same(MoveTask running, MachineId machine, MachineMove move) {
        if (!running.move().equals(move)) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("machine %s is on its way to another place; wait for that or cancel it", machine);
        }
        return running;
    }

    /** Cancels what is under way, and waits until it is over: without this connection nobody would lead it. */
    @Override
    public void close() {
        boolean interrupted = false;
        for (MoveTask task : List.copyOf(tasks.values())) {
            try {
                task.cancel();
                task.await(CANCEL_LIMIT);
            } catch (DriverException e) {
                LOG.warn("{} cannot be cancelled; libvirt gives it up when the connection is gone", task, e);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The job of a machine that runs on the target already. */
    private record Arrived(MoveVerdict verdict) implements MachineMoveJob {

        private static final ByteSize SOMETHING = ByteSize.bytes(1); // of nothing, nobody knows how much is done

        @Override
        public Progress progress() {
            return new Progress("done", SOMETHING, SOMETHING);
        }

        @Override
        public Optional<MoveVerdict> await(Duration limit) {
            return Optional.of(verdict);
        }

        @Override
        public void cancel() {}
    }
}
