package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.JobVerdict;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The job of a move or a merge that was done before anybody could watch it. */
record FinishedJob() implements BlockJob {

    private static final ByteSize SOMETHING = ByteSize.bytes(1); // of nothing, nobody knows how much is done

    @Override
    public BlockJobPhase phase() {
        return BlockJobPhase.ENDED;
    }

    @Override
    public Progress progress() {
        return new Progress("done", SOMETHING, SOMETHING);
    }

    @Override
    public BlockJobPhase awaitReady(Duration limit) {
        return BlockJobPhase.ENDED;
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) {
        return Optional.of(new JobVerdict.Succeeded(List.of()));
    }

    @Override
    public void pivot() {}

    @Override
    public void cancel() {}
}
