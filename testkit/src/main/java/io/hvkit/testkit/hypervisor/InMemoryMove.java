package io.hvkit.testkit.hypervisor;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Pivot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A move, or a merge. It is ready at once, and ends when it is asked to; a move copies what the disk holds then. Its state changes under the host's lock. */
final class InMemoryMove implements BlockJob {

    private static final ByteSize ALL = ByteSize.mebibytes(1);

    private final InMemoryHost host;
    private final MachineId machine;
    private final VolumeId volume;
    private final DiskMove request;
    private final Purpose purpose;
    private final CompletableFuture<JobVerdict> verdict = new CompletableFuture<>();

    private enum Purpose {
        MOVE,
        MERGE
    }

    private InMemoryMove(InMemoryHost host, MachineId machine, VolumeId volume, DiskMove request, Purpose purpose) {
        this.host = host;
        this.machine = machine;
        this.volume = volume;
        this.request = request;
        this.purpose = purpose;
    }

    InMemoryMove(InMemoryHost host, MachineId machine, VolumeId volume, DiskMove request) {
        this(host, machine, volume, request, Purpose.MOVE);
    }

    /** Returns a merge, after which the machine uses the layer below. */
    static InMemoryMove merging(InMemoryHost host, MachineId machine, VolumeId overlay, Disk base, Pivot pivot) {
        return new InMemoryMove(host, machine, overlay, DiskMove.to(base).pivoting(pivot), Purpose.MERGE);
    }

    /** Completes what was done before. */
    InMemoryMove done() {
        verdict.complete(new JobVerdict.Succeeded(List.of()));
        return this;
    }

    boolean isMerge() {
        return purpose == Purpose.MERGE;
    }

    /** Returns whether it is what a request asks for; how fast those who share a limit are is said anew each time. */
    boolean isFor(DiskMove wanted) {
        Optional<ByteSize> shared = request.sharedBandwidth().flatMap(before -> wanted.sharedBandwidth());
        return shared.map(request::sharing).orElse(request).equals(wanted);
    }

    Disk target() {
        return request.target();
    }

    void begun() {
        if (request.pivot() == Pivot.WHEN_READY) {
            boolean unused = switchOver();
        }
    }

    void machineEnded() {
        verdict.complete(new JobVerdict.Failed(Failure.NOT_FOUND, "the machine has ended"));
    }

    @Override
    public BlockJobPhase phase() {
        return verdict.isDone() ? BlockJobPhase.ENDED : BlockJobPhase.READY;
    }

    @Override
    public Progress progress() {
        return new Progress("copying", ALL, ALL);
    }

    @Override
    public BlockJobPhase awaitReady(Duration limit) {
        return phase();
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        try {
            return Optional.of(verdict.get(limit.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody completes it so", e);
        }
    }

    @Override
    public void pivot() {
        boolean unused = host.change(this::switchOver);
    }

    /** Makes the machine use the target, and returns whether it did not before. */
    boolean switchOver() {
        synchronized (host) {
            boolean first = verdict.complete(new JobVerdict.Succeeded(List.of()));
            if (first) {
                host.pivot(
                        machine,
                        volume,
                        target(),
                        isMerge() ? InMemoryHost.Bytes.THERE_ALREADY : InMemoryHost.Bytes.COPIED);
            }
            return first;
        }
    }

    @Override
    public void cancel() {
        synchronized (host) {
            if (verdict.complete(new JobVerdict.Cancelled())) {
                host.abandon(machine, volume);
            }
        }
    }
}
