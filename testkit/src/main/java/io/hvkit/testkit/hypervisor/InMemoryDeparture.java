package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A machine on its way between two hosts in memory. It is there once the copy has had its time, at once if that has no limit;
 * whoever looks first sees to it. State changes under the locks of both hosts.
 */
final class InMemoryDeparture implements MachineMoveJob {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(5);

    private final InMemoryHost source;
    private final InMemoryHost target;
    private final MachineId id;
    private final InMemoryMachine machine;
    private final MachineMove request;
    private final ByteSize size;
    private final long begun = System.nanoTime();
    private final CompletableFuture<JobVerdict> verdict = new CompletableFuture<>();

    InMemoryDeparture(
            InMemoryHost source,
            InMemoryHost target,
            MachineId id,
            InMemoryMachine machine,
            MachineMove request,
            ByteSize size) {
        this.source = source;
        this.target = target;
        this.id = id;
        this.machine = machine;
        this.request = request;
        this.size = size;
    }

    MachineMove request() {
        return request;
    }

    InMemoryMachine machine() {
        return machine;
    }

    boolean leadsTo(InMemoryHost host) {
        return target == host;
    }

    /** Ends it if the machine has ended or has had its time. */
    void settle() {
        source.together(target, () -> {
            if (!source.runs(id, machine)) {
                end(new JobVerdict.Vanished("the machine has ended on its way"));
            } else if (copied() == size.bytes()
                    && source.answers()
                    && target.answers()
                    && end(new JobVerdict.Succeeded(List.of()))) {
                source.handOver(id, target, machine.movedTo(request.disks()));
            }
            return verdict;
        });
    }

    private boolean end(JobVerdict last) {
        source.departed(id, this);
        target.arrived(id, this);
        return verdict.complete(last);
    }

    private long copied() {
        double seconds = (double) (System.nanoTime() - begun) / SECOND;
        return request.bandwidth()
                .map(limit -> Math.min(size.bytes(), (long) (seconds * limit.bytes())))
                .orElse(size.bytes());
    }

    @Override
    public Progress progress() {
        settle();
        return new Progress("moving", ByteSize.bytes(copied()), size);
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            settle();
            long left = Math.max(0, end - System.nanoTime());
            try {
                return Optional.of(verdict.get(Math.min(left, LOOK_AGAIN), TimeUnit.NANOSECONDS));
            } catch (TimeoutException e) {
                if (left == 0) {
                    return Optional.empty();
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException("nobody completes it so", e);
            }
        }
    }

    @Override
    public void cancel() {
        source.together(target, () -> end(new JobVerdict.Cancelled()));
    }
}
